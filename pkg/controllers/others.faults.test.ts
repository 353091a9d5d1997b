/** Storage, devices, budgets and mirrors in trouble: the same end, whatever happened on the way. */
import assert from 'node:assert/strict'
import type { Pod } from '#api/gen/core/v1.ts'
import type { StorageVersionMigration } from '#api/gen/storagemigration/v1beta1.ts'
import {
  csiDrivers,
  deployments,
  endpointSlices,
  endpoints,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  replicaSets,
  resourceClaims,
  resourceClaimTemplates,
  serviceCIDRs,
  services,
  ipAddresses,
  customResourceDefinitions,
  storageVersionMigrations,
  volumeAttachments,
} from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import type { FakeClient } from '#client/fake/fake-client.ts'
import { attachDetachController } from './attach-detach/index.ts'
import { disruptionController } from './disruption/index.ts'
import { endpointSliceMirroringController } from './endpoint-slice-mirroring/index.ts'
import { ephemeralVolumeController } from './ephemeral-volume/index.ts'
import { nodeIpamController } from './node-ipam/index.ts'
import { persistentVolumeController } from './persistent-volume/index.ts'
import { pvProtectionController } from './pv-protection/index.ts'
import { pvcProtectionController } from './pvc-protection/index.ts'
import { resourceClaimController } from './resource-claim/index.ts'
import { serviceCidrController } from './service-cidr/index.ts'
import { storageVersionMigratorController } from './storage-version-migrator/index.ts'
import { serveDiscovery } from './testing/discovery.ts'
import { faultTests } from './testing/faults.ts'
import { hollowKubelet } from './testing/hollow-kubelet.ts'
import { ttlController } from './ttl/index.ts'

const key = (name: string) => ({ namespace: 'n', name })
const named = <T extends { metadata: { name: string } }>(list: readonly T[]) => list.map(({ metadata }) => metadata.name).sort()
const kubelet = () => [hollowKubelet({ readyAfterMs: () => 1000, goneAfterMs: 1000 })]

/** A thing that is gone already is as good as deleted. */
async function gone(deleting: Promise<void>): Promise<void> {
  await deleting.catch((error) => {
    if (!isNotFound(error)) throw error
  })
}

const volume = (name: string, storage: string): any => ({
  metadata: { name, labels: { volume: name } },
  spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], persistentVolumeReclaimPolicy: 'Retain', csi: { driver: 'd', volumeHandle: name } },
})
/** By label: which of two claims comes first must not decide who gets what. */
const claimSpec = (storage: string, volume: string) => ({
  selector: { matchLabels: { volume } },
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage } },
  storageClassName: '',
})

faultTests({
  name: 'Volumes, from the claim to the node and back',
  controllers: () => [persistentVolumeController(), pvcProtectionController(), pvProtectionController(), ephemeralVolumeController(), attachDetachController()],
  world: kubelet,
  seconds: 150,
  seed(client) {
    client.seed(nodes, { metadata: { name: 'node-1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } } as any)
    client.seed(csiDrivers, { metadata: { name: 'd' }, spec: { attachRequired: true } } as any)
    client.seed(persistentVolumes, volume('small', '1Gi'), volume('large', '9Gi'), volume('other', '2Gi'))
    client.seed(persistentVolumeClaims, { metadata: { namespace: 'n', name: 'data' }, spec: claimSpec('5Gi', 'large') } as any)
    client.seed(pods, {
      metadata: { namespace: 'n', name: 'p' },
      spec: {
        containers: [{ name: 'c' }],
        volumes: [
          { name: 'd', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'e', ephemeral: { volumeClaimTemplate: { spec: claimSpec('2Gi', 'other') } } },
        ],
      },
    } as any)
  },
  async drive(client, second) {
    // The drivers' attacher.
    for (const each of client.all(volumeAttachments)) {
      if (each.status?.attached) continue
      await client.update(volumeAttachments, { ...each, status: { attached: true } } as any, { subresource: 'status' }).catch(() => undefined)
    }
    if (second === 50) await gone(client.delete(persistentVolumeClaims, key('data')))
    if (second === 70) await gone(client.delete(pods, key('p')))
  },
  invariant(client) {
    const held = client
      .all(persistentVolumes)
      .map(({ spec }) => spec.claimRef?.name)
      .filter((each) => each !== undefined)
    assert.equal(new Set(held).size, held.length, `one volume a claim: ${held}`)
    const pod: Pod | undefined = client.peek(pods, 'n', 'p')
    if (pod?.status?.phase === 'Running') assert.ok(client.peek(persistentVolumeClaims, 'n', 'data'), 'a claim in use stays')
  },
  outcome: (client) => ({
    volumes: client
      .all(persistentVolumes)
      .map(({ metadata, spec, status }) => [metadata.name, status?.phase, spec.claimRef?.name, metadata.finalizers])
      .sort(),
    claims: client.all(persistentVolumeClaims).map(({ metadata, status, spec }) => [metadata.name, status?.phase, spec.volumeName]),
    attachments: client.all(volumeAttachments).length,
    told: client.peek(nodes, undefined, 'node-1')!.status?.volumesAttached ?? [],
  }),
})

const allocation = { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'x' }] } }

faultTests({
  name: 'ResourceClaims',
  controllers: () => [resourceClaimController()],
  seconds: 120,
  seed(client) {
    client.seed(resourceClaimTemplates, { metadata: { namespace: 'n', name: 'gpu' }, spec: { metadata: {}, spec: { devices: {} } } } as any)
    for (const name of ['p', 'q'])
      client.seed(pods, {
        metadata: { namespace: 'n', name },
        spec: {
          containers: [],
          resourceClaims: [
            { name: 'one', resourceClaimTemplateName: 'gpu' },
            { name: 'two', resourceClaimTemplateName: 'gpu' },
          ],
        },
      } as any)
  },
  async drive(client, second) {
    // A scheduler: allocates what is there, then places the pod.
    if (second === 30)
      for (const claim of client.all(resourceClaims)) {
        const current = await client.get(resourceClaims, key(claim.metadata.name))
        const finalizers = ['resource.kubernetes.io/delete-protection']
        const guarded = await client.update(resourceClaims, { ...current, metadata: { ...current.metadata, finalizers } })
        await client.update(resourceClaims, { ...guarded, status: { allocation } } as any, { subresource: 'status' })
      }
    if (second === 31)
      for (const name of ['p', 'q'])
        await client.create(pods, { metadata: key(name), target: { kind: 'Node', name: 'node-1' } } as any, { subresource: 'binding' })
    if (second === 60) {
      const current = await client.get(pods, key('p'))
      await client.update(pods, { ...current, status: { ...current.status, phase: 'Succeeded' } } as any, { subresource: 'status' })
    }
  },
  invariant(client) {
    const made = client
      .all(resourceClaims)
      .map(({ metadata }) => `${metadata.ownerReferences?.[0]?.name}/${metadata.annotations?.['resource.kubernetes.io/pod-claim-name']}`)
    assert.equal(new Set(made).size, made.length, `one claim an entry: ${made}`)
  },
  outcome: (client) => ({
    claims: client
      .all(resourceClaims)
      .map(({ metadata, status }) => [metadata.ownerReferences?.[0]?.name, status?.reservedFor?.map(({ name }) => name), metadata.finalizers])
      .sort(),
    statuses: client
      .peek(pods, 'n', 'q')!
      .status?.resourceClaimStatuses?.map(({ name }) => name)
      .sort(),
  }),
})

faultTests({
  name: 'Budgets, mirrored Endpoints, ServiceCIDRs and pod ranges',
  controllers: () => [
    disruptionController(),
    endpointSliceMirroringController(),
    serviceCidrController(),
    ttlController(),
    nodeIpamController({ rootCa: '', podCidr: '10.244.0.0/16' })!,
  ],
  world: kubelet,
  seconds: 120,
  seed(client: FakeClient) {
    for (const name of ['a', 'b', 'c']) client.seed(nodes, { metadata: { name } } as any)
    const selector = { matchLabels: { app: 'web' } }
    const [deployment] = client.seed(deployments, { metadata: { namespace: 'n', name: 'web' }, spec: { replicas: 3, selector, template: {} } } as any)
    const owner = (kind: string, of: any) => [{ apiVersion: 'apps/v1', kind, name: of.metadata.name, uid: of.metadata.uid, controller: true }]
    const [set] = client.seed(replicaSets, {
      metadata: { namespace: 'n', name: 'web', ownerReferences: owner('Deployment', deployment) },
      spec: { replicas: 3, selector, template: {} },
    } as any)
    for (const name of ['p', 'q', 'r'])
      client.seed(pods, {
        metadata: { namespace: 'n', name, labels: { app: 'web' }, ownerReferences: owner('ReplicaSet', set) },
        spec: { containers: [] },
      } as any)
    client.seed(podDisruptionBudgets, { metadata: { namespace: 'n', name: 'web' }, spec: { maxUnavailable: 1, selector } } as any)
    client.seed(services, { metadata: { namespace: 'n', name: 'outside' }, spec: { clusterIP: '10.96.0.7', ports: [{ port: 80 }] } } as any)
    client.seed(endpoints, { metadata: { namespace: 'n', name: 'outside' }, subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }] } as any)
    client.seed(serviceCIDRs, { metadata: { name: 'more' }, spec: { cidrs: ['10.97.0.0/24'] } } as any)
    client.seed(ipAddresses, { metadata: { name: '10.97.0.4', labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' } }, spec: {} } as any)
  },
  async drive(client, second) {
    if (second === 30) {
      const current = await client.get(endpoints, key('outside'))
      await client.update(endpoints, { ...current, subsets: [{ addresses: [{ ip: '192.0.2.2' }], ports: [{ port: 80 }] }] } as any)
    }
    if (second === 40) await gone(client.delete(pods, key('r')))
    if (second === 45) await gone(client.delete(serviceCIDRs, { name: 'more' }))
    if (second === 60) await gone(client.delete(ipAddresses, { name: '10.97.0.4' }))
  },
  invariant(client) {
    const ranges = client
      .all(nodes)
      .map(({ spec }) => spec?.podCIDR)
      .filter((each) => each !== undefined)
    assert.equal(new Set(ranges).size, ranges.length, 'no range twice')
    if (client.all(ipAddresses).length > 0) assert.equal(client.all(serviceCIDRs).length, 1, 'a range in use stays')
  },
  outcome(client) {
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = client.peek(podDisruptionBudgets, 'n', 'web')!.status!
    return {
      budget: { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods },
      mirrored: client.all(endpointSlices).map((slice) => slice.endpoints?.flatMap(({ addresses }) => addresses)),
      ranges: client.all(nodes).filter(({ spec }) => spec?.podCIDR).length,
      annotations: client.all(nodes).map(({ metadata }) => metadata.annotations),
      cidrs: named(client.all(serviceCIDRs)),
    }
  },
})

const widgets: ResourceRef<KubeObject> = { group: 'example.com', version: 'v2', plural: 'widgets', kind: 'Widget', namespaced: true }

faultTests({
  name: 'Migrations to another storage version',
  controllers: () => [storageVersionMigratorController({ rootCa: '', featureGates: new Set(['StorageVersionMigrator']) })!],
  request: serveDiscovery(() => [widgets]),
  seconds: 200,
  seed(client) {
    client.seed(customResourceDefinitions, {
      metadata: { name: 'widgets.example.com', generation: 2 },
      spec: { versions: [{ name: 'v1' }, { name: 'v2', storage: true }] },
      status: { storedVersions: ['v1', 'v2'] },
    } as any)
    for (let index = 0; index < 12; index++) client.seed(widgets, { metadata: { namespace: 'n', name: `w${index}` } })
    for (const name of ['first', 'second'])
      client.seed(storageVersionMigrations, { metadata: { name }, spec: { resource: { group: 'example.com', resource: 'widgets' } }, status: {} } as any)
  },
  invariant(client) {
    const ended = ({ status }: StorageVersionMigration, ...types: string[]) =>
      status.conditions?.some(({ type, status }) => types.includes(type) && status === 'True')
    const migrations = client.all(storageVersionMigrations)
    assert.ok(migrations.filter((each) => ended(each, 'Running') && !ended(each, 'Succeeded', 'Failed')).length < 2, 'one at a time')
    const { storedVersions } = client.all(customResourceDefinitions)[0]!.status
    const applied = new Set(client.actions.filter(({ verb, resource }) => verb === 'patch' && resource === 'widgets').map(({ key }) => key))
    assert.ok(storedVersions!.length === 2 || applied.size === 12, 'versions are forgotten when nothing is stored in them any more')
  },
  outcome: (client) => ({
    migrations: client
      .all(storageVersionMigrations)
      .map(({ metadata, status }) => [metadata.name, status.conditions!.map(({ type, status, reason }) => [type, status, reason])]),
    definition: client
      .all(customResourceDefinitions)
      .map(({ status }) => [status.storedVersions, status.conditions!.map(({ type, status, reason }) => [type, status, reason])]),
    widgets: client.all(widgets).length,
  }),
})
