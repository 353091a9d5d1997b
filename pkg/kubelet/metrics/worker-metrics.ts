/** How many pods the kubelet has, and how far they are, read when somebody asks (upstream: HandlePodCleanups). */
import type { MetricSet } from '#base/metric-set.ts'
import type { PodWorker } from '../pod-worker/pod-worker.ts'

export interface WorkerMetricsOptions {
  readonly workers: () => readonly PodWorker[]
  readonly isStatic: (worker: PodWorker) => boolean
  /** Pods that only the runtime knows, and that are being ended. */
  readonly runtimeOnly: () => number
}

const lifecycles = { syncing: 'sync', terminating: 'terminating', terminated: 'terminated' } as const
const statics = ['true', ''] as const

export function workerMetrics(set: MetricSet, { workers, isStatic, runtimeOnly }: WorkerMetricsOptions): void {
  const staticOf = (worker: PodWorker) => (isStatic(worker) ? 'true' : '')
  const byStatic = (list: readonly PodWorker[]) =>
    statics.map((label) => [{ static: label }, list.filter((worker) => staticOf(worker) === label).length] as const)
  set.gauges(
    'kubelet_desired_pods',
    '[ALPHA] The number of pods the kubelet is being instructed to run. static is true if the pod is not from the apiserver.',
    () => byStatic(workers().filter((worker) => !worker.isOrphan)),
  )
  set.gauges(
    'kubelet_active_pods',
    '[ALPHA] The number of pods the kubelet considers active and which are being considered when admitting new pods. static is true if the pod is not from the apiserver.',
    () => byStatic(workers().filter((worker) => worker.isActive)),
  )
  set.gauges('kubelet_mirror_pods', '[ALPHA] The number of mirror pods the kubelet will try to create (one per admitted static pod)', () => [
    [{}, workers().filter((worker) => isStatic(worker) && worker.isActive).length],
  ])
  set.gauges('kubelet_managed_ephemeral_containers', '[ALPHA] Current number of ephemeral containers in pods managed by this kubelet.', () => [
    [{}, workers().reduce((sum, { pod }) => sum + (pod.spec.ephemeralContainers?.length ?? 0), 0)],
  ])
  set.gauges(
    'kubelet_working_pods',
    '[ALPHA] Number of pods the kubelet is actually running, broken down by lifecycle phase, whether the pod is desired, orphaned, or runtime only (also orphaned), and whether the pod is static. An orphaned pod has been removed from local configuration or force deleted in the API and consumes resources that are not otherwise visible.',
    () => {
      const all = workers()
      const known = Object.entries(lifecycles).flatMap(([state, lifecycle]) =>
        (['desired', 'orphan'] as const).flatMap((config) =>
          statics.map((label) => {
            const count = all.filter((worker) => worker.state === state && worker.isOrphan === (config === 'orphan') && staticOf(worker) === label).length
            return [{ lifecycle, config, static: label }, count] as const
          }),
        ),
      )
      // What the runtime alone knows is ended at once.
      const unknown = Object.values(lifecycles).map(
        (lifecycle) => [{ lifecycle, config: 'runtime_only', static: 'unknown' }, lifecycle === 'terminating' ? runtimeOnly() : 0] as const,
      )
      return [...known, ...unknown]
    },
  )
}
