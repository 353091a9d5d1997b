import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededRandom } from '../../conformance/model.ts'
import type { StoreEvent } from '../../types.ts'
import { openSqliteStore } from './index.ts'

/** K8TS_CRASH_ROUNDS=200 for a long run. */
const rounds = Number(process.env.K8TS_CRASH_ROUNDS ?? 4)

test('a killed writer loses nothing it acknowledged, leaves nothing half, and a watch resumes without a gap', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-crash-'))
  const path = join(directory, 'state.db')
  const random = seededRandom(7)
  /** The newest acknowledged write of each key. */
  const acknowledged = new Map<string, { revision: number; value: string }>()
  let newest = 1
  try {
    for (let round = 0; round < rounds; round++) {
      const resumeAt = newest
      const written = await writeAndKill(path, `${round}`, 1 + random(800))
      assert.ok(written.length > 0, 'the writer should come to write')
      const [opened] = written.splice(0, 1)
      assert.ok(opened!.revision >= newest, 'revisions never go back')
      for (const { key, revision, value } of written) {
        acknowledged.set(key, { revision, value })
        newest = Math.max(newest, revision)
      }
      newest = Math.max(newest, await check(path, acknowledged, resumeAt, written, newest))
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})

interface Written {
  readonly key: string
  readonly revision: number
  readonly value: string
}

/** Lets a writer run until it has acknowledged so many writes, then kills it at once. */
async function writeAndKill(path: string, seed: string, writes: number): Promise<Written[]> {
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv.filter((each) => !each.startsWith('--test')), writerPath, path, seed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  let lines = 0
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    lines += chunk.split('\n').length - 1
    if (lines > writes) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  assert.equal(signal, 'SIGKILL', 'the writer should run until it is killed')
  // A line cut off by the kill does not count as acknowledged.
  return output
    .slice(0, output.lastIndexOf('\n'))
    .split('\n')
    .map((line) => {
      const [key, revision, value] = line.split(' ')
      return { key: key!, revision: Number(revision), value: value! }
    })
}

const writerPath = join(import.meta.dirname, 'crash-writer.ts')

/** Answers the store's revision. */
async function check(
  path: string,
  acknowledged: Map<string, { revision: number; value: string }>,
  resumeAt: number,
  written: readonly Written[],
  newest: number,
) {
  const store = await openSqliteStore({ path })
  try {
    assert.ok(store.revision() >= newest, `revision ${store.revision()} after ${newest} was acknowledged`)
    for (const [key, { revision, value }] of acknowledged) {
      const entry = await store.get(key)
      // Later writes may be there whose acknowledgement the kill cut off.
      if (entry?.revision === revision) assertWhole(entry.value, value)
      else if (entry) assert.ok(entry.revision > revision, `${key} went back from ${revision} to ${entry.revision}`)
      else assert.ok(value === '-' || (await deletedSince(store, key, revision)), `${key} at ${revision} is lost`)
    }
    for (const entry of (await store.range('/')).entries)
      assertWhole(entry.value, new TextDecoder().decode(entry.value).split('.').slice(0, 2).join('.').concat('.'))
    const from = Math.max(resumeAt, store.compactedRevision())
    const events = await eventsAfter(store, from)
    assert.deepEqual(
      events.map((event) => event.revision),
      Array.from({ length: store.revision() - from }, (_, i) => from + 1 + i),
    )
    const byRevision = new Map(events.map((event) => [event.revision, event]))
    for (const { key, revision, value } of written) {
      if (revision <= from) continue
      const event = byRevision.get(revision)
      assert.deepEqual([event?.key, event?.type], [key, value === '-' ? 'delete' : 'put'])
    }
    return store.revision()
  } finally {
    await store.close()
  }
}

type Opened = Awaited<ReturnType<typeof openSqliteStore>>

async function deletedSince(store: Opened, key: string, revision: number): Promise<boolean> {
  const events = await eventsAfter(store, Math.max(revision, store.compactedRevision()))
  return events.some((event) => event.key === key && event.type === 'delete')
}

async function eventsAfter(store: Opened, afterRevision: number): Promise<StoreEvent[]> {
  if (afterRevision >= store.revision()) return []
  const events: StoreEvent[] = []
  return new Promise((resolve, reject) => {
    void store
      .watch({
        prefix: '/',
        afterRevision,
        onEvents: (more) => {
          events.push(...more)
          if (more.at(-1)!.revision === store.revision()) resolve(events)
        },
        onError: reject,
      })
      .catch(reject)
  })
}

function assertWhole(value: Uint8Array, unit: string): void {
  const content = Buffer.from(value).toString()
  assert.ok(content.length > 0 && content === unit.repeat(content.length / unit.length), 'a value should be whole')
}
