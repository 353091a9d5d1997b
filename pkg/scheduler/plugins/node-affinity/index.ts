/** The pod's nodeSelector and node affinity, required and preferred. */
import type { NodeAffinity, Pod } from '#api/gen/core/v1.ts'
import { normalise } from '../../framework/normalise.ts'
import type { Plugin, Verdict } from '../../framework/types.ts'
import { hasNodeAffinity, matchesNodeSelector, matchesPodAffinity, matchesTerm } from '#api/core/v1/placement/node-affinity.ts'

const mismatch: Verdict = { plugin: 'NodeAffinity', reasons: ["node(s) didn't match Pod's node affinity/selector"], resolvable: false }
const conflict: Verdict = { plugin: 'NodeAffinity', reasons: ['pod affinity terms conflict'], resolvable: false }

const enforced: Verdict = { plugin: 'NodeAffinity', reasons: ["node(s) didn't match scheduler-enforced node affinity"], resolvable: false }

/** `added`: what the profile asks of every pod beside its own. */
export function nodeAffinity(added: NodeAffinity = {}): Plugin<undefined> {
  const addedRequired = added.requiredDuringSchedulingIgnoredDuringExecution
  const addedPreferred = added.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return {
    name: 'NodeAffinity',
    ignoresPods: true,
    preFilter({ pod }) {
      if (!hasNodeAffinity(pod.pod)) return addedRequired ? { state: undefined } : { skip: true }
      const names = namesOf(pod.pod)
      if (names?.size === 0) return { rejected: conflict }
      return names ? { state: undefined, nodeNames: names } : { state: undefined }
    },
    filter(_state, { pod }, { nodes, verdicts, length }) {
      for (let i = 0; i < length; i++) {
        if (verdicts[i] !== undefined) continue
        const node = nodes[i]!.node!
        if (addedRequired && !matchesNodeSelector(addedRequired, node)) verdicts[i] = enforced
        else if (!matchesPodAffinity(pod.pod, node)) verdicts[i] = mismatch
      }
    },
    score({ pod }, nodes, into) {
      const terms = [...(pod.pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []), ...addedPreferred]
      if (terms.length === 0) return false
      for (let i = 0; i < nodes.length; i++) {
        let sum = 0
        for (const { weight, preference } of terms) if (weight !== 0 && matchesTerm(preference, nodes[i]!.node!)) sum += weight
        into[i] = sum
      }
      normalise(into, nodes.length, false)
      return true
    },
    interests: [
      { event: 'Node/Add', hint: (pod, node) => matchesPodAffinity(pod, node) },
      { event: 'Node/UpdateLabel', hint: (pod, node, before) => matchesPodAffinity(pod, node) && !(before && matchesPodAffinity(pod, before)) },
    ],
  }
}

/** The only nodes there can be, when every term names them, as those of DaemonSets' pods do. */
function namesOf({ spec }: Pod): ReadonlySet<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (!terms || terms.length === 0) return undefined
  const all = new Set<string>()
  for (const { matchFields = [] } of terms) {
    let names: Set<string> | undefined
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== 'metadata.name' || operator !== 'In') continue
      names = names ? names.intersection(new Set(values)) : new Set(values)
    }
    if (!names) return undefined
    for (const name of names) all.add(name)
  }
  return all
}
