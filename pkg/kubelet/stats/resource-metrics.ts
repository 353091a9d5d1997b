/** GET /metrics/resource: what metrics-server and our own metrics.k8s.io read. Names and order are upstream's. */
import { nodeCpuNanoseconds, podUse, type StatsSource, sumOf } from './collect.ts'
import { nodeMemory } from './node-memory.ts'
import { Exposition } from './exposition.ts'

export async function resourceMetrics(source: StatsSource): Promise<string> {
  const text = new Exposition()
    .family('container_cpu_usage_seconds_total', 'counter', '[STABLE] Cumulative cpu time consumed by the container in core-seconds')
    .family('container_memory_working_set_bytes', 'gauge', '[STABLE] Current working set of the container in bytes')
    .family('container_start_time_seconds', 'gauge', '[STABLE] Start time of the container since unix epoch in seconds')
    .family('container_swap_usage_bytes', 'gauge', '[ALPHA] Current amount of the container swap usage in bytes. Reported only on non-windows systems')
    .family('node_cpu_usage_seconds_total', 'counter', '[STABLE] Cumulative cpu time consumed by the node in core-seconds')
    .family('node_memory_working_set_bytes', 'gauge', '[STABLE] Current working set of the node in bytes')
    .family('pod_cpu_usage_seconds_total', 'counter', '[STABLE] Cumulative cpu time consumed by the pod in core-seconds')
    .family('pod_memory_working_set_bytes', 'gauge', '[STABLE] Current working set of the pod in bytes')
    .family('pod_swap_usage_bytes', 'gauge', '[ALPHA] Current amount of the pod swap usage in bytes. Reported only on non-windows systems')
    .family('resource_scrape_error', 'gauge', '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise')
  const now = Date.now()
  let failed = 0
  try {
    for (const { pod, containers } of await podUse(source)) {
      const ofPod = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name }
      for (const use of containers) {
        const labels = { container: use.name, ...ofPod }
        text.sample('container_cpu_usage_seconds_total', labels, use.cpuNanoseconds / 1e9, now)
        text.sample('container_memory_working_set_bytes', labels, use.memoryBytes, now)
        if (use.record?.startedAt) text.sample('container_start_time_seconds', labels, use.record.startedAt / 1000)
        text.sample('container_swap_usage_bytes', labels, 0, now)
      }
      text.sample('pod_cpu_usage_seconds_total', ofPod, sumOf(containers, (each) => each.cpuNanoseconds) / 1e9, now)
      text.sample(
        'pod_memory_working_set_bytes',
        ofPod,
        sumOf(containers, (each) => each.memoryBytes),
        now,
      )
      text.sample('pod_swap_usage_bytes', ofPod, 0, now)
    }
    text.sample('node_cpu_usage_seconds_total', {}, nodeCpuNanoseconds() / 1e9, now)
    text.sample('node_memory_working_set_bytes', {}, nodeMemory().workingSetBytes, now)
  } catch {
    failed = 1
  }
  return text.sample('resource_scrape_error', {}, failed).toString()
}
