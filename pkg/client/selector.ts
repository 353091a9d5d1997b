/** Label selectors of #apimachinery/labels.ts as plain predicates, which is all that controllers ask of them. */
import type { LabelSelector } from '#apimachinery/gen/meta-v1.ts'
import { type Labels, parseLabelSelector, SelectorError, type Selector, selectorFromLabelSelector, selectorFromSet } from '#apimachinery/labels.ts'
import { badRequest } from '#apimachinery/status-error.ts'

export type { Labels } from '#apimachinery/labels.ts'
export type LabelPredicate = (labels: Labels | undefined) => boolean

export const matchNothing: LabelPredicate = () => false

/** As metav1.LabelSelectorAsSelector: an absent selector matches nothing, an empty one everything. Throws a bad request for one that cannot be. */
export function selectorOf(selector: LabelSelector | undefined): LabelPredicate {
  return predicate(() => selectorFromLabelSelector(selector))
}

/** A plain map, as Services and ReplicationControllers have: every pair must be there; no map matches nothing. */
export function selectorOfMap(map: Labels | undefined): LabelPredicate {
  return map === undefined ? matchNothing : predicate(() => selectorFromSet(map))
}

/** "a=b,c!=d,e in (f,g),!h,i>3" as a predicate. */
export function parseSelector(text: string): LabelPredicate {
  return predicate(() => parseLabelSelector(text))
}

function predicate(read: () => Selector): LabelPredicate {
  try {
    const selector = read()
    return (labels) => selector.matches(labels)
  } catch (error) {
    throw error instanceof SelectorError ? badRequest(error.message) : error
  }
}
