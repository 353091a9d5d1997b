/** Label selectors as predicates: the structured form of specs, and the string form of list requests. */
import type { LabelSelector } from '#apimachinery/gen/meta-v1.ts'
import { badRequest } from '#apimachinery/status-error.ts'

export type Labels = Readonly<Record<string, string>>
export type LabelPredicate = (labels: Labels | undefined) => boolean

export const matchNothing: LabelPredicate = () => false
export const matchEverything: LabelPredicate = () => true

/** As metav1.LabelSelectorAsSelector: an absent selector matches nothing, an empty one everything. */
export function selectorOf(selector: LabelSelector | undefined): LabelPredicate {
  if (!selector) return matchNothing
  const equal = Object.entries(selector.matchLabels ?? {})
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => requirement(key, operator, values ?? []))
  if (equal.length === 0 && expressions.length === 0) return matchEverything
  return (labels = {}) => equal.every(([key, value]) => labels[key] === value) && expressions.every((matches) => matches(labels))
}

/** A plain map, as Services and ReplicationControllers have: every pair must be there. */
export function selectorOfMap(map: Labels | undefined): LabelPredicate {
  return selectorOf(map && { matchLabels: map })
}

function requirement(key: string, operator: string, values: readonly string[]): (labels: Labels) => boolean {
  switch (operator) {
    case 'In':
      return (labels) => labels[key] !== undefined && values.includes(labels[key])
    case 'NotIn':
      return (labels) => labels[key] === undefined || !values.includes(labels[key])
    case 'Exists':
      return (labels) => labels[key] !== undefined
    case 'DoesNotExist':
      return (labels) => labels[key] === undefined
    case 'Gt':
      return (labels) => labels[key] !== undefined && integer(labels[key]) > integer(values[0])
    case 'Lt':
      return (labels) => labels[key] !== undefined && integer(labels[key]) < integer(values[0])
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`)
  }
}

function integer(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
}

/** "a=b,c!=d,e in (f,g),!h,i>3" as a predicate. */
export function parseSelector(text: string): LabelPredicate {
  const parts = text.split(/,(?![^(]*\))/).map((each) => each.trim())
  const checks = parts.filter((each) => each !== '').map(parseRequirement)
  return (labels = {}) => checks.every((matches) => matches(labels))
}

function parseRequirement(text: string): (labels: Labels) => boolean {
  const set = /^(\S+)\s+(in|notin)\s+\((.*)\)$/.exec(text)
  if (set)
    return requirement(
      set[1]!,
      set[2] === 'in' ? 'In' : 'NotIn',
      set[3]!.split(',').map((each) => each.trim()),
    )
  const compared = /^([^!=<>\s]+)\s*(==|=|!=|>|<)\s*(\S*)$/.exec(text)
  if (compared) return requirement(compared[1]!, { '=': 'In', '==': 'In', '!=': 'NotIn', '>': 'Gt', '<': 'Lt' }[compared[2]!]!, [compared[3]!])
  if (/^!\s*[^\s!=]+$/.test(text)) return requirement(text.slice(1).trim(), 'DoesNotExist', [])
  if (/^[^\s!=()]+$/.test(text)) return requirement(text, 'Exists', [])
  throw badRequest(`unable to parse requirement: ${text}`)
}
