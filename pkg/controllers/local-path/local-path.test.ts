import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, nodes, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { persistentVolumeController } from '../persistent-volume/index.ts'
import { pvProtectionController } from '../pv-protection/index.ts'
import { pvcProtectionController } from '../pvc-protection/index.ts'
import { volumeExpandController } from '../volume-expand/index.ts'
import { localPathController } from './index.ts'

const key = { namespace: 'n', name: 'data' }

function start(t: any) {
  const made: string[] = []
  const localDirectories = {
    create: async (node: string, name: string) => {
      made.push(`+${node}/${name}`)
      return `/kubelet/local-volumes/${name}`
    },
    remove: async (node: string, name: string) => void made.push(`-${node}/${name}`),
  }
  const controllers = [
    persistentVolumeController(),
    localPathController({ rootCa: '', localDirectories }),
    pvcProtectionController(),
    pvProtectionController(),
    volumeExpandController(),
  ]
  return { ...testControllers(t, { controllers }), made }
}
const claim = (more: any = {}) => ({
  metadata: { ...key, uid: 'u1', finalizers: ['kubernetes.io/pvc-protection'] },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } }, storageClassName: 'standard', ...more },
  status: { phase: 'Pending' },
})
const pod = (name: string, nodeName?: string) => ({
  metadata: { namespace: 'n', name },
  spec: { ...(nodeName ? { nodeName } : {}), volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] },
  status: { phase: 'Pending' },
})

test('A claim gets a directory on the node of its first pod, keeps it while pods come and go, and takes it along', async (t) => {
  const { client, settled, made } = start(t)
  client.seed(nodes, { metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'host-1' } } })
  client.seed(persistentVolumeClaims, claim())
  await settled()
  assert.equal(client.peek(storageClasses, undefined, 'standard')?.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'], 'true')
  assert.deepEqual(made, [])
  await client.create(pods, pod('first', 'node-1'))
  await settled()
  const bound = client.peek(persistentVolumeClaims, 'n', 'data')!
  assert.deepEqual([bound.status.phase, bound.spec.volumeName], ['Bound', 'pvc-u1'])
  const { spec, status } = client.peek(persistentVolumes, undefined, 'pvc-u1')!
  assert.deepEqual([spec.local?.path, spec.capacity?.storage, status.phase], ['/kubelet/local-volumes/pvc-u1', '10Gi', 'Bound'])
  assert.deepEqual(spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values, ['host-1'])

  await client.delete(pods, { namespace: 'n', name: 'first' }, { gracePeriodSeconds: 0 })
  await client.create(pods, pod('second', 'node-1'))
  await client.delete(persistentVolumeClaims, key)
  await settled()
  assert.ok(client.peek(persistentVolumeClaims, 'n', 'data'), 'held by the second pod')
  assert.deepEqual(made, ['+node-1/pvc-u1'])
  await client.delete(pods, { namespace: 'n', name: 'second' }, { gracePeriodSeconds: 0 })
  await settled()
  assert.equal(client.peek(persistentVolumeClaims, 'n', 'data'), undefined)
  assert.deepEqual([...new Set(made)], ['+node-1/pvc-u1', '-node-1/pvc-u1'])
  assert.deepEqual(client.all(persistentVolumes), [])
})

test('The scheduler may choose the node; one that is gone is given back', async (t) => {
  const { client, settled, made } = start(t)
  client.seed(nodes, { metadata: { name: 'node-1' } })
  const annotations = { 'volume.kubernetes.io/selected-node': 'gone' }
  client.seed(persistentVolumeClaims, { ...claim(), metadata: { ...claim().metadata, annotations } })
  await settled()
  assert.equal(client.peek(persistentVolumeClaims, 'n', 'data')?.metadata.annotations?.['volume.kubernetes.io/selected-node'], undefined)
  const patch = { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'node-1' } } }
  await client.patch(persistentVolumeClaims, key, patch, { type: 'merge' })
  await settled()
  assert.deepEqual(made, ['+node-1/pvc-u1'])
  assert.equal(client.peek(persistentVolumeClaims, 'n', 'data')?.status.phase, 'Bound')
})

test('What one node cannot give is refused with an event', async (t) => {
  const { client, settled, made } = start(t)
  client.seed(nodes, { metadata: { name: 'node-1' } })
  client.seed(pods, pod('p', 'node-1'))
  client.seed(persistentVolumeClaims, claim({ accessModes: ['ReadWriteMany'] }))
  await settled()
  assert.deepEqual(made, [])
  assert.ok(client.all(events).some(({ reason, message }) => reason === 'ProvisioningFailed' && /ReadWriteMany is not supported/.test(message ?? '')))
})

test('A claim that asks for more gets more', async (t) => {
  const { client, settled } = start(t)
  client.seed(nodes, { metadata: { name: 'node-1' } })
  client.seed(pods, pod('p', 'node-1'))
  client.seed(persistentVolumeClaims, claim())
  await settled()
  await client.patch(persistentVolumeClaims, key, { spec: { resources: { requests: { storage: '20Gi' } } } }, { type: 'merge' })
  await settled()
  assert.equal(client.peek(persistentVolumes, undefined, 'pvc-u1')?.spec.capacity?.storage, '20Gi')
  assert.equal(client.peek(persistentVolumeClaims, 'n', 'data')?.status.capacity?.storage, '20Gi')
})
