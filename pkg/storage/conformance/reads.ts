import assert from 'node:assert/strict'
import { CompactedError, FutureRevisionError, type Store, type StoreEntry } from '../types.ts'
import { listing, put, remove, text } from './harness.ts'

type Case = (store: Store) => Promise<void>

export const readCases: Readonly<Record<string, Case>> = {
  'a prefix takes exactly the keys that begin with it': async (store) => {
    for (const key of ['/a', '/a/b', '/a/b/', '/a/b/c', '/a/b0', '/a/bc', '/b', '/a/b/c/d']) await put(store, key, 'x')
    const keys = async (prefix: string) => (await store.range(prefix)).entries.map((entry) => entry.key)
    assert.deepEqual(await keys('/a/b/'), ['/a/b/', '/a/b/c', '/a/b/c/d'])
    assert.deepEqual(await keys('/a/b'), ['/a/b', '/a/b/', '/a/b/c', '/a/b/c/d', '/a/b0', '/a/bc'])
    assert.deepEqual(await keys('/c'), [])
    assert.equal(await store.count('/a/b/'), 3)
    assert.equal(await store.count('/'), 8)
    const { entries, remaining } = await store.range('/a/b', { after: '/a/b/', limit: 2 })
    assert.deepEqual([entries.map((entry) => entry.key), remaining], [['/a/b/c', '/a/b/c/d'], 2])
  },

  'keys are in the order of their bytes': async (store) => {
    const keys = ['/z', '/é', '/￿', '/\u{1f600}', '/A', '/a']
    for (const key of keys) await put(store, key, 'x')
    const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const { entries } = await store.range('/')
    assert.deepEqual(
      entries.map((entry) => entry.key),
      expected,
    )
    const { entries: tail } = await store.range('/', { after: expected[3]! })
    assert.deepEqual(
      tail.map((entry) => entry.key),
      expected.slice(4),
    )
  },

  'pages of one revision are one snapshot, whatever is written between them': async (store) => {
    const keys = Array.from({ length: 40 }, (_, i) => `/p/${String(i).padStart(2, '0')}`)
    const revisions = new Map<string, number>()
    for (const key of keys) revisions.set(key, await put(store, key, 'old'))
    await put(store, '/q/other', 'x')
    const snapshot = await listing(store, '/p/')
    const seen: StoreEntry[] = []
    let revision: number | undefined
    for (let page = 0; ; page++) {
      const result = await store.range('/p/', { limit: 7, after: seen.at(-1)?.key, revision })
      revision ??= result.revision
      assert.equal(result.revision, revision)
      seen.push(...result.entries)
      assert.equal(result.remaining, 40 - seen.length)
      if (result.remaining === 0) break
      const changed = keys[20 + page]!
      await put(store, changed, 'new', revisions.get(changed)!)
      await remove(store, keys[39 - page]!, revisions.get(keys[39 - page]!)!)
      await put(store, `/p/${20 + page}.5`, 'late')
    }
    assert.deepEqual(
      seen.map((entry) => `${entry.key}=${text(entry.value)}@${entry.revision}`),
      snapshot,
    )
  },

  'a read at a revision answers as it was then': async (store) => {
    const one = await put(store, '/a', '1')
    const two = await put(store, '/b', '1')
    const three = await put(store, '/a', '2', one)
    const four = await remove(store, '/b', two)
    const five = await put(store, '/b', '3')
    assert.deepEqual(await listing(store, '/', one), [`/a=1@${one}`])
    assert.deepEqual(await listing(store, '/', two), [`/a=1@${one}`, `/b=1@${two}`])
    assert.deepEqual(await listing(store, '/', three), [`/a=2@${three}`, `/b=1@${two}`])
    assert.deepEqual(await listing(store, '/', four), [`/a=2@${three}`])
    assert.deepEqual(await listing(store, '/', five), [`/a=2@${three}`, `/b=3@${five}`])
  },

  'a revision that is not yet throws FutureRevisionError': async (store) => {
    await put(store, '/a', '1')
    await assert.rejects(store.range('/', { revision: store.revision() + 1 }), FutureRevisionError)
    await assert.rejects(store.compact(store.revision() + 1), FutureRevisionError)
  },

  'compaction keeps what is visible at its revision and later, and refuses what is older': async (store) => {
    const one = await put(store, '/a', '1')
    const two = await put(store, '/b', '1')
    const three = await put(store, '/a', '2', one)
    const four = await remove(store, '/b', two)
    const five = await put(store, '/a', '3', three)
    await store.compact(four)
    assert.equal(store.compactedRevision(), four)
    await assert.rejects(store.range('/', { revision: three }), CompactedError)
    assert.deepEqual(await listing(store, '/', four), [`/a=2@${three}`])
    assert.deepEqual(await listing(store, '/'), [`/a=3@${five}`])
    await store.compact(two)
    assert.equal(store.compactedRevision(), four, 'an older compaction does nothing')
    await put(store, '/b', 'again')
    assert.equal(await store.count('/'), 2)
    await store.compact(store.revision())
    assert.deepEqual((await listing(store, '/')).length, 2)
  },
}
