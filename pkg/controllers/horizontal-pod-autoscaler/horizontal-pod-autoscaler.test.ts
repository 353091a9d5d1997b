import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, events, horizontalPodAutoscalers, pods } from '#api/gen/resources.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { rfc3339 } from '#base/clock.ts'
import { testControllers } from '#runtime/testing.ts'
import { limit, newMemory, noteScale, stabilise } from './behavior.ts'
import { replicasFor } from './calculator.ts'
import { horizontalPodAutoscalerController } from './index.ts'

const tolerances = { up: 0.1, down: 0.1 }
const pod = (name: string, { phase = 'Running', ready = true }: any = {}): any => ({
  metadata: { namespace: 'n', name, labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu: '100m' } } }] },
  status: {
    phase,
    startTime: '2025-01-01T00:00:00Z',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2025-01-01T00:00:01Z' }],
  },
})
const now = Date.parse('2026-01-01T00:00:00Z')
const used = (milli: number) => ({ milli, timestampMs: now, windowMs: 15_000 })

for (const { name, usage, list, target = { utilization: 50 }, expected } of [
  { name: 'twice the target doubles', usage: [100, 100], list: [pod('0'), pod('1')], expected: 4 },
  { name: 'half of it halves', usage: [25, 25], list: [pod('0'), pod('1')], expected: 1 },
  { name: 'within the tolerance nothing changes', usage: [54, 54], list: [pod('0'), pod('1')], expected: 2 },
  { name: 'pods without metrics are taken as idle when growing', usage: [100], list: [pod('0'), pod('1')], expected: 2 },
  { name: 'and as busy when shrinking', usage: [10], list: [pod('0'), pod('1')], expected: 2 },
  { name: 'pods that start are taken as idle when growing', usage: [200, 200], list: [pod('0'), pod('1', { phase: 'Pending' })], expected: 4 },
  { name: 'an average value', usage: [300, 300], list: [pod('0'), pod('1')], target: { averageMilli: 200 }, expected: 3 },
])
  test(`Replicas: ${name}`, () => {
    const found = new Map(usage.map((milli, index) => [String(index), used(milli)]))
    assert.equal(replicasFor(2, { resource: 'cpu', target: target as any }, list, found, tolerances, now).replicas, expected)
  })

test('A container without a request cannot be measured by utilization', () => {
  const bare = { ...pod('0'), spec: { containers: [{ name: 'c' }] } }
  assert.throws(
    () => replicasFor(1, { resource: 'cpu', target: { utilization: 50 } }, [bare], new Map([['0', used(1)]]), tolerances, now),
    /missing request for cpu in container c of Pod 0/,
  )
})

test('Shrinking waits until no recent wish was higher', () => {
  const memory = newMemory()
  stabilise(memory, undefined, 5, 5, now)
  assert.deepEqual(stabilise(memory, undefined, 5, 2, now + 60_000), {
    replicas: 5,
    reason: 'ScaleDownStabilized',
    message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
  })
  assert.equal(stabilise(memory, undefined, 5, 2, now + 301_000).replicas, 2)
})

for (const { name, behavior, from, to, expected, reason } of [
  { name: 'without rules growth doubles', behavior: undefined, from: 10, to: 50, expected: 20, reason: 'ScaleUpLimit' },
  { name: 'the most is the most', behavior: undefined, from: 60, to: 120, expected: 100, reason: 'TooManyReplicas' },
  {
    name: 'pods in a period',
    behavior: { scaleUp: { policies: [{ type: 'Pods', value: 3, periodSeconds: 60 }] } },
    from: 10,
    to: 50,
    expected: 13,
    reason: 'ScaleUpLimit',
  },
  {
    name: 'a share in a period',
    behavior: { scaleDown: { policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] } },
    from: 20,
    to: 5,
    expected: 18,
    reason: 'ScaleDownLimit',
  },
  { name: 'never', behavior: { scaleDown: { selectPolicy: 'Disabled' } }, from: 20, to: 5, expected: 20, reason: 'ScaleDownLimit' },
] as any[])
  test(`Bounds: ${name}`, () => {
    const verdict = limit(newMemory(), behavior, { min: 1, max: 100 }, from, to, now)
    assert.deepEqual([verdict.replicas, verdict.reason], [expected, reason])
  })

test('What was added in the period counts against the policy', () => {
  const memory = newMemory()
  const behavior: any = { scaleUp: { policies: [{ type: 'Pods', value: 3, periodSeconds: 60 }] } }
  noteScale(memory, 10, 12, now - 30_000)
  assert.equal(limit(memory, behavior, { min: 1, max: 100 }, 12, 50, now).replicas, 13)
  assert.equal(limit(memory, behavior, { min: 1, max: 100 }, 12, 50, now + 40_000).replicas, 15)
})

interface Given {
  readonly usage?: Record<string, string>
  readonly hpa?: any
  readonly replicas?: number
  /** Whether the next scale is refused, because another was quicker. */
  readonly refuse?: () => boolean
}

function start(t: any, { usage = {}, hpa = {}, replicas = 2, refuse = () => false }: Given = {}) {
  const clock = new FakeClock(now)
  const answer = (status: number, value: unknown): any => {
    const text = JSON.stringify(value)
    return { status, headers: {}, text: async () => text, bytes: async () => Buffer.from(text), stream: async function* () {} }
  }
  const request = async ({ path }: { path: string }) => {
    if (path === '/apis/apps/v1') return answer(200, { resources: [{ name: 'deployments', kind: 'Deployment' }] })
    if (!path.startsWith('/apis/metrics.k8s.io')) return answer(404, { message: 'the server could not find the requested resource' })
    const items = Object.entries(usage).map(([name, cpu]) => ({
      metadata: { name },
      timestamp: rfc3339(clock.now()),
      window: '15s',
      containers: [{ name: 'c', usage: { cpu, memory: '1Mi' } }],
    }))
    return answer(200, { items })
  }
  const made = testControllers(t, {
    controllers: [horizontalPodAutoscalerController()],
    clock,
    request,
    wrap: (client) => ({
      ...client,
      update: async (of, object, options) => {
        if (options?.subresource === 'scale' && refuse()) throw new StatusError({ code: 409, reason: 'Conflict', message: 'changed meanwhile' })
        return client.update(of, object, options)
      },
    }),
  })
  made.client.seed(deployments, { metadata: { namespace: 'n', name: 'd' }, spec: { replicas }, status: { replicas, selector: 'app=a' } })
  made.client.seed(pods, pod('p0'), pod('p1'))
  const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } }
  made.client.seed(horizontalPodAutoscalers, {
    metadata: { namespace: 'n', name: 'h' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [{ type: 'Resource', resource }],
      ...hpa,
    },
  })
  return {
    ...made,
    begun: () => made.settled(),
    /** The first look is after the first period. */
    async settled() {
      await made.settled()
      await made.advance(15_000)
    },
    usage,
    replicas: () => made.client.peek(deployments, 'n', 'd')!.spec.replicas,
    condition: (type: string) => made.client.peek(horizontalPodAutoscalers, 'n', 'h')!.status.conditions?.find((each) => each.type === type),
    messages: () => made.client.all(events).map(({ reason, message }) => `${reason}: ${message}`),
  }
}

test('A busy Deployment grows at the first look, and shrinks after five calm minutes', async (t) => {
  const { settled, advance, usage, replicas, condition, messages, client } = start(t, { usage: { p0: '100m', p1: '100m' } })
  await settled()
  assert.equal(replicas(), 4)
  assert.ok(messages().includes('SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target'))
  assert.equal(
    condition('ScalingActive')?.message,
    'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
  )
  const { currentMetrics, desiredReplicas } = client.peek(horizontalPodAutoscalers, 'n', 'h')!.status
  assert.deepEqual([desiredReplicas, currentMetrics?.[0]?.resource?.current], [4, { averageUtilization: 100, averageValue: '100m' }])
  Object.assign(usage, { p0: '10m', p1: '10m' })
  await advance(60_000)
  assert.equal(replicas(), 4)
  assert.equal(condition('AbleToScale')?.reason, 'ScaleDownStabilized')
  await advance(300_000)
  assert.equal(replicas(), 1)
  assert.ok(messages().includes('SuccessfulRescale: New size: 1; reason: All metrics below target'))
})

for (const { name, options, expected, type, reason } of [
  { name: 'above the most', options: { hpa: { maxReplicas: 1 } }, expected: 1, type: 'AbleToScale', reason: 'SucceededRescale' },
  { name: 'below the least', options: { hpa: { minReplicas: 5 } }, expected: 5, type: 'AbleToScale', reason: 'SucceededRescale' },
  { name: 'at zero', options: { replicas: 0 }, expected: 0, type: 'ScalingActive', reason: 'ScalingDisabled' },
  { name: 'without metrics', options: {}, expected: 2, type: 'ScalingActive', reason: 'FailedGetResourceMetric' },
  {
    name: 'of a kind nobody serves',
    options: { hpa: { scaleTargetRef: { apiVersion: 'x.io/v1', kind: 'X', name: 'x' } } },
    expected: 2,
    type: 'AbleToScale',
    reason: 'FailedGetScale',
  },
])
  test(`A target ${name}`, async (t) => {
    const { settled, replicas, condition } = start(t, options)
    await settled()
    assert.equal(replicas(), expected)
    assert.equal(condition(type)?.reason, reason)
  })

test('Nothing is looked at before the first period is over, nor earlier for a change', async (t) => {
  const { client, begun, advance, replicas } = start(t, { hpa: { minReplicas: 5 } })
  await begun()
  await advance(14_000)
  assert.equal(replicas(), 2)
  await client.patch(horizontalPodAutoscalers, { namespace: 'n', name: 'h' }, { spec: { minReplicas: 3 } }, { type: 'merge' })
  await advance(500)
  assert.equal(replicas(), 2)
  await advance(1000)
  assert.equal(replicas(), 3)
  await client.patch(horizontalPodAutoscalers, { namespace: 'n', name: 'h' }, { spec: { minReplicas: 4 } }, { type: 'merge' })
  await advance(10_000)
  assert.equal(replicas(), 3)
  await advance(10_000)
  assert.equal(replicas(), 4)
})

test('A scale that others change at the same time is read again', async (t) => {
  let conflicts = 0
  const { settled, replicas, messages } = start(t, { hpa: { minReplicas: 5 }, refuse: () => conflicts++ < 4 })
  await settled()
  assert.deepEqual([replicas(), messages()], [5, ['SuccessfulRescale: New size: 5; reason: Current number of replicas below Spec.MinReplicas']])
})

test('A scale that cannot be written is told of after five tries', async (t) => {
  let conflicts = 0
  const { settled, replicas, messages } = start(t, { hpa: { minReplicas: 5 }, refuse: () => ++conflicts > 0 })
  await settled()
  const [told] = messages()
  assert.match(told!, /^FailedRescale: New size: 5; reason: Current number of replicas below Spec.MinReplicas; error: /)
  assert.deepEqual([replicas(), conflicts], [2, 5])
})

test('Two autoscalers of the same pods stand still and say so, until one is gone', async (t) => {
  const { client, settled, advance, condition, messages } = start(t, { usage: { p0: '50m', p1: '50m' } })
  const { spec } = client.peek(horizontalPodAutoscalers, 'n', 'h')!
  client.seed(horizontalPodAutoscalers, { metadata: { namespace: 'n', name: 'again' }, spec } as any)
  await settled()
  await advance(30_000)
  assert.deepEqual(
    [condition('ScalingActive')?.reason, condition('ScalingActive')?.message],
    ['AmbiguousSelector', 'pods by selector app=a are controlled by multiple HPAs: [n/again n/h]'],
  )
  assert.ok(messages().includes('AmbiguousSelector: pods by selector app=a are controlled by multiple HPAs: [n/again n/h]'))
  await client.delete(horizontalPodAutoscalers, { namespace: 'n', name: 'again' })
  await advance(30_000)
  assert.equal(condition('ScalingActive')?.reason, 'ValidMetricFound')
})
