/** Controllers of volumes, devices, Service ranges and the cloud, on a real API server with scheduler and hollow nodes. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  csiDrivers,
  ipAddresses,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  resourceClaims,
  resourceClaimTemplates,
  serviceCIDRs,
  services,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
} from '#api/gen/resources.ts'
import type { ObjectKey, ResourceRef } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { silentLogger } from '#base/log.ts'
import { systemClock } from '#base/clock.ts'
import { localCloud } from '#cloud/local/index.ts'
import { startCloudControllerManager } from '#cloud/manager.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

const namespace = 'default'
const key = (name: string) => ({ namespace, name })
const pod = (name: string, spec: object): any => ({
  metadata: key(name),
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'i' }], ...spec },
})

describe('volumes, devices, Service ranges and the cloud', { timeout: 120_000 }, () => {
  let cluster: ControlPlane
  before(async () => {
    const localDirectories = { create: async (_node: string, name: string) => `/volumes/${name}`, remove: async () => undefined }
    cluster = await startControlPlane({ nodeCount: 2, settings: { localDirectories } })
    await cluster.eventually('the default class', async () => (await cluster.client.list(storageClasses)).items.length === 1)
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  const gone = (of: ResourceRef<any>, at: ObjectKey) =>
    cluster.eventually(`${at.name} is gone`, () => cluster.client.get(of, at).then(() => undefined, isNotFound))
  const runs = (name: string) =>
    cluster.eventually(`${name} runs`, async () => {
      const found = await cluster.client.get(pods, key(name))
      return found.status?.phase === 'Running' && found
    })

  test('a volume is attached where its pod is, the node says so, and it is detached when the pod has gone', async () => {
    const { client, eventually } = cluster
    await client.create(csiDrivers, { metadata: { name: 'd.example.com' }, spec: { attachRequired: true } } as any)
    await client.create(persistentVolumes, {
      metadata: { name: 'disk' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: '', csi: { driver: 'd.example.com', volumeHandle: 'h' } },
    } as any)
    await client.create(persistentVolumeClaims, {
      metadata: key('disk'),
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '' },
    } as any)
    await client.create(pods, pod('writer', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'disk' } }] }))
    const { spec } = await runs('writer')
    const attachment = await eventually('an attachment', async () => (await client.list(volumeAttachments)).items[0])
    assert.deepEqual([attachment.spec.nodeName, attachment.spec.source.persistentVolumeName], [spec.nodeName, 'disk'])
    // The driver's attacher.
    await client.update(volumeAttachments, { ...attachment, status: { attached: true } }, { subresource: 'status' })
    await eventually('the node says so', async () => {
      const { status } = await client.get(nodes, { name: spec.nodeName! })
      return status?.volumesAttached?.some((each) => each.name === 'kubernetes.io/csi/d.example.com^h')
    })
    await client.delete(pods, key('writer'))
    await gone(volumeAttachments, { name: attachment.metadata.name })
  })

  test('an ephemeral claim comes with its pod, grows on demand, and goes with it', async () => {
    const { client, eventually } = cluster
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'standard' }
    await client.create(pods, pod('scratch', { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec } } }] }))
    await runs('scratch')
    const claim = () => client.get(persistentVolumeClaims, key('scratch-v'))
    await eventually('it is bound', async () => (await claim()).status?.phase === 'Bound')
    await client.patch(persistentVolumeClaims, key('scratch-v'), { spec: { resources: { requests: { storage: '2Gi' } } } }, { type: 'merge' })
    const grown = await eventually('it has grown', async () => {
      const found = await claim()
      return found.status?.capacity?.storage === '2Gi' && found
    })
    assert.deepEqual([grown.status.allocatedResources, grown.status.allocatedResourceStatuses ?? {}], [{ storage: '2Gi' }, {}])
    await client.delete(pods, key('scratch'))
    await gone(persistentVolumeClaims, key('scratch-v'))
  })

  test('a VolumeAttributesClass that a claim names stays until the claim is gone', async () => {
    const { client, eventually } = cluster
    await client.create(volumeAttributesClasses, { metadata: { name: 'fast' }, driverName: 'd.example.com', parameters: { iops: '9' } } as any)
    await client.create(persistentVolumeClaims, {
      metadata: key('tuned'),
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '', volumeAttributesClassName: 'fast' },
    } as any)
    await eventually('it is protected', async () => (await client.get(volumeAttributesClasses, { name: 'fast' })).metadata.finalizers?.length)
    await client.delete(volumeAttributesClasses, { name: 'fast' })
    assert.ok((await client.get(volumeAttributesClasses, { name: 'fast' })).metadata.deletionTimestamp)
    await client.delete(persistentVolumeClaims, key('tuned'))
    await gone(volumeAttributesClasses, { name: 'fast' })
  })

  test('a pod gets a ResourceClaim of its template, which is held for it while it runs, and given back with it', async () => {
    const { client, eventually } = cluster
    const devices = { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu' } }] }
    await client.create(resourceClaimTemplates, { metadata: key('one'), spec: { spec: { devices } } } as any)
    const resourceClaimsOfPod = [{ name: 'gpu', resourceClaimTemplateName: 'one' }]
    await client.create(pods, pod('trainer', { schedulerName: 'by-hand', resourceClaims: resourceClaimsOfPod }))
    const name = await eventually('the pod has a claim', async () => {
      const { status } = await client.get(pods, key('trainer'))
      return status?.resourceClaimStatuses?.[0]?.resourceClaimName
    })
    // What a scheduler does: allocates a device, and places the pod.
    const claim = await client.get(resourceClaims, key(name))
    const held = await client.update(resourceClaims, { ...claim, metadata: { ...claim.metadata, finalizers: ['resource.kubernetes.io/delete-protection'] } })
    const allocation = { devices: { results: [{ request: 'r', driver: 'gpu.example.com', pool: 'p', device: 'gpu-0' }] } }
    await client.update(resourceClaims, { ...held, status: { allocation } } as any, { subresource: 'status' })
    await client.create(pods, { metadata: key('trainer'), target: { kind: 'Node', name: 'node-2' } } as any, { subresource: 'binding' })
    await runs('trainer')
    const reserved = await eventually('it is reserved', async () => (await client.get(resourceClaims, key(name))).status?.reservedFor)
    assert.deepEqual(
      reserved.map((each) => each.name),
      ['trainer'],
    )
    await client.delete(pods, key('trainer'))
    await gone(resourceClaims, key(name))
  })

  test('a ServiceCIDR becomes ready, and stays while an address of it is in use', async () => {
    const { client, eventually } = cluster
    await client.create(serviceCIDRs, { metadata: { name: 'more' }, spec: { cidrs: ['10.200.0.0/24'] } } as any)
    const ready = () => client.get(serviceCIDRs, { name: 'more' }).then(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready'))
    await eventually('it is ready', async () => (await ready())?.status === 'True')
    await client.create(ipAddresses, {
      metadata: { name: '10.200.0.7', labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io', 'ipaddress.kubernetes.io/ip-family': 'IPv4' } },
      spec: { parentRef: { resource: 'services', namespace, name: 'x' } },
    } as any)
    await client.delete(serviceCIDRs, { name: 'more' })
    await eventually('it says that it ends', async () => (await ready())?.reason === 'Terminating')
    // Ten seconds of grace later it would be gone: the unit tests of the controller wait for that.
    await client.delete(ipAddresses, { name: '10.200.0.7' })
    assert.ok((await client.get(serviceCIDRs, { name: 'more' })).metadata.finalizers?.length)
  })

  test('a cloud initialises a node, gives two Services on one port an address each, and lets them go when that is given back', async () => {
    const { client, eventually } = cluster
    const stop = new AbortController()
    const provider = localCloud({ clusterName: 'c', plan: async () => [{ name: 'fresh', address: '172.30.0.9' }], loadBalancerRanges: ['172.30.0.128/25'] })
    const cloud = startCloudControllerManager({ client, clock: systemClock, log: silentLogger, signal: stop.signal, provider })
    const taint = { key: 'node.cloudprovider.kubernetes.io/uninitialized', value: 'true', effect: 'NoSchedule' }
    await client.create(nodes, { metadata: { name: 'fresh' }, spec: { taints: [taint] } } as any)
    const fresh = await eventually('it is initialised', async () => {
      const found = await client.get(nodes, { name: 'fresh' })
      return found.spec?.providerID && found.status?.addresses?.length ? found : undefined
    })
    assert.deepEqual(
      [fresh.spec?.providerID, (fresh.spec?.taints ?? []).filter((each) => each.key === taint.key).length, fresh.status?.addresses?.[0]?.address],
      ['k8ts://c/fresh', 0, '172.30.0.9'],
    )
    for (const name of ['one', 'two'])
      await client.create(services, { metadata: key(name), spec: { type: 'LoadBalancer', selector: { app: name }, ports: [{ port: 80 }] } } as any)
    const address = (name: string) => eventually('an address', async () => (await client.get(services, key(name))).status?.loadBalancer?.ingress?.[0]?.ip)
    assert.equal(new Set([await address('one'), await address('two')]).size, 2)
    await client.delete(services, key('one'))
    await gone(services, key('one'))
    await client.patch(services, key('two'), { spec: { type: 'ClusterIP' } }, { type: 'merge' })
    await eventually('the finalizer is gone', async () => !(await client.get(services, key('two'))).metadata.finalizers?.length)
    stop.abort()
    await cloud.done
  })
})
