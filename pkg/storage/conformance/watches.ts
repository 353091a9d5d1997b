import assert from 'node:assert/strict'
import { CompactedError, type Store, StoreClosedError } from '../types.ts'
import { assertInOrder, put, record, remove, text } from './harness.ts'

type Case = (store: Store) => Promise<void>

export const watchCases: Readonly<Record<string, Case>> = {
  'a watch from an old revision gets what was since and then what comes, without gap or duplicate': async (store) => {
    const start = store.revision()
    const revisions = [await put(store, '/w/a', '0')]
    const watches = [{ after: start, watch: await record(store, '/w/', start) }]
    for (let i = 1; i < 60; i++) {
      revisions.push(await put(store, '/w/a', `${i}`, revisions.at(-1)!))
      if (i % 10 !== 0) continue
      for (const after of [start, revisions[i >> 1]!, revisions[i]!]) watches.push({ after, watch: await record(store, '/w/', after) })
    }
    for (const { after, watch } of watches) {
      const expected = revisions.filter((revision) => revision > after)
      await watch.until(expected.length)
      assert.deepEqual(
        watch.events.map((event) => event.revision),
        expected,
      )
      watch.close()
    }
  },

  'watches opened amid a flood of writes see the very events of one from the start': async (store) => {
    const start = store.revision()
    const first = await record(store, '/', start)
    const late: { after: number; watch: Awaited<ReturnType<typeof record>> }[] = []
    const writer = async (name: string) => {
      for (let i = 0; i < 15; i++) {
        const revision = await put(store, `/f/${name}/${i}`, 'x')
        if (i % 5 === 0) late.push({ after: revision, watch: await record(store, '/', revision) })
        if (i % 3 === 0) await remove(store, `/f/${name}/${i}`, revision)
      }
    }
    await Promise.all(Array.from({ length: 10 }, (_, i) => writer(`${i}`)))
    const all = await first.until(200)
    assertInOrder(all)
    for (const { after, watch } of late) {
      const expected = all.filter((event) => event.revision > after).map((event) => event.revision)
      await watch.until(expected.length)
      assert.deepEqual(
        watch.events.map((event) => event.revision),
        expected,
      )
      watch.close()
    }
    first.close()
  },

  'a watch gets its own prefix alone, with what was there before': async (store) => {
    const a = await put(store, '/w/a', '1')
    await put(store, '/other', '1')
    const watch = await record(store, '/w/', a)
    const live = await record(store, '/w/', store.revision())
    const b = await put(store, '/w/a', '2', a)
    await put(store, '/w', 'not below')
    const c = await remove(store, '/w/a', b)
    for (const each of [watch, live]) {
      const [update, gone] = await each.until(2)
      assert.deepEqual([update!.type, update!.revision, update!.createRevision, text(update!.value)], ['put', b, a, '2'])
      assert.deepEqual([update!.previous!.revision, text(update!.previous!.value)], [a, '1'])
      assert.deepEqual([gone!.type, gone!.revision, text(gone!.value), gone!.previous!.revision], ['delete', c, '2', b])
      each.close()
    }
  },

  'a watch from a revision still to come leaves out what is before it': async (store) => {
    const start = store.revision()
    const watch = await record(store, '/', start + 3)
    let revision = 0
    for (let i = 0; i < 5; i++) revision = await put(store, '/a', `${i}`, revision)
    assert.deepEqual(
      (await watch.until(2)).map((event) => event.revision),
      [start + 4, start + 5],
    )
    watch.close()
  },

  'a closed watch hears nothing more': async (store) => {
    const closed = await record(store, '/', store.revision())
    const open = await record(store, '/', store.revision())
    await put(store, '/a', '1')
    await Promise.all([closed.until(1), open.until(1)])
    closed.close()
    await put(store, '/b', '1')
    await open.until(2)
    assert.equal(closed.events.length, 1)
    assert.equal(closed.error, undefined)
    open.close()
  },

  'compaction refuses watches from before it and disturbs none from after it': async (store) => {
    let revision = await put(store, '/a', '0')
    const first = revision
    const open = await record(store, '/', first)
    const remembered: number[] = []
    for (let i = 1; i < 30; i++) {
      revision = await put(store, '/a', `${i}`, revision)
      remembered.push(revision)
    }
    await open.until(29)
    await store.compact(remembered[14]!)
    const refusal = async (): Promise<Error> => {
      try {
        return await (await record(store, '/', first)).failed()
      } catch (error) {
        return error as Error
      }
    }
    const error = await refusal()
    assert.ok(error instanceof CompactedError, String(error))
    assert.equal(error.compactedRevision, remembered[14])
    const resumed = await record(store, '/', remembered[14]!)
    const last = await put(store, '/a', 'last', revision)
    assert.deepEqual(
      (await resumed.until(15)).map((event) => event.revision),
      [...remembered.slice(15), last],
    )
    await open.until(30)
    assert.equal(open.error, undefined)
    resumed.close()
    open.close()
  },

  'closing the store tells its watches and refuses what comes after': async (store) => {
    const revision = await put(store, '/a', '1')
    const watch = await record(store, '/', store.revision())
    await store.close()
    assert.ok((await watch.failed()) instanceof StoreClosedError)
    await assert.rejects(store.get('/a'), StoreClosedError)
    await assert.rejects(store.range('/'), StoreClosedError)
    await assert.rejects(put(store, '/a', '2', revision), StoreClosedError)
    await assert.rejects(record(store, '/', revision), StoreClosedError)
    await store.close()
  },
}
