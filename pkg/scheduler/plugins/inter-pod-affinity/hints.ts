/**
 * Which changes matter to a pod that affinity refused (upstream's queueing hints). Namespaces' labels are unknown here: a selector of
 * namespaces may mean any. Beyond upstream's: what others have against the pod, and that it may be the first of its friends now, is
 * looked at as well, since a pod that nobody wakes waits five minutes.
 */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { type AffinityTerm, affinityTermsOf } from '../../state/affinity-term.ts'

/** A newcomer helps when it is the friend that all terms ask for: one pod must be all of it. */
export function hintAdded(pod: Pod, added: Pod): boolean {
  return isFriend(affinityTermsOf(pod).affinity, added)
}

/** New labels help when they make a friend, or an enemy no more. */
export function hintRelabelled(pod: Pod, after: Pod, before: Pod): boolean {
  const { affinity, antiAffinity } = affinityTermsOf(pod)
  if (!isFriend(affinity, before) && isFriend(affinity, after)) return true
  if (antiAffinity.some((term) => mayMatch(term, before) && !mayMatch(term, after))) return true
  return affinity.some((term) => mayMatch(term, before) && !mayMatch(term, after))
}

/** One that goes helps when either kept the other away, or when the pod may be the first of its friends now. */
export function hintRemoved(pod: Pod, removed: Pod): boolean {
  const mine = affinityTermsOf(pod)
  return (
    [...mine.affinity, ...mine.antiAffinity].some((term) => mayMatch(term, removed)) ||
    affinityTermsOf(removed).antiAffinity.some((term) => mayMatch(term, pod))
  )
}

/**
 * A node that comes helps when it is in a domain of one of the terms, or apart from all that the pod must keep away from; one that is
 * there helps when it changes its domain. Whoever has no terms was refused for others' sake, in domains unknown here.
 */
export function hintNode(pod: Pod, node: Node, before?: Node): boolean {
  const { affinity, antiAffinity } = affinityTermsOf(pod)
  if (affinity.length + antiAffinity.length === 0) return true
  const domain = ({ metadata }: Node, { topologyKey }: AffinityTerm): string | undefined => metadata.labels?.[topologyKey]
  if (!before) return antiAffinity.length > 0 || affinity.some((term) => domain(node, term) !== undefined)
  const moved = (term: AffinityTerm): boolean => domain(node, term) !== domain(before, term)
  return (
    affinity.some((term) => moved(term) && domain(node, term) !== undefined) || antiAffinity.some((term) => moved(term) && domain(before, term) !== undefined)
  )
}

function isFriend(terms: readonly AffinityTerm[], other: Pod): boolean {
  return terms.length > 0 && terms.every((term) => mayMatch(term, other))
}

function mayMatch({ namespaces, namespaceSelector, selector }: AffinityTerm, { metadata }: Pod): boolean {
  const anywhere = namespaceSelector.isEmpty || namespaceSelector.requirements.length > 0
  return (anywhere || namespaces.has(metadata.namespace ?? '')) && selector.matches(metadata.labels)
}
