import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '#base/fake-clock.ts'
import { bytes, listing, record } from '../conformance/harness.ts'
import { MemoryJournal } from '../drivers/memory/memory-journal.ts'
import { StoreClosedError, StoreFailedError } from '../types.ts'
import type { LogRow } from './journal.ts'
import { LogStore } from './log-store.ts'

/** A journal whose disk takes as long as the test wants. */
class SlowJournal extends MemoryJournal {
  readonly syncs: PromiseWithResolvers<void>[] = []
  readonly appended: number[] = []

  override append(rows: readonly LogRow[]): Promise<void> {
    super.append(rows)
    this.appended.push(rows.length)
    const sync = Promise.withResolvers<void>()
    this.syncs.push(sync)
    return sync.promise
  }
}

/** `maxRecentEvents: 1`: a watch that begins in the past reads the journal. */
function slowStore() {
  const journal = new SlowJournal()
  return { journal, store: new LogStore(journal, { maxRecentEvents: 1 }) }
}

test('what is written and not yet on the disk is neither acknowledged nor seen, by reads or by watches', async () => {
  const { journal, store } = slowStore()
  const first = store.put('/a', bytes('one'), { expectRevision: 0 })
  await settle()
  journal.syncs[0]!.resolve()
  await first
  const before = await listing(store, '/')
  let acknowledged = false
  const second = store.put('/b', bytes('two'), { expectRevision: 0 }).then(() => {
    acknowledged = true
  })
  await settle()
  assert.deepEqual(journal.appended, [1, 1])
  const watch = await record(store, '/', 1)
  await settle()
  assert.equal(acknowledged, false)
  assert.equal(store.revision(), 2)
  assert.deepEqual(await listing(store, '/'), before)
  assert.deepEqual(
    watch.events.map(({ revision }) => revision),
    [2],
  )
  journal.syncs[1]!.resolve()
  await second
  assert.deepEqual(
    (await watch.until(2)).map(({ revision }) => revision),
    [2, 3],
  )
})

test('what comes while a commit waits for the disk is committed together after it, judged by what it left', async () => {
  const { journal, store } = slowStore()
  const first = store.put('/a', bytes('one'), { expectRevision: 0 })
  await settle()
  const later = [
    store.put('/a', bytes('two'), { expectRevision: 2 }),
    store.put('/b', bytes('three'), { expectRevision: 0 }),
    store.put('/a', bytes('late'), { expectRevision: 2 }),
  ]
  await settle()
  assert.deepEqual(journal.appended, [1])
  journal.syncs[0]!.resolve()
  assert.equal((await first).ok, true)
  await settle()
  assert.deepEqual(journal.appended, [1, 2])
  journal.syncs[1]!.resolve()
  assert.deepEqual(
    (await Promise.all(later)).map(({ ok }) => ok),
    [true, true, false],
  )
})

test('after a sync that failed nothing is acknowledged any more', async () => {
  const { journal, store } = slowStore()
  const lost = store.put('/a', bytes('one'), { expectRevision: 0 })
  const waiting = lost.catch(() => {})
  await settle()
  const next = store.put('/b', bytes('two'), { expectRevision: 0 })
  journal.syncs[0]!.reject(new Error('EIO'))
  await waiting
  await assert.rejects(lost, StoreFailedError)
  await assert.rejects(next, StoreFailedError)
  await assert.rejects(
    async () => store.put('/c', bytes('three'), { expectRevision: 0 }),
    (error) => error instanceof StoreFailedError && /EIO/.test(error.message),
  )
  assert.equal(store.revision(), 1)
  assert.equal(await store.get('/a'), undefined)
})

test('a close waits for what is under way, and refuses what comes after it', async () => {
  const { journal, store } = slowStore()
  const first = store.put('/a', bytes('one'), { expectRevision: 0 })
  await settle()
  const second = store.put('/b', bytes('two'), { expectRevision: 0 })
  const closed = store.close()
  await assert.rejects(async () => store.put('/c', bytes('three'), { expectRevision: 0 }), StoreClosedError)
  journal.syncs[0]!.resolve()
  await settle()
  journal.syncs[1]!.resolve()
  await closed
  assert.deepEqual([(await first).ok, (await second).ok], [true, true])
})
