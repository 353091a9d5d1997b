/** Numbers as they may be spelled, at every kind of field that takes one, through every door: beyond their type, with fractions, of no number at all. */
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

/** Where the number goes. */
const place = '@'

const spellings = [
  '0',
  '-0',
  '1',
  '1.0',
  '1e0',
  '10e-1',
  '1.5',
  '1e3',
  '-1',
  '2147483647',
  '2147483648',
  '-2147483649',
  '4294967297',
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '123456789012345678901234567890',
  '1e19',
  '1e400',
  '"1"',
  'true',
  'null',
  '[1]',
  '{}',
]
/** Those that the doors take each in a way of its own. */
const ofPatches = spellings.filter(
  (spelling) => !['0', '-0', '1', '1e0', '10e-1', '-1', '2147483647', '-2147483649', '-9007199254740993', '{}', '[1]'].includes(spelling),
)
const ofYaml = [
  '0x10',
  '0o17',
  '017',
  '1_000',
  '.inf',
  '.nan',
  '~',
  '+1',
  '1.',
  '.5',
  '0b11',
  '1:30',
  '12e03',
  '"1"',
  'yes',
  '9007199254740993',
  '9223372036854775808',
]

const pods = '/api/v1/namespaces/golden/pods'
const pod = (more: object, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'new' },
  spec: { containers: [{ name: 'c', image: 'i', ...container }], ...more },
})
const deployment = (replicas: unknown, spec: object = {}, name = 'new') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } },
  },
})
const deployments = '/apis/apps/v1/namespaces/golden/deployments'

/** By what the field is. */
const fields: Readonly<Record<string, { readonly path: string; readonly body: object }>> = {
  'int64 behind a pointer': { path: pods, body: pod({ terminationGracePeriodSeconds: place }) },
  'int64 in a list': { path: pods, body: pod({ securityContext: { supplementalGroups: [0, place] } }) },
  'int64 with a range': { path: pods, body: pod({ securityContext: { runAsUser: place } }) },
  int64: {
    path: '/apis/apps/v1/namespaces/golden/controllerrevisions',
    body: { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: 'new' }, data: { of: 'any' }, revision: place },
  },
  'a number kept whole': {
    path: '/apis/apps/v1/namespaces/golden/controllerrevisions',
    body: { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: 'new' }, data: { of: place }, revision: 1 },
  },
  'int32 behind a pointer': { path: deployments, body: deployment(place) },
  int32: { path: pods, body: pod({}, { ports: [{ containerPort: place }] }) },
  'int or string': {
    path: '/api/v1/namespaces/golden/services',
    body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'new' }, spec: { clusterIP: 'None', ports: [{ port: 80, targetPort: place }] } },
  },
  quantity: { path: pods, body: pod({}, { resources: { limits: { memory: place } } }) },
  string: { path: '/api/v1/namespaces/golden/configmaps', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' }, data: { a: place } } },
  boolean: { path: pods, body: pod({ hostNetwork: place }) },
  generation: { path: '/api/v1/namespaces/golden/configmaps', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new', generation: place } } },
}

const byYaml: ReadonlySet<string> = new Set(['int64 behind a pointer', 'int32', 'int or string', 'quantity', 'string'])

const spelled = (body: object, spelling: string): string => JSON.stringify(body).replace(`"${place}"`, spelling)

function creates(): Question[] {
  return Object.entries(fields).flatMap(([what, { path, body }]) => [
    // Of one that no float64 holds in what is kept whole, kube-apiserver dies.
    ...spellings
      .filter((spelling) => what !== 'a number kept whole' || spelling !== '1e400')
      .map((spelling) => ({
        key: `create, ${what}: ${spelling}`,
        method: 'POST' as const,
        path: `${path}?dryRun=All`,
        body: spelled(body, spelling),
      })),
    ...(byYaml.has(what) ? ofYaml : []).map((spelling) => ({
      key: `create by YAML, ${what}: ${spelling}`,
      method: 'POST' as const,
      path: `${path}?dryRun=All`,
      headers: { 'content-type': 'application/yaml' },
      body: spelled(body, spelling),
    })),
  ])
}

const patched = '/apis/apps/v1/namespaces/golden/deployments/kept?dryRun=All'

/** Spec in the form of a merge patch, and where its number goes by JSON pointer. */
const patches: Readonly<Record<string, { readonly spec: object; readonly pointer: string }>> = {
  'int32 behind a pointer': { spec: { replicas: place }, pointer: '/spec/replicas' },
  int32: { spec: { minReadySeconds: place }, pointer: '/spec/minReadySeconds' },
  'int64 behind a pointer': {
    spec: { template: { spec: { terminationGracePeriodSeconds: place } } },
    pointer: '/spec/template/spec/terminationGracePeriodSeconds',
  },
  'int64 in a list': {
    spec: { template: { spec: { securityContext: { supplementalGroups: [place] } } } },
    pointer: '/spec/template/spec/securityContext/supplementalGroups/0',
  },
  'int or string': { spec: { strategy: { rollingUpdate: { maxSurge: place } } }, pointer: '/spec/strategy/rollingUpdate/maxSurge' },
}

function updates(): Question[] {
  const type = (name: string) => ({ 'content-type': `application/${name}` })
  return Object.entries(patches).flatMap(([what, { spec, pointer }]) =>
    ofPatches.flatMap((spelling): Question[] => [
      { key: `merge patch, ${what}: ${spelling}`, method: 'PATCH', path: patched, headers: type('merge-patch+json'), body: spelled({ spec }, spelling) },
      {
        key: `strategic patch, ${what}: ${spelling}`,
        method: 'PATCH',
        path: patched,
        headers: type('strategic-merge-patch+json'),
        body: spelled({ spec }, spelling),
      },
      {
        key: `JSON patch, ${what}: ${spelling}`,
        method: 'PATCH',
        path: patched,
        headers: type('json-patch+json'),
        body: spelled([{ op: 'replace', path: pointer, value: place }], spelling),
      },
      {
        key: `apply, ${what}: ${spelling}`,
        method: 'PATCH',
        path: `${patched}&fieldManager=me&force=true`,
        headers: type('apply-patch+yaml'),
        body: spelled({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'kept' }, spec }, spelling),
      },
    ]),
  )
}

/** What is kept is read and patched anew: not a digit may be lost on the way. */
const large = '9007199254740993'
const roundTrip: Question[] = [
  { key: 'a large number is kept', method: 'POST', path: deployments, body: spelled(deployment(1, { terminationGracePeriodSeconds: place }, 'large'), large) },
  { key: 'and read', method: 'GET', path: `${deployments}/large` },
  { key: 'and listed', method: 'GET', path: `${deployments}?labelSelector=!none&fieldSelector=metadata.name=large` },
  { key: 'and read as YAML', method: 'GET', path: `${deployments}/large`, headers: { accept: 'application/yaml' } },
  ...(['merge-patch+json', 'strategic-merge-patch+json'] as const).map((type, index) => ({
    key: `and a ${type} of another field leaves it`,
    method: 'PATCH' as const,
    path: `${deployments}/large`,
    headers: { 'content-type': `application/${type}` },
    body: { metadata: { annotations: { [`note${index}`]: 'x' } } },
  })),
  {
    key: 'and a JSON patch tests it',
    method: 'PATCH',
    path: `${deployments}/large`,
    headers: { 'content-type': 'application/json-patch+json' },
    body: `[{"op":"test","path":"/spec/template/spec/terminationGracePeriodSeconds","value":${large}}]`,
  },
  {
    key: 'and one applies another field',
    method: 'PATCH',
    path: `${deployments}/large?fieldManager=me`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'large', labels: { a: 'b' } } },
  },
  {
    key: 'and one applies its neighbour, against its owner',
    method: 'PATCH',
    path: `${deployments}/large?fieldManager=me`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"large"},"spec":{"template":{"spec":{"terminationGracePeriodSeconds":9007199254740992}}}}',
  },
]

export const numbers: Questionnaire = {
  setup: [...inNamespace, { key: 'kept', method: 'POST', path: deployments, body: deployment(2, { securityContext: { supplementalGroups: [5] } }, 'kept') }],
  questions: [...creates(), ...updates(), ...roundTrip],
}
