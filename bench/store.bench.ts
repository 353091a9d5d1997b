/**
 * The store alone, durable (fsync on): puts a second at 1, 16 and 64 clients with 1 KB values, the longest pause of the event loop
 * meanwhile, and the time to open a store of 150,000 objects.
 *
 *   ./tools/node.sh bench/store.bench.ts [--driver sqlite|memory|etcd] [--endpoint http://127.0.0.1:2379] [--seconds 2] [--objects 150000] [--bytes 1024]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { openStore, type StoreConfig } from '#storage/open.ts'
import type { Store } from '#storage/types.ts'

const { values } = parseArgs({
  options: {
    driver: { type: 'string', default: 'sqlite' },
    endpoint: { type: 'string', default: 'http://127.0.0.1:2379' },
    seconds: { type: 'string', default: '2' },
    objects: { type: 'string', default: '150000' },
    bytes: { type: 'string', default: '1024' },
  },
})
const seconds = Number(values.seconds)
const objects = Number(values.objects)
const value = Buffer.alloc(Number(values.bytes), 'x')
const directory = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))
const path = join(directory, 'state.db')
const config = (
  values.driver === 'etcd'
    ? { kind: 'etcd', endpoints: [values.endpoint], prefix: `/bench-${process.pid}` }
    : values.driver === 'memory'
      ? { kind: 'memory' }
      : { kind: 'sqlite', path }
) satisfies StoreConfig

try {
  console.log(`${values.driver}, ${value.byteLength} B values, ${seconds} s each; every client puts one key after another and waits for the answer`)
  let store = await openStore(config)
  for (const clients of [1, 16, 64]) await measurePuts(store, clients)
  if (values.driver === 'sqlite') {
    await fill(store, objects)
    await store.close()
    global.gc?.()
    const before = process.memoryUsage()
    const start = performance.now()
    store = await openStore(config)
    const openMs = performance.now() - start
    const after = process.memoryUsage()
    const megabytes = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20
    console.log(
      `open with ${await store.count('/')} objects (file ${(statSync(path).size / 2 ** 20).toFixed(0)} MB, page cache warm): ${openMs.toFixed(0)} ms, ${megabytes.toFixed(0)} MB`,
    )
    const list = performance.now()
    const { entries } = await store.range('/load/', { limit: 5000 })
    console.log(`list of ${entries.length}: ${(performance.now() - list).toFixed(1)} ms`)
  }
  await store.close()
} finally {
  rmSync(directory, { recursive: true })
}

async function measurePuts(store: Store, clients: number): Promise<void> {
  const latencies: number[] = []
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const end = performance.now() + seconds * 1000
  const client = async (id: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      const start = performance.now()
      // A new key, then updates of it: half and half.
      const key = `/put/${clients}/${id}/${i >> 1}`
      const expectRevision = i % 2 === 0 ? 0 : (await store.get(key))!.revision
      const { ok } = await store.put(key, value, { expectRevision })
      if (!ok) throw new Error('a put of the only writer was refused')
      latencies.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, id) => client(id)))
  delay.disable()
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]!.toFixed(1)
  console.log(
    `${String(clients).padStart(3)} clients: ${String(Math.round(latencies.length / seconds)).padStart(6)} puts/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest pause ${(delay.max / 1e6).toFixed(1)} ms`,
  )
}

async function fill(store: Store, count: number): Promise<void> {
  const start = performance.now()
  const block = 1000
  for (let from = 0; from < count; from += block) {
    const puts = Array.from({ length: Math.min(block, count - from) }, (_, i) =>
      store.put(`/load/namespace-${(from + i) % 100}/object-${from + i}`, value, { expectRevision: 0 }),
    )
    await Promise.all(puts)
  }
  console.log(`${count} objects written in ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
