/** Every controller at work under the default policy, each as its own service account: nobody is refused anything. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  clusterRoles,
  configMaps,
  cronJobs,
  daemonSets,
  deployments,
  endpoints,
  endpointSlices,
  horizontalPodAutoscalers,
  ingresses,
  jobs,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  replicationControllers,
  resourceClaims,
  resourceClaimTemplates,
  resourceQuotas,
  secrets,
  serviceAccounts,
  serviceCIDRs,
  services,
  statefulSets,
  validatingAdmissionPolicies,
  volumeAttributesClasses,
} from '#api/gen/resources.ts'
import { createLogger } from '#base/log.ts'
import { sleep, systemClock } from '#base/clock.ts'
import { startControlPlane } from '#control-plane/start.ts'
import { startHollowNodes } from '#hollow/index.ts'

const namespace = 'shop'
const labelled = (app: string, more: object = {}): any => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '10m' } } }], ...more },
})
const selecting = (app: string) => ({ matchLabels: { app } })
const claimSpec = (more: object = {}) => ({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more })
const named = (name: string, more: object = {}) => ({ metadata: { namespace, name, ...more } })
const ownMeans = { 'kubernetes.io/metadata.name': namespace }

test('each controller works as its own service account, and none is refused', { timeout: 120_000 }, async (t) => {
  const complaints: string[] = []
  const log = createLogger({ component: 'test', level: 'info', write: (line) => void complaints.push(line) })
  await using controlPlane = await startControlPlane({ listen: false, controllers: ['*'], autoscaler: { syncMs: 500 }, scheduler: true, log })
  const { client } = controlPlane
  const abort = new AbortController()
  const hollow = startHollowNodes({ client, clock: systemClock, log, signal: abort.signal, count: 2, prefix: 'node-', podCidr: '10.244.0.0/16' })
  t.after(async () => {
    abort.abort()
    await hollow.done.catch(() => undefined)
  })
  await hollow.ready
  const eventually = async (what: string, check: () => Promise<unknown>): Promise<void> => {
    for (let attempt = 0; attempt < 1200; attempt++) {
      if (await check()) return
      await sleep(systemClock, 50)
    }
    throw new Error(`never came about: ${what}\n${complaints.slice(-30).join('')}`)
  }
  const make = (of: any, object: object): Promise<any> => client.create(of, object as any)

  await make(namespaces, { metadata: { name: namespace } })
  await eventually('the default service account', async () => (await client.list(serviceAccounts, { namespace })).items.length > 0)
  const batch = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } }
  await Promise.all([
    make(resourceQuotas, { ...named('q'), spec: { hard: { pods: '100', 'count/configmaps': '50' } } }),
    make(deployments, { ...named('web'), spec: { replicas: 2, selector: selecting('web'), template: labelled('web') } }),
    make(services, { ...named('web'), spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }),
    make(services, { ...named('outside'), spec: { ports: [{ port: 80 }] } }),
    make(endpoints, { ...named('outside'), subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }] }),
    make(podDisruptionBudgets, { ...named('web'), spec: { minAvailable: 1, selector: selecting('web') } }),
    make(horizontalPodAutoscalers, {
      ...named('web'),
      spec: {
        minReplicas: 3,
        maxReplicas: 4,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
      },
    }),
    make(replicationControllers, { ...named('old'), spec: { replicas: 1, selector: { app: 'old' }, template: labelled('old') } }),
    make(daemonSets, { ...named('agent'), spec: { selector: selecting('agent'), template: labelled('agent') } }),
    make(statefulSets, {
      ...named('db'),
      spec: {
        replicas: 1,
        serviceName: 'db',
        selector: selecting('db'),
        template: labelled('db'),
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec({ storageClassName: 'by-hand' }) }],
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      },
    }),
    make(persistentVolumes, {
      metadata: { name: 'pv' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'by-hand', hostPath: { path: '/tmp/none' } },
    }),
    make(jobs, { ...named('job'), spec: { completions: 1, ttlSecondsAfterFinished: 0, ...batch } }),
    make(cronJobs, { ...named('cron'), spec: { schedule: '* * * * *', startingDeadlineSeconds: 120, jobTemplate: { spec: batch } } }),
    make(secrets, { ...named('token', { annotations: { 'kubernetes.io/service-account.name': 'default' } }), type: 'kubernetes.io/service-account-token' }),
    make(clusterRoles, { metadata: { name: 'part', labels: { part: 'yes' } }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }),
    make(clusterRoles, { metadata: { name: 'sum' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] }, rules: [] }),
    make(validatingAdmissionPolicies, {
      metadata: { name: 'checked' },
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: ownMeans },
          resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
        },
        validations: [{ expression: 'object.spec.replicas < 1000' }],
      },
    }),
    make(serviceCIDRs, { metadata: { name: 'more' }, spec: { cidrs: ['10.99.0.0/24'] } }),
    make(volumeAttributesClasses, { metadata: { name: 'gold' }, driverName: 'd', parameters: { a: 'b' } }),
    make(ingresses, { ...named('web'), spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } }),
    make(resourceClaimTemplates, { ...named('gpu'), spec: { spec: {} } }),
    make(pods, {
      ...named('p'),
      spec: {
        containers: [{ name: 'c', image: 'i' }],
        resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }],
        volumes: [{ name: 'e', ephemeral: { volumeClaimTemplate: { spec: claimSpec({ storageClassName: 'nobody' }) } } }],
      },
    }),
    make(secrets, {
      metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
      type: 'bootstrap.kubernetes.io/token',
      stringData: { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', expiration: '2020-01-01T00:00:00Z', 'usage-bootstrap-signing': 'true' },
    }),
  ])

  const get = async (of: any, name: string): Promise<any> => client.get<any>(of, { namespace, name }).catch(() => undefined)
  await eventually('the Deployment is scaled to what its autoscaler asks at least', async () => (await get(deployments, 'web'))?.status?.readyReplicas === 3)
  await eventually('the StatefulSet', async () => (await get(statefulSets, 'db'))?.status?.readyReplicas === 1)
  await eventually('the DaemonSet', async () => (await get(daemonSets, 'agent'))?.status?.numberReady === 2)
  await eventually('the ReplicationController', async () => (await get(replicationControllers, 'old'))?.status?.readyReplicas === 1)
  await eventually('mirrored slices', async () => (await client.list(endpointSlices, { namespace })).items.length >= 2)
  await eventually('the quota', async () => (await get(resourceQuotas, 'q'))?.status?.used?.['count/configmaps'] === '1')
  await eventually('the budget', async () => (await get(podDisruptionBudgets, 'web'))?.status?.disruptionsAllowed > 0)
  await eventually('the root CA', async () => get(configMaps, 'kube-root-ca.crt'))
  await eventually('a token', async () => (await get(secrets, 'token'))?.data?.token)
  await eventually('aggregated rules', async () => (await client.get<any>(clusterRoles, { name: 'sum' })).rules?.length === 1)
  await eventually('a checked policy', async () => (await client.get<any>(validatingAdmissionPolicies, { name: 'checked' })).status?.typeChecking)
  await eventually('a ready range', async () => (await client.get<any>(serviceCIDRs, { name: 'more' })).status?.conditions?.length > 0)
  await eventually('a device claim', async () => (await client.list(resourceClaims, { namespace })).items.length > 0)
  await eventually('an ephemeral claim', async () => get(persistentVolumeClaims, 'p-e'))
  await eventually('an ended bootstrap token goes', async () =>
    client.get(secrets, { namespace: 'kube-system', name: 'bootstrap-token-abcdef' }).then(
      () => false,
      () => true,
    ),
  )

  // A rolling update, a node that goes, owners that go, and then all of it.
  await client.patch(deployments, { namespace, name: 'web' }, { spec: { template: { metadata: { annotations: { a: 'b' } } } } }, { type: 'merge' })
  await client.patch(statefulSets, { namespace, name: 'db' }, { spec: { replicas: 0 } }, { type: 'merge' })
  await client.delete(daemonSets, { namespace, name: 'agent' }, { propagationPolicy: 'Foreground' })
  await client.delete(replicationControllers, { namespace, name: 'old' }, { propagationPolicy: 'Orphan' })
  await client.delete(serviceCIDRs, { name: 'more' })
  await client.delete(volumeAttributesClasses, { name: 'gold' })
  const [node] = (await client.list(nodes)).items
  await client.delete(nodes, { name: node!.metadata.name })
  await eventually('the DaemonSet goes', async () => !(await get(daemonSets, 'agent')))
  await eventually('the claim goes with its replica', async () => !(await get(persistentVolumeClaims, 'data-db-0')))
  await client.delete(namespaces, { name: namespace })
  await eventually('the namespace goes', async () => !(await client.get(namespaces, { name: namespace }).catch(() => undefined)))

  const refused = complaints.filter((line) => /is forbidden: User|cannot/.test(line))
  assert.deepEqual(refused, [])
})
