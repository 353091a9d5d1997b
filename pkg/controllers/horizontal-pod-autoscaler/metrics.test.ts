import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HorizontalPodAutoscaler } from '#api/gen/autoscaling/v2.ts'
import { deployments, events, horizontalPodAutoscalers, pods } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { testControllers } from '#runtime/testing.ts'
import { horizontalPodAutoscalerController } from './index.ts'
import { goText } from './metrics.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const customGroup = (...versions: string[]) => ({
  '/apis/custom.metrics.k8s.io': {
    preferredVersion: { groupVersion: `custom.metrics.k8s.io/${versions[0]}` },
    versions: versions.map((version) => ({ groupVersion: `custom.metrics.k8s.io/${version}` })),
  },
})
const perPod = (...values: string[]) => ({
  items: values.map((value, index) => ({ describedObject: { kind: 'Pod', name: `p${index}` }, timestamp: '2026-01-01T00:00:00Z', value })),
})
const one = (value: string) => ({ items: [{ value }] })
const selector = { matchLabels: { verb: 'GET' } }
const podsPath = '/namespaces/n/pods/*/requests?labelSelector=app%3Da&metricLabelSelector='
const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'main' }
const ingresses = { '/apis/networking.k8s.io/v1': { resources: [{ name: 'ingresses', kind: 'Ingress' }] } }
const ingressPath = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/n/ingresses.networking.k8s.io/main/hits?metricLabelSelector='
const queuePath = '/apis/external.metrics.k8s.io/v1beta1/namespaces/n/queue?labelSelector='

interface Case {
  readonly name: string
  readonly metric: object
  readonly served: Readonly<Record<string, unknown>>
  readonly replicas: number
  readonly message: string
  readonly current?: object
}

const podsMetric = { type: 'Pods', pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '10' } } }
const objectMetric = (target: object) => ({ type: 'Object', object: { metric: { name: 'hits' }, describedObject: ingress, target } })
const externalMetric = (target: object, metric: object = {}) => ({ type: 'External', external: { metric: { name: 'queue', ...metric }, target } })
const found = (name: string) => `the HPA was able to successfully calculate a replica count from ${name}`
const lost = (why: string) => `the HPA was unable to compute the replica count: ${why}`

const cases: readonly Case[] = [
  {
    name: "the pods' average, by the version that the server prefers",
    metric: podsMetric,
    served: { ...customGroup('v1beta2', 'v1beta1'), [`/apis/custom.metrics.k8s.io/v1beta2${podsPath}`]: perPod('20', '20') },
    replicas: 4,
    message: found('pods metric requests'),
    current: { averageValue: '20' },
  },
  {
    name: 'an older server',
    metric: podsMetric,
    served: { ...customGroup('v1beta1'), [`/apis/custom.metrics.k8s.io/v1beta1${podsPath}`]: perPod('5', '5') },
    replicas: 2,
    message: found('pods metric requests'),
    current: { averageValue: '5' },
  },
  {
    name: 'nobody serves custom metrics',
    metric: podsMetric,
    served: {},
    replicas: 2,
    message: lost('unable to get metric requests: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered'),
  },
  {
    name: "an object's value",
    metric: objectMetric({ type: 'Value', value: '100' }),
    served: { ...customGroup('v1beta2'), ...ingresses, [ingressPath]: one('250') },
    replicas: 5,
    message: found('Ingress metric hits'),
    current: { value: '250' },
  },
  {
    name: "an object's value for each pod",
    metric: objectMetric({ type: 'AverageValue', averageValue: '50' }),
    served: { ...customGroup('v1beta2'), ...ingresses, [ingressPath]: one('301') },
    replicas: 7,
    message: found('external metric hits(nil)'),
    current: { averageValue: '150500m' },
  },
  {
    name: 'an object of which the server knows nothing',
    metric: objectMetric({ type: 'Value', value: '100' }),
    served: { ...customGroup('v1beta2'), ...ingresses },
    replicas: 2,
    message: lost('unable to get metric hits: Ingress on n main/unable to fetch metrics from custom metrics API: not served'),
  },
  {
    name: 'a value from outside, summed',
    metric: externalMetric({ type: 'Value', value: '30' }, { selector }),
    served: { [`${queuePath}verb%3DGET`]: { items: [{ value: '40' }, { value: '50' }] } },
    replicas: 6,
    message: found('external metric queue(&LabelSelector{MatchLabels:map[string]string{verb: GET,},MatchExpressions:[]LabelSelectorRequirement{},})'),
    current: { value: '90' },
  },
  {
    name: 'a value from outside for each pod',
    metric: externalMetric({ type: 'AverageValue', averageValue: '30' }),
    served: { [queuePath]: one('130') },
    replicas: 5,
    message: found('external metric queue(nil)'),
    current: { averageValue: '65' },
  },
  {
    name: 'within the tolerance of a tenth',
    metric: externalMetric({ type: 'AverageValue', averageValue: '30' }),
    served: { [queuePath]: one('65') },
    replicas: 2,
    message: found('external metric queue(nil)'),
    current: { averageValue: '32500m' },
  },
  {
    name: 'no series from outside',
    metric: externalMetric({ type: 'Value', value: '30' }),
    served: { [queuePath]: { items: [] } },
    replicas: 2,
    message: lost('unable to get external metric n/queue/nil: no metrics returned from external metrics API'),
  },
]

const pod = (name: string): any => ({
  metadata: { namespace: 'n', name, labels: { app: 'a' } },
  spec: { containers: [{ name: 'c' }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
})

async function settledWith(t: any, metric: object, served: Readonly<Record<string, unknown>>) {
  const request = async ({ path }: { path: string }): Promise<any> => {
    const known = { '/apis/apps/v1': { resources: [{ name: 'deployments', kind: 'Deployment' }] }, ...served }[path]
    const text = JSON.stringify(known ?? { message: 'not served' })
    return { status: known ? 200 : 404, headers: {}, text: async () => text, bytes: async () => Buffer.from(text), stream: async function* () {} }
  }
  const { client, settled, advance } = testControllers(t, { controllers: [horizontalPodAutoscalerController()], clock: new FakeClock(now), request })
  client.seed(deployments, { metadata: { namespace: 'n', name: 'd' }, spec: { replicas: 2 }, status: { replicas: 2, selector: 'app=a' } })
  client.seed(pods, pod('p0'), pod('p1'))
  client.seed(horizontalPodAutoscalers, {
    metadata: { namespace: 'n', name: 'h' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [metric],
      behavior: { scaleUp: { policies: [{ type: 'Pods', value: 100, periodSeconds: 15 }] } },
    },
  } as unknown as HorizontalPodAutoscaler)
  await settled()
  await advance(15_000)
  return { client, status: client.peek(horizontalPodAutoscalers, 'n', 'h')!.status }
}

for (const { name, metric, served, replicas, message, current } of cases)
  test(`Metrics: ${name}`, async (t) => {
    const { client, status } = await settledWith(t, metric, served)
    assert.equal(status.conditions?.find(({ type }) => type === 'ScalingActive')?.message, message)
    assert.equal(client.peek(deployments, 'n', 'd')!.spec.replicas, replicas)
    const [shown] = status.currentMetrics ?? []
    assert.deepEqual((shown?.pods ?? shown?.object ?? shown?.external)?.current, current)
  })

test('A metric that cannot be had is told in two Events, each in its own words', async (t) => {
  const { client } = await settledWith(t, externalMetric({ type: 'Value', value: '30' }), {})
  const told = client.all(events).map(({ reason, message }) => `${reason}: ${message}`)
  const why = 'unable to get external metric n/queue/nil: unable to fetch metrics from external metrics API: not served'
  assert.deepEqual(told, [
    `FailedGetExternalMetric: ${why}`,
    `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get queue external metric value: failed to get external metric queue: ${why}`,
  ])
})

test('A selector is printed as Go prints it', () => {
  assert.equal(
    goText({ matchExpressions: [{ key: 'k', operator: 'In', values: ['a', 'b'] }] }),
    '&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[a b],},},}',
  )
})
