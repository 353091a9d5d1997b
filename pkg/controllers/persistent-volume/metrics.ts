/** How many volumes and claims there are, bound and not: upstream's pv_collector_*, counted when somebody asks. */
import type { PersistentVolume } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes } from '#api/gen/resources.ts'
import { MetricSet } from '#base/metric-set.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { claimClass, volumeClass, volumeModeOf } from './annotations.ts'

type Cache = ControllerContext['cache']
type Labels = Readonly<Record<string, string>>

/** Fields of a volume that say nothing of what it is made of. */
const plain = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
])
const pluginNames: Readonly<Record<string, string>> = { hostPath: 'host-path', local: 'local-volume', nfs: 'nfs', iscsi: 'iscsi', fc: 'fc' }

export class VolumeMetrics {
  readonly set = new MetricSet()
  #cache: Cache | undefined

  constructor() {
    const volumes = () => this.#cache?.(persistentVolumes).list() ?? []
    const claims = () => this.#cache?.(persistentVolumeClaims).list() ?? []
    const gauge = <T>(name: string, help: string, list: () => readonly T[], labels: (each: T) => Labels | undefined) =>
      this.set.gauges(`pv_collector_${name}`, help, () => tally(list(), labels))
    const ofVolume = (bound: boolean) => (volume: PersistentVolume) =>
      (volume.status?.phase === 'Bound') === bound ? { storage_class: volumeClass(volume) } : undefined
    gauge('bound_pv_count', 'Gauge measuring number of persistent volume currently bound', volumes, ofVolume(true))
    gauge('unbound_pv_count', 'Gauge measuring number of persistent volume currently unbound', volumes, ofVolume(false))
    gauge('total_pv_count', 'Gauge measuring total number of persistent volumes', volumes, (each) => ({
      plugin_name: pluginOf(each),
      volume_mode: volumeModeOf(each),
    }))
    for (const bound of [true, false])
      gauge(
        bound ? 'bound_pvc_count' : 'unbound_pvc_count',
        `Gauge measuring number of persistent volume claim currently ${bound ? 'bound' : 'unbound'}`,
        claims,
        (each) =>
          (each.status?.phase === 'Bound') === bound
            ? {
                namespace: each.metadata.namespace!,
                storage_class: claimClass(each),
                volume_attributes_class: each.spec.volumeAttributesClassName ?? '',
              }
            : undefined,
      )
  }

  /** What they are counted in. */
  read(cache: Cache): void {
    this.#cache = cache
  }
}

function tally<T>(list: readonly T[], labels: (each: T) => Labels | undefined): [Labels, number][] {
  const counts = new Map<string, [Labels, number]>()
  for (const each of list) {
    const found = labels(each)
    if (!found) continue
    const text = JSON.stringify(found)
    counts.set(text, [found, (counts.get(text)?.[1] ?? 0) + 1])
  }
  return [...counts.values()]
}

/** "kubernetes.io/csi:DRIVER", "kubernetes.io/host-path" … */
function pluginOf({ spec }: PersistentVolume): string {
  if (spec.csi) return `kubernetes.io/csi:${spec.csi.driver}`
  const source = Object.keys(spec).find((field) => !plain.has(field)) ?? 'N/A'
  return source === 'N/A' ? source : `kubernetes.io/${pluginNames[source] ?? source}`
}
