/** Webhooks at work: each is for what has its name as the label `case`, and answers as its name says (`../hooks.ts`). */
import { behaviours, startHooks } from '../hooks.ts'
import type { Question, Questionnaire } from '../types.ts'

type Json = Record<string, any>
const dry = '?dryRun=All&fieldManager=golden'
const group = '/apis/admissionregistration.k8s.io/v1'
const onMaps = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }
const every = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }
const maps = (namespace = 'hooked') => `/api/v1/namespaces/${namespace}/configmaps`
const make = (path: string, body: Json, more: Partial<Question> = {}): Question => ({
  key: `${body.kind} ${body.metadata.namespace ?? ''} ${body.metadata.name}`,
  method: 'POST',
  path,
  body,
  ...more,
})
const map = (name: string, label: string, data: Json = { a: 'b' }): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { case: label } },
  data,
})
const alice = { 'impersonate-user': 'alice', 'impersonate-group': 'system:masters', 'impersonate-uid': '7', 'impersonate-extra-reason': 'why' }
const typed = (type: string) => ({ 'content-type': type })
const create = (key: string, body: Json, path = maps()): Question => ({ key, method: 'POST', path: `${path}${dry}`, body, headers: alice })

/** A configuration with one webhook, or several. */
function hooks(kind: 'Validating' | 'Mutating', name: string, webhooks: readonly Json[]): Question {
  const usual = { sideEffects: 'None', admissionReviewVersions: ['v1'], rules: [onMaps], objectSelector: { matchLabels: { case: name } } }
  const at = (behaviour: string) => ({ url: `{{HOOK}}/${behaviour}`, caBundle: '{{CA}}' })
  return make(`${group}/${kind.toLowerCase()}webhookconfigurations`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: webhooks.map(({ does, ...more }, index) => ({ name: `w${index}.example.com`, clientConfig: at(does), ...usual, ...more })),
  })
}

const isPatch = (name: string): boolean => /^(patch|count|once|side)/.test(name)
const kinds = ['Validating', 'Mutating'] as const
/** What each of the behaviours comes to, where failures count. */
const plain = kinds.flatMap((kind) =>
  behaviours
    .filter((each) => kind === 'Mutating' || !isPatch(each) || /^patch(-type-alone|-no-type)?$/.test(each))
    .filter((each) => kind === 'Validating' || !/^(deny-|status-4|status-3)/.test(each))
    .map((each) => [kind, `${kind[0]!.toLowerCase()}-${each}`, [{ does: each, ...(each === 'slow' ? { timeoutSeconds: 1 } : {}) }]] as const),
)
const call = (clientConfig: Json, more: Json = {}): readonly Json[] => [{ does: 'allow', clientConfig, ...more }]
const others: readonly (readonly ['Validating' | 'Mutating', string, readonly Json[]])[] = [
  ['Validating', 'nobody', call({ url: '{{NOBODY}}/x', caBundle: '{{CA}}' })],
  ['Validating', 'nobody-ignored', call({ url: '{{NOBODY}}/x', caBundle: '{{CA}}' }, { failurePolicy: 'Ignore' })],
  ['Mutating', 'nobody-mutating', call({ url: '{{NOBODY}}/x', caBundle: '{{CA}}' })],
  ['Validating', 'stranger', call({ url: '{{STRANGER}}/allow', caBundle: '{{CA}}' })],
  ['Validating', 'untrusted', call({ url: '{{HOOK}}/allow' })],
  ['Validating', 'by-query', call({ url: '{{HOOK}}/allow', caBundle: '{{CA}}' })],
  ['Validating', 'no-service', call({ service: { namespace: 'hooked', name: 'none', path: '/x', port: 8443 }, caBundle: '{{CA}}' })],
  ['Validating', 'no-port', call({ service: { namespace: 'hooked', name: 'idle', port: 9 }, caBundle: '{{CA}}' })],
  ['Validating', 'older', [{ does: 'echo', admissionReviewVersions: ['v1beta1'] }]],
  ['Mutating', 'older-patch', [{ does: 'patch-no-type', admissionReviewVersions: ['v1beta1', 'v1'] }]],
  ['Validating', 'unknown-first', [{ does: 'echo', admissionReviewVersions: ['v7', 'v1'] }]],
  ['Validating', 'some-effects', [{ does: 'allow', sideEffects: 'NoneOnDryRun' }]],
  ['Validating', 'conditions', [{ does: 'deny', matchConditions: [{ name: 'a', expression: 'object.data.a == "b"' }] }]],
  ['Validating', 'conditions-not', [{ does: 'deny', matchConditions: [{ name: 'a', expression: 'object.data.a == "c"' }] }]],
  [
    'Validating',
    'conditions-fail',
    [
      {
        does: 'deny',
        matchConditions: [
          { name: 'a', expression: 'object.data.none == "c"' },
          { name: 'b', expression: 'object.none == "c"' },
        ],
      },
    ],
  ],
  [
    'Validating',
    'conditions-fail-ignored',
    [{ does: 'deny', failurePolicy: 'Ignore', matchConditions: [{ name: 'a', expression: 'object.data.none == "c"' }] }],
  ],
  ['Mutating', 'conditions-fail-mutating', [{ does: 'patch', matchConditions: [{ name: 'a', expression: 'object.data.none == "c"' }] }]],
  [
    'Validating',
    'conditions-authorizer',
    [
      {
        does: 'deny',
        matchConditions: [{ name: 'a', expression: 'authorizer.requestResource.check("create").allowed() && request.userInfo.username == "alice"' }],
      },
    ],
  ],
  ['Validating', 'ignored', ['status-500', 'no-json', 'wrong-uid', 'reset'].map((does) => ({ does, failurePolicy: 'Ignore' }))],
  ['Mutating', 'ignored-mutating', ['status-500', 'patch-no-json', 'patch', 'wrong-uid'].map((does) => ({ does, failurePolicy: 'Ignore' }))],
  ['Mutating', 'one-after-another', [{ does: 'patch' }, { does: 'count' }, { does: 'once' }]],
  ['Mutating', 'again', [{ does: 'count', reinvocationPolicy: 'IfNeeded' }, { does: 'once' }, { does: 'patch' }]],
  ['Mutating', 'again-after-none', [{ does: 'count' }, { does: 'allow', reinvocationPolicy: 'IfNeeded' }]],
  [
    'Mutating',
    'all-again',
    [
      { does: 'once', reinvocationPolicy: 'IfNeeded' },
      { does: 'count', reinvocationPolicy: 'IfNeeded' },
    ],
  ],
  ['Mutating', 'denies-first', [{ does: 'deny' }, { does: 'patch' }]],
  ['Mutating', 'side', [{ does: 'side', rules: [{ ...every, operations: ['CREATE'] }] }]],
  ['Mutating', 'and-policy', [{ does: 'patch-label' }]],
  ['Validating', 'everything', [{ does: 'echo', rules: [every] }]],
  ['Validating', 'cluster', [{ does: 'echo', rules: [{ ...every, scope: 'Cluster' }] }]],
  ['Validating', 'tiers', [{ does: 'deny', namespaceSelector: { matchLabels: { tier: 'back' } }, rules: [every] }]],
  ['Validating', 'exactly', [{ does: 'echo', matchPolicy: 'Exact', rules: [{ ...every, apiGroups: ['autoscaling'], apiVersions: ['v2'] }] }]],
  ['Validating', 'equivalent', [{ does: 'echo', rules: [{ ...every, apiGroups: ['autoscaling'], apiVersions: ['v2'] }] }]],
]
const configurations = [...plain, ...others]

const all = { case: 'everything' }
const room = (name: string, labels: Json): Question[] => [
  make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
  make(`/api/v1/namespaces/${name}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: name },
    automountServiceAccountToken: false,
  }),
]
const pod = (name: string, label: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { case: label } },
  spec: { containers: [{ name: 'web', image: 'web:1' }] },
})
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'held', labels: all },
  spec: { selector: { matchLabels: { app: 'x' } }, template },
}
const scaler = (version: string, label: string) => ({
  apiVersion: `autoscaling/${version}`,
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'h', labels: { case: label } },
  spec: {
    maxReplicas: 3,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
    ...(version === 'v1' ? { targetCPUUtilizationPercentage: 50 } : {}),
  },
})
const service = (name: string, spec: Json) =>
  make('/api/v1/namespaces/hooked/services', { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'hooked' }, spec })
const change = (key: string, method: Question['method'], path: string, body?: unknown, type?: string): Question => ({
  key,
  method,
  path,
  headers: { ...alice, ...(type ? typed(`application/${type}`) : {}) },
  ...(body === undefined ? {} : { body }),
})
const merge = 'merge-patch+json'

/** What webhooks see of every kind of request, and what they never see. */
const seen: readonly Question[] = [
  create('sees a map', map('new', 'everything')),
  create('sees a generated name', { ...map('', 'everything'), metadata: { generateName: 'g-', labels: all } }),
  { ...create('sees options', map('new', 'everything')), path: `${maps()}?dryRun=All&fieldManager=me&fieldValidation=Strict` },
  create('sees a namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: all } }, '/api/v1/namespaces'),
  create(
    'sees a review of access',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { labels: all },
      spec: { user: 'u', nonResourceAttributes: { path: '/x', verb: 'get' } },
    },
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  ),
  create(
    'sees a review of oneself',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: { labels: all },
      spec: { nonResourceAttributes: { path: '/x', verb: 'get' } },
    },
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  ),
  create(
    'sees a local review',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'LocalSubjectAccessReview',
      metadata: { namespace: 'hooked', labels: all },
      spec: { user: 'u', resourceAttributes: { namespace: 'hooked', verb: 'get', resource: 'pods' } },
    },
    '/apis/authorization.k8s.io/v1/namespaces/hooked/localsubjectaccessreviews',
  ),
  create(
    'sees a review of rules',
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', metadata: { labels: all }, spec: { namespace: 'hooked' } },
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  ),
  create(
    'sees a review of a token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: { labels: all }, spec: { token: 'x' } },
    '/apis/authentication.k8s.io/v1/tokenreviews',
  ),
  create(
    'sees who I am',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: { labels: all } },
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  ),
  create(
    'sees a policy',
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'x', labels: all },
      spec: { matchConstraints: { resourceRules: [onMaps] }, validations: [{ expression: 'true' }] },
    },
    `${group}/validatingadmissionpolicies`,
  ),
  create(
    'sees webhooks',
    { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'x', labels: all } },
    `${group}/validatingwebhookconfigurations`,
  ),
  create(
    'sees a role',
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'x', labels: all } },
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ),
  create(
    'sees a token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: { labels: all }, spec: { audiences: ['x'] } },
    '/api/v1/namespaces/hooked/serviceaccounts/default/token',
  ),
  create(
    'sees an eviction',
    { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'held', namespace: 'hooked', labels: all } },
    '/api/v1/namespaces/hooked/pods/held/eviction',
  ),
  create(
    'sees a pod binding',
    { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'held', namespace: 'hooked', labels: all }, target: { kind: 'Node', name: 'x' } },
    '/api/v1/namespaces/hooked/pods/held/binding',
  ),
  create('sees a pod', pod('new', 'everything'), '/api/v1/namespaces/hooked/pods'),
  change('sees a deletion', 'DELETE', `${maps()}/held${dry}`),
  change('sees a deletion with options', 'DELETE', `${maps()}/held`, {
    propagationPolicy: 'Foreground',
    gracePeriodSeconds: 3,
    dryRun: ['All'],
    preconditions: { resourceVersion: '1' },
  }),
  change('sees a deletion of many', 'DELETE', `${maps()}${dry}&labelSelector=case%3Deverything`),
  change('sees an update', 'PUT', `${maps()}/held${dry}`, map('held', 'everything', { a: 'c' })),
  change('sees a patch', 'PATCH', `${maps()}/held${dry}&force=true`, { data: { z: 'z' } }, merge),
  change('sees what is applied', 'PATCH', `${maps()}/made${dry}&force=true`, map('made', 'everything'), 'apply-patch+yaml'),
  change('sees a change of status', 'PATCH', `/api/v1/namespaces/hooked/pods/held/status${dry}`, { status: { phase: 'Running' } }, merge),
  change('sees a scale', 'PUT', `/apis/apps/v1/namespaces/hooked/deployments/held/scale${dry}`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'held', namespace: 'hooked', labels: all },
    spec: { replicas: 3 },
  }),
  change('sees exec', 'GET', '/api/v1/namespaces/hooked/pods/held/exec?command=a&stdout=true'),
  create('exactly v1', scaler('v1', 'exactly'), '/apis/autoscaling/v1/namespaces/hooked/horizontalpodautoscalers'),
  create('equivalent v1', scaler('v1', 'equivalent'), '/apis/autoscaling/v1/namespaces/hooked/horizontalpodautoscalers'),
  create('equivalent v2', scaler('v2', 'equivalent'), '/apis/autoscaling/v2/namespaces/hooked/horizontalpodautoscalers'),
  create(
    'cluster: a role',
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'x', labels: { case: 'cluster' } } },
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ),
  create('cluster: a namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: { case: 'cluster' } } }, '/api/v1/namespaces'),
  create('tiers: in the other', map('new', 'tiers'), maps('hooked-too')),
  create('tiers: a namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: { case: 'tiers', tier: 'back' } } }, '/api/v1/namespaces'),
  create('side: a pod with limits', pod('new', 'side'), '/api/v1/namespaces/hooked-too/pods'),
]

export const webhooks: Questionnaire = {
  companion: startHooks,
  setup: [
    ...room('hooked', { tier: 'front' }),
    ...room('hooked-too', { tier: 'back' }),
    make('/api/v1/namespaces/hooked-too/limitranges', {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'limits', namespace: 'hooked-too' },
      spec: { limits: [{ type: 'Container', default: { cpu: '2' }, defaultRequest: { cpu: '1' } }] },
    }),
    make(maps(), { ...map('held', 'everything'), metadata: { name: 'held', namespace: 'hooked', labels: all } }),
    make('/api/v1/namespaces/hooked/pods', pod('held', 'everything')),
    make('/apis/apps/v1/namespaces/hooked/deployments', deployment),
    service('idle', { ports: [{ port: 443 }] }),
    ...configurations.map(([kind, name, list]) => hooks(kind, name, list)),
    hooks('Mutating', 'last', [{ does: 'warn' }]),
    hooks('Validating', 'last', [{ does: 'warn' }]),
    hooks('Validating', 'last-of-all', [{ does: 'warn-and-deny', objectSelector: { matchLabels: { case: 'last' } } }]),
  ],
  questions: [
    { key: 'they act', method: 'POST', path: `${maps()}${dry}`, body: map('last', 'last'), until: '400 ' },
    ...configurations
      .filter(([, name]) => !['everything', 'cluster', 'exactly', 'equivalent', 'm-side', 'side'].includes(name))
      .map(([, name]) => create(name, map('new', name))),
    ...seen,
  ],
}
