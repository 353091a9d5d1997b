/** Records of releases: ours are read by Helm, Helm's by us. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeRelease, encodeRelease } from './record.ts'

/** The Secret's text as helm 4.2.4 wrote it for `helm install a ./plain`. */
const recorded = readFileSync(join(import.meta.dirname, 'recorded-release.txt'), 'utf8').trim()

test('a record of the real Helm is read, and written again without loss', () => {
  const release = decodeRelease(recorded)
  assert.equal(release.name, 'a')
  assert.equal(release.info.status, 'deployed')
  assert.equal(release.chart?.metadata.name, 'plain')
  assert.equal(release.applyMethod, 'ssa')
  assert.match(release.manifest, /name: a-one/)
  assert.deepEqual(decodeRelease(encodeRelease(release)), release)
})

test('a record that is no release, or unpacks without end, is refused', () => {
  assert.throws(() => decodeRelease('bm9uc2Vuc2U='))
  assert.throws(() => decodeRelease(''))
})

test('values in a record pollute no prototype', () => {
  const hostile = Buffer.from(
    '{"name":"a","config":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}},"info":{"status":"deployed"}}',
  ).toString('base64')
  const release = decodeRelease(hostile)
  assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  assert.deepEqual(Object.keys(release.config ?? {}), ['__proto__', 'constructor'])
})
