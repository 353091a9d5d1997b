import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { ProbeMetrics } from '../probes/probe-metrics.ts'
import { cgroupUsage } from './cgroup-usage.ts'
import { Exposition } from './exposition.ts'
import { parseInterfaces } from './network.ts'
import { nodeMemory } from './node-memory.ts'
import { parsePressure } from './pressure.ts'
import { rememberedTreeBytes } from './tree-bytes.ts'

test('interfaces are read as the kernel lists them, without the loopback', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:    2000      20    1    2    0     0          0         0     3000      30    3    4    0     0       0          0
`
  assert.deepEqual(parseInterfaces(text), [
    { name: 'eth0', rxBytes: 2000, rxPackets: 20, rxErrors: 1, rxDropped: 2, txBytes: 3000, txPackets: 30, txErrors: 3, txDropped: 4 },
  ])
})

test('pressure is read in nanoseconds', () => {
  const { some, full } = parsePressure('some avg10=1.50 avg60=0.20 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3\n')
  assert.deepEqual(some, { total: 12_000, avg10: 1.5, avg60: 0.2, avg300: 0 })
  assert.equal(full.total, 3000)
})

test('what the kernel counts of a cgroup is read on both versions, and left out where it is not counted', (t) => {
  const base = mkdtempSync(join(tmpdir(), 'k8ts-counts-'))
  t.after(() => rmSync(base, { recursive: true }))
  const put = (path: string, files: Readonly<Record<string, string>>) => {
    mkdirSync(join(base, path), { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(base, path, name), `${text}\n`)
  }
  put('cpu/p', { 'cpu.stat': 'nr_periods 5\nnr_throttled 2\nthrottled_time 3000000000', 'cpu.cfs_quota_us': '1000' })
  put('cpuacct/p', { 'cpuacct.stat': 'user 150\nsystem 50' })
  put('memory/p', { 'memory.stat': 'total_cache 7\ntotal_mapped_file 3', 'memory.failcnt': '1' })
  put('pids/p', { 'pids.current': '4', 'pids.max': 'max' })
  const one = cgroupUsage('/p', base)
  assert.deepEqual([one.userSeconds, one.systemSeconds, one.periods, one.throttledSeconds], [1.5, 0.5, 5, 3])
  assert.deepEqual([one.cache, one.mappedFile, one.failures, one.swap, one.threads, one.threadsMax], [7, 3, 1, undefined, 4, 0])
  put('.', { 'cgroup.controllers': '' })
  put('p', { 'cpu.stat': 'user_usec 1500000\nnr_periods 9', 'cpu.max': 'max 100000', 'memory.stat': 'file 8\nkernel 2', 'memory.events': 'low 0\nmax 6' })
  const two = cgroupUsage('/p', base)
  assert.deepEqual([two.userSeconds, two.periods, two.cache, two.kernel, two.failures, two.threads], [1.5, undefined, 8, 2, 6, undefined])
})

test('samples stand below their families, with labels escaped', () => {
  const text = new Exposition().family('a', 'gauge', 'A.').family('b', 'counter', 'B.')
  text.sample('b', { at: 'x"y' }, 2).sample('a', {}, 1, 5)
  assert.equal(text.toString(), '# HELP a A.\n# TYPE a gauge\na 1 5\n# HELP b B.\n# TYPE b counter\nb{at="x\\"y"} 2\n')
})

test('probes are counted by their result, until their pod is gone', () => {
  const metrics = new ProbeMetrics()
  const pod = { metadata: { name: 'web', namespace: 'default', uid: 'u' } } as unknown as Pod
  metrics.record(pod, 'main', 'Liveness', 'successful', 0.003)
  metrics.record(pod, 'main', 'Liveness', 'failed', 2)
  const text = metrics.text()
  assert.match(text, /^prober_probe_total\{container="main",namespace="default",pod="web",pod_uid="u",probe_type="Liveness",result="failed"\} 1$/m)
  assert.match(text, /^prober_probe_duration_seconds_bucket\{.*le="0.005"\} 1$/m)
  assert.match(text, /^prober_probe_duration_seconds_count\{.*\} 2$/m)
  metrics.forget('u')
  assert.doesNotMatch(metrics.text(), /Liveness/)
})

test('a tree is walked again only after the period', async () => {
  const clock = new FakeClock()
  const bytes = rememberedTreeBytes(clock, 60_000)
  const first = bytes('/none')
  assert.equal(bytes('/none'), first)
  await clock.advance(60_001)
  assert.notEqual(bytes('/none'), first)
})

test("the node's working set leaves out the files' pages that nobody asked for again, and what is left is the rest of its capacity", () => {
  const meminfo =
    'MemTotal:  1000 kB\nMemFree:  300 kB\nMemAvailable:  700 kB\nInactive:  500 kB\nInactive(anon):  100 kB\nInactive(file):  400 kB\nAnonPages:  90 kB\n'
  const kilobytes = Object.fromEntries(Object.entries(nodeMemory(meminfo)).map(([name, bytes]) => [name, bytes / 1024]))
  assert.deepEqual(kilobytes, { capacityBytes: 1000, usageBytes: 700, workingSetBytes: 300, availableBytes: 700, rssBytes: 90 })
  const odd = nodeMemory('MemTotal: 10 kB\nMemFree: 8 kB\nInactive(file): 5 kB\n')
  assert.deepEqual([odd.workingSetBytes, odd.availableBytes], [0, 10 * 1024])
})
