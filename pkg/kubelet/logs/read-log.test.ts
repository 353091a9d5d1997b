import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { type LogOptions, readLog } from './read-log.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'k8ts-log-'))
  path = join(dir, '0.log')
})
afterEach(() => rmSync(dir, { recursive: true }))

const line = (second: number, text: string, stream = 'stdout', tag = 'F') =>
  `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000000Z ${stream} ${tag} ${text}\n`
const read = async (options: Partial<LogOptions> = {}) => {
  const chunks: Buffer[] = []
  for await (const chunk of readLog(path, { running: () => false, signal: new AbortController().signal, ...options })) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('lines come without their heads, and partial lines are joined', async () => {
  writeFileSync(path, line(1, 'one') + line(2, 'half ', 'stdout', 'P') + line(2, 'whole') + line(3, 'three', 'stderr'))
  assert.equal(await read(), 'one\nhalf whole\nthree\n')
})

test('tail counts whole lines from the end, also over rotated files', async () => {
  writeFileSync(`${path}.20260101-000000`, line(1, 'one') + line(2, 'two'))
  writeFileSync(path, line(3, 'three') + line(4, 'four'))
  assert.equal(await read({ tailLines: 1 }), 'four\n')
  assert.equal(await read({ tailLines: 3 }), 'two\nthree\nfour\n')
  assert.equal(await read({ tailLines: 0 }), '')
  assert.equal(await read({ tailLines: 99 }), 'one\ntwo\nthree\nfour\n')
})

test('timestamps, since, limit and stream are honoured', async () => {
  writeFileSync(path, line(1, 'one') + line(2, 'two', 'stderr') + line(3, 'three'))
  assert.equal(await read({ timestamps: true, tailLines: 1 }), '2026-01-01T00:00:03.000000000Z three\n')
  assert.equal(await read({ sinceMs: Date.parse('2026-01-01T00:00:02Z') }), 'two\nthree\n')
  assert.equal(await read({ limitBytes: 5 }), 'one\nt')
  assert.equal(await read({ stream: 'stderr' }), 'two\n')
})

test('times are written as upstream writes them, however the runtime does', async () => {
  writeFileSync(path, '2026-01-01T00:00:01.5+00:00 stdout F one\n2026-01-01T02:00:02.123456789+02:00 stdout F two\n2026-01-01T00:00:03Z stdout F three\n')
  assert.equal(
    await read({ timestamps: true }),
    '2026-01-01T00:00:01.500000000Z one\n2026-01-01T02:00:02.123456789+02:00 two\n2026-01-01T00:00:03.000000000Z three\n',
  )
})

test('a follower sees what is written, goes over a rotation, and ends with the container', async () => {
  writeFileSync(path, line(1, 'one'))
  let running = true
  const seen: string[] = []
  for await (const chunk of readLog(path, { follow: true, running: () => running, signal: new AbortController().signal })) {
    seen.push(chunk.toString())
    if (seen.length === 1) appendFileSync(path, line(2, 'two'))
    if (seen.length === 2) {
      renameSync(path, `${path}.20260101-000002`)
      writeFileSync(path, line(3, 'three'))
    }
    if (seen.length === 3) running = false
  }
  assert.deepEqual(seen, ['one\n', 'two\n', 'three\n'])
})

test('a follower that was slow reads every rotated file between, and what came late into the one before', async () => {
  writeFileSync(path, line(1, 'one'))
  let running = true
  const seen: string[] = []
  for await (const chunk of readLog(path, { follow: true, running: () => running, signal: new AbortController().signal })) {
    seen.push(...chunk.toString().trim().split('\n'))
    if (seen.length === 1) {
      renameSync(path, `${path}.20260101-000001`)
      writeFileSync(path, line(3, 'three'))
      appendFileSync(`${path}.20260101-000001`, line(2, 'two'))
      renameSync(path, `${path}.20260101-000002`)
      writeFileSync(path, line(4, 'four'))
    }
    if (seen.at(-1) === 'four') running = false
  }
  assert.deepEqual(seen, ['one', 'two', 'three', 'four'])
})

test('a reader whose file is gone goes on with the oldest that is left', async () => {
  writeFileSync(path, line(1, 'one'))
  let running = true
  const seen: string[] = []
  for await (const chunk of readLog(path, { follow: true, running: () => running, signal: new AbortController().signal })) {
    seen.push(chunk.toString().trim())
    if (seen.length === 1) {
      writeFileSync(`${path}.20260101-000002`, line(2, 'two'))
      rmSync(path)
      writeFileSync(path, line(3, 'three'))
    }
    if (seen.at(-1) === 'three') running = false
  }
  assert.deepEqual(seen, ['one', 'two', 'three'])
})
