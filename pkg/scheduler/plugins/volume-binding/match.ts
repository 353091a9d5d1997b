/** Which volume a claim can have on a node, and whether one can be made there. */
import type { PersistentVolume, PersistentVolumeClaim, TopologySelectorTerm } from '#api/gen/core/v1.ts'
import type { StorageClass } from '#api/gen/storage/v1.ts'
import { everything, selectorFromLabelSelector } from '#apimachinery/labels.ts'
import type { Objects } from '../../state/objects.ts'
import { matchesNodeSelector } from '#api/core/v1/placement/node-affinity.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import { amountOf } from '../../state/resources.ts'
import { classNameOf, classOf } from './claims.ts'

export function volumeReaches({ spec }: PersistentVolume, node: NodeInfo): boolean {
  const required = spec?.nodeAffinity?.required
  return !required || matchesNodeSelector(required, node.node!)
}

/** The smallest volume that will do, or the one that is promised to the claim already (FindMatchingVolume). */
export function findVolume(
  claim: PersistentVolumeClaim,
  node: NodeInfo,
  volumes: Iterable<PersistentVolume>,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const wanted = requestOf(claim)
  const selector = claim.spec?.selector ? selectorFromLabelSelector(claim.spec.selector) : everything
  let best: PersistentVolume | undefined
  let bestSize = Number.POSITIVE_INFINITY
  for (const volume of volumes) {
    const { metadata, spec, status } = volume
    if (taken.has(metadata.name)) continue
    if ((spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem') || metadata.deletionTimestamp) continue
    if ((spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? '')) continue
    const size = amountOf('storage', spec?.capacity?.storage ?? '0')
    if (size < wanted) continue
    const reaches = volumeReaches(volume, node)
    const reference = spec?.claimRef
    if (reference) {
      const ours = reference.name === claim.metadata.name && reference.namespace === claim.metadata.namespace
      if (ours && (!reference.uid || reference.uid === claim.metadata.uid) && reaches) return volume
      continue
    }
    if (!reaches || status?.phase !== 'Available' || classNameOf(volume) !== classNameOf(claim)) continue
    if (!selector.matches(metadata.labels)) continue
    if (!(claim.spec?.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode))) continue
    if (size < bestSize) {
      best = volume
      bestSize = size
    }
  }
  return best
}

export type Provision = 'possible' | 'impossible' | 'no space'

export function canProvision(claim: PersistentVolumeClaim, node: NodeInfo, objects: Objects): Provision {
  const storageClass = classOf(claim, objects)
  const { provisioner } = storageClass ?? {}
  if (!storageClass || !provisioner || provisioner === 'kubernetes.io/no-provisioner') return 'impossible'
  if (!allowsNode(storageClass.allowedTopologies, node)) return 'impossible'
  return hasSpace(claim, storageClass, node, objects) ? 'possible' : 'no space'
}

function allowsNode(terms: readonly TopologySelectorTerm[] | undefined, { labels }: NodeInfo): boolean {
  if (!terms || terms.length === 0) return true
  return terms.some(({ matchLabelExpressions = [] }) => matchLabelExpressions.every(({ key, values }) => values.includes(labels[key] ?? '')))
}

/** Only drivers that publish their capacity are asked. */
function hasSpace(claim: PersistentVolumeClaim, { metadata, provisioner }: StorageClass, node: NodeInfo, objects: Objects): boolean {
  if (!objects.csiDrivers.get(undefined, provisioner)?.spec?.storageCapacity) return true
  const wanted = requestOf(claim)
  return objects.csiCapacities.list().some(({ storageClassName, nodeTopology, capacity, maximumVolumeSize }) => {
    if (storageClassName !== metadata.name || !nodeTopology || !selectorFromLabelSelector(nodeTopology).matches(node.labels)) return false
    const limit = maximumVolumeSize ?? capacity
    return limit !== undefined && wanted <= amountOf('storage', limit)
  })
}

function requestOf({ spec }: PersistentVolumeClaim): number {
  return amountOf('storage', spec?.resources?.requests?.storage ?? '0')
}
