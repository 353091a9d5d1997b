import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import type { KeyPair } from './key-pair.ts'
import { keepServingFiles, servingFiles } from './serving-files.ts'

test('a pair of files is served, and served anew when it has changed; one that cannot be used is tried again', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-serving-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const files = { tlsCertFile: join(directory, 'crt'), tlsPrivateKeyFile: join(directory, 'key') }
  const write = (version: number) => {
    for (const file of [files.tlsCertFile, files.tlsPrivateKeyFile]) {
      writeFileSync(file, String(version))
      utimesSync(file, version, version)
    }
  }
  write(1)
  assert.equal(servingFiles({}), undefined)
  assert.deepEqual(servingFiles(files), { certificate: '1', key: '1' })
  const clock = new FakeClock()
  const stop = new AbortController()
  const used: KeyPair[] = []
  const done = keepServingFiles({
    files,
    clock,
    log: silentLogger,
    signal: stop.signal,
    use(pair) {
      used.push(pair)
      if (used.length === 1) throw new Error('the key does not fit')
    },
  })
  await clock.advance(60_000)
  assert.equal(used.length, 0)
  write(2)
  await clock.advance(120_000)
  assert.deepEqual(used, [
    { certificate: '2', key: '2' },
    { certificate: '2', key: '2' },
  ])
  await clock.advance(60_000)
  assert.equal(used.length, 2)
  stop.abort()
  await done
})
