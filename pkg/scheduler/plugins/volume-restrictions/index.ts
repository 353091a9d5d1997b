/** A ReadWriteOncePod claim serves one pod in the whole cluster; some old volume types one pod a node. */
import type { Pod, Volume } from '#api/gen/core/v1.ts'
import type { Plugin, Verdict } from '../../framework/types.ts'
import { claimNameOf, isOwnClaim } from '../../state/claim-names.ts'
import type { PodInfo } from '../../state/pod-info.ts'

const plugin = 'VolumeRestrictions'
const oncePod: Verdict = {
  plugin,
  reasons: ['node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod'],
  resolvable: true,
}
const diskConflict: Verdict = { plugin, reasons: ['node(s) had no available disk'], resolvable: true }

interface Restrictions {
  /** Claims that only one pod may use. */
  readonly exclusive: ReadonlySet<string>
  readonly disks: readonly Volume[]
  /** Pods that use one of them now, anywhere. */
  users: number
}

export const volumeRestrictions: Plugin<Restrictions> = {
  name: plugin,
  preFilter({ pod, objects, cluster }) {
    const exclusive = new Set(pod.claims.filter((name) => objects.claims.get(pod.namespace, name)?.spec?.accessModes?.includes('ReadWriteOncePod')))
    const disks = disksOf(pod.pod)
    if (exclusive.size === 0 && disks.length === 0) return { skip: true }
    let users = 0
    if (exclusive.size > 0) {
      for (const node of cluster.list()) for (const other of node.pods.values()) if (usesExclusive(other, pod, exclusive)) users++
    }
    return { state: { exclusive, disks, users } }
  },
  filter({ users, disks }, _cycle, { nodes, verdicts, length }) {
    for (let i = 0; i < length; i++) {
      if (verdicts[i] !== undefined) continue
      if (disks.length > 0 && [...nodes[i]!.pods.values()].some(({ pod }) => disksConflict(disks, disksOf(pod)))) verdicts[i] = diskConflict
      else if (users > 0) verdicts[i] = oncePod
    }
  },
  suppose(state, { pod }, other, _node, sign) {
    if (usesExclusive(other, pod, state.exclusive)) state.users += sign
  },
  interests: [
    { event: 'AssignedPod/Delete', hint: sharesVolume },
    { event: 'Node/Add' },
    { event: 'PersistentVolumeClaim/Change', hint: (pod, claim, before) => !before && isOwnClaim(pod, claim) },
  ],
}

/** One that goes may have had the claim or the disk. */
function sharesVolume(pod: Pod, gone: Pod): boolean {
  if (pod.metadata.namespace !== gone.metadata.namespace) return false
  if (disksConflict(disksOf(pod), disksOf(gone))) return true
  return (gone.spec.volumes ?? []).some((volume) => {
    const name = claimNameOf(gone, volume)
    return name !== undefined && isOwnClaim(pod, { metadata: { ...(gone.metadata.namespace ? { namespace: gone.metadata.namespace } : {}), name } })
  })
}

function usesExclusive(other: PodInfo, pod: PodInfo, exclusive: ReadonlySet<string>): boolean {
  return other.namespace === pod.namespace && other.claims.some((name) => exclusive.has(name))
}

function disksOf({ spec }: Pod): Volume[] {
  return (spec.volumes ?? []).filter(({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }) => gcePersistentDisk ?? awsElasticBlockStore ?? rbd ?? iscsi)
}

/** Readers may share a disk; EBS lets nobody share. */
function disksConflict(mine: readonly Volume[], theirs: readonly Volume[]): boolean {
  return mine.some((a) => theirs.some((b) => sameDisk(a, b)))
}

function sameDisk(a: Volume, b: Volume): boolean {
  const writes = (one?: { readOnly?: boolean }, other?: { readOnly?: boolean }) => !(one?.readOnly && other?.readOnly)
  if (a.gcePersistentDisk && b.gcePersistentDisk) {
    return a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName && writes(a.gcePersistentDisk, b.gcePersistentDisk)
  }
  if (a.awsElasticBlockStore && b.awsElasticBlockStore) return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID
  if (a.iscsi && b.iscsi) return a.iscsi.iqn === b.iscsi.iqn && writes(a.iscsi, b.iscsi)
  if (!a.rbd || !b.rbd) return false
  const [mine, theirs] = [a.rbd, b.rbd]
  const shared = mine.monitors.some((monitor) => theirs.monitors.includes(monitor))
  return shared && (mine.pool ?? 'rbd') === (theirs.pool ?? 'rbd') && mine.image === theirs.image && writes(mine, theirs)
}
