import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csiDrivers, events, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { attachDetachController } from './index.ts'

const unique = 'kubernetes.io/csi/csi.example.com^handle-1'
const volume = (accessModes: string[] = ['ReadWriteOnce']): any => ({
  metadata: { name: 'pv' },
  spec: { accessModes, csi: { driver: 'csi.example.com', volumeHandle: 'handle-1' }, claimRef: { namespace: 'n', name: 'data', uid: 'claim' } },
})
const claim: any = { metadata: { namespace: 'n', name: 'data', uid: 'claim' }, spec: { volumeName: 'pv' }, status: { phase: 'Bound' } }
const pod = (name: string, nodeName: string, phase = 'Pending'): any => ({
  metadata: { namespace: 'n', name },
  spec: { nodeName, containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] },
  status: { phase },
})
const node = (name: string, { ready = true, taints = [] as object[] } = {}): any => ({
  metadata: { name },
  spec: { taints },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }] },
})

function start(t: any, { modes, attachRequired = true, forceDetach = true }: { modes?: string[]; attachRequired?: boolean; forceDetach?: boolean } = {}) {
  const it = testControllers(t, { controllers: [attachDetachController({ forceDetach })] })
  const { client } = it
  client.seed(csiDrivers, { metadata: { name: 'csi.example.com' }, spec: { attachRequired } } as any)
  client.seed(persistentVolumes, volume(modes))
  client.seed(persistentVolumeClaims, claim)
  const where = () => client.all(volumeAttachments).map(({ spec }) => spec.nodeName)
  /** What the driver's attacher does. */
  const attached = async (status: object = { attached: true }) => {
    for (const each of client.all(volumeAttachments)) await client.update(volumeAttachments, { ...each, status } as any, { subresource: 'status' })
    await it.settled()
  }
  const setNode = async (name: string, status: object, spec?: object) => {
    const current = await client.get(nodes, { name })
    await client.update(nodes, { ...current, status: { ...current.status, ...status } } as any, { subresource: 'status' })
    if (spec) await client.patch(nodes, { name }, { spec }, { type: 'merge' })
    await it.settled()
  }
  const told = () => client.all(events).map(({ reason, message }) => `${reason}: ${message}`)
  const known = (name: string) => (client.peek(nodes, undefined, name)?.status?.volumesAttached ?? []).map((each) => each.name)
  return { ...it, where, attached, setNode, told, known }
}

test('A volume is attached for a pod, its node is told, and it is detached when it is unmounted', async (t) => {
  const { client, settled, where, attached, setNode, told, known } = start(t)
  client.seed(nodes, node('a'))
  client.seed(pods, pod('p', 'a'))
  await settled()
  const [attachment] = client.all(volumeAttachments)
  assert.match(attachment!.metadata.name, /^csi-[0-9a-f]{64}$/)
  assert.deepEqual(attachment!.spec, { attacher: 'csi.example.com', nodeName: 'a', source: { persistentVolumeName: 'pv' } })
  assert.deepEqual(known('a'), [])
  await attached()
  assert.deepEqual(known('a'), [unique])
  assert.deepEqual(told(), ['SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "pv" '])
  await setNode('a', { volumesInUse: [unique] })
  await client.delete(pods, { namespace: 'n', name: 'p' }, { gracePeriodSeconds: 0 })
  await settled()
  assert.deepEqual([where(), known('a')], [['a'], [unique]], 'still mounted')
  await setNode('a', { volumesInUse: [] })
  assert.deepEqual([where(), known('a')], [[], []])
})

test('A driver that does not attach is left alone', async (t) => {
  const { client, settled, where } = start(t, { attachRequired: false })
  client.seed(nodes, node('a'))
  client.seed(pods, pod('p', 'a'))
  await settled()
  assert.deepEqual(where(), [])
})

test("The driver's error is told", async (t) => {
  const { client, settled, attached, told } = start(t)
  client.seed(nodes, node('a'))
  client.seed(pods, pod('p', 'a'))
  await settled()
  await attached({ attached: false, attachError: { message: 'no such disk' } })
  assert.deepEqual(told(), ['FailedAttachVolume: AttachVolume.Attach failed for volume "pv" : no such disk'])
})

for (const { name, modes, expected } of [
  { name: 'a volume for one node waits for the other to let go', modes: ['ReadWriteOnce'], expected: ['a'] },
  { name: 'one for one pod too', modes: ['ReadWriteOncePod'], expected: ['a'] },
  { name: 'a shared one is attached to both', modes: ['ReadWriteMany'], expected: ['a', 'b'] },
])
  test(`Two nodes: ${name}`, async (t) => {
    const { client, settled, where, told } = start(t, { modes })
    client.seed(nodes, node('a'), node('b'))
    client.seed(pods, pod('p', 'a'))
    await settled()
    client.seed(pods, pod('q', 'b'))
    await settled()
    assert.deepEqual(where().sort(), expected)
    if (expected.length > 1) return
    assert.ok(told().includes('FailedAttachVolume: Multi-Attach error for volume "pv" Volume is already used by pod(s) p'))
    await client.delete(pods, { namespace: 'n', name: 'p' }, { gracePeriodSeconds: 0 })
    await settled()
    assert.deepEqual(where(), ['b'])
  })

for (const { name, ready, taints = [], waitMs, left, forceDetach = true } of [
  { name: 'that is well is waited for, however long', ready: true, waitMs: 900_000, left: 1 },
  { name: 'that is silent is waited for for six minutes', ready: false, waitMs: 300_000, left: 1 },
  { name: 'that is silent loses it then', ready: false, waitMs: 400_000, left: 0 },
  { name: 'that is silent keeps it where nothing is forced', ready: false, waitMs: 4_000_000, left: 1, forceDetach: false },
  {
    name: 'that is out of service loses it at once',
    ready: false,
    taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }],
    waitMs: 0,
    left: 0,
  },
])
  test(`A node with the volume mounted ${name}`, async (t) => {
    const { client, settled, advance, where, attached, setNode } = start(t, { forceDetach })
    client.seed(nodes, node('a'))
    client.seed(pods, pod('p', 'a'))
    await settled()
    await attached()
    await setNode('a', { volumesInUse: [unique], conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }] }, { taints })
    await client.delete(pods, { namespace: 'n', name: 'p' }, { gracePeriodSeconds: 0 })
    await settled()
    await advance(waitMs)
    await settled()
    assert.equal(where().length, left)
  })

test('A pod that has ended needs its volume no longer', async (t) => {
  const { client, settled, where } = start(t)
  client.seed(nodes, node('a'))
  client.seed(pods, pod('p', 'a', 'Running'))
  await settled()
  assert.deepEqual(where(), ['a'])
  const current = await client.get(pods, { namespace: 'n', name: 'p' })
  await client.update(pods, { ...current, status: { phase: 'Succeeded' } } as any, { subresource: 'status' })
  await settled()
  assert.deepEqual(where(), [])
})
