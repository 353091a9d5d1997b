import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pods, resourceClaims, resourceSlices } from '#api/gen/resources.ts'
import { rfc3339 } from '#base/clock.ts'
import { testControllers } from '#runtime/testing.ts'
import { deviceTaintEvictionController } from './index.ts'

const pod: any = { metadata: { namespace: 'n', name: 'p', uid: 'uid-p' }, spec: { nodeName: 'node', containers: [] }, status: { phase: 'Running' } }
const claim = (tolerations: object[]): any => ({
  metadata: { namespace: 'n', name: 'c' },
  spec: {},
  status: {
    allocation: { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'x', tolerations }] } },
    reservedFor: [{ resource: 'pods', name: 'p', uid: 'uid-p' }],
  },
})
const slice = (taints: object[], generation = 1, name = 's'): any => ({
  metadata: { name },
  spec: { driver: 'd', pool: { name: 'p', generation, resourceSliceCount: 1 }, devices: [{ name: 'x', taints }] },
})

for (const { name, effect = 'NoExecute', tolerations = [], after, gone } of [
  { name: 'no toleration', after: 0, gone: true },
  { name: 'NoSchedule only', effect: 'NoSchedule', after: 600_000, gone: false },
  { name: 'tolerated for good', tolerations: [{ operator: 'Exists' }], after: 600_000, gone: false },
  { name: 'another value tolerated', tolerations: [{ key: 'broken', operator: 'Equal', value: 'no' }], after: 0, gone: true },
  { name: 'tolerated for a minute, half over', tolerations: [{ key: 'broken', operator: 'Exists', tolerationSeconds: 60 }], after: 30_000, gone: false },
  { name: 'tolerated for a minute, over', tolerations: [{ key: 'broken', operator: 'Exists', tolerationSeconds: 60 }], after: 61_000, gone: true },
])
  test(`A tainted device: ${name}`, async (t) => {
    const { client, clock, settled, advance } = testControllers(t, { controllers: [deviceTaintEvictionController()] })
    client.seed(pods, pod)
    client.seed(resourceClaims, claim(tolerations))
    client.seed(resourceSlices, slice([]))
    await settled()
    assert.ok(client.peek(pods, 'n', 'p'))
    const current = await client.get(resourceSlices, { name: 's' })
    const taint = { key: 'broken', value: 'yes', effect, timeAdded: rfc3339(clock.now()) }
    await client.update(resourceSlices, { ...current, spec: { ...current.spec, devices: [{ name: 'x', taints: [taint] }] } } as any)
    await settled()
    await advance(after)
    await settled()
    const left = client.peek(pods, 'n', 'p')
    assert.equal(!left || left.metadata.deletionTimestamp !== undefined, gone)
  })

test('A slice of an older generation of the pool does not count', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [deviceTaintEvictionController()] })
  client.seed(pods, pod)
  client.seed(resourceClaims, claim([]))
  client.seed(resourceSlices, slice([{ key: 'broken', effect: 'NoExecute' }], 1, 'old'), slice([], 2, 'new'))
  await settled()
  assert.equal(client.peek(pods, 'n', 'p')?.metadata.deletionTimestamp, undefined)
})
