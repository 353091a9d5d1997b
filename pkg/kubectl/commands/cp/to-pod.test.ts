/** What goes into a container: under which name, where, and with which entries. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { extract, pack } from 'tar-stream'
import { operand } from './remote.ts'
import { add, unpacking } from './to-pod.ts'

const cases: readonly (readonly [source: string, wanted: string, isFolder: boolean, line: string, name: string])[] = [
  ['file', '/tmp/other', false, 'tar -xmf - -C /tmp', 'other'],
  ['file', '/tmp', true, 'tar -xmf - -C /tmp', 'file'],
  ['./a/folder/', '/tmp', true, 'tar -xmf - -C /tmp', 'folder'],
  ['.', '/srv/app', true, 'tar -xmf - -C /srv', 'app'],
  ['a/.', '/app', true, 'tar -xmf - -C /', 'app'],
  ['file', 'name', false, 'tar -xmf -', 'name'],
  ['file', operand('-C'), false, 'tar -xmf -', '-C'],
  ['file', operand('--dir/name'), false, 'tar -xmf - -C ./--dir', 'name'],
  ['-rf', '/tmp', true, 'tar -xmf - -C /tmp', '-rf'],
  ['file', '/a/../b', false, 'tar -xmf - -C /', 'b'],
]
for (const [source, wanted, isFolder, line, name] of cases) {
  test(`${source} to ${wanted}${isFolder ? ', which is a folder' : ''}`, () => {
    const plan = unpacking(source, wanted, { isFolder, noPreserve: false })
    assert.deepEqual([plan.line.join(' '), plan.name], [line, name])
  })
}

test('--no-preserve asks tar for neither owner nor modes', () => {
  const { line } = unpacking('f', '/tmp/f', { isFolder: false, noPreserve: true })
  assert.deepEqual(line, ['tar', '--no-same-permissions', '--no-same-owner', '-xmf', '-', '-C', '/tmp'])
})

test('odd names, links and modes go as they are; folders are named only when they are empty', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'cp-'))
  mkdirSync(join(dir, 'full'))
  mkdirSync(join(dir, 'empty'))
  for (const name of ['a\nb', '-rf', '*'.repeat(120)]) writeFileSync(join(dir, 'full', name), name)
  chmodSync(join(dir, 'full', '-rf'), 0o750)
  symlinkSync('/etc/passwd', join(dir, 'full', 'link'))
  const archive = pack()
  const written = add(archive, dir, 'top').then(() => archive.finalize())
  const entries: unknown[] = []
  const reader = extract()
  archive.pipe(reader)
  for await (const entry of reader) {
    const { name, type, mode = 0, linkname } = entry.header
    entries.push([name, type, type === 'file' ? (mode & 0o100) !== 0 : undefined, linkname ?? undefined])
    entry.resume()
  }
  await written
  rmSync(dir, { recursive: true })
  assert.deepEqual(entries, [
    ['top/empty/', 'directory', undefined, undefined],
    [`top/full/${'*'.repeat(120)}`, 'file', false, undefined],
    ['top/full/-rf', 'file', true, undefined],
    ['top/full/a\nb', 'file', false, undefined],
    ['top/full/link', 'symlink', undefined, '/etc/passwd'],
  ])
})
