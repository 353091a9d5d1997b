/** Whether the youngest go first when a set shrinks: upstream's replicaset_controller_sorting_deletion_age_ratio. */
import type { Pod } from '#api/gen/core/v1.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { isPodReady } from '../workload/pod-state.ts'

export class DeletionMetrics {
  readonly set = new MetricSet()
  readonly #ratio = this.set.histogram(
    'replicaset_controller_sorting_deletion_age_ratio',
    "The ratio of chosen deleted pod's ages to the current youngest pod's age (at the time), of ready pods",
    exponentialBounds(0.25, 2, 6),
  )

  chose(doomed: readonly Pod[], active: readonly Pod[], nowMs: number): void {
    const youngest = Math.min(...active.filter(isPodReady).map((pod) => ageOf(pod, nowMs)))
    if (!(youngest > 0)) return
    for (const pod of doomed) if (isPodReady(pod)) this.#ratio.observe(Math.floor(ageOf(pod, nowMs) / youngest))
  }
}

function ageOf({ metadata }: Pod, nowMs: number): number {
  return nowMs - (Date.parse(metadata.creationTimestamp ?? '') || nowMs)
}
