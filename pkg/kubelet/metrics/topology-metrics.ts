/** What the managers of CPUs, memory and topology have done, under upstream's names. */
import type { MetricSet } from '#base/metric-set.ts'

export type TopologyMetrics = ReturnType<typeof topologyMetrics>

export function topologyMetrics(set: MetricSet) {
  return {
    topologyRequests: set.counter(
      'kubelet_topology_manager_admission_requests_total',
      '[ALPHA] The number of admission requests where resources have to be aligned.',
    ),
    topologyErrors: set.counter(
      'kubelet_topology_manager_admission_errors_total',
      '[ALPHA] The number of admission request failures where resources could not be aligned.',
    ),
    topologyDuration: set.histogram(
      'kubelet_topology_manager_admission_duration_ms',
      '[ALPHA] Duration in milliseconds to serve a pod admission request.',
      [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6, 819.2],
    ),
    aligned: set.counter(
      'kubelet_container_aligned_compute_resources_count',
      '[ALPHA] Cumulative number of aligned compute resources allocated to containers by alignment type.',
    ),
    misaligned: set.counter(
      'kubelet_container_aligned_compute_resources_failure_count',
      '[ALPHA] Cumulative number of failures to allocate aligned compute resources to containers by alignment type.',
    ),
    cpuRequests: set.counter('kubelet_cpu_manager_pinning_requests_total', '[ALPHA] The number of cpu core allocations which required pinning.'),
    cpuErrors: set.counter('kubelet_cpu_manager_pinning_errors_total', '[ALPHA] The number of cpu core allocations which required pinning failed.'),
    sharedCpus: set.gauge(
      'kubelet_cpu_manager_shared_pool_size_millicores',
      '[ALPHA] The size of the shared CPU pool for non-guaranteed QoS pods, in millicores.',
    ),
    exclusiveCpus: set.gauge(
      'kubelet_cpu_manager_exclusive_cpu_allocation_count',
      '[ALPHA] The total number of CPUs exclusively allocated to containers running on this node',
    ),
    cpusByNode: set.gauge('kubelet_cpu_manager_allocation_per_numa', '[ALPHA] Number of CPUs allocated per NUMA node'),
    memoryRequests: set.counter('kubelet_memory_manager_pinning_requests_total', '[ALPHA] The number of memory pages allocations which required pinning.'),
    memoryErrors: set.counter(
      'kubelet_memory_manager_pinning_errors_total',
      '[ALPHA] The number of memory pages allocations which required pinning that failed.',
    ),
  }
}
