import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { decodeConfiguration } from './decode.ts'
import { followFile } from './followed-file.ts'
import { apiserverKinds } from './schemas.ts'

const directory = mkdtempSync(join(tmpdir(), 'k8ts-configuration-'))
after(() => rmSync(directory, { recursive: true }))

test('a file is read again every minute, told once of each text, and stays as it was when the new one cannot be used', async () => {
  const path = join(directory, 'a.yaml')
  writeFileSync(path, 'one')
  const clock = new FakeClock()
  const told: string[] = []
  const stop = new AbortController()
  const apply = (text: string): void => {
    told.push(text)
    if (text === 'bad') throw new Error('cannot be')
  }
  followFile({ path, text: 'one', clock, log: silentLogger, apply })(stop.signal)
  await clock.advance(60_000)
  assert.deepEqual(told, [])
  for (const text of ['two', 'bad', 'three']) {
    writeFileSync(path, text)
    await clock.advance(60_000)
    await clock.advance(60_000)
  }
  assert.deepEqual(told, ['two', 'bad', 'three'])
  rmSync(path)
  await clock.advance(60_000)
  stop.abort()
  writeFileSync(path, 'four')
  await clock.advance(120_000)
  assert.deepEqual(told, ['two', 'bad', 'three'])
})

test('what is unknown is told with its place, and passed over only by who takes note of it', () => {
  const text = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: [{issuer: {gone: 1}}]\n'
  assert.throws(() => decodeConfiguration(text, apiserverKinds), /^StrictDecodingError: strict decoding error: unknown field "jwt\[0\]\.issuer\.gone"$/)
  const told: string[] = []
  const { object } = decodeConfiguration(text, apiserverKinds, { onLenient: (message) => told.push(message) })
  assert.deepEqual([object.jwt.length, told.length], [1, 1])
})
