/** What keeps the cluster in order, in trouble: namespaces, the garbage collector, quotas, nodes, certificates, autoscaling, ingress, directories. */
import assert from 'node:assert/strict'
import {
  certificateSigningRequests,
  clusterRoles,
  configMaps,
  deployments,
  horizontalPodAutoscalers,
  ingresses,
  jobs,
  leases,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  replicaSets,
  resourceQuotas,
  secrets,
  serviceAccounts,
} from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import type { FakeClient } from '#client/fake/fake-client.ts'
import type { Client, RawResponse } from '#client/types.ts'
import { certificateCleaningController } from './certificates/index.ts'
import { clusterRoleAggregationController } from './cluster-role-aggregation/index.ts'
import { deploymentController } from './deployment/index.ts'
import { garbageCollectorController } from './garbage-collector/index.ts'
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler/index.ts'
import { ingressController } from './ingress/index.ts'
import { localPathController } from './local-path/index.ts'
import { namespaceController } from './namespace/index.ts'
import { nodeLifecycleController } from './node-lifecycle/index.ts'
import { persistentVolumeController } from './persistent-volume/index.ts'
import { podGcController } from './pod-gc/index.ts'
import { pvProtectionController } from './pv-protection/index.ts'
import { pvcProtectionController } from './pvc-protection/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { resourceQuotaController } from './resource-quota/index.ts'
import { rootCaController } from './root-ca/index.ts'
import { serviceAccountController } from './service-account/index.ts'
import { taintEvictionController } from './taint-eviction/index.ts'
import { serveDiscovery } from './testing/discovery.ts'
import { faultTests } from './testing/faults.ts'
import { hollowKubelet } from './testing/hollow-kubelet.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/index.ts'

const key = (name: string) => ({ namespace: 'n', name })
const named = (list: readonly { metadata: { name: string } }[]) => list.map(({ metadata }) => metadata.name).sort()
const full = (list: readonly { metadata: { namespace?: string; name: string } }[]) =>
  list.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()
/** A fake clock's. */
const startTime = '2026-01-01T00:00:00Z'
const settings = { rootCa: 'PEM' }

async function gone(deleting: Promise<void>): Promise<void> {
  await deleting.catch((error) => {
    if (!isNotFound(error)) throw error
  })
}

const discovered = [configMaps, deployments, namespaces, pods, replicaSets, resourceQuotas, secrets, serviceAccounts]
const discovery = serveDiscovery(() => discovered)

faultTests({
  name: 'Namespaces and quotas',
  controllers: () => [namespaceController(), serviceAccountController(), rootCaController(settings), resourceQuotaController()],
  world: () => [hollowKubelet({ readyAfterMs: () => 1000, goneAfterMs: 3000 })],
  seconds: 240,
  troubledSeconds: 60,
  request: (request) => discovery(request),
  seed(client) {
    for (const name of ['kept', 'going']) {
      client.seed(namespaces, { metadata: { name }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } } as any)
      for (const pod of ['a', 'b', 'c'])
        client.seed(pods, { metadata: { namespace: name, name: pod }, spec: { containers: [{ name: 'c', resources: { requests: { cpu: '100m' } } }] } } as any)
      client.seed(secrets, { metadata: { namespace: name, name: 's', finalizers: ['mine/hold'] } } as any)
      client.seed(resourceQuotas, { metadata: { namespace: name, name: 'q' }, spec: { hard: { pods: '9', 'requests.cpu': '2', secrets: '5' } } } as any)
    }
  },
  async drive(client, second) {
    if (second === 20) await gone(client.delete(pods, { namespace: 'kept', name: 'b' }))
    if (second === 30) await gone(client.delete(namespaces, { name: 'going' }))
    if (second === 50) {
      const held = client.peek(secrets, 'going', 's')
      if (held) await client.update(secrets, { ...held, metadata: { ...held.metadata, finalizers: [] } })
    }
  },
  invariant(client) {
    if (client.peek(namespaces, undefined, 'going')) return
    for (const of of discovered)
      assert.deepEqual(
        full(client.all<any>(of)).filter((each) => each.startsWith('going/')),
        [],
        'a namespace goes last',
      )
  },
  outcome: (client) => ({
    namespaces: named(client.all(namespaces)),
    objects: discovered.flatMap((of) => full(client.all<any>(of)).map((each) => `${of.plural} ${each}`)),
    used: client.peek(resourceQuotas, 'kept', 'q')!.status?.used,
  }),
})

const owned = (name: string, owner: { kind: string; name: string } | undefined, more: object = {}, block = true) => ({
  metadata: {
    namespace: 'n',
    name,
    uid: name,
    ...(owner
      ? {
          ownerReferences: [
            { apiVersion: owner.kind === 'ConfigMap' ? 'v1' : 'apps/v1', ...owner, uid: owner.name, blockOwnerDeletion: block, controller: true },
          ],
        }
      : {}),
    ...more,
  },
})

faultTests({
  name: 'Garbage collector',
  controllers: () => [garbageCollectorController()],
  seconds: 120,
  request: (request) => discovery(request),
  seed(client) {
    for (const way of ['background', 'foreground', 'orphan']) {
      client.seed(deployments, owned(way, undefined) as any)
      client.seed(replicaSets, owned(`${way}-set`, { kind: 'Deployment', name: way }) as any)
      for (const each of ['x', 'y']) client.seed(pods, owned(`${way}-${each}`, { kind: 'ReplicaSet', name: `${way}-set` }) as any)
    }
    client.seed(configMaps, owned('free', undefined) as any, owned('never', { kind: 'ConfigMap', name: 'absent' }) as any)
    client.seed(configMaps, owned('elsewhere', { kind: 'ConfigMap', name: 'free' }, { namespace: 'other' }) as any)
  },
  async drive(client, second) {
    const end = (name: string, propagationPolicy: 'Background' | 'Foreground' | 'Orphan') => gone(client.delete(deployments, key(name), { propagationPolicy }))
    if (second === 20) await end('background', 'Background')
    if (second === 25) await end('foreground', 'Foreground')
    if (second === 30) await end('orphan', 'Orphan')
  },
  invariant(client) {
    assert.ok(client.peek(configMaps, 'n', 'free'), 'what nobody owns stays')
    assert.equal(client.all(pods).filter(({ metadata }) => metadata.name.startsWith('orphan')).length, 2, 'orphans stay')
    if (!client.peek(deployments, 'n', 'foreground')) assert.equal(client.peek(replicaSets, 'n', 'foreground-set'), undefined, 'an owner waits')
    if (!client.peek(replicaSets, 'n', 'foreground-set'))
      assert.deepEqual(
        named(client.all(pods)).filter((name) => name.startsWith('foreground')),
        [],
        'each owner waits',
      )
  },
  outcome: (client) => ({
    sets: client.all(replicaSets).map(({ metadata }) => [metadata.name, metadata.ownerReferences ?? []]),
    others: [...full(client.all(deployments)), ...full(client.all(pods)), ...full(client.all(configMaps))],
  }),
})

const readyNode = (name: string): any => ({
  metadata: { name, labels: { 'topology.kubernetes.io/zone': 'z' } },
  spec: {},
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
})
const tolerating = (tolerationSeconds: number) =>
  ['not-ready', 'unreachable'].map((each) => ({ key: `node.kubernetes.io/${each}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }))

faultTests({
  name: 'Nodes that fall silent, and their pods',
  // Longer than a watch that is cut again and again takes to come back (client-go's waits, up to a minute each): else a living node
  // looks silent, here as upstream.
  controllers: () => [nodeLifecycleController({ ...settings, nodeMonitorGracePeriodMs: 150_000 }), taintEvictionController(), podGcController(settings)],
  seconds: 420,
  seed(client) {
    for (const name of ['a', 'b', 'c']) {
      client.seed(nodes, readyNode(name))
      client.seed(leases, { metadata: { namespace: 'kube-node-lease', name }, spec: { renewTime: '0' } } as any)
      const pod = (suffix: string, seconds: number): any => ({
        metadata: { namespace: 'n', name: `${name}-${suffix}` },
        spec: { nodeName: name, containers: [], tolerations: tolerating(seconds) },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      })
      client.seed(pods, pod('soon', 10), pod('late', 1000))
    }
  },
  async drive(client, second) {
    // Kubelets that live: b falls silent and comes back, c goes for good.
    const silent = (name: string) => (name === 'b' && second > 20 && second < 290) || (name === 'c' && second > 150)
    for (const { metadata, status } of client.all(nodes)) {
      const { name } = metadata
      if (silent(name)) continue
      const lease = client.peek(leases, 'kube-node-lease', name)
      if (lease && second % 10 === 0) await client.update(leases, { ...lease, spec: { renewTime: String(second) } } as any)
      const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: String(second) }]
      if (status?.conditions?.[0]?.status !== 'True')
        await client.patch(nodes, { name }, { status: { conditions } }, { type: 'strategic', subresource: 'status' })
    }
    for (const { metadata } of client.all(pods)) if (metadata.deletionTimestamp) await gone(client.delete(pods, key(metadata.name), { gracePeriodSeconds: 0 }))
    if (second === 160) await gone(client.delete(nodes, { name: 'c' }))
  },
  invariant(client) {
    for (const name of ['a-soon', 'a-late', 'b-late']) assert.ok(client.peek(pods, 'n', name), `${name} stays`)
    assert.deepEqual(client.peek(nodes, undefined, 'a')!.spec?.taints ?? [], [], 'a node that lives has no taints')
  },
  outcome: (client) => ({
    pods: named(client.all(pods)),
    taints: client.all(nodes).map(({ metadata, spec }) => [metadata.name, spec?.taints ?? []]),
  }),
})

faultTests({
  name: 'Answered requests for certificates, ended Jobs and aggregated roles',
  controllers: () => [certificateCleaningController(), ttlAfterFinishedController(), clusterRoleAggregationController()],
  seconds: 120,
  seed(client) {
    const ended = (name: string, ttlSecondsAfterFinished?: number): any => ({
      metadata: { namespace: 'n', name },
      spec: { ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }) },
      status: { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: startTime }] },
    })
    client.seed(jobs, ended('soon', 20), ended('late', 1000), ended('kept'))
    const asked = (name: string, conditions: object[]): any => ({
      metadata: { name },
      spec: { signerName: 'example.com/mine', request: '', usages: [] },
      status: { conditions },
    })
    client.seed(certificateSigningRequests, asked('answered', [{ type: 'Denied', status: 'True', lastUpdateTime: '2025-12-31T22:00:00Z' }]), asked('open', []))
    client.seed(clusterRoles, { metadata: { name: 'sum' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] }, rules: [] } as any)
  },
  async drive(client, second) {
    const rules = [{ apiGroups: [''], resources: [`r${second}`], verbs: ['get'] }]
    if ([10, 15, 20].includes(second)) await client.create(clusterRoles, { metadata: { name: `part-${second}`, labels: { part: 'yes' } }, rules } as any)
    if (second === 40) await gone(client.delete(clusterRoles, { name: 'part-15' }))
  },
  invariant: (client) => assert.ok(['kept', 'late'].every((name) => !client.peek(jobs, 'n', name)?.metadata.deletionTimestamp)),
  outcome: (client) => ({
    jobs: client.all(jobs).map(({ metadata }) => [metadata.name, metadata.deletionTimestamp !== undefined]),
    requests: client.all(certificateSigningRequests).map(({ metadata, status }) => [metadata.name, status?.conditions?.map(({ type }) => type)]),
    rules: client.peek(clusterRoles, undefined, 'sum')!.rules?.map(({ resources }) => resources),
  }),
})

const answer = (status: number, body: object): RawResponse => {
  const text = JSON.stringify(body)
  return { status, headers: {}, text: async () => text, bytes: async () => Buffer.from(text), stream: async function* () {} }
}
/** What each pod uses, in thousandths of a processor, as time goes by. */
const load = new WeakMap<FakeClient, number>()
const template: any = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', resources: { requests: { cpu: '100m' } } }] } }
/** A Deployment's scale is a view of it, which the fake does not make. */
const scaling = (client: Client): Client => ({
  ...client,
  async get(of: any, at: any, options: any = {}): Promise<any> {
    if (options.subresource !== 'scale') return client.get(of, at, options)
    const { metadata, spec, status }: any = await client.get(deployments, at)
    return { metadata, spec: { replicas: spec.replicas }, status: { replicas: status?.replicas ?? 0, selector: 'app=web' } }
  },
  async update(of: any, object: any, options: any = {}): Promise<any> {
    if (options.subresource !== 'scale') return client.update(of, object, options)
    const { namespace, name, resourceVersion } = object.metadata
    return client.patch(deployments, { namespace, name }, { metadata: { resourceVersion }, spec: { replicas: object.spec.replicas } }, { type: 'merge' })
  },
})

faultTests({
  name: 'HorizontalPodAutoscaler over a Deployment',
  controllers: () => [horizontalPodAutoscalerController(), deploymentController(), replicaSetController()],
  world: () => [hollowKubelet({ readyAfterMs: () => 1000, goneAfterMs: 1000 })],
  seconds: 600,
  serve: scaling,
  async request({ path }, client) {
    if (path === '/apis/apps/v1') return answer(200, { resources: [{ name: 'deployments', kind: 'Deployment' }] })
    if (!path.startsWith('/apis/metrics.k8s.io')) return answer(404, { message: 'the server could not find the requested resource' })
    const running = client.all(pods).filter(({ status }) => status?.phase === 'Running')
    const usage = { cpu: `${Math.round((load.get(client) ?? 0) / Math.max(1, running.length))}m`, memory: '1Mi' }
    const timestamp = running[0]?.status?.startTime ?? rfc3339(0)
    return answer(200, {
      items: running.map(({ metadata }) => ({ metadata: { name: metadata.name }, timestamp, window: '15s', containers: [{ name: 'c', usage }] })),
    })
  },
  seed(client) {
    load.set(client, 200)
    client.seed(deployments, {
      metadata: { namespace: 'n', name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      },
    } as any)
    client.seed(horizontalPodAutoscalers, {
      metadata: { namespace: 'n', name: 'web' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 6,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 100 } } }],
        behavior: { scaleDown: { stabilizationWindowSeconds: 30 } },
      },
    } as any)
  },
  async drive(client, second) {
    if (second === 60) load.set(client, 5000)
    if (second === 300) load.set(client, 300)
  },
  invariant(client) {
    const { replicas = 0 } = client.peek(deployments, 'n', 'web')!.spec
    assert.ok(replicas >= 2 && replicas <= 6, `${replicas} replicas of two to six`)
  },
  outcome: (client) => ({
    replicas: client.peek(deployments, 'n', 'web')!.spec.replicas,
    pods: client.all(pods).length,
    status: client.peek(horizontalPodAutoscalers, 'n', 'web')!.status?.desiredReplicas,
  }),
})

faultTests({
  name: 'Ingress addresses and local directories',
  controllers: () => {
    const localDirectories = { create: async (_node: string, name: string) => `/volumes/${name}`, remove: async () => undefined }
    return [
      ingressController(settings),
      persistentVolumeController(),
      localPathController({ ...settings, localDirectories }),
      pvcProtectionController(),
      pvProtectionController(),
    ]
  },
  world: () => [hollowKubelet({ readyAfterMs: () => 1000, goneAfterMs: 1000 })],
  seconds: 150,
  seed(client) {
    for (const [name, address] of [
      ['node-1', '192.0.2.1'],
      ['node-2', '192.0.2.2'],
    ])
      client.seed(nodes, {
        metadata: { name },
        status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address }] },
      } as any)
    client.seed(ingresses, { metadata: { namespace: 'n', name: 'web' }, spec: { ingressClassName: 'nginx' } } as any)
    for (const name of ['kept', 'going']) {
      client.seed(persistentVolumeClaims, {
        metadata: { namespace: 'n', name, uid: name, finalizers: ['kubernetes.io/pvc-protection'] },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'standard' },
      } as any)
      client.seed(pods, {
        metadata: { namespace: 'n', name },
        spec: { containers: [{ name: 'c' }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: name } }] },
      } as any)
    }
  },
  async drive(client, second) {
    if (second === 40)
      await client.patch(
        nodes,
        { name: 'node-2' },
        { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
        { type: 'strategic', subresource: 'status' },
      )
    if (second === 50) await gone(client.delete(persistentVolumeClaims, key('going')))
    if (second === 60) await gone(client.delete(pods, key('going')))
  },
  invariant(client) {
    const volumes = client.all(persistentVolumes)
    const claims = volumes.map(({ spec }) => spec.claimRef?.name)
    assert.equal(new Set(claims).size, claims.length, `one volume a claim: ${claims}`)
    if (client.peek(pods, 'n', 'going')?.status?.phase === 'Running') assert.ok(client.peek(persistentVolumeClaims, 'n', 'going'), 'a claim in use stays')
  },
  outcome: (client) => ({
    addresses: client.peek(ingresses, 'n', 'web')!.status?.loadBalancer?.ingress,
    volumes: client.all(persistentVolumes).map(({ metadata, status }) => [metadata.name, status?.phase]),
    claims: client.all(persistentVolumeClaims).map(({ metadata, status }) => [metadata.name, status?.phase]),
  }),
})
