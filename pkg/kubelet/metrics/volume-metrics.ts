/** kubelet_volume_stats_*: how full claims are, by the claim, as the summary has it. */
import { Exposition } from '../stats/exposition.ts'

interface VolumeStats {
  readonly capacityBytes?: number
  readonly availableBytes?: number
  readonly usedBytes?: number
  readonly inodes?: number
  readonly inodesFree?: number
  readonly inodesUsed?: number
  readonly pvcRef?: { readonly name: string; readonly namespace: string }
  readonly volumeHealthStats?: { readonly abnormal: boolean }
}

const families = [
  ['capacity_bytes', 'Capacity in bytes of the volume', (volume: VolumeStats) => volume.capacityBytes],
  ['available_bytes', 'Number of available bytes in the volume', (volume: VolumeStats) => volume.availableBytes],
  ['used_bytes', 'Number of used bytes in the volume', (volume: VolumeStats) => volume.usedBytes],
  ['inodes', 'Maximum number of inodes in the volume', (volume: VolumeStats) => volume.inodes],
  ['inodes_free', 'Number of free inodes in the volume', (volume: VolumeStats) => volume.inodesFree],
  ['inodes_used', 'Number of used inodes in the volume', (volume: VolumeStats) => volume.inodesUsed],
  [
    'health_status_abnormal',
    'Abnormal volume health status. The count is either 1 or 0. 1 indicates the volume is unhealthy, 0 indicates volume is healthy',
    (volume: VolumeStats) => (volume.volumeHealthStats ? Number(volume.volumeHealthStats.abnormal) : undefined),
  ],
] as const

/** A claim that several pods have is told once. */
export function volumeMetrics(summary: { readonly pods?: readonly { readonly volume?: readonly VolumeStats[] }[] }): string {
  const claims = new Map<string, VolumeStats>()
  for (const volume of (summary.pods ?? []).flatMap((pod) => pod.volume ?? [])) {
    if (volume.pvcRef) claims.set(`${volume.pvcRef.namespace}/${volume.pvcRef.name}`, volume)
  }
  if (claims.size === 0) return ''
  const text = new Exposition()
  for (const [name, help, read] of families) {
    const samples = [...claims.values()].map((volume) => [volume, read(volume)] as const).filter(([, value]) => value !== undefined)
    if (samples.length === 0) continue
    text.family(`kubelet_volume_stats_${name}`, 'gauge', `[ALPHA] ${help}`)
    for (const [{ pvcRef }, value] of samples)
      text.sample(`kubelet_volume_stats_${name}`, { namespace: pvcRef!.namespace, persistentvolumeclaim: pvcRef!.name }, value!)
  }
  return text.toString()
}
