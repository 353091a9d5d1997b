import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { writeAtomically } from './atomic-writer.ts'
import { mountsBelow, unmount } from './mounts.ts'
import { bindSubPath } from './sub-path.ts'

const skip = process.getuid?.() === 0 ? false : 'mounting needs root'
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'k8ts-subpath-'))
  mkdirSync(join(dir, 'volume'), { mode: 0o777 })
})
afterEach(async () => {
  for (const mount of mountsBelow(dir)) await unmount(mount)
  rmSync(dir, { recursive: true })
})

test('a missing directory is made with the mode of the volume and bound', { skip }, async () => {
  await bindSubPath(join(dir, 'volume'), 'a/b', join(dir, 'target'))
  assert.equal(statSync(join(dir, 'volume/a/b')).mode, statSync(join(dir, 'volume')).mode)
  writeFileSync(join(dir, 'target/file'), 'x')
  assert.equal(readFileSync(join(dir, 'volume/a/b/file'), 'utf8'), 'x')
})

test('a file of a ConfigMap is bound, and the next container gets the new one', { skip }, async () => {
  const write = (text: string) => writeAtomically(join(dir, 'volume'), new Map([['key', { content: Buffer.from(text), mode: 0o644 }]]))
  write('one')
  await bindSubPath(join(dir, 'volume'), 'key', join(dir, 'target'))
  assert.equal(readFileSync(join(dir, 'target'), 'utf8'), 'one')
  write('two')
  await bindSubPath(join(dir, 'volume'), 'key', join(dir, 'target'))
  assert.equal(readFileSync(join(dir, 'target'), 'utf8'), 'two')
  assert.equal(mountsBelow(join(dir, 'target')).length, 1)
})

test('a link that leads out of the volume is refused, also for what would be made behind it', { skip }, async () => {
  symlinkSync('/etc', join(dir, 'volume/out'))
  for (const path of ['out', 'out/passwd', 'out/k8ts-none', '../volume', '/etc']) {
    await assert.rejects(bindSubPath(join(dir, 'volume'), path, join(dir, 'target')), /subPath (leads out of|must stay within) the volume/, path)
  }
})
