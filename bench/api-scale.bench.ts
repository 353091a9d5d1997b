/**
 * What the API server holds and how it sends much of it: a list of 5,000 pods (25 MB), one event to 1,000 watchers, 150,000
 * pods of 5 KB in memory. The server is a process of its own with TLS, RBAC and SQLite; load and server share the machine.
 *
 *   ./tools/node.sh bench/api-scale.bench.ts [--listed 5000] [--watchers 1000] [--held 150000] [--markdown]
 */
import { randomUUID } from 'node:crypto'
import type { ClientHttp2Session } from 'node:http2'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from '#base/clock.ts'
import { openStore } from '#storage/open.ts'
import { type BenchApiServer, planApiServer, startApiServer } from './api-server.ts'
import { numberFlag } from './cluster.ts'
import { quantile } from './figures.ts'
import { ask, open, type Target } from './load.ts'
import { waits } from './waiting-client.ts'
import { publish, type Row } from './report.ts'

const listed = numberFlag('listed', 5000)
const watchers = numberFlag('watchers', 1000)
const held = numberFlag('held', 150_000)
const events = 20
const watchesPerConnection = 100
const pods = '/api/v1/namespaces/default/pods'

const directory = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))
const rows: Row[] = []
let server: BenchApiServer | undefined
try {
  const plan = await planApiServer(directory)
  server = await startApiServer(plan)
  const value = await oneStoredPod(server)
  await server.stop()
  await fill(listed, value)
  server = await startApiServer(plan)
  await measureList(server)
  await measureWatchers(server)
  await server.stop()
  await fill(held, value)
  server = await startApiServer(plan)
  await measureHeld(server)
  publish({
    name: 'api-scale',
    method: `Pods of 5 KB, put into the store beforehand; then over HTTP/2 with TLS as an ordinary user. The list is asked for 10 times, while another client, a thread of its own, gets one object every few milliseconds: its longest wait is what the list makes others wait. ${events} events, one at a time, to ${watchers} watches on ${watchers / watchesPerConnection} connections: from the write's answer-to-be to the last watcher's event.`,
    rows,
  })
} finally {
  await server?.stop()
  rmSync(directory, { recursive: true, force: true })
}
process.exit(0)

function podOf(name: string): object {
  const labels = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`example.com/label-${index}`, `value-of-the-label-${index}`]))
  const env = Array.from({ length: 16 }, (_, index) => ({ name: `SETTING_NUMBER_${index}`, value: 'a value of some forty characters in length' }))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [{ name: 'main', image: 'registry.example.com/team/app:1.2.3', env }] },
  }
}

/** What the server itself writes for such a pod. */
async function oneStoredPod({ user, config }: BenchApiServer): Promise<string> {
  const session = await open(user)
  // No controller is here to make it.
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  await ask(session, { method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts', body: JSON.stringify(account) })
  const { status, body } = await ask(session, { method: 'POST', path: pods, body: JSON.stringify(podOf('pattern')) })
  session.close()
  if (status !== 201) throw new Error(`${status} ${body.toString().slice(0, 300)}`)
  await server!.stop()
  const store = await openStore({ kind: 'sqlite', path: join(config.dataDir, 'state.db') }, { clock: systemClock })
  const entry = await store.get('/registry/core/pods/default/pattern')
  await store.close()
  if (!entry) throw new Error('the pod is not where it is looked for')
  return Buffer.from(entry.value).toString()
}

/** Straight into the store: through the API it would take minutes. */
async function fill(count: number, pattern: string): Promise<void> {
  const store = await openStore({ kind: 'sqlite', path: join(directory, 'state.db') }, { clock: systemClock })
  const uid = /"uid":"([0-9a-f-]{36})"/.exec(pattern)![1]!
  const batch: Promise<unknown>[] = []
  for (let index = 0; index < count; index++) {
    const name = `pod-${String(index).padStart(7, '0')}`
    const value = pattern.replaceAll('"pattern"', `"${name}"`).replaceAll(uid, randomUUID())
    batch.push(store.put(`/registry/core/pods/default/${name}`, Buffer.from(value), { expectRevision: 0 }))
    if (batch.length === 500) await Promise.all(batch.splice(0))
  }
  await Promise.all(batch)
  await store.close()
}

async function measureList({ user }: BenchApiServer): Promise<void> {
  const session = await open(user)
  const path = `${pods}/pod-0000000`
  const alone = await waits(user, path, () => setTimeout(2000))
  const times: number[] = []
  let bytes = 0
  const beside = await waits(user, path, async () => {
    for (let round = 0; round < 10; round++) {
      const begin = performance.now()
      const { status, body } = await ask(session, { method: 'GET', path: pods })
      if (status !== 200) throw new Error(`list: ${status}`)
      times.push(performance.now() - begin)
      bytes = body.length
    }
  })
  session.close()
  rows.push({
    what: `list of ${listed} pods (${(bytes / 1e6).toFixed(0)} MB)`,
    figure: `${quantile(times, 0.5).toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)})`,
  })
  rows.push({
    what: 'a get meanwhile',
    figure: waited(beside),
    beside: `with no list: ${waited(alone)}`,
    goal: 'a few ms',
  })
}

function waited(times: number[]): string {
  return `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms`
}

async function measureWatchers({ user, processorMs }: BenchApiServer): Promise<void> {
  const path = `${pods}?watch=1&fieldSelector=metadata.namespace%3Ddefault&labelSelector=watched`
  let arrived = 0
  let whenAll: (() => void) | undefined
  const sessions: ClientHttp2Session[] = []
  for (let connection = 0; connection < watchers / watchesPerConnection; connection++) sessions.push(await open(user))
  await Promise.all(
    sessions.flatMap((session) => Array.from({ length: watchesPerConnection }, () => watchOn(session, path, () => ++arrived === watchers && whenAll?.()))),
  )
  const writer = await open(user)
  const times: number[] = []
  const before = processorMs()
  for (let index = 0; index < events; index++) {
    arrived = 0
    const all = new Promise<void>((resolve) => {
      whenAll = resolve
    })
    const pod = { ...podOf(`watched-${index}`), metadata: { name: `watched-${index}`, labels: { watched: '' } } }
    const begin = performance.now()
    const { status } = await ask(writer, { method: 'POST', path: pods, body: JSON.stringify(pod) })
    if (status !== 201) throw new Error(`create: ${status}`)
    await all
    times.push(performance.now() - begin)
  }
  const spent = (processorMs() - before) / events
  for (const session of [...sessions, writer]) session.destroy()
  rows.push({
    what: `one event at ${watchers} watchers, the create included`,
    figure: `${quantile(times, 0.5).toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)})`,
    beside: `processor of the server ${spent.toFixed(0)} ms an event; the watchers are one process on the same cores`,
    goal: 'within 50 ms',
    met: quantile(times, 0.5) <= 50,
  })
}

function watchOn(session: ClientHttp2Session, path: string, onEvent: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'GET', ':path': path })
    stream.on('response', (headers) => (headers[':status'] === 200 ? resolve() : reject(new Error(`watch: ${headers[':status']}`))))
    let pending = ''
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      pending += chunk
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        if (pending.startsWith('{"type":"ADDED"')) onEvent()
        pending = pending.slice(end + 1)
      }
    })
    stream.on('error', () => {})
    stream.end()
  })
}

async function measureHeld({ user, residentBytes, startMs }: BenchApiServer): Promise<void> {
  const afterStart = residentBytes()
  const session = await open(user as Target)
  for (let round = 0; round < 3; round++) await ask(session, { method: 'GET', path: `${pods}?limit=500` })
  const { status, body } = await ask(session, { method: 'GET', path: `${pods}?limit=1` })
  session.close()
  const remaining = (JSON.parse(body.toString()) as { metadata: { remainingItemCount?: number } }).metadata.remainingItemCount ?? 0
  if (status !== 200 || remaining < held - 1) throw new Error(`${remaining} pods are there, not ${held}`)
  const resident = residentBytes()
  rows.push({
    what: `${held + listed >= remaining ? remaining + 1 : remaining} pods of 5 KB held`,
    figure: `${(resident / 1e9).toFixed(2)} GB resident (${(afterStart / 1e9).toFixed(2)} after the start)`,
    goal: '1.5 GB',
    met: resident <= 1.5e9,
  })
  rows.push({ what: 'start with them, from the process to ready', figure: `${(startMs / 1000).toFixed(1)} s` })
}
