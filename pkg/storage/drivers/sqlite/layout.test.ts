import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { put } from '../../conformance/harness.ts'
import { StoreFailedError } from '../../types.ts'
import { openSqliteStore } from './index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'k8ts-store-'))
  path = join(directory, 'state.db')
})
afterEach(() => rmSync(directory, { recursive: true }))

const refuses = (message: RegExp) => assert.rejects(openSqliteStore({ path }), (error) => error instanceof StoreFailedError && message.test(error.message))

test('a store that is open cannot be opened again, neither here nor by another process, and can after its close', async () => {
  const store = await openSqliteStore({ path })
  await refuses(/in use by another process/)
  const other = `import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))}).then((m) => m.openSqliteStore({ path: ${JSON.stringify(path)} })).then(() => console.log('opened'), (e) => console.log(e.message))`
  const { stdout } = spawnSync(process.execPath, ['-e', other], { encoding: 'utf8' })
  assert.match(stdout, /in use by another process/)
  await put(store, '/a', 'still works')
  await store.close()
  await (await openSqliteStore({ path })).close()
})

test('nobody but the owner can read the files', async () => {
  const store = await openSqliteStore({ path })
  await put(store, '/a', 'secret')
  for (const file of readdirSync(directory)) assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file)
  await store.close()
})

test('a path that cannot be is refused with its name', async () => {
  path = join(directory, 'none', 'state.db')
  await refuses(/cannot open .*none.state\.db/)
})

test('a newer layout is refused and left as it is', async () => {
  await (await openSqliteStore({ path })).close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 9')
  database.close()
  await refuses(/storage layout 9; this program knows layouts up to 1/)
  const again = new DatabaseSync(path)
  assert.equal(again.prepare('PRAGMA user_version').get()!.user_version, 9)
  again.close()
})

test("another program's database, or no database at all, is refused", async () => {
  const database = new DatabaseSync(path)
  database.exec('CREATE TABLE theirs (x)')
  database.close()
  await refuses(/is not a k8ts store/)
  writeFileSync(path, 'hello '.repeat(1000))
  await refuses(/is not a k8ts store/)
})

test('a log whose rows do not follow from one another is refused', async () => {
  const store = await openSqliteStore({ path })
  const one = await put(store, '/a', '1')
  await put(store, '/a', '2', one)
  await store.close()
  const database = new DatabaseSync(path)
  database.exec(`DELETE FROM log WHERE id = ${one}`)
  database.close()
  await refuses(/invariant broken/)
})
