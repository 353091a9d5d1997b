/**
 * Autoscalers that heed what is told from outside the cluster. Custom resources stand for an adapter: of their list, external.metrics.k8s.io's
 * own kinds can be made.
 */
import { customResourceDefinitions, deployments, horizontalPodAutoscalers, services } from '#api/gen/resources.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import { tell } from '../metrics-at-work.ts'
import type { Scenario, Step } from '../types.ts'
import { all, change, make, remove, selector, step, template } from './steps.ts'

/** More than upstream's autoscalers wait between two looks. */
const quietMs = 34_000
const group = 'external.metrics.k8s.io'

/** One for all: of one group, no two may have the kind that autoscalers read. */
const plural = 'golden-queues'
const adapter: Step['act'] = async (place) => {
  const name = `${plural}.${group}`
  const kind = 'ExternalMetricValue'
  await make(
    customResourceDefinitions,
    name,
    {
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural, singular: plural, kind, listKind: `${kind}List` },
        versions: [
          {
            name: 'v1beta1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    },
    { annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
  )(place).catch((error) => {
    if (!isAlreadyExists(error)) throw error
  })
  for (;;) {
    const { status } = await place.client.get(customResourceDefinitions, { name })
    if (status?.conditions?.some(({ type, status: is }: any) => type === 'Established' && is === 'True')) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
const series: ResourceRef<any> = { group, version: 'v1beta1', plural, kind: 'ExternalMetricValue', namespaced: true }
const told = (name: string, value: string, labels: object = {}): Step['act'] =>
  make(series, name, { metricName: plural, timestamp: '2026-01-01T00:00:00Z', value }, { labels })
const nowTold = (name: string, value: string): Step['act'] => change(series, name, { value })

const target = (replicas: number): Step['act'] => make(deployments, 'web', { spec: { replicas, selector, template: template() } })
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const external = (name: string, of: object, more: object = {}) => ({ type: 'External', external: { metric: { name, ...more }, target: of } })
const average = (averageValue: string) => ({ type: 'AverageValue', averageValue })
const ofPods = (name: string, averageValue: string) => ({ type: 'Pods', pods: { metric: { name }, target: average(averageValue) } })
const ofObject = (name: string, describedObject: object, of: object) => ({ type: 'Object', object: { metric: { name }, describedObject, target: of } })
const atOnce = { scaleDown: { stabilizationWindowSeconds: 0 } }
const hpa = (spec: object): Step['act'] => make(horizontalPodAutoscalers, 'web', { spec: { scaleTargetRef, ...spec } })
const changed = (spec: object): Step['act'] => change(horizontalPodAutoscalers, 'web', { spec })
const racingEvents = ['SuccessfulCreate', 'SuccessfulDelete', 'ScalingReplicaSet']

export const autoscalerScenarios: readonly Scenario[] = [
  {
    name: 'autoscaler-external',
    quietMs,
    racingEvents,
    steps: [
      // An autoscaler that looks before there are pods would ask for more.
      step('a target', all(target(1), adapter)),
      step(
        'enough',
        all(
          told('a', '8', { of: 'web' }),
          told('b', '2500m', { of: 'web' }),
          told('c', '500', { of: 'other' }),
          hpa({ maxReplicas: 4, behavior: atOnce, metrics: [external(plural, average('10'), { selector: { matchLabels: { of: 'web' } } })] }),
        ),
      ),
      step('more is told', nowTold('a', '27')),
      step('more than may be', nowTold('a', '1k')),
      step('hardly less', nowTold('a', '35')),
      step('nothing to do', all(nowTold('a', '0'), nowTold('b', '0'))),
      step('scaled by hand', change(deployments, 'web', { spec: { replicas: 6 } })),
      step('nothing is told', all(remove(series, 'a'), remove(series, 'b'))),
      step('nobody tells', changed({ metrics: [external('golden-nothings', { type: 'Value', value: '5' })] })),
      step(
        'nobody tells of pods and objects',
        changed({
          metrics: [
            { type: 'Pods', pods: { metric: { name: 'requests' }, target: average('5') } },
            {
              type: 'Object',
              object: { metric: { name: 'hits' }, describedObject: { apiVersion: 'v1', kind: 'Service', name: 'x' }, target: { type: 'Value', value: '5' } },
            },
          ],
        }),
      ),
      step(
        'one of two is told',
        all(
          told('d', '3'),
          changed({
            metrics: [
              external('golden-nothings', average('1')),
              external(plural, { type: 'Value', value: '200' }, { selector: { matchLabels: { of: 'other' } } }),
            ],
          }),
        ),
      ),
    ],
  },
  {
    name: 'autoscaler-policies',
    quietMs,
    racingEvents,
    steps: [
      step('a target', all(target(2), adapter)),
      step(
        'one in half an hour',
        all(
          told('a', '60'),
          hpa({
            minReplicas: 2,
            maxReplicas: 10,
            behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 1800 }] }, scaleDown: { selectPolicy: 'Disabled' } },
            metrics: [external(plural, average('10'))],
          }),
        ),
      ),
      step('no way down', nowTold('a', '1')),
      step(
        'the slower way down',
        changed({
          behavior: {
            scaleDown: {
              stabilizationWindowSeconds: 0,
              selectPolicy: 'Min',
              policies: [
                { type: 'Percent', value: 10, periodSeconds: 1800 },
                { type: 'Pods', value: 2, periodSeconds: 1800 },
              ],
            },
          },
        }),
      ),
      step('within the tolerance', all(changed({ behavior: { scaleUp: { tolerance: '500m' } } }), nowTold('a', '25'))),
      step(
        'waits to shrink',
        all(changed({ minReplicas: 1, behavior: { scaleDown: { stabilizationWindowSeconds: 3600, selectPolicy: 'Max', policies: null } } }), nowTold('a', '1')),
      ),
      step(
        'two of one target',
        make(horizontalPodAutoscalers, 'other', { spec: { scaleTargetRef, maxReplicas: 3, metrics: [external(plural, average('10'))] } }),
      ),
    ],
  },
]

/** On a control plane of their own: that something serves custom metrics is seen by all autoscalers. */
export const customMetricsScenarios: readonly Scenario[] = [
  {
    name: 'autoscaler-custom',
    quietMs,
    racingEvents,
    steps: [
      step(
        'a target',
        all(target(2), make(services, 'front', { spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] } }), (place) =>
          tell(place, { 'pods requests': '10', 'services front hits': '100', 'deployments.apps web depth': '7' }),
        ),
      ),
      step('of pods', hpa({ maxReplicas: 6, behavior: atOnce, metrics: [ofPods('requests', '10')] })),
      step('more each', (place) => tell(place, { 'pods requests': '15500m' })),
      step('nobody knows', (place) => tell(place, {})),
      step(
        'of an object, on the whole',
        all(
          (place) => tell(place, { 'services front hits': '100', 'deployments.apps web depth': '7' }),
          changed({ metrics: [ofObject('hits', { apiVersion: 'v1', kind: 'Service', name: 'front' }, { type: 'Value', value: '50' })] }),
        ),
      ),
      step('of an object, for each pod', changed({ metrics: [ofObject('depth', { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, average('2'))] })),
      step('of an object of no kind', changed({ metrics: [ofObject('depth', { apiVersion: 'example.com/v1', kind: 'Nothing', name: 'x' }, average('2'))] })),
      step(
        'the larger of two',
        all(
          (place) => tell(place, { 'pods requests': '4', 'services front hits': '90' }),
          changed({
            metrics: [ofPods('requests', '2'), ofObject('hits', { apiVersion: 'v1', kind: 'Service', name: 'front' }, { type: 'Value', value: '100' })],
          }),
        ),
      ),
    ],
  },
]
