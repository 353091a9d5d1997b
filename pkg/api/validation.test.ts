import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalize } from '#apimachinery/codec/index.ts'
import { path } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { definitionFor } from './index.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './meta/validate-object-meta.ts'

const context = { now: 0 }

function prepared(group: string, plural: string, object: object): any {
  const definition = definitionFor(group, 'v1', plural)!
  const whole = normalize<any>(definition.schema, { ...object, metadata: { name: 'x', namespace: 'default', uid: 'u', ...(object as any).metadata } })
  definition.defaults?.(whole)
  definition.create?.prepare?.(whole, context)
  return whole
}

function errorsOf(group: string, plural: string, object: object): string[] {
  const errors = definitionFor(group, 'v1', plural)!.create?.validate?.(prepared(group, plural, object), context) ?? []
  return errors.map(({ field, message }) => `${field}: ${message}`)
}

const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
const selector = { matchLabels: { app: 'x' } }

const cases: [string, string, string, object, string[]][] = [
  ['a deployment whose selector matches', 'apps', 'deployments', { spec: { selector, template } }, []],
  [
    'a deployment whose selector does not match',
    'apps',
    'deployments',
    { spec: { selector: { matchLabels: { app: 'y' } }, template } },
    ['spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`'],
  ],
  [
    'a deployment of nothing',
    'apps',
    'deployments',
    { spec: {} },
    [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ],
  ],
  [
    'a deployment that can neither surge nor shrink',
    'apps',
    'deployments',
    { spec: { selector, template, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } } },
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
  ],
  [
    'negative replicas',
    'apps',
    'replicasets',
    { spec: { selector, template, replicas: -1 } },
    ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  ['a service without ports', '', 'services', { spec: {} }, ['spec.ports: Required value']],
  [
    'two ports without names',
    '',
    'services',
    { spec: { ports: [{ port: 1 }, { port: 2 }] } },
    ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
  ],
  [
    'a port out of range',
    '',
    'services',
    { spec: { ports: [{ port: 70000, targetPort: 80 }] } },
    ['spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ],
  [
    'a bad key in a config map',
    '',
    'configmaps',
    { data: { 'a/b': '' } },
    [
      `data[a/b]: Invalid value: "a/b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    ],
  ],
  ['a TLS secret without a key', '', 'secrets', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, ['data[tls.key]: Required value']],
  [
    'a job that always restarts',
    'batch',
    'jobs',
    { spec: { template } },
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    'a cron job of a wrong schedule',
    'batch',
    'cronjobs',
    { spec: { schedule: 'often', jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } } } },
    ['spec.schedule: Invalid value: "often": expected exactly 5 fields, found 1: [often]'],
  ],
  [
    'an ingress of nothing',
    'networking.k8s.io',
    'ingresses',
    { spec: {} },
    ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    'a role without verbs',
    'rbac.authorization.k8s.io',
    'roles',
    { rules: [{ apiGroups: [''], resources: ['pods'] }] },
    ['rules[0].verbs: Required value: verbs must contain at least one value'],
  ],
  [
    'a budget with both bounds',
    'policy',
    'poddisruptionbudgets',
    { spec: { minAvailable: 1, maxUnavailable: 1 } },
    [
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
  ],
  [
    'a claim of nothing',
    '',
    'persistentvolumeclaims',
    { spec: {} },
    ['spec.accessModes: Required value: at least 1 access mode is required', 'spec.resources[storage]: Required value'],
  ],
]

for (const [name, group, plural, object, expected] of cases)
  test(`${name} gets upstream's words`, () => assert.deepEqual(errorsOf(group, plural, object), expected))

test('metadata is checked in the words of upstream', () => {
  const meta = (metadata: object) =>
    validateObjectMeta(metadata as never, true, nameIsDnsSubdomain, path('metadata')).map(({ field, message }) => `${field}: ${message}`)
  assert.deepEqual(meta({ namespace: 'a' }), ['metadata.name: Required value: name or generateName is required'])
  assert.deepEqual(meta({ name: 'a' }), ['metadata.namespace: Required value'])
  assert.match(meta({ name: 'A', namespace: 'b' })[0]!, /^metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of/)
  const old = { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '1', deletionTimestamp: '2026-01-01T00:00:00Z' }
  const errors = validateObjectMetaUpdate({ ...old, uid: 'v', finalizers: ['x.io/y'] }, old, path('metadata'))
  assert.deepEqual(
    errors.map(({ field, message }) => `${field}: ${message}`),
    [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/y"}',
      'metadata.uid: Invalid value: "v": field is immutable',
    ],
  )
})

test('a selector of a deployment cannot change', () => {
  const old = prepared('apps', 'deployments', { spec: { selector, template } })
  const changed = prepared('apps', 'deployments', {
    spec: { selector: { matchLabels: { app: 'y' } }, template: { ...template, metadata: { labels: { app: 'y' } } } },
  })
  const errors = definitionFor('apps', 'v1', 'deployments')!.update!.validate!(changed, old, context)
  assert.deepEqual(errors, [{ reason: 'FieldValueInvalid', field: 'spec.selector', message: 'Invalid value: {"matchLabels":{"app":"y"}}: field is immutable' }])
})

test('a changed spec raises the generation, a changed status does not', () => {
  const { update, status } = definitionFor('apps', 'v1', 'deployments')!
  const old = prepared('apps', 'deployments', { spec: { selector, template } })
  const scaled = structuredClone(old)
  scaled.spec.replicas = 5
  update!.prepare!(scaled, old, context)
  assert.equal(scaled.metadata.generation, 2)
  const reported = structuredClone(old)
  reported.status.replicas = 1
  reported.spec.replicas = 9
  status!.prepare!(reported, old, context)
  assert.deepEqual([reported.metadata.generation, reported.spec.replicas, reported.status.replicas], [1, 1, 1])
})

test('an update of a service keeps what was allocated', () => {
  const { update } = definitionFor('', 'v1', 'services')!
  const old = prepared('', 'services', { spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }], clusterIP: '10.0.0.1' } })
  const next = prepared('', 'services', { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 8080 }] } })
  update!.prepare!(next, old, context)
  assert.deepEqual([next.spec.clusterIP, next.spec.clusterIPs, next.spec.ports[0].nodePort], ['10.0.0.1', ['10.0.0.1'], 30080])
  const internal = prepared('', 'services', { spec: { type: 'ClusterIP', ports: [{ port: 80, nodePort: 30080 }] } })
  update!.prepare!(internal, old, context)
  assert.equal(internal.spec.ports[0].nodePort, undefined)
  assert.deepEqual(update!.validate!(internal, old, context), [])
})
