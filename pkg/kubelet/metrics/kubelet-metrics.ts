/** What the kubelet counts of its work, under upstream's names (pkg/kubelet/metrics). */
import { type Counter, exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { imageSizeLabel } from './image-size.ts'
import { topologyMetrics } from './topology-metrics.ts'

export type KubeletMetrics = ReturnType<typeof kubeletMetrics>

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const podStartSeconds = [0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600]
const pullBounds = [1, 5, 10, 20, 30, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600]

function startedAtZero(counter: Counter): Counter {
  counter.add({}, 0)
  return counter
}

export function kubeletMetrics() {
  const set = new MetricSet()
  const histogram = (name: string, help: string, bounds: readonly number[] = seconds) => set.histogram(`kubelet_${name}`, `[ALPHA] ${help}`, bounds)
  const counter = (name: string, help: string) => set.counter(`kubelet_${name}`, `[ALPHA] ${help}`)
  const gauge = (name: string, help: string) => set.gauge(`kubelet_${name}`, `[ALPHA] ${help}`)
  /** Shown from the start, as those without labels are upstream. */
  const zeroed = (name: string, help: string) => startedAtZero(counter(name, help))
  const beta = (name: string, help: string) => startedAtZero(set.counter(`kubelet_${name}`, `[BETA] ${help}`))
  const pullSeconds = histogram('image_pull_duration_seconds', 'Duration in seconds to pull an image.', pullBounds)
  return {
    set,
    /** A pull has succeeded. */
    pulled: (tookMs: number, imageBytes: number) => pullSeconds.observe(tookMs / 1000, { image_size_in_bytes: imageSizeLabel(imageBytes) }),
    topology: topologyMetrics(set),
    podStart: histogram(
      'pod_start_duration_seconds',
      'Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run',
      podStartSeconds,
    ),
    podStartSli: histogram(
      'pod_start_sli_duration_seconds',
      'Duration in seconds to start a pod, excluding time to pull images and run init containers, measured from pod creation timestamp to when all its containers are reported as started and observed via watch',
      podStartSeconds,
    ),
    podStartTotal: histogram(
      'pod_start_total_duration_seconds',
      'Duration in seconds to start a pod since creation, including time to pull images and run init containers, measured from pod creation timestamp to when all its containers are reported as started and observed via watch',
      podStartSeconds,
    ),
    podWorker: histogram('pod_worker_duration_seconds', 'Duration in seconds to sync a single pod. Broken down by operation type: create, update, or sync'),
    statusSync: histogram(
      'pod_status_sync_duration_seconds',
      'Duration in seconds to sync a pod status update. Measures time from detection of a change to pod status until the API is successfully updated for that pod, even if multiple intevening changes to pod status occur.',
      exponentialBounds(0.01, 2, 13),
    ),
    relist: histogram('pleg_relist_duration_seconds', 'Duration in seconds for relisting pods in PLEG.'),
    relistInterval: histogram('pleg_relist_interval_seconds', 'Interval in seconds between relisting in PLEG.'),
    plegSeen: gauge('pleg_last_seen_seconds', 'Timestamp in seconds when PLEG was last seen active.'),
    operations: counter('runtime_operations_total', 'Cumulative number of runtime operations by operation type.'),
    operationErrors: counter('runtime_operations_errors_total', 'Cumulative number of runtime operation errors by operation type.'),
    operationSeconds: histogram(
      'runtime_operations_duration_seconds',
      'Duration in seconds of runtime operations. Broken down by operation type.',
      exponentialBounds(0.005, 2.5, 14),
    ),
    sandboxSeconds: histogram('run_podsandbox_duration_seconds', 'Duration in seconds of the run_podsandbox operations. Broken down by RuntimeClass.Handler.'),
    sandboxErrors: counter('run_podsandbox_errors_total', 'Cumulative number of the run_podsandbox operation errors by RuntimeClass.Handler.'),
    startedPods: zeroed('started_pods_total', 'Cumulative number of pods started'),
    startedPodErrors: zeroed('started_pods_errors_total', 'Cumulative number of errors when starting pods'),
    startedContainers: counter('started_containers_total', 'Cumulative number of containers started'),
    terminatedContainers: counter('terminated_containers_total', 'Cumulative number of container terminations.'),
    startedContainerErrors: counter('started_containers_errors_total', 'Cumulative number of errors when starting containers'),
    evictions: counter('evictions', 'Cumulative number of pod evictions by eviction signal'),
    rejections: counter('admission_rejections_total', 'Cumulative number pod admission rejections by the Kubelet.'),
    orphans: counter(
      'orphaned_runtime_pods_total',
      'Number of pods that have been detected in the container runtime without being already known to the pod worker. This typically indicates the kubelet was restarted while a pod was force deleted in the API or in the local configuration, which is unusual.',
    ),
    imagesCollected: counter(
      'image_garbage_collected_total',
      'Total number of images garbage collected by the kubelet, whether through disk usage or image age.',
    ),
    deviceRegistrations: counter('device_plugin_registration_total', 'Cumulative number of device plugin registrations. Broken down by resource name.'),
    deviceAllocation: histogram(
      'device_plugin_alloc_duration_seconds',
      'Duration in seconds to serve a device plugin Allocation request. Broken down by resource name.',
    ),
    requests: counter('http_requests_total', 'Number of the http requests received since the server started'),
    requestSeconds: histogram('http_requests_duration_seconds', 'Duration in seconds to serve http requests'),
    inflight: gauge('http_inflight_requests', 'Number of the inflight http requests'),
    shutdownStart: gauge('graceful_shutdown_start_time_seconds', 'Last graceful shutdown start time since unix epoch in seconds'),
    containersPerPod: histogram('containers_per_pod_count', 'The number of containers per pod.', [1, 2, 4, 8, 16]),
    workerStart: histogram('pod_worker_start_duration_seconds', 'Duration in seconds from kubelet seeing a pod to starting a worker.'),
    imageRequests: counter('image_manager_ensure_image_requests_total', 'Number of ensure-image requests processed by the kubelet.'),
    imageVolumes: beta('image_volume_requested_total', 'Number of requested image volumes.'),
    imageVolumesMounted: beta('image_volume_mounted_succeed_total', 'Number of successful image volume mounts.'),
    imageVolumeErrors: beta('image_volume_mounted_errors_total', 'Number of failed image volume mounts.'),
    userNamespacedPods: zeroed(
      'started_user_namespaced_pods_total',
      'Cumulative number of pods with user namespaces started. This metric will only be collected on Linux.',
    ),
    userNamespacedPodErrors: zeroed(
      'started_user_namespaced_pods_errors_total',
      'Cumulative number of errors when starting pods with user namespaces. This metric will only be collected on Linux.',
    ),
    hookFallbacks: zeroed('lifecycle_handler_http_fallbacks_total', 'The number of times lifecycle handlers successfully fell back to http from https.'),
    startup: {
      total: gauge('node_startup_duration_seconds', 'Duration in seconds of node startup in total.'),
      preKubelet: gauge('node_startup_pre_kubelet_duration_seconds', 'Duration in seconds of node startup before kubelet starts.'),
      preRegistration: gauge('node_startup_pre_registration_duration_seconds', 'Duration in seconds of node startup before registration.'),
      registration: gauge('node_startup_registration_duration_seconds', 'Duration in seconds of node startup during registration.'),
      postRegistration: gauge('node_startup_post_registration_duration_seconds', 'Duration in seconds of node startup after registration.'),
    },
    cgroupVersion: gauge('cgroup_version', 'cgroup version on the hosts.'),
    shutdownEnd: gauge('graceful_shutdown_end_time_seconds', 'Last graceful shutdown end time since unix epoch in seconds'),
  }
}
