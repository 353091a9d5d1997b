import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pack } from 'tar-stream'
import { unpack } from './from-pod.ts'

interface Entry {
  readonly name: string
  readonly text?: string
  readonly linkname?: string
  readonly type?: 'symlink' | 'link' | 'directory'
}

async function unpacked(entries: readonly Entry[], file: string, prepare?: (dir: string) => void) {
  const dir = mkdtempSync(join(tmpdir(), 'cp-'))
  prepare?.(dir)
  const archive = pack()
  for (const { text = '', ...header } of entries) archive.entry(header, text)
  archive.finalize()
  let warnings = ''
  const err = (text: string): void => {
    warnings += text
  }
  await unpack({ err }, archive as unknown as NodeJS.ReadableStream, { file, pod: 'p', namespace: 'n' }, join(dir, 'out'))
  const read = (name: string): string | undefined => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : undefined)
  const result = { warnings, read, done: () => rmSync(dir, { recursive: true }) }
  return result
}

test('a folder and a file come out under the name that was asked for', async () => {
  const { read, warnings, done } = await unpacked(
    [
      { name: 'data/', type: 'directory' },
      { name: 'data/a/b', text: 'x' },
    ],
    '/data',
  )
  assert.deepEqual([read('out/a/b'), warnings], ['x', ''])
  done()
  const file = await unpacked([{ name: 'etc/hosts', text: 'h' }], '/etc/hosts')
  assert.equal(file.read('out'), 'h')
  file.done()
})

test('nothing is written outside the destination: not by dots, not by other names, not through links', async () => {
  const { read, warnings, done } = await unpacked(
    [
      { name: 'data/../../escaped', text: 'x' },
      { name: 'other/escaped', text: 'x' },
      { name: 'data/link', type: 'symlink', linkname: '/etc' },
      { name: 'data/hard', type: 'link', linkname: '/etc/passwd' },
      { name: 'data/trap/inner', text: 'x' },
      { name: 'data/kept', text: 'k' },
    ],
    '/data',
    (dir) => {
      mkdirSync(join(dir, 'out/data'), { recursive: true })
      mkdirSync(join(dir, 'elsewhere'))
      symlinkSync(join(dir, 'elsewhere'), join(dir, 'out/data/trap'))
    },
  )
  assert.equal(read('out/data/kept'), 'k')
  for (const gone of ['escaped', 'out/escaped', 'out/data/escaped', 'out/data/link', 'out/data/hard', 'elsewhere/inner'])
    assert.equal(read(gone), undefined, gone)
  assert.equal(warnings.match(/is outside target destination, skipping/g)?.length, 3)
  assert.match(warnings, /warning: skipping symlink: "data\/link" -> "\/etc" \(consider using "kubectl exec -n "n" "p" -- tar cf - "\/data" \| tar xf -"\)/)
  done()
})
