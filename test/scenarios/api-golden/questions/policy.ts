import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const path = '/apis/policy/v1/namespaces/golden/poddisruptionbudgets'

const budget = (name: string) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'golden' },
  spec: {
    minAvailable: 1,
    selector: { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['x'] }] },
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  },
})
const withSpec = (spec: object) => ({ ...budget('made'), spec })
const selector = budget('made').spec.selector
const status = {
  observedGeneration: 1,
  disruptedPods: { a: '2026-01-02T03:04:05Z' },
  disruptionsAllowed: 1,
  currentHealthy: 2,
  desiredHealthy: 1,
  expectedPods: 2,
  conditions: [
    {
      type: 'DisruptionAllowed',
      status: 'True',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-02T03:04:05Z',
      reason: 'SufficientPods',
      message: 'enough',
    },
  ],
}
const hand: readonly object[] = [
  withSpec({ selector }),
  withSpec({}),
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'made' } },
  withSpec({ minAvailable: 1, maxUnavailable: 1, selector }),
  withSpec({ minAvailable: '50%', selector }),
  withSpec({ minAvailable: '150%', selector }),
  withSpec({ maxUnavailable: '-5%', selector }),
  withSpec({ maxUnavailable: 'x', selector }),
  withSpec({ maxUnavailable: -3, selector }),
  withSpec({ maxUnavailable: 0, selector: {} }),
  withSpec({ minAvailable: '100', selector }),
]

export const policy: Questionnaire = {
  setup: [...inNamespace, { key: 'budget', method: 'POST', path, body: budget('kept') }],
  questions: [
    ...createEach('budget', path, budget('made')),
    ...hand.map(
      (body, index): Question => ({ key: `create budget by hand ${index}`, method: 'POST', path: `${path}?dryRun=All&fieldValidation=Strict`, body }),
    ),
    ...updateEach('budget', `${path}/kept`, budget('kept')),
    ...updateEach('budget status', `${path}/kept/status`, { ...budget('kept'), status }, { skip: ['spec', 'metadata'] }),
  ],
}
