import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { rfc3339 } from '#base/clock.ts'
import { MetricSet } from '#base/metric-set.ts'
import type { PodWorker } from '../pod-worker/pod-worker.ts'
import { fakeCri } from '../testing/fake-cri.ts'
import { kubeletMetrics } from './kubelet-metrics.ts'
import { processMetrics } from './process-metrics.ts'
import { observedCri } from './observed-cri.ts'
import { PodStarts } from './pod-starts.ts'
import { volumeMetrics } from './volume-metrics.ts'
import { workerMetrics } from './worker-metrics.ts'

const samplesOf = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name))

test('calls to the runtime are counted and timed by upstream’s names, errors too', async () => {
  const clock = new FakeClock()
  const metrics = kubeletMetrics()
  const cri = observedCri(fakeCri(clock), metrics, clock)
  await cri.runtime.listContainers()
  await cri.images.imageStatus('app:1')
  await assert.rejects(cri.runtime.containerStatus('none'))
  const text = metrics.set.text()
  assert.deepEqual(samplesOf(text, 'kubelet_runtime_operations_total{'), [
    'kubelet_runtime_operations_total{operation_type="list_containers"} 1',
    'kubelet_runtime_operations_total{operation_type="image_status"} 1',
    'kubelet_runtime_operations_total{operation_type="container_status"} 1',
  ])
  assert.deepEqual(samplesOf(text, 'kubelet_runtime_operations_errors_total{'), [
    'kubelet_runtime_operations_errors_total{operation_type="container_status"} 1',
  ])
  assert.deepEqual(samplesOf(text, 'kubelet_runtime_operations_duration_seconds_count{operation_type="list_containers"}'), [
    'kubelet_runtime_operations_duration_seconds_count{operation_type="list_containers"} 1',
  ])
})

test('a pod’s start is timed from when it was seen and from when it was made, and without its pulls; one that ran before is not', async () => {
  const clock = new FakeClock()
  const metrics = kubeletMetrics()
  const starts = new PodStarts(metrics, () => clock.now())
  const pod = (uid: string, more: object = {}): Pod =>
    ({ metadata: { uid, creationTimestamp: rfc3339(clock.now()) }, spec: { containers: [] }, status: {}, ...more }) as unknown as Pod
  const made = pod('a')
  await clock.advance(2000)
  starts.seen(made)
  starts.event('a', 'Pulling')
  await clock.advance(10_000)
  starts.event('a', 'Pulled')
  starts.reported(made, { phase: 'Pending' } as never)
  await clock.advance(1000)
  for (const _twice of [1, 2]) starts.reported(made, { phase: 'Running' } as never)
  starts.seen(pod('b', { status: { startTime: rfc3339(0) } }))
  starts.reported(pod('b'), { phase: 'Running' } as never)
  const text = metrics.set.text()
  const sums = ['', '_sli', '_total'].map((kind) => samplesOf(text, `kubelet_pod_start${kind}_duration_seconds_sum`)[0]?.split(' ')[1])
  assert.deepEqual(sums, ['11', '3', '13'])
  assert.deepEqual(samplesOf(text, 'kubelet_pod_start_duration_seconds_count'), ['kubelet_pod_start_duration_seconds_count 1'])
})

test('claims are told once, with what is known of them', () => {
  const pvcRef = { name: 'data', namespace: 'default' }
  const volume = [{ pvcRef, capacityBytes: 10, usedBytes: 3, volumeHealthStats: { abnormal: true } }, { capacityBytes: 5 }]
  assert.deepEqual(
    volumeMetrics({ pods: [{ volume }, { volume }] })
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
    [
      'kubelet_volume_stats_capacity_bytes{namespace="default",persistentvolumeclaim="data"} 10',
      'kubelet_volume_stats_used_bytes{namespace="default",persistentvolumeclaim="data"} 3',
      'kubelet_volume_stats_health_status_abnormal{namespace="default",persistentvolumeclaim="data"} 1',
    ],
  )
  assert.equal(volumeMetrics({ pods: [] }), '')
})

test('pods are counted by how far they are, who wants them and where they come from', () => {
  const set = new MetricSet()
  const worker = (state: string, isOrphan = false, isActive = true) =>
    ({ state, isOrphan, isActive, pod: { spec: state === 'syncing' ? { ephemeralContainers: [{}] } : {} } }) as unknown as PodWorker
  const fixed = worker('syncing')
  workerMetrics(set, {
    workers: () => [fixed, worker('syncing'), worker('terminating', true), worker('terminated', false, false), worker('finished', true, false)],
    isStatic: (each) => each === fixed,
    runtimeOnly: () => 2,
  })
  const counted = samplesOf(set.text(), 'kubelet_').filter((line) => !line.endsWith(' 0'))
  assert.deepEqual(counted, [
    'kubelet_desired_pods{static="true"} 1',
    'kubelet_desired_pods{static=""} 2',
    'kubelet_active_pods{static="true"} 1',
    'kubelet_active_pods{static=""} 2',
    'kubelet_mirror_pods 1',
    'kubelet_managed_ephemeral_containers 2',
    'kubelet_working_pods{config="desired",lifecycle="sync",static="true"} 1',
    'kubelet_working_pods{config="desired",lifecycle="sync",static=""} 1',
    'kubelet_working_pods{config="orphan",lifecycle="terminating",static=""} 1',
    'kubelet_working_pods{config="desired",lifecycle="terminated",static=""} 1',
    'kubelet_working_pods{config="runtime_only",lifecycle="terminating",static="unknown"} 2',
  ])
})

test('a pull is timed with the size of its image', () => {
  const metrics = kubeletMetrics()
  for (const bytes of [1, 10 * 2 ** 20, 200 * 2 ** 20, 3 * 2 ** 30, 2 ** 40, 0]) metrics.pulled(2000, bytes)
  assert.deepEqual(
    samplesOf(metrics.set.text(), 'kubelet_image_pull_duration_seconds_sum').map((line) => line.replace(/^.*size_in_bytes="([^"]*)".*$/, '$1')),
    ['0-10MB', '10MB-100MB', '100MB-500MB', '1GB-5GB', 'GT100GB', 'N/A'],
  )
})

test('the process is told of as every program of Kubernetes tells of itself, with every feature gate', () => {
  const text = processMetrics('v1.36.0', { AllAlpha: true })
  assert.match(text, /^kubernetes_build_info\{build_date="",.*,git_version="v1\.36\.0",.*,major="1",minor="36",platform="linux\/\w+"\} 1$/m)
  for (const [gate, value] of [
    ['name="NodeSwap",stage=""', 1],
    ['name="MemoryQoS",stage="ALPHA"', 0],
    ['name="AllAlpha",stage="ALPHA"', 1],
  ])
    assert.ok(text.includes(`kubernetes_feature_enabled{${gate}} ${value}\n`), String(gate))
  for (const name of ['process_open_fds', 'process_max_fds', 'process_virtual_memory_bytes']) assert.match(text, new RegExp(`^${name} [1-9]`, 'm'))
})

test('what was never counted is shown as none where upstream shows it; what an image was asked for is told apart', () => {
  const metrics = kubeletMetrics()
  metrics.imageRequests.add({ pull_required: 'false', present_locally: 'true', pull_policy: 'never' })
  const lines = samplesOf(metrics.set.text(), 'kubelet_')
  assert.ok(lines.includes('kubelet_image_manager_ensure_image_requests_total{present_locally="true",pull_policy="never",pull_required="false"} 1'))
  for (const name of ['started_pods_errors_total', 'lifecycle_handler_http_fallbacks_total', 'image_volume_requested_total'])
    assert.ok(lines.includes(`kubelet_${name} 0`), name)
})
