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
  const failure = await unpack({ err, cwd: dir }, archive as unknown as NodeJS.ReadableStream, { file, pod: 'p', namespace: 'n' }, 'out').then(
    () => '',
    (error: Error) => error.message,
  )
  const read = (name: string): string | undefined => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : undefined)
  const result = { warnings, failure, read, done: () => rmSync(dir, { recursive: true }) }
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

test('nothing is written outside the destination: not by dots, not through links', async () => {
  const { read, warnings, failure, done } = await unpacked(
    [
      { name: 'data/../../escaped', text: 'x' },
      { name: 'data/../../../../../../escaped', text: 'x' },
      { name: 'data/a\\..\\..\\escaped', text: 'x' },
      { name: 'data/..', type: 'directory' },
      { name: 'data/a/../within', text: 'w' },
      { name: 'data/link', type: 'symlink', linkname: '/etc' },
      { name: 'data/hard', type: 'link', linkname: '/etc/passwd' },
      { name: 'data/link/inner', text: 'i' },
      { name: 'data/trap/inner', text: 'x' },
      { name: 'data/kept', text: 'k' },
    ],
    '/data',
    (dir) => {
      mkdirSync(join(dir, 'out'), { recursive: true })
      mkdirSync(join(dir, 'elsewhere'))
      symlinkSync(join(dir, 'elsewhere'), join(dir, 'out/trap'))
    },
  )
  assert.deepEqual([read('out/kept'), read('out/within'), read('out/link/inner'), failure], ['k', 'w', 'i', ''])
  for (const gone of ['escaped', '../escaped', 'out/escaped', 'out/hard', 'elsewhere/inner']) assert.equal(read(gone), undefined, gone)
  assert.deepEqual(warnings.trimEnd().split('\n'), [
    'warning: file "../escaped" is outside target destination, skipping',
    'warning: file "../../../../../escaped" is outside target destination, skipping',
    'warning: file "escaped" is outside target destination, skipping',
    'warning: file "." is outside target destination, skipping',
    'warning: skipping symlink: "out/link" -> "/etc" (consider using "kubectl exec -n "n" "p" -- tar cf - "/data" | tar xf -")',
    'warning: skipping symlink: "out/hard" -> "/etc/passwd"',
    'warning: file "out/trap/inner" is outside target destination, skipping',
  ])
  done()
})

const corrupted: readonly (readonly [what: string, name: string, file: string])[] = [
  ['another name', 'other/file', '/data'],
  ['a name that only begins alike', 'database/file', '/data'],
  ['an absolute one', '/data/file', '/data'],
  ['dots before the name', '../data/file', '/data'],
]
for (const [what, name, file] of corrupted) {
  test(`an entry under ${what} ends the copy: the archive was tampered with`, async () => {
    const { failure, read, done } = await unpacked(
      [
        { name, text: 'x' },
        { name: 'data/later', text: 'x' },
      ],
      file,
    )
    assert.deepEqual([failure, read('out'), read('out/file'), read('out/later')], ['error: tar contents corrupted', undefined, undefined, undefined])
    done()
  })
}

test('with all of a root, or of a working folder, absolute names land within, too', async () => {
  for (const [file, name] of [
    ['/', '/etc/x'],
    ['.', './etc/x'],
    ['../..', 'etc/x'],
  ] as const) {
    const { read, failure, warnings, done } = await unpacked([{ name, text: 'x' }], file)
    assert.deepEqual([read('out/etc/x'), failure, warnings], ['x', '', ''], file)
    done()
  }
})

test('names with line breaks, escapes, quotes and dashes are files like others, and told in quotes', async () => {
  const odd = ['a\nb', '-rf', '"quoted"', '\u001b[31mred', ' ', '*']
  const { read, warnings, done } = await unpacked(
    [...odd.map((name) => ({ name: `data/${name}`, text: name })), { name: 'data/../\u001b[2J\nx\u009b', text: 'x' }],
    'data',
  )
  for (const name of odd) assert.equal(read(`out/${name}`), name)
  assert.equal(warnings, 'warning: file "\\x1b[2J\\nx\\u009b" is outside target destination, skipping\n')
  done()
})

test('into a folder that is there goes what is in the one that was named; a file does not replace a folder', async () => {
  const prepare = (dir: string): void => mkdirSync(join(dir, 'out'))
  const folder = await unpacked([{ name: 'data/a', text: 'a' }], 'data/', prepare)
  assert.deepEqual([folder.read('out/a'), folder.failure], ['a', ''])
  folder.done()
  const file = await unpacked([{ name: 'etc/hosts', text: 'h' }], '/etc/hosts', prepare)
  assert.equal(file.failure, 'error: open out: is a directory')
  file.done()
})

test('another name of a file that was copied is a copy of it; one of a file elsewhere is left out', async () => {
  const { read, warnings, done } = await unpacked(
    [
      { name: 'data/a', text: 'a' },
      { name: 'data/b/c', type: 'link', linkname: 'data/a' },
      { name: 'data/d', type: 'link', linkname: 'etc/shadow' },
    ],
    '/data/',
  )
  assert.deepEqual([read('out/a'), read('out/b/c'), read('out/d')], ['a', 'a', undefined])
  assert.equal(warnings, 'warning: skipping symlink: "out/d" -> "etc/shadow" (consider using "kubectl exec -n "n" "p" -- tar cf - "/data" | tar xf -")\n')
  done()
})
