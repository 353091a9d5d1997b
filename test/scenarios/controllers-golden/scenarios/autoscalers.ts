/**
 * Autoscalers that heed what is told from outside the cluster. Custom resources stand for an adapter: of their list, external.metrics.k8s.io's
 * own kinds can be made.
 */
import { customResourceDefinitions, deployments, horizontalPodAutoscalers } from '#api/gen/resources.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
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
