/**
 * SIGKILL under write load, over and over: what the crash tests of the drivers share. A process writes and says what was
 * acknowledged; it is killed, the store is opened again, and looked at.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openStore, type StoreConfig } from '../open.ts'
import type { Store, StoreEvent } from '../types.ts'
import { seededRandom } from './model.ts'

export interface CrashSubject {
  readonly config: StoreConfig
  /** What is to die with the writer: a server that has the data. Started again before the store is opened. */
  readonly server?: { kill(): Promise<void>; start(): Promise<void> }
  /** No other program's keys share the revisions: each of them is an event. */
  readonly ownsRevisions: boolean
}

export interface CrashRun {
  readonly rounds: number
  readonly seed: number
}

/** K8TS_CRASH_ROUNDS says how often, K8TS_SEED finds a failure again; otherwise the seed is another each time. */
export function crashRun(rounds: number): CrashRun {
  return { rounds: Number(process.env.K8TS_CRASH_ROUNDS ?? rounds), seed: Number(process.env.K8TS_SEED ?? Math.floor(Math.random() * 1e6)) }
}

interface Written {
  readonly key: string
  readonly revision: number
  /** "-": deleted. */
  readonly value: string
}

/**
 * After each kill: every acknowledged write is there or was superseded, every value is whole, and a watch that resumes at a
 * revision remembered from before the kill (the newest that was acknowledged one to three kills ago) gives every change since, once
 * and in order. Answers how many writes were acknowledged.
 */
export async function killOverAndOver({ config, server, ownsRevisions }: CrashSubject, { rounds, seed }: CrashRun): Promise<number> {
  const random = seededRandom(seed)
  /** The newest acknowledged write of each key. */
  const acknowledged = new Map<string, Written>()
  const all: Written[] = []
  /** The newest acknowledged revision after each round. */
  const remembered = [1]
  for (let round = 0; round < rounds; round++) {
    const written = await writeAndKill(config, server, `${round}`, 1 + random(800))
    const [opened] = written.splice(0, 1)
    const before = remembered.at(-1)!
    assert.ok(opened && opened.revision >= before, `revision ${opened?.revision} after ${before}: revisions never go back`)
    for (const write of written) acknowledged.set(write.key, write)
    all.push(...written)
    const newest = written.reduce((most, { revision }) => Math.max(most, revision), before)
    const store = await openStore(config)
    try {
      assert.ok(store.revision() >= newest, `revision ${store.revision()} after ${newest} was acknowledged`)
      await checkValues(store, acknowledged)
      await checkWatch(store, Math.max(remembered.at(-1 - random(3)) ?? before, store.compactedRevision()), all, ownsRevisions)
      remembered.push(Math.max(newest, store.revision()))
    } finally {
      await store.close()
    }
  }
  return all.length
}

/** Lets a writer run until it has acknowledged so many writes, then kills it, and the server, at once. */
async function writeAndKill(config: StoreConfig, server: CrashSubject['server'], seed: string, writes: number): Promise<Written[]> {
  const child = spawn(process.execPath, [...process.execArgv.filter((each) => !each.startsWith('--test')), writerPath, JSON.stringify(config), seed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  let lines = 0
  let killed: Promise<void> | undefined
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    lines += chunk.split('\n').length - 1
    if (lines <= writes || killed) return
    // The server first, where there is one: the writer's last writes are cut off on their way.
    killed = (server?.kill() ?? Promise.resolve()).then(() => void child.kill('SIGKILL'))
  })
  const [, signal] = await once(child, 'close')
  assert.equal(signal, 'SIGKILL', 'the writer should run until it is killed')
  await killed
  await server?.start()
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

async function checkValues(store: Store, acknowledged: ReadonlyMap<string, Written>): Promise<void> {
  for (const [key, { revision, value }] of acknowledged) {
    const entry = await store.get(key)
    // Later writes may be there whose acknowledgement the kill cut off.
    if (entry?.revision === revision) assertWhole(entry.value, value)
    else if (entry) assert.ok(entry.revision > revision, `${key} went back from ${revision} to ${entry.revision}`)
    else assert.ok(value === '-' || (await deletedSince(store, key, revision)), `${key} at ${revision} is lost`)
  }
  for (const entry of (await store.range('/')).entries)
    assertWhole(entry.value, new TextDecoder().decode(entry.value).split('.').slice(0, 2).join('.').concat('.'))
}

async function deletedSince(store: Store, key: string, revision: number): Promise<boolean> {
  const events = await eventsAfter(store, Math.max(revision, store.compactedRevision()))
  return events.some((event) => event.key === key && event.type === 'delete')
}

async function checkWatch(store: Store, from: number, written: readonly Written[], ownsRevisions: boolean): Promise<void> {
  const events = await eventsAfter(store, from)
  const revisions = events.map(({ revision }) => revision)
  if (ownsRevisions)
    assert.deepEqual(
      revisions,
      Array.from({ length: store.revision() - from }, (_, i) => from + 1 + i),
    )
  const byRevision = new Map(events.map((event) => [event.revision, event]))
  for (const { key, revision, value } of written) {
    if (revision <= from) continue
    const event = byRevision.get(revision)
    assert.deepEqual([event?.key, event?.type], [key, value === '-' ? 'delete' : 'put'], `the write of ${key} at ${revision}, watched from ${from}`)
  }
  checkChains(events, from)
}

/** Each event follows on the one before it of its key: none is missing, none comes twice. */
function checkChains(events: readonly StoreEvent[], from: number): void {
  const last = new Map<string, StoreEvent>()
  let newest = from
  for (const event of events) {
    assert.ok(event.revision > newest, `${event.revision} after ${newest}`)
    newest = event.revision
    const before = last.get(event.key)
    if (before) assert.equal(event.previous?.revision ?? 0, before.type === 'delete' ? 0 : before.revision, `what ${event.key} was before ${event.revision}`)
    else assert.ok((event.previous?.revision ?? 0) <= from, `an event of ${event.key} before ${event.revision} is missing`)
    last.set(event.key, event)
  }
}

/** All there are until now: a write of ours is the last of them. */
async function eventsAfter(store: Store, afterRevision: number): Promise<StoreEvent[]> {
  const events: StoreEvent[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const current = await store.get(marker)
  const result = current
    ? await store.delete(marker, { expectRevision: current.revision })
    : await store.put(marker, Buffer.from('m.0.'), { expectRevision: 0 })
  assert.ok(result.ok)
  const watch = await store.watch({
    prefix: '/',
    afterRevision,
    onEvents: (more) => {
      events.push(...more)
      if (more.at(-1)!.revision >= result.revision) resolve()
    },
    onError: reject,
  })
  await promise
  watch.close()
  return events
}

const marker = '/marker'

function assertWhole(value: Uint8Array, unit: string): void {
  const content = Buffer.from(value).toString()
  assert.ok(content.length > 0 && content === unit.repeat(content.length / unit.length), 'a value should be whole')
}
