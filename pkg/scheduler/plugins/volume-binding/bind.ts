/** Writes what was decided and waits until the volume controller has carried it out (BindPodVolumes). */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes } from '#api/gen/resources.ts'
import { sleep } from '#base/clock.ts'
import type { Cycle, Handle } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import { boundByController, isBound, selectedNode } from './claims.ts'
import { volumeReaches } from './match.ts'

export interface VolumeDecision {
  readonly bindings: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[]
  readonly provisions: readonly PersistentVolumeClaim[]
}

const checkEveryMs = 1_000

export function claimed(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { namespace, name, uid, resourceVersion } = claim.metadata
  const already = volume.spec?.claimRef
  const annotations = already ? volume.metadata.annotations : { ...volume.metadata.annotations, [boundByController]: 'yes' }
  const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion }
  return { ...volume, metadata: { ...volume.metadata, ...(annotations ? { annotations } : {}) }, spec: { ...volume.spec, claimRef } } as PersistentVolume
}

export function selected(claim: PersistentVolumeClaim, nodeName: string): PersistentVolumeClaim {
  return { ...claim, metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, [selectedNode]: nodeName } } }
}

export async function bindVolumes(decision: VolumeDecision, cycle: Cycle, node: NodeInfo, handle: Handle, timeoutMs: number): Promise<void> {
  const { client, clock, signal } = handle
  for (const { volume } of decision.bindings) await client.update(persistentVolumes, volume)
  for (const claim of decision.provisions) await client.update(persistentVolumeClaims, claim)
  const deadline = clock.now() + timeoutMs
  while (!allBound(cycle, node, decision)) {
    if (signal.aborted) throw new Error('the scheduler stops')
    if (clock.now() >= deadline) throw new Error('binding volumes: context deadline exceeded')
    await sleep(clock, checkEveryMs, signal)
  }
}

/** Throws when it can never come about, so that the pod is tried anew. */
function allBound({ pod, objects }: Cycle, node: NodeInfo, { provisions }: VolumeDecision): boolean {
  for (const name of pod.claims) {
    const claim = objects.claims.get(pod.namespace, name)
    if (!claim) throw new Error(`error getting PVC "${pod.namespace}/${name}": persistentvolumeclaim "${name}" not found`)
    if (isBound(claim)) {
      const volume = objects.volumes.get(undefined, claim.spec!.volumeName!)
      if (!volume) return false
      if (node.node && !volumeReaches(volume, node))
        throw new Error(`PersistentVolume "${volume.metadata.name}"'s node affinity doesn't match node "${node.name}"`)
      continue
    }
    const ours = provisions.find(({ metadata }) => metadata.name === name)
    const taken = ours && claim.metadata.resourceVersion !== ours.metadata.resourceVersion && claim.metadata.annotations?.[selectedNode] === undefined
    if (taken) throw new Error(`provisioning failed for PVC "${name}"`)
    return false
  }
  return true
}
