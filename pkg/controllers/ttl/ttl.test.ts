import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodes } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { testControllers } from '#runtime/testing.ts'
import { ttlController } from './index.ts'

test('Nodes are told for how long they may keep objects: the longer, the larger the cluster, and not to and fro at a border', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [ttlController()] })
  const add = (from: number, to: number) => {
    for (let index = from; index < to; index++) client.seed(nodes, { metadata: { name: `n-${index}` } } as any)
  }
  /** What a node says after its next change, as a kubelet's status is one each few minutes. */
  const said = async (): Promise<string | undefined> => {
    await settled()
    await client.patch(nodes, { name: 'n-0' }, { metadata: { labels: { a: String(Math.random()) } } }, { type: 'merge' })
    await settled()
    return client.peek(nodes, undefined, 'n-0')!.metadata.annotations?.['node.alpha.kubernetes.io/ttl']
  }
  add(0, 100)
  assert.equal(await said(), '0')
  add(100, 101)
  assert.equal(await said(), '15')
  for (let index = 100; index > 90; index--) {
    await client.delete(nodes, { name: `n-${index}` }).catch((error) => {
      if (!isNotFound(error)) throw error
    })
  }
  assert.equal(await said(), '15')
  await client.delete(nodes, { name: 'n-90' })
  await client.delete(nodes, { name: 'n-89' })
  assert.equal(await said(), '0')
})
