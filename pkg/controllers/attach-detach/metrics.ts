/** How many volumes are to be attached and are: upstream's attachdetach_controller_* and storage_count_*. */
import { nodes, persistentVolumes, volumeAttachments } from '#api/gen/resources.ts'
import { MetricSet } from '#base/metric-set.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { wantedOn } from './wanted.ts'

type Labels = Readonly<Record<string, string>>

export class AttachMetrics {
  readonly set = new MetricSet()
  /** Whose caches are counted when somebody asks; set by each reconcile. */
  context: ControllerContext | undefined
  readonly #forced = this.set.counter('attachdetach_controller_forced_detaches', 'Number of times the A/D Controller performed a forced detach')

  constructor() {
    this.set.gauges('attachdetach_controller_total_volumes', 'Number of volumes in A/D Controller', () => [
      ...counted(this.#wanted().map(({ plugin }) => ({ plugin_name: plugin, state: 'desired_state_of_world' }))),
      ...counted(this.#attached().map((plugin) => ({ plugin_name: plugin, state: 'actual_state_of_world' }))),
    ])
    this.set.gauges('storage_count_attachable_volumes_in_use', 'Measure number of volumes in use', () =>
      counted(this.#wanted().flatMap(({ node, plugin, pods }) => Array.from({ length: pods }, () => ({ node, volume_plugin: plugin })))),
    )
  }

  forced(): void {
    this.#forced.add()
  }

  #wanted(): { readonly node: string; readonly plugin: string; readonly pods: number }[] {
    const { context } = this
    if (!context) return []
    return context
      .cache(nodes)
      .list()
      .flatMap(({ metadata: { name: node } }) =>
        [...wantedOn(node, context).values()].map(({ volume, pods }) => ({ node, plugin: `kubernetes.io/csi:${volume.spec.csi!.driver}`, pods: pods.length })),
      )
  }

  #attached(): string[] {
    const { context } = this
    if (!context) return []
    return context
      .cache(volumeAttachments)
      .list()
      .filter(({ status }) => status?.attached)
      .map(({ spec }) => context.cache(persistentVolumes).byKey(spec.source.persistentVolumeName ?? '')?.spec.csi?.driver)
      .filter((driver) => driver !== undefined)
      .map((driver) => `kubernetes.io/csi:${driver}`)
  }
}

function counted(all: readonly Labels[]): [Labels, number][] {
  const counts = new Map<string, [Labels, number]>()
  for (const labels of all) {
    const key = JSON.stringify(labels)
    counts.set(key, [labels, (counts.get(key)?.[1] ?? 0) + 1])
  }
  return [...counts.values()]
}
