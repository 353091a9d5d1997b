/** Claims that are bound must be reachable from the node; those that wait for a consumer are bound once it is chosen. */
import type { Cycle, Plugin, PreFilterResult, Verdict } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import { volumeBindingInterests } from './hints.ts'
import { AssumedVolumes } from './assumed.ts'
import { bindVolumes, claimed, selected, type VolumeDecision } from './bind.ts'
import { claimsProblem, isBound, type PodClaims, selectedNode, sortClaims } from './claims.ts'
import { canProvision, findVolume, volumeReaches } from './match.ts'

const plugin = 'VolumeBinding'
const affinityConflict = "node(s) didn't match PersistentVolume's node affinity"
const noVolumes = "node(s) didn't find available persistent volumes to bind"
const noSpace = 'node(s) did not have enough free storage'
const lostVolume = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'

interface VolumeState {
  readonly claims: PodClaims
  decision: VolumeDecision | undefined
}

export function volumeBinding({ bindTimeoutSeconds }: { readonly bindTimeoutSeconds: number } = { bindTimeoutSeconds: 600 }): Plugin<VolumeState> {
  const assumed = new AssumedVolumes()
  return {
    name: plugin,
    ignoresPods: true,
    preFilter: (cycle) => preFilterVolumes(cycle, assumed),
    filter(state, cycle, { nodes, verdicts, length }) {
      for (let i = 0; i < length; i++) {
        if (verdicts[i] !== undefined) continue
        const reasons: string[] = []
        decide(state.claims, cycle, nodes[i]!, assumed, reasons)
        if (reasons.length > 0) verdicts[i] = verdictOf(reasons)
      }
    },
    reserve(state, cycle, node) {
      const reasons: string[] = []
      const { bindings, provisions } = decide(state.claims, cycle, node, assumed, reasons)
      if (reasons.length > 0) throw new Error(reasons.join(', '))
      state.decision = {
        bindings: bindings.map(({ claim, volume }) => ({ claim, volume: claimed(volume, claim) })),
        provisions: provisions.map((claim) => selected(claim, node.name)),
      }
      for (const { volume } of state.decision.bindings) assumed.volumes.set(volume)
      for (const claim of state.decision.provisions) assumed.claims.set(claim)
    },
    unreserve(state) {
      for (const { volume } of state.decision?.bindings ?? []) assumed.volumes.delete(volume)
      for (const claim of state.decision?.provisions ?? []) assumed.claims.delete(claim)
    },
    willPreBind: ({ claims }) => claims.delayed.length > 0,
    async preBind(state, cycle, node, handle) {
      if (state.decision && state.claims.delayed.length > 0) await bindVolumes(state.decision, cycle, node, handle, bindTimeoutSeconds * 1000)
    },
    interests: volumeBindingInterests,
  }
}

function preFilterVolumes(cycle: Cycle, assumed: AssumedVolumes): PreFilterResult<VolumeState> {
  if (cycle.pod.claims.length === 0) return { skip: true }
  const problem = claimsProblem(cycle)
  if (problem) return { rejected: { plugin, reasons: [problem], resolvable: false } }
  const claims = sortClaims(cycle, (claim) => assumed.claims.of(claim))
  if (claims.immediate.length > 0) return { rejected: { plugin, reasons: ['pod has unbound immediate PersistentVolumeClaims'], resolvable: false } }
  return { state: { claims, decision: undefined } }
}

/** What would be done on this node; what stands against it goes into `reasons`. */
function decide({ bound, delayed }: PodClaims, { objects }: Cycle, node: NodeInfo, assumed: AssumedVolumes, reasons: string[]) {
  const bindings: { claim: PodClaims['delayed'][number]; volume: NonNullable<ReturnType<typeof findVolume>> }[] = []
  const provisions: PodClaims['delayed'][number][] = []
  let conflict = false
  let lost = false
  for (const { spec } of bound) {
    const volume = objects.volumes.get(undefined, spec!.volumeName!)
    if (!volume) lost = true
    else if (!volumeReaches(volume, node)) conflict = true
  }
  if (conflict) reasons.push(affinityConflict)
  const taken = new Set<string>()
  const volumes = delayed.length > 0 ? objects.volumes.list().map((volume) => assumed.volumes.of(volume)) : []
  let impossible = false
  let full = false
  for (const claim of delayed) {
    if (isBound(claim)) continue
    const chosen = claim.metadata.annotations?.[selectedNode]
    if (chosen !== undefined && chosen !== node.name) {
      impossible = true
      break
    }
    const volume = chosen === undefined ? findVolume(claim, node, volumes, taken) : undefined
    if (volume) {
      taken.add(volume.metadata.name)
      bindings.push({ claim, volume })
      continue
    }
    const provision = canProvision(claim, node, objects)
    if (provision === 'impossible') impossible = true
    else if (provision === 'no space') full = true
    else provisions.push(claim)
  }
  if (impossible) reasons.push(noVolumes)
  if (full) reasons.push(noSpace)
  if (lost) reasons.push(lostVolume)
  return { bindings, provisions }
}

const verdicts = new Map<string, Verdict>()

/** Few combinations exist: four reasons. */
function verdictOf(reasons: readonly string[]): Verdict {
  const key = reasons.join('|')
  let verdict = verdicts.get(key)
  if (!verdict) {
    verdict = { plugin, reasons, resolvable: false }
    verdicts.set(key, verdict)
  }
  return verdict
}
