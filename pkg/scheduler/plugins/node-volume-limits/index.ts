/** A CSI driver says on each CSINode how many volumes it can attach there. */
import type { Pod } from '#api/gen/core/v1.ts'
import type { Plugin, Verdict } from '../../framework/types.ts'
import { isOwnClaim } from '../../state/claim-names.ts'
import type { Objects } from '../../state/objects.ts'
import { classOf } from '../volume-binding/claims.ts'

const tooMany: Verdict = { plugin: 'NodeVolumeLimits', reasons: ['node(s) exceed max volume count'], resolvable: true }

/** Volume (or claim that will be one) to its driver. */
type Volumes = ReadonlyMap<string, string>

export const nodeVolumeLimits: Plugin<Volumes> = {
  name: 'NodeVolumeLimits',
  preFilter({ pod, objects }) {
    const volumes = volumesOf(pod, objects)
    return volumes.size === 0 ? { skip: true } : { state: volumes }
  },
  filter(wanted, { objects }, { nodes, verdicts, length }) {
    for (let i = 0; i < length; i++) {
      if (verdicts[i] !== undefined) continue
      const node = nodes[i]!
      const limits = new Map((objects.csiNodes.get(undefined, node.name)?.spec?.drivers ?? []).map(({ name, allocatable }) => [name, allocatable?.count]))
      if (![...wanted.values()].some((driver) => limits.get(driver) !== undefined)) continue
      const attached = new Map<string, string>()
      for (const other of node.pods.values()) if (other.claims.length > 0) for (const [id, driver] of volumesOf(other, objects)) attached.set(id, driver)
      const fresh = [...wanted].filter(([id]) => !attached.has(id))
      const full = [...new Set(fresh.map(([, driver]) => driver))].some((driver) => {
        const limit = limits.get(driver)
        const count = (each: Iterable<string>) => [...each].filter((one) => one === driver).length
        return limit !== undefined && count(attached.values()) + count(fresh.map(([, of]) => of)) > limit
      })
      if (full) verdicts[i] = tooMany
    }
  },
  interests: [
    { event: 'CSINode/Change' },
    {
      event: 'AssignedPod/Delete',
      hint: (_pod, gone: Pod) => gone.spec.volumes?.some(({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim ?? ephemeral) === true,
    },
    { event: 'PersistentVolumeClaim/Change', hint: (pod, claim, before) => !before && isOwnClaim(pod, claim) },
    { event: 'VolumeAttachment/Delete' },
  ],
}

function volumesOf({ namespace, claims }: { readonly namespace: string; readonly claims: readonly string[] }, objects: Objects): Map<string, string> {
  const volumes = new Map<string, string>()
  for (const name of claims) {
    const claim = objects.claims.get(namespace, name)
    if (!claim) continue
    const volumeName = claim.spec?.volumeName
    const csi = volumeName ? objects.volumes.get(undefined, volumeName)?.spec?.csi : undefined
    if (csi) volumes.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver)
    else if (!volumeName) {
      const driver = classOf(claim, objects)?.provisioner
      if (driver) volumes.set(`${driver}/${namespace}/${name}`, driver)
    }
  }
  return volumes
}
