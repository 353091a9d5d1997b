/** Upstream's metrics, by their names, after something has happened that they count. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  cronJobs,
  endpointSlices,
  endpoints,
  jobs,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  replicaSets,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
  services,
  volumeAttachments,
} from '#api/gen/resources.ts'
import type { FakeClient } from '#client/fake/fake-client.ts'
import { testControllers } from '#runtime/testing.ts'
import type { Controller } from '#runtime/types.ts'
import { attachDetachController } from './attach-detach/index.ts'
import { cronJobController } from './cron-job/index.ts'
import { deviceTaintEvictionController } from './device-taint-eviction/index.ts'
import { endpointSliceMirroringController } from './endpoint-slice-mirroring/index.ts'
import { endpointSliceController } from './endpoint-slice/index.ts'
import { ephemeralVolumeController } from './ephemeral-volume/index.ts'
import { jobController } from './job/index.ts'
import { nodeIpamController } from './node-ipam/index.ts'
import { nodeLifecycleController } from './node-lifecycle/index.ts'
import { persistentVolumeController } from './persistent-volume/index.ts'
import { podGcController } from './pod-gc/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { resourceClaimController } from './resource-claim/index.ts'
import { rootCaController } from './root-ca/index.ts'
import { taintEvictionController } from './taint-eviction/index.ts'
import { hollowKubelet } from './testing/hollow-kubelet.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/index.ts'

const settings = { rootCa: '' }
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c' }], restartPolicy: 'Never' } }
const seedPod = (client: FakeClient, name: string, spec: object, status: object = {}) =>
  client.seed(pods, { metadata: { namespace: 'n', name, labels: { app: 'x' } }, spec: { containers: [], ...spec }, status } as never)

interface Case {
  readonly of: string
  readonly controllers: () => readonly Controller[]
  readonly seed: (client: FakeClient) => unknown
  readonly afterwards?: (client: FakeClient) => Promise<unknown>
  readonly advanceMs?: number
  readonly lines: readonly string[]
}

const cases: readonly Case[] = [
  {
    of: 'a Job that ends',
    controllers: () => [jobController(), hollowKubelet()],
    seed: (client) => client.seed(jobs, { metadata: { namespace: 'n', name: 'j' }, spec: { template, completions: 1 } } as never),
    async afterwards(client) {
      const [pod] = client.all(pods)
      await client.update(pods, { ...pod!, status: { ...pod!.status, phase: 'Succeeded' } } as never, { subresource: 'status' })
    },
    lines: [
      'job_controller_jobs_finished_total{completion_mode="NonIndexed",reason="CompletionsReached",result="succeeded"} 1',
      'job_controller_job_pods_finished_total{completion_mode="NonIndexed",result="succeeded"} 1',
      'job_controller_job_pods_creation_total{reason="new",status="succeeded"} 1',
      'job_controller_terminated_pods_tracking_finalizer_total{event="add"} 1',
      'job_controller_terminated_pods_tracking_finalizer_total{event="delete"} 1',
      'job_controller_job_syncs_total{action="pods_created",completion_mode="NonIndexed",result="success"} 1',
    ],
  },
  {
    of: 'a failed pod that a policy speaks of',
    controllers: () => [jobController(), hollowKubelet()],
    seed: (client) =>
      client.seed(jobs, {
        metadata: { namespace: 'n', name: 'j' },
        spec: { template, completions: 1, podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] } },
      } as never),
    async afterwards(client) {
      const [pod] = client.all(pods)
      const containerStatuses = [{ name: 'c', state: { terminated: { exitCode: 42 } } }]
      await client.update(pods, { ...pod!, status: { ...pod!.status, phase: 'Failed', containerStatuses } } as never, { subresource: 'status' })
    },
    lines: ['job_controller_pod_failures_handled_by_failure_policy_total{action="FailJob"} 1'],
  },
  {
    of: 'a ReplicaSet that shrinks',
    controllers: () => [replicaSetController(), hollowKubelet({ readyAfterMs: () => 0 })],
    seed: (client) =>
      client.seed(replicaSets, { metadata: { namespace: 'n', name: 'r' }, spec: { replicas: 2, selector: { matchLabels: { app: 'x' } }, template } } as never),
    advanceMs: 10_000,
    afterwards: (client) => client.patch(replicaSets, { namespace: 'n', name: 'r' }, { spec: { replicas: 1 } }, { type: 'merge' }),
    lines: ['replicaset_controller_sorting_deletion_age_ratio_count 1', 'replicaset_controller_sorting_deletion_age_ratio_bucket{le="1"} 1'],
  },
  {
    of: 'a Job of another controller',
    controllers: () => [jobController()],
    seed: (client) => client.seed(jobs, { metadata: { namespace: 'n', name: 'j' }, spec: { template, managedBy: 'example.com/queue' } } as never),
    lines: ['job_controller_jobs_by_external_controller_total{controller_name="example.com/queue"} 1'],
  },
  {
    of: 'a CronJob that strikes',
    controllers: () => [cronJobController()],
    seed: (client) =>
      client.seed(cronJobs, { metadata: { namespace: 'n', name: 'c' }, spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } } } as never),
    advanceMs: 61_000,
    lines: ['cronjob_controller_job_creation_skew_duration_seconds_bucket{le="1"} 1', 'cronjob_controller_job_creation_skew_duration_seconds_count 1'],
  },
  {
    of: 'a Job that outlives its time',
    controllers: () => [ttlAfterFinishedController()],
    seed: (client) =>
      client.seed(jobs, {
        metadata: { namespace: 'n', name: 'j' },
        spec: { ttlSecondsAfterFinished: 1, template },
        status: { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
      } as never),
    advanceMs: 2_000,
    lines: ['ttl_after_finished_controller_job_deletion_duration_seconds_count 1'],
  },
  {
    of: 'the slices of a Service',
    controllers: () => [endpointSliceController()],
    seed(client) {
      client.seed(nodes, { metadata: { name: 'a' } } as never)
      client.seed(services, {
        metadata: { namespace: 'n', name: 's' },
        spec: { selector: { app: 'x' }, ports: [{ port: 80 }], clusterIP: '10.96.0.9', ipFamilies: ['IPv4'], trafficDistribution: 'PreferSameNode' },
      } as never)
      for (const name of ['p', 'q']) seedPod(client, name, { nodeName: 'a' }, { phase: 'Running', podIP: '10.244.0.1', podIPs: [{ ip: '10.244.0.1' }] })
    },
    afterwards: async (client) => assert.equal(client.all(endpointSlices).length, 1),
    lines: [
      'endpoint_slice_controller_endpoints_desired 2',
      'endpoint_slice_controller_num_endpoint_slices 1',
      'endpoint_slice_controller_changes{operation="create"} 1',
      'endpoint_slice_controller_services_count_by_traffic_distribution{traffic_distribution="PreferSameNode"} 1',
    ],
  },
  {
    of: 'zones',
    controllers: () => [nodeLifecycleController(settings)],
    seed(client) {
      const node = (name: string, status: string): any => ({
        metadata: { name, labels: { 'topology.kubernetes.io/zone': 'z' } },
        status: { conditions: [{ type: 'Ready', status }] },
      })
      client.seed(nodes, node('a', 'True'), node('b', 'True'), node('c', 'True'), node('d', 'False'))
    },
    lines: [
      'node_collector_zone_size{zone=":z"} 4',
      'node_collector_unhealthy_nodes_in_zone{zone=":z"} 1',
      'node_collector_zone_health{zone=":z"} 75',
      'node_collector_evictions_total{zone=":z"} 1',
    ],
  },
  {
    of: 'a pod driven away by a taint',
    controllers: () => [taintEvictionController()],
    seed(client) {
      client.seed(nodes, { metadata: { name: 'a' }, spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } as never)
      seedPod(client, 'p', { nodeName: 'a' })
    },
    lines: ['taint_eviction_controller_pod_deletions_total 1', 'taint_eviction_controller_pod_deletion_duration_seconds_count 1'],
  },
  {
    of: 'pods on a node that is gone',
    controllers: () => [podGcController(settings)],
    seed: (client) => seedPod(client, 'p', { nodeName: 'gone' }),
    advanceMs: 70_000,
    lines: ['pod_gc_collector_force_delete_pods_total{namespace="n",reason="orphaned"} 1'],
  },
  {
    of: 'an ephemeral volume',
    controllers: () => [ephemeralVolumeController()],
    seed: (client) => seedPod(client, 'p', { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: {} } } }] }),
    lines: ['ephemeral_volume_controller_create_total 1'],
  },
  {
    of: 'volumes and claims',
    controllers: () => [persistentVolumeController()],
    seed(client) {
      client.seed(persistentVolumes, {
        metadata: { name: 'v' },
        spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 's', csi: { driver: 'd', volumeHandle: 'h' } },
      } as never)
      const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 's' }
      for (const name of ['a', 'b']) client.seed(persistentVolumeClaims, { metadata: { namespace: 'n', name }, spec, status: { phase: 'Pending' } } as never)
    },
    lines: [
      'pv_collector_bound_pv_count{storage_class="s"} 1',
      'pv_collector_total_pv_count{plugin_name="kubernetes.io/csi:d",volume_mode="Filesystem"} 1',
      'pv_collector_bound_pvc_count{namespace="n",storage_class="s",volume_attributes_class=""} 1',
      'pv_collector_unbound_pvc_count{namespace="n",storage_class="s",volume_attributes_class=""} 1',
    ],
  },
  {
    of: 'ranges of nodes',
    controllers: () => [nodeIpamController({ rootCa: '', podCidr: '10.244.0.0/22' })!],
    seed: (client) => client.seed(nodes, { metadata: { name: 'a' } } as never, { metadata: { name: 'b' } } as never),
    afterwards: (client) => client.delete(nodes, { name: 'b' }),
    lines: [
      'node_ipam_controller_cidrset_cidrs_allocations_total{clusterCIDR="10.244.0.0/22"} 2',
      'node_ipam_controller_cidrset_cidrs_releases_total{clusterCIDR="10.244.0.0/22"} 1',
      'node_ipam_controller_cirdset_max_cidrs{clusterCIDR="10.244.0.0/22"} 4',
      'node_ipam_controller_cidrset_usage_cidrs{clusterCIDR="10.244.0.0/22"} 0.25',
      'node_ipam_controller_cidrset_allocation_tries_per_request_count{clusterCIDR="10.244.0.0/22"} 2',
    ],
  },
  {
    of: 'the CA of namespaces',
    controllers: () => [rootCaController({ rootCa: 'PEM' })],
    seed: (client) => client.seed(namespaces, { metadata: { name: 'n' } } as never),
    // Once for the namespace, and once for the ConfigMap that came of it.
    lines: ['root_ca_cert_publisher_sync_total{code="200"} 2', 'root_ca_cert_publisher_sync_duration_seconds_count{code="200"} 2'],
  },
  {
    of: 'a pod whose device is tainted',
    controllers: () => [deviceTaintEvictionController()],
    seed(client) {
      client.seed(resourceSlices, {
        metadata: { name: 's' },
        spec: {
          driver: 'd',
          pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
          devices: [{ name: 'x', taints: [{ key: 'k', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' }] }],
        },
      } as never)
      const [pod] = seedPod(client, 'p', { nodeName: 'a' })
      client.seed(resourceClaims, {
        metadata: { namespace: 'n', name: 'c' },
        spec: {},
        status: {
          allocation: { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'x' }] } },
          reservedFor: [{ resource: 'pods', name: 'p', uid: pod!.metadata.uid }],
        },
      } as never)
    },
    lines: ['device_taint_eviction_controller_pod_deletions_total 1', 'device_taint_eviction_controller_pod_deletion_duration_seconds_count 1'],
  },
  {
    of: 'mirrored Endpoints',
    controllers: () => [endpointSliceMirroringController()],
    seed(client) {
      client.seed(services, { metadata: { namespace: 'n', name: 's' }, spec: { ports: [{ port: 80 }] } } as never)
      const addresses = [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }]
      client.seed(endpoints, { metadata: { namespace: 'n', name: 's' }, subsets: [{ addresses, ports: [{ port: 80 }] }] } as never)
    },
    lines: [
      'endpoint_slice_mirroring_controller_endpoints_desired 2',
      'endpoint_slice_mirroring_controller_num_endpoint_slices 1',
      'endpoint_slice_mirroring_controller_desired_endpoint_slices 1',
      'endpoint_slice_mirroring_controller_changes{operation="create"} 1',
      'endpoint_slice_mirroring_controller_endpoints_added_per_sync_sum 2',
      'endpoint_slice_mirroring_controller_endpoints_removed_per_sync_sum 0',
    ],
  },
  {
    of: 'volumes of nodes',
    controllers: () => [attachDetachController()],
    seed(client) {
      client.seed(nodes, { metadata: { name: 'a' } } as never)
      client.seed(persistentVolumes, {
        metadata: { name: 'v' },
        spec: { csi: { driver: 'd', volumeHandle: 'h' }, claimRef: { namespace: 'n', name: 'c', uid: 'c' } },
      } as never)
      client.seed(persistentVolumeClaims, { metadata: { namespace: 'n', name: 'c', uid: 'c' }, spec: { volumeName: 'v' }, status: { phase: 'Bound' } } as never)
      seedPod(client, 'p', { nodeName: 'a', volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] })
    },
    async afterwards(client) {
      const [attachment] = client.all(volumeAttachments)
      await client.update(volumeAttachments, { ...attachment!, status: { attached: true } }, { subresource: 'status' })
    },
    lines: [
      'attachdetach_controller_total_volumes{plugin_name="kubernetes.io/csi:d",state="desired_state_of_world"} 1',
      'attachdetach_controller_total_volumes{plugin_name="kubernetes.io/csi:d",state="actual_state_of_world"} 1',
      'storage_count_attachable_volumes_in_use{node="a",volume_plugin="kubernetes.io/csi:d"} 1',
    ],
  },
  {
    of: 'claims of devices',
    controllers: () => [resourceClaimController()],
    seed(client) {
      client.seed(resourceClaimTemplates, { metadata: { namespace: 'n', name: 't' }, spec: { spec: { devices: {} } } } as never)
      seedPod(client, 'p', { resourceClaims: [{ name: 'd', resourceClaimTemplateName: 't' }] })
    },
    afterwards: async (client) => assert.equal(client.all(resourceClaims).length, 1),
    lines: [
      'resourceclaim_controller_creates_total{admin_access="false",status="success"} 1',
      'resourceclaim_controller_resource_claims{admin_access="false",allocated="false"} 1',
    ],
  },
]

for (const { of, controllers, seed, afterwards, advanceMs = 0, lines } of cases)
  test(`metrics tell of ${of}`, async (t) => {
    const { client, manager, settled, advance } = testControllers(t, { controllers: controllers() })
    seed(client)
    await settled()
    if (advanceMs > 0) await advance(advanceMs)
    await afterwards?.(client)
    await settled()
    const text = manager.metricsText().split('\n')
    for (const line of lines) assert.ok(text.includes(line), `${line}\n\n${text.filter((each) => each.startsWith(line.split('_')[0]!)).join('\n')}`)
  })
