import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const at = (version: string) => `/apis/autoscaling/${version}/namespaces/golden/horizontalpodautoscalers`

const autoscaler = (name: string) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: 'golden' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 10,
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      { type: 'ContainerResource', containerResource: { name: 'memory', container: 'app', target: { type: 'AverageValue', averageValue: '100Mi' } } },
      { type: 'Pods', pods: { metric: { name: 'packets', selector: { matchLabels: { a: 'b' } } }, target: { type: 'AverageValue', averageValue: '1k' } } },
      {
        type: 'Object',
        object: {
          describedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'front' },
          metric: { name: 'requests' },
          target: { type: 'Value', value: '2k' },
        },
      },
      {
        type: 'External',
        external: {
          metric: { name: 'queue', selector: { matchExpressions: [{ key: 'q', operator: 'Exists' }] } },
          target: { type: 'AverageValue', averageValue: '30' },
        },
      },
    ],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 5,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 60 },
        ],
      },
      scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Disabled', policies: [{ type: 'Percent', value: 10, periodSeconds: 1800 }] },
    },
  },
})

const status = {
  observedGeneration: 1,
  lastScaleTime: '2026-01-02T03:04:05Z',
  currentReplicas: 3,
  desiredReplicas: 4,
  currentMetrics: [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 50, averageValue: '20m' } } },
    { type: 'External', external: { metric: { name: 'queue' }, current: { value: '3' } } },
  ],
  conditions: [{ type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z', reason: 'Ready', message: 'it is' }],
}

const older = (name: string) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: 'golden' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 10, targetCPUUtilizationPercentage: 70 },
})

const annotated = (annotations: Record<string, string>) => ({ ...older('made'), metadata: { name: 'made', namespace: 'golden', annotations } })
const key = (name: string) => `autoscaling.alpha.kubernetes.io/${name}`
const metric = (...metrics: object[]) => ({ ...autoscaler('made'), spec: { ...autoscaler('made').spec, metrics } })
const behaving = (behavior: object) => ({ ...autoscaler('made'), spec: { ...autoscaler('made').spec, behavior } })
const dry = '?dryRun=All&fieldValidation=Strict'
const makes = (version: string, bodies: readonly object[]): Question[] =>
  bodies.map((body, index) => ({ key: `create ${version} by hand ${index}`, method: 'POST', path: `${at(version)}${dry}`, body, whole: true }))

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'example.com/app:1' }] } }
const scaled = [
  {
    base: '/apis/apps/v1/namespaces/golden/deployments',
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  },
  {
    base: '/apis/apps/v1/namespaces/golden/replicasets',
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    spec: { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'x'] }] }, template },
  },
  {
    base: '/apis/apps/v1/namespaces/golden/statefulsets',
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    spec: { selector: { matchLabels: { app: 'web' } }, serviceName: 'web', template },
  },
  { base: '/api/v1/namespaces/golden/replicationcontrollers', apiVersion: 'v1', kind: 'ReplicationController', spec: { selector: { app: 'web' }, template } },
]
const scaleOf = (replicas: unknown) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'scaled', namespace: 'golden' }, spec: { replicas } })
const scales = scaled.flatMap(({ base, kind }): Question[] => {
  const path = `${base}/scaled/scale`
  const patch = (label: string, type: string, body: string): Question => ({
    key: `scale of ${kind}: ${label}`,
    method: 'PATCH',
    path: `${path}?dryRun=All&fieldManager=x${type === 'apply' ? '&force=true' : ''}`,
    body,
    headers: { 'content-type': type === 'apply' ? 'application/apply-patch+yaml' : `application/${type}+json` },
  })
  const first =
    kind === 'Deployment'
      ? updateEach('scale of Deployment', path, scaleOf(3))
      : [{ key: `scale of ${kind}: put`, method: 'PUT', path: `${path}?dryRun=All`, body: scaleOf(3) } as Question]
  return [
    { key: `scale of ${kind}: get`, method: 'GET', path, whole: true },
    ...first,
    { key: `scale of ${kind}: put none`, method: 'PUT', path: `${path}?dryRun=All`, body: scaleOf(undefined) },
    { key: `scale of ${kind}: put less than none`, method: 'PUT', path: `${path}?dryRun=All`, body: scaleOf(-1) },
    {
      key: `scale of ${kind}: put of another version`,
      method: 'PUT',
      path: `${path}?dryRun=All`,
      body: { ...scaleOf(2), metadata: { name: 'scaled', namespace: 'golden', resourceVersion: '1' } },
    },
    {
      key: `scale of ${kind}: put of another kind`,
      method: 'PUT',
      path: `${path}?dryRun=All`,
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'scaled' } },
    },
    {
      key: `scale of ${kind}: put as a table`,
      method: 'PUT',
      path: `${path}?dryRun=All`,
      body: scaleOf(2),
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    },
    patch('merge', 'merge-patch', '{"spec":{"replicas":4}}'),
    patch('strategic merge', 'strategic-merge-patch', '{"spec":{"replicas":4},"status":{"replicas":9}}'),
    patch('json patch', 'json-patch', '[{"op":"replace","path":"/spec/replicas","value":5}]'),
    patch('json patch of what it is not', 'json-patch', '[{"op":"replace","path":"/spec/template","value":5}]'),
    patch('apply', 'apply', 'apiVersion: autoscaling/v1\nkind: Scale\nspec:\n  replicas: 6\n'),
    patch('apply with its name', 'apply', 'apiVersion: autoscaling/v1\nkind: Scale\nmetadata:\n  name: scaled\nspec:\n  replicas: 6\n'),
    { key: `scale of ${kind}: of none`, method: 'GET', path: `${base}/missing/scale` },
    { key: `scale of ${kind}: put for none`, method: 'PUT', path: `${base}/missing/scale?dryRun=All`, body: { ...scaleOf(1), metadata: { name: 'missing' } } },
    { key: `scale of ${kind}: delete`, method: 'DELETE', path },
    { key: `scale of ${kind}: post`, method: 'POST', path, body: scaleOf(1) },
  ]
})

export const autoscaling: Questionnaire = {
  setup: [
    ...inNamespace,
    { key: 'newer', method: 'POST', path: at('v2'), body: autoscaler('kept') },
    { key: 'older', method: 'POST', path: at('v1'), body: older('older') },
    ...scaled.map(
      ({ base, apiVersion, kind, spec }): Question => ({
        key: kind,
        method: 'POST',
        path: base,
        body: { apiVersion, kind, metadata: { name: 'scaled', namespace: 'golden' }, spec },
      }),
    ),
  ],
  questions: [
    ...createEach('v2', at('v2'), autoscaler('made')),
    ...makes('v2', [
      { ...autoscaler('made'), spec: { scaleTargetRef: autoscaler('made').spec.scaleTargetRef, maxReplicas: 3 } },
      { ...autoscaler('made'), spec: { ...autoscaler('made').spec, minReplicas: 0, metrics: [autoscaler('made').spec.metrics[0]] } },
      { ...autoscaler('made'), spec: { ...autoscaler('made').spec, minReplicas: 11 } },
      metric({ type: 'Other' }, {}, { type: 'Resource' }, { type: 'Resource', pods: {} }),
      metric({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }),
      metric({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Value', value: '1' } } }),
      metric({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 1, averageValue: '1' } } }),
      metric({ type: 'Pods', pods: { metric: { name: 'a/b' }, target: { type: 'Value', value: '1' } } }),
      metric({ type: 'External', external: { metric: { name: 'x' }, target: { type: 'Value', value: '1', averageValue: '2' } } }),
      metric({ type: 'External', external: { metric: { name: 'x' }, target: { type: 'Value', value: '-1' } } }),
      metric({ type: 'Object', object: { metric: { name: 'x' }, describedObject: {}, target: { type: 'AverageValue' } } }),
      behaving({ scaleUp: { policies: [] } }),
      behaving({ scaleUp: { policies: [{ type: 'Other', value: 0, periodSeconds: 3600 }], selectPolicy: 'Some', stabilizationWindowSeconds: 3601 } }),
      behaving({ scaleDown: {} }),
      behaving({ scaleDown: { tolerance: '0.05' }, scaleUp: { tolerance: '-1' } }),
    ]),
    ...updateEach('v2', `${at('v2')}/kept`, autoscaler('kept'), { skip: ['spec.metrics', 'spec.behavior'] }),
    ...scales,
    ...updateEach('v2 status', `${at('v2')}/kept/status`, { ...autoscaler('kept'), status }, { skip: ['spec', 'metadata'] }),
    { key: 'newer as v1', method: 'GET', path: `${at('v1')}/kept`, whole: true },
    { key: 'older as v2', method: 'GET', path: `${at('v2')}/older`, whole: true },
    ...createEach('v1', at('v1'), older('made')),
    ...makes('v1', [
      annotated({ [key('metrics')]: '[{"type":"Pods","pods":{"metricName":"packets","targetAverageValue":"1k"}}]' }),
      annotated({ [key('metrics')]: '[{"type":"Resource","resource":{"name":"memory","targetAverageUtilization":3}}]' }),
      annotated({ [key('metrics')]: 'not json' }),
      annotated({ [key('behavior')]: '{"ScaleUp":{"StabilizationWindowSeconds":7}}' }),
      annotated({ [key('conditions')]: '[{"type":"AbleToScale","status":"True"}]' }),
      annotated({ [key('current-metrics')]: '[{"type":"Resource","resource":{"name":"memory","currentAverageValue":"3"}}]' }),
    ]),
    ...updateEach('v1', `${at('v1')}/kept`, older('kept'), { skip: ['metadata'] }),
    ...updateEach(
      'v1 status',
      `${at('v1')}/older/status`,
      {
        ...older('older'),
        status: { observedGeneration: 1, currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 4, lastScaleTime: '2026-01-02T03:04:05Z' },
      },
      { skip: ['spec', 'metadata'] },
    ),
  ],
}
