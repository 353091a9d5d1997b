import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assembleApiServer } from '#apiserver/assemble.ts'
import type { PreparedSeeds } from '#apiserver/bootstrap/seed.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { serviceAccountKey } from '#control-plane/certificates.ts'
import { openStore } from '#storage/open.ts'
import { recordSeeds } from './record-seeds.ts'

/** The first writes to a new store, without what is each object's own. */
async function firstWrites(count: number, preparedSeeds?: PreparedSeeds): Promise<unknown[]> {
  const clock = new FakeClock()
  const store = await openStore({ kind: 'memory' }, { clock })
  const empty = store.revision()
  const options = preparedSeeds ? { preparedSeeds: async () => preparedSeeds } : {}
  const { ready, close } = assembleApiServer({ store, clock, serviceAccountKey: await serviceAccountKey(undefined), ...options })
  await ready
  const { entries } = await store.range('/registry/', { revision: empty + count })
  await close()
  const uids = new Set<string>()
  const found = entries.map(({ key, value }) => {
    const { metadata, ...rest } = JSON.parse(Buffer.from(value).toString())
    assert.match(metadata.uid, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    uids.add(metadata.uid)
    return { key, ...rest, metadata: { ...metadata, uid: '' } }
  })
  assert.equal(uids.size, count)
  return found
}

test('a new cluster has the same of the bundle’s prepared texts as of a server that makes everything', async () => {
  const prepared = await recordSeeds()
  const count = Object.keys(prepared).length
  assert.ok(count > 130, `${count} objects`)
  assert.deepEqual(await firstWrites(count, prepared), await firstWrites(count))
})
