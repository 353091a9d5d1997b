import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytes, listing, put, record } from '../../conformance/harness.ts'
import { LogStore } from '../../log/log-store.ts'
import { StorageFullError } from '../../types.ts'
import { openDatabase } from './layout.ts'
import { openSqliteStore } from './index.ts'
import { SqliteJournal } from './sqlite-journal.ts'

test('a full disk refuses the write whole, lets reads go on, and hurts no longer than it lasts', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-store-'))
  const path = join(directory, 'state.db')
  try {
    const database = openDatabase(path)
    const store = new LogStore(new SqliteJournal(database))
    const a = await put(store, '/a', 'before')
    const watch = await record(store, '/', a)
    const before = await listing(store, '/')
    // SQLite answers a page limit with the very error it makes of ENOSPC.
    const { page_count: pages } = database.prepare('PRAGMA page_count').get()!
    database.exec(`PRAGMA max_page_count = ${pages}`)
    const large = bytes('x'.repeat(20_000))
    const writes = await Promise.allSettled([
      store.put('/small', bytes('in the same commit'), { expectRevision: 0 }),
      store.put('/large', large, { expectRevision: 0 }),
    ])
    for (const write of writes) assert.ok(write.status === 'rejected' && write.reason instanceof StorageFullError)
    assert.deepEqual(await listing(store, '/'), before)
    assert.equal(store.revision(), a)
    assert.equal(watch.events.length, 0)

    database.exec('PRAGMA max_page_count = 1000000')
    const b = await put(store, '/small', 'now')
    assert.equal(b, a + 1)
    await store.put('/large', large, { expectRevision: 0 })
    assert.equal((await watch.until(2)).length, 2)
    const after = await listing(store, '/')
    await store.close()
    const reopened = await openSqliteStore({ path })
    assert.deepEqual(await listing(reopened, '/'), after)
    await reopened.close()
  } finally {
    rmSync(directory, { recursive: true })
  }
})
