/** Which pods that come or go matter to one that was refused. Namespaces' labels are unknown here: a selector may mean any. */
import type { Pod } from '#api/gen/core/v1.ts'
import { type AffinityTerm, affinityTermsOf } from '../../state/affinity-term.ts'

/** A newcomer helps when it is a friend. */
export function hintAdded(pod: Pod, added: Pod): boolean {
  return affinityTermsOf(pod).affinity.some((term) => mayMatch(term, added))
}

/** One that goes helps when either kept the other away, or when the pod may be the first of its friends now. */
export function hintRemoved(pod: Pod, removed: Pod): boolean {
  const mine = affinityTermsOf(pod)
  return (
    [...mine.affinity, ...mine.antiAffinity].some((term) => mayMatch(term, removed)) ||
    affinityTermsOf(removed).antiAffinity.some((term) => mayMatch(term, pod))
  )
}

function mayMatch({ namespaces, namespaceSelector, selector }: AffinityTerm, { metadata }: Pod): boolean {
  const anywhere = namespaceSelector.isEmpty || namespaceSelector.requirements.length > 0
  return (anywhere || namespaces.has(metadata.namespace ?? '')) && selector.matches(metadata.labels)
}
