import assert from 'node:assert/strict'
import type { Store } from '../types.ts'
import { bytes, put, record, remove, text } from './harness.ts'

type Case = (store: Store) => Promise<void>

export const writeCases: Readonly<Record<string, Case>> = {
  'an empty store is at revision 1 or more and lists nothing': async (store) => {
    const { entries, revision, remaining } = await store.range('/')
    assert.deepEqual([entries.length, remaining, await store.count('/')], [0, 0, 0])
    assert.ok(revision >= 1)
    assert.equal(await store.get('/none'), undefined)
  },

  'a create succeeds once, and its loser is told what is there': async (store) => {
    const revision = await put(store, '/a', 'first')
    assert.equal(store.revision(), revision)
    const second = await store.put('/a', bytes('second'), { expectRevision: 0 })
    assert.ok(!second.ok)
    assert.equal(text(second.current!.value), 'first')
    assert.equal(second.current!.revision, revision)
    assert.equal(store.revision(), revision, 'a refused write takes no revision')
  },

  'an update needs the revision that is there and keeps the create revision': async (store) => {
    const created = await put(store, '/a', 'one')
    const updated = await put(store, '/a', 'two', created)
    assert.ok(updated > created)
    const stale = await store.put('/a', bytes('three'), { expectRevision: created })
    assert.ok(!stale.ok && stale.current!.revision === updated)
    const entry = await store.get('/a')
    assert.deepEqual([text(entry!.value), entry!.revision, entry!.createRevision], ['two', updated, created])
    const missing = await store.put('/none', bytes('x'), { expectRevision: updated })
    assert.ok(!missing.ok && missing.current === undefined)
  },

  'a delete needs the revision that is there; afterwards the key can be created anew': async (store) => {
    const created = await put(store, '/a', 'one')
    const watch = await record(store, '/a', created)
    const stale = await store.delete('/a', { expectRevision: created + 1000 })
    assert.ok(!stale.ok && stale.current!.revision === created)
    const deleted = await remove(store, '/a', created)
    assert.equal(await store.get('/a'), undefined)
    const again = await store.delete('/a', { expectRevision: created })
    assert.ok(!again.ok && again.current === undefined)
    const anew = await put(store, '/a', 'two')
    assert.equal((await store.get('/a'))!.createRevision, anew)
    const [gone, made] = await watch.until(2)
    assert.deepEqual([gone!.type, gone!.revision, text(gone!.value), gone!.previous!.revision], ['delete', deleted, 'one', created])
    assert.deepEqual([made!.type, made!.revision, made!.createRevision, made!.previous], ['put', anew, anew, undefined])
    watch.close()
  },

  'compare-and-swap loses no increment among many writers of one key': async (store) => {
    await put(store, '/counter', '0')
    const increment = async () => {
      for (let done = 0; done < 10; ) {
        const entry = await store.get('/counter')
        const next = String(Number(text(entry!.value)) + 1)
        if ((await store.put('/counter', bytes(next), { expectRevision: entry!.revision })).ok) done++
      }
    }
    await Promise.all(Array.from({ length: 8 }, increment))
    assert.equal(text((await store.get('/counter'))!.value), '80')
  },

  'many writers of one tick each get a revision of their own, and events come in that order': async (store) => {
    const before = store.revision()
    const watch = await record(store, '/k/', before)
    const revisions = await Promise.all(Array.from({ length: 600 }, (_, i) => put(store, `/k/${i}`, `${i}`)))
    assert.equal(new Set(revisions).size, 600)
    const events = await watch.until(600)
    assert.deepEqual(
      events.map((event) => event.revision),
      [...revisions].sort((a, b) => a - b),
    )
    assert.equal(await store.count('/k/'), 600)
    watch.close()
  },

  'an acknowledged write is seen by every read after it': async (store) => {
    for (let i = 0; i < 20; i++) {
      const revision = await put(store, `/k/${i}`, `${i}`)
      assert.ok(store.revision() >= revision)
      assert.equal((await store.get(`/k/${i}`))!.revision, revision)
      const listed = await store.range('/k/')
      assert.equal(listed.entries.length, i + 1)
      assert.ok(listed.revision >= revision)
    }
  },

  'values are kept byte for byte, the empty one too': async (store) => {
    const value = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) & 0xff)
    await store.put('/big', value, { expectRevision: 0 })
    await store.put('/empty', new Uint8Array(0), { expectRevision: 0 })
    assert.deepEqual(Buffer.from((await store.get('/big'))!.value), Buffer.from(value))
    assert.equal((await store.get('/empty'))!.value.byteLength, 0)
    assert.equal(await store.count('/'), 2)
  },
}
