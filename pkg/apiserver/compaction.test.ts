import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { openStore } from '#storage/open.ts'
import { startCompaction } from './compaction.ts'

test('what was superseded is kept for one interval and gone after two', async (t) => {
  const clock = new FakeClock()
  const store = await openStore({ kind: 'memory' }, { clock })
  t.after(() => store.close())
  const stop = new AbortController()
  startCompaction(store, clock, silentLogger, stop.signal)
  const first = await store.put('/a', Buffer.from('1'), { expectRevision: 0 })
  assert.ok(first.ok)
  const second = await store.put('/a', Buffer.from('2'), { expectRevision: first.revision })
  assert.ok(second.ok)
  await clock.advance(5 * 60_000)
  assert.equal((await store.range('/a', { revision: first.revision })).entries[0]?.value.toString(), '1')
  await clock.advance(5 * 60_000)
  assert.equal(store.compactedRevision(), second.revision)
  stop.abort()
  assert.equal(clock.pending, 0)
})
