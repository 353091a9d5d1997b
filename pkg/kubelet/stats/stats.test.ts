import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { ProbeMetrics } from '../probes/probe-metrics.ts'
import { Exposition } from './exposition.ts'
import { parseInterfaces } from './network.ts'
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
