import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { parseSample } from './parse.ts'
import { createSamples } from './samples.ts'
import { nodeMetrics, podMetrics } from './usage.ts'

const text = (cpu: number, at: number) => `# HELP x
container_cpu_usage_seconds_total{container="c",namespace="n",pod="p"} ${cpu} ${at}
container_memory_working_set_bytes{container="c",namespace="n",pod="p"} 4096 ${at}
pod_cpu_usage_seconds_total{namespace="n",pod="p"} ${cpu} ${at}
node_cpu_usage_seconds_total ${cpu * 10} ${at}
node_memory_working_set_bytes 1.048576e+06 ${at}
`
const pod: any = {
  metadata: { namespace: 'n', name: 'p', labels: { a: 'b' } },
  spec: { nodeName: 'x', containers: [{ name: 'c' }] },
  status: { phase: 'Running' },
}

test('Usage is what was used between two looks', () => {
  const window = { previous: parseSample(text(1, 1000), 0), latest: parseSample(text(2.5, 11_000), 0) }
  const node: any = nodeMetrics({ metadata: { name: 'x' } } as any, window)
  assert.deepEqual([node.usage, node.window], [{ cpu: '1500000000n', memory: '1024Ki' }, '10s'])
  const of: any = podMetrics(pod, window)
  assert.deepEqual(of.containers, [{ name: 'c', usage: { cpu: '150000000n', memory: '4Ki' } }])
  assert.deepEqual(of.metadata.labels, { a: 'b' })
})

test('A container that started anew, or one that is not measured, leaves the pod out', () => {
  const window = { previous: parseSample(text(5, 1000), 0), latest: parseSample(text(1, 11_000), 0) }
  assert.equal(podMetrics(pod, window), undefined)
  const two = { ...pod, spec: { ...pod.spec, containers: [{ name: 'c' }, { name: 'd' }] } }
  assert.equal(podMetrics(two, { previous: parseSample(text(1, 1000), 0), latest: parseSample(text(2, 2000), 0) }), undefined)
})

test('The first question waits for a second look; later ones are answered from memory until it is stale', async () => {
  const clock = new FakeClock(1_000_000)
  const asked: string[] = []
  const client: any = {
    request: async ({ path }: { path: string }) => {
      asked.push(path)
      const body = text(asked.length, clock.now())
      return { status: path.includes('broken') ? 502 : 200, text: async () => body }
    },
  }
  const samples = createSamples(client, clock)
  const first = samples.windows(['x', 'broken'])
  await settle()
  await clock.advance(1000)
  const windows = await first
  assert.deepEqual([...windows.keys()], ['x'])
  assert.equal(windows.get('x')!.latest.atMs - windows.get('x')!.previous!.atMs, 1000)
  const before = asked.filter((path) => path.includes('/x/')).length
  await samples.windows(['x'])
  assert.equal(asked.filter((path) => path.includes('/x/')).length, before)
  await clock.advance(20_000)
  assert.equal((await samples.windows(['x'])).get('x')!.latest.atMs - windows.get('x')!.latest.atMs, 20_000)
})
