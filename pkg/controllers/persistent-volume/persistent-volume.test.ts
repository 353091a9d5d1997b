import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { persistentVolumeController } from './index.ts'

const claim = (name: string, { annotations, ...spec }: any = {}) => ({
  metadata: { namespace: 'n', name, uid: `claim-${name}`, ...(annotations ? { annotations } : {}) },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } }, storageClassName: 's', ...spec },
  status: { phase: 'Pending' },
})
const volume = (name: string, size: string, { labels, annotations, phase = 'Available', ...spec }: any = {}) => ({
  metadata: { name, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
  spec: {
    capacity: { storage: size },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 's',
    persistentVolumeReclaimPolicy: 'Retain',
    hostPath: { path: '/x' },
    ...spec,
  },
  status: { phase },
})
const boundTo = (name: string, uid = `claim-${name}`) => ({ kind: 'PersistentVolumeClaim', namespace: 'n', name, uid })

for (const { name, volumes, wants = {}, expected } of [
  { name: 'the smallest that is large enough', volumes: [volume('a', '20Gi'), volume('b', '6Gi'), volume('c', '1Gi')], expected: 'b' },
  { name: 'none of another class', volumes: [volume('a', '6Gi', { storageClassName: 't' })], expected: undefined },
  { name: 'none without the access mode', volumes: [volume('a', '6Gi')], wants: { accessModes: ['ReadWriteMany'] }, expected: undefined },
  {
    name: 'the one with the fewest further modes',
    volumes: [volume('a', '6Gi', { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] }), volume('b', '9Gi')],
    expected: 'b',
  },
  {
    name: 'a volume for one pod when it is for one pod',
    volumes: [volume('a', '6Gi'), volume('b', '9Gi', { accessModes: ['ReadWriteOncePod'] })],
    wants: { accessModes: ['ReadWriteOncePod'] },
    expected: 'b',
  },
  { name: 'no volume for one pod when it is for one node', volumes: [volume('a', '6Gi', { accessModes: ['ReadWriteOncePod'] })], expected: undefined },
  {
    name: 'a block device when it wants one',
    volumes: [volume('a', '6Gi'), volume('b', '9Gi', { volumeMode: 'Block' })],
    wants: { volumeMode: 'Block' },
    expected: 'b',
  },
  {
    name: 'one of its attributes class',
    volumes: [volume('a', '6Gi', { volumeAttributesClassName: 'slow' }), volume('b', '9Gi', { volumeAttributesClassName: 'fast' })],
    wants: { volumeAttributesClassName: 'fast' },
    expected: 'b',
  },
  {
    name: 'one without a class when it asks for none',
    volumes: [volume('a', '6Gi'), volume('b', '9Gi', { storageClassName: '' })],
    wants: { storageClassName: '' },
    expected: 'b',
  },
  { name: 'none that is released', volumes: [volume('a', '6Gi', { claimRef: boundTo('gone') })], expected: undefined },
  { name: 'none of another mode', volumes: [volume('a', '6Gi', { volumeMode: 'Block' })], expected: undefined },
  {
    name: 'what the selector selects',
    volumes: [volume('a', '6Gi'), volume('b', '9Gi', { labels: { k: 'v' } })],
    wants: { selector: { matchLabels: { k: 'v' } } },
    expected: 'b',
  },
  { name: 'the one promised to it', volumes: [volume('a', '6Gi'), volume('b', '9Gi', { claimRef: { namespace: 'n', name: 'c' } })], expected: 'b' },
  { name: 'none promised to another', volumes: [volume('b', '9Gi', { claimRef: { namespace: 'n', name: 'other' } })], expected: undefined },
  { name: 'the one it names', volumes: [volume('a', '6Gi'), volume('b', '9Gi')], wants: { volumeName: 'b' }, expected: 'b' },
  { name: 'none it names that is too small', volumes: [volume('b', '1Gi')], wants: { volumeName: 'b' }, expected: undefined },
]) {
  test(`A claim is bound to ${name}`, async (t) => {
    const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
    client.seed(persistentVolumes, ...volumes)
    client.seed(persistentVolumeClaims, claim('c', wants))
    await settled()
    const after = client.peek(persistentVolumeClaims, 'n', 'c')!
    if (!expected) {
      assert.equal(after.status.phase, 'Pending')
      assert.ok(client.all(persistentVolumes).every(({ spec, status }) => spec.claimRef?.name !== 'c' && status.phase !== 'Bound'))
      return
    }
    assert.deepEqual([after.spec.volumeName, after.status.phase], [expected, 'Bound'])
    assert.equal(after.metadata.annotations?.['pv.kubernetes.io/bind-completed'], 'yes')
    const taken = client.peek(persistentVolumes, undefined, expected)!
    assert.deepEqual([taken.spec.claimRef?.uid, taken.status.phase], ['claim-c', 'Bound'])
    assert.deepEqual(after.status.capacity, taken.spec.capacity)
    assert.ok(client.all(persistentVolumes).every(({ metadata, spec }) => metadata.name === expected || !spec.claimRef))
  })
}

const gone = (more: any) => volume('v', '6Gi', { phase: 'Bound', claimRef: boundTo('c'), ...more })
for (const { name, seed, phase, reason } of [
  { name: 'is released when its claim is gone', seed: gone({}), phase: 'Released', reason: undefined },
  {
    name: 'is left to its provisioner to delete',
    seed: gone({ persistentVolumeReclaimPolicy: 'Delete', annotations: { 'pv.kubernetes.io/provisioned-by': 'x.io/y' } }),
    phase: 'Released',
    reason: undefined,
  },
  { name: 'that nobody can delete fails', seed: gone({ persistentVolumeReclaimPolicy: 'Delete' }), phase: 'Failed', reason: 'VolumeFailedDelete' },
  { name: 'that nobody can recycle fails', seed: gone({ persistentVolumeReclaimPolicy: 'Recycle' }), phase: 'Failed', reason: 'VolumeFailedRecycle' },
]) {
  test(`A volume ${name}`, async (t) => {
    const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
    client.seed(persistentVolumes, seed)
    await settled()
    assert.equal(client.peek(persistentVolumes, undefined, 'v')?.status.phase, phase)
    if (reason)
      assert.deepEqual(
        client.all(events).map((each) => each.reason),
        [reason],
      )
  })
}

test('Two claims never get the same volume, and the second one gets the next that comes', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
  client.seed(persistentVolumes, volume('a', '6Gi'))
  client.seed(persistentVolumeClaims, claim('c'), claim('d'))
  await settled()
  const phases = () => client.all(persistentVolumeClaims).map(({ status }) => status.phase)
  assert.deepEqual(phases(), ['Bound', 'Pending'])
  await client.create(persistentVolumes, volume('b', '6Gi'))
  await settled()
  assert.deepEqual(phases(), ['Bound', 'Bound'])
})

test('A bound claim whose volume is gone is lost', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
  client.seed(persistentVolumeClaims, {
    ...claim('c', { volumeName: 'v', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }),
    status: { phase: 'Bound', capacity: { storage: '5Gi' } },
  })
  await settled()
  assert.equal(client.peek(persistentVolumeClaims, 'n', 'c')?.status.phase, 'Lost')
  assert.equal(client.all(events)[0]?.message, 'Bound claim has lost its PersistentVolume. Data on the volume is lost!')
})

test('A claim that waits for its consumer is not bound, says so, and is handed to the provisioner once a node is chosen', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
  client.seed(storageClasses, { metadata: { name: 's' }, provisioner: 'x.io/y', volumeBindingMode: 'WaitForFirstConsumer' })
  client.seed(persistentVolumes, volume('a', '6Gi'))
  client.seed(persistentVolumeClaims, claim('c'))
  await settled()
  assert.deepEqual(
    client.all(events).map(({ reason, message }) => `${reason}: ${message}`),
    ['WaitForFirstConsumer: waiting for first consumer to be created before binding'],
  )
  client.seed(pods, {
    metadata: { namespace: 'n', name: 'p' },
    spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
    status: { phase: 'Pending' },
  })
  await client.patch(
    persistentVolumeClaims,
    { namespace: 'n', name: 'c' },
    { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'x' } } },
    { type: 'merge' },
  )
  await settled()
  const { annotations } = client.peek(persistentVolumeClaims, 'n', 'c')!.metadata
  assert.equal(annotations?.['volume.kubernetes.io/storage-provisioner'], 'x.io/y')
  assert.ok(client.all(events).some(({ reason }) => reason === 'ExternalProvisioning'))
})

test('A default class that comes later is given to claims without one', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
  client.seed(persistentVolumeClaims, claim('c', { storageClassName: undefined }), claim('d', { storageClassName: '' }))
  await settled()
  await client.create(storageClasses, {
    metadata: { name: 'std', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'x.io/y',
    volumeBindingMode: 'Immediate',
  })
  await settled()
  assert.deepEqual(
    client.all(persistentVolumeClaims).map(({ spec }) => spec.storageClassName),
    ['std', ''],
  )
})

for (const { name, volume: seed, message } of [
  { name: 'too small', volume: volume('v', '1Gi'), message: 'requested PV is too small' },
  { name: 'of another class', volume: volume('v', '6Gi', { storageClassName: 't' }), message: 'storageClassName does not match' },
  { name: 'of another mode', volume: volume('v', '6Gi', { volumeMode: 'Block' }), message: 'incompatible volumeMode' },
  { name: 'of other access modes', volume: volume('v', '6Gi', { accessModes: ['ReadOnlyMany'] }), message: 'incompatible accessMode' },
])
  test(`A volume that a claim names and that is ${name} is refused, and why`, async (t) => {
    const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
    client.seed(persistentVolumes, seed)
    client.seed(persistentVolumeClaims, claim('c', { volumeName: 'v' }))
    await settled()
    assert.equal(client.peek(persistentVolumeClaims, 'n', 'c')?.status.phase, 'Pending')
    assert.equal(client.all(events)[0]?.message, `Cannot bind to requested volume "v": ${message}`)
  })

for (const { name, more, message } of [
  { name: 'a directory of a host', more: {}, message: 'host_path deleter only supports /tmp/.+ but received provided /x' },
  {
    name: 'of nobody',
    more: { hostPath: undefined, nfs: { server: 's', path: '/' } },
    message: 'error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
  },
])
  test(`A volume to be deleted that is ${name} says that it cannot be`, async (t) => {
    const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
    client.seed(persistentVolumes, gone({ persistentVolumeReclaimPolicy: 'Delete', ...more }))
    await settled()
    assert.equal(client.peek(persistentVolumes, undefined, 'v')?.status.message, message)
  })

test('Where nothing is provisioned no provisioner is asked, and a claim that waits is looked at as often as is said', async (t) => {
  const controllers = [persistentVolumeController({ volumes: { provisions: false, syncMs: 60_000 } })]
  const { client, settled, advance, manager } = testControllers(t, { controllers })
  client.seed(storageClasses, { metadata: { name: 's' }, provisioner: 'example.com/x' } as any)
  client.seed(persistentVolumeClaims, claim('c'))
  await settled()
  assert.equal(client.peek(persistentVolumeClaims, 'n', 'c')?.metadata.annotations, undefined)
  assert.deepEqual(client.all(events), [])
  const before = manager.metrics()[0]!.reconciles
  await advance(50_000)
  assert.equal(manager.metrics()[0]!.reconciles, before)
  await advance(10_000)
  assert.equal(manager.metrics()[0]!.reconciles, before + 1)
})

test('A class of a plugin that was in Kubernetes once is its driver’s', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [persistentVolumeController()] })
  client.seed(storageClasses, { metadata: { name: 's' }, provisioner: 'kubernetes.io/aws-ebs' } as any)
  client.seed(persistentVolumeClaims, claim('c'))
  await settled()
  assert.equal(client.peek(persistentVolumeClaims, 'n', 'c')?.metadata.annotations?.['volume.kubernetes.io/storage-provisioner'], 'ebs.csi.aws.com')
  assert.match(client.all(events)[0]!.message!, /by the external provisioner 'ebs.csi.aws.com'/)
})
