/** A full disk: writes are refused in upstream's words, nothing is half-written, reads go on, and it heals when there is room. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { configMaps } from '#api/gen/resources.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { startTestApiServer } from '#apiserver/testing.ts'
import { systemClock } from '#base/clock.ts'
import { runOrThrow } from '#cluster/host/exec.ts'
import { openStore } from '#storage/open.ts'
import { missingForCluster } from './cluster.ts'

const missing = missingForCluster()

test('a full disk refuses writes and loses nothing', { skip: missing ?? false }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-full-'))
  await runOrThrow(['mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', dir])
  t.after(async () => {
    await runOrThrow(['umount', '-l', dir])
    rmSync(dir, { recursive: true })
  })
  const path = join(dir, 'state.db')
  const store = await openStore({ kind: 'sqlite', path }, { clock: systemClock })
  const control = await startTestApiServer({ store })
  const { client } = control
  const write = (name: string) => client.create(configMaps, { metadata: { name, namespace: 'default' }, data: { filler: 'x'.repeat(200_000) } })
  const written: string[] = []
  let refusal: unknown
  for (let number = 0; number < 100 && refusal === undefined; number++) {
    try {
      await write(`c-${number}`)
      written.push(`c-${number}`)
    } catch (error) {
      refusal = error
    }
  }
  assert.ok(refusal instanceof StatusError, 'the disk was never full')
  assert.deepEqual([refusal.code, refusal.message], [500, 'etcdserver: mvcc: database space exceeded: the disk of the data directory is full'])
  const names = async () => (await client.list(configMaps, { namespace: 'default' })).items.map(({ metadata }) => metadata.name).sort()
  assert.deepEqual(await names(), [...written].sort())
  await runOrThrow(['mount', '-o', 'remount,size=64m', dir])
  await write('after')
  assert.deepEqual(await names(), [...written, 'after'].sort())
  await control[Symbol.asyncDispose]()
  await store.close()
  const again = await openStore({ kind: 'sqlite', path }, { clock: systemClock })
  const second = await startTestApiServer({ store: again })
  const kept = (await second.client.list(configMaps, { namespace: 'default' })).items.map(({ metadata }) => metadata.name).sort()
  assert.deepEqual(kept, [...written, 'after'].sort())
  await second[Symbol.asyncDispose]()
  await again.close()
})
