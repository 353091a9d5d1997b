/** Custom kinds whose schemas use all that a schema can say, for random writes. */
import type { Question } from '../types.ts'
import type { JsonObject } from './json.ts'
import type { RandomKind } from './kinds.ts'

type Json = Record<string, unknown>
const object = (properties: Json, more: Json = {}): Json => ({ type: 'object', properties, ...more })
const text = { type: 'string' }
const open = 'x-kubernetes-preserve-unknown-fields'
const listType = (type: string, keys?: readonly string[]): Json => ({
  'x-kubernetes-list-type': type,
  ...(keys ? { 'x-kubernetes-list-map-keys': keys } : {}),
})
const rules = (...list: Json[]): Json => ({ 'x-kubernetes-validations': list })

const spec = object(
  {
    size: { type: 'integer', format: 'int32', minimum: 0, maximum: 9, default: 3 },
    replicas: { type: 'integer' },
    ratio: { type: 'number', minimum: 0 },
    name: { type: 'string', minLength: 1, maxLength: 60, pattern: '^[a-z-]*$' },
    colour: { type: 'string', enum: ['red', 'green'], default: 'red' },
    maybe: { type: 'string', nullable: true },
    perhaps: { type: 'string', nullable: true, default: 'so' },
    nothing: object({ a: { type: 'string', nullable: true, default: null }, b: { ...text, default: 'b' } }, { nullable: true }),
    either: { 'x-kubernetes-int-or-string': true, default: '10%' },
    flag: { type: 'boolean', default: false },
    tags: { type: 'array', maxItems: 9, items: { ...text, maxLength: 20 }, ...listType('set') },
    words: { type: 'array', items: { ...text, nullable: true } },
    atoms: { type: 'array', items: object({ a: text, b: { type: 'integer', default: 7 } }), ...listType('atomic'), default: [{ a: 'x' }] },
    ports: {
      type: 'array',
      maxItems: 6,
      items: object(
        {
          port: { type: 'integer', minimum: 1 },
          protocol: { ...text, default: 'TCP', maxLength: 9 },
          name: { ...text, maxLength: 20 },
          more: object({ deep: { type: 'array', items: object({ key: text, value: text }, { required: ['key'] }), ...listType('map', ['key']) } }),
        },
        { required: ['port'] },
      ),
      ...listType('map', ['port', 'protocol']),
      ...rules({ rule: "self.all(p, !has(p.name) || p.name != 'never')", message: 'never is no name' }),
    },
    labels: { type: 'object', additionalProperties: { type: 'string', maxLength: 9 }, maxProperties: 5 },
    atomic: object({ a: text, b: text }, { 'x-kubernetes-map-type': 'atomic' }),
    table: { type: 'object', additionalProperties: object({ x: { type: 'integer', default: 1 }, y: text }) },
    any: { type: 'object', [open]: true },
    half: object({ known: { type: 'integer', default: 5 }, inner: object({ z: text }) }, { [open]: true }),
    template: { type: 'object', 'x-kubernetes-embedded-resource': true, [open]: true },
    anything: { [open]: true },
    when: { type: 'string', format: 'date-time' },
    choice: object({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
    fixed: { type: 'string', maxLength: 9, ...rules({ rule: 'self == oldSelf', message: 'is fixed' }) },
    grows: {
      type: 'integer',
      ...rules({ rule: 'self >= oldSelf', messageExpression: 'self < 0 ? "is far too small" : "may not shrink"', reason: 'FieldValueForbidden' }),
    },
    once: object(
      { value: { ...text, maxLength: 20 } },
      rules({ rule: 'oldSelf.hasValue() || self.value == "new"', optionalOldSelf: true, message: 'must begin as new' }),
    ),
  },
  {
    required: ['name'],
    ...rules(
      { rule: '!has(oldSelf.fixed) || has(self.fixed)', message: 'fixed may not go', fieldPath: '.fixed' },
      { rule: "!has(self.labels) || !('bad' in self.labels)", reason: 'FieldValueInvalid' },
    ),
  },
)
const status = object({
  replicas: { type: 'integer', default: 0 },
  selector: text,
  phase: { ...text, default: 'New' },
  conditions: {
    type: 'array',
    items: object(
      { type: text, status: { ...text, enum: ['True', 'False', 'Unknown'] }, reason: { ...text, default: 'None' } },
      { required: ['type', 'status'] },
    ),
    ...listType('map', ['type']),
  },
})

const group = 'random.example.com'
const definition = (plural: string, kind: string, scope: string, versions: readonly Json[]): Question => ({
  key: `definition of ${plural}`,
  method: 'POST',
  path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  body: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope, names: { plural, singular: kind.toLowerCase(), kind }, versions },
  },
})
const version = (name: string, storage: boolean, schema: Json, subresources?: Json): Json => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: schema },
  ...(subresources ? { subresources } : {}),
})
const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' }

const served = (plural: string, path: string): Question => ({ key: `${plural} are served`, method: 'GET', path, until: '200' })

/** Makes the kinds, and waits until they are served. */
export const customSetup: readonly Question[] = [
  definition('gears', 'Gear', 'Namespaced', [
    version('v1', true, object({ spec, status }), { status: {}, scale }),
    version('v1beta1', false, { type: 'object', [open]: true }, { status: {}, scale }),
  ]),
  definition('plains', 'Plain', 'Cluster', [version('v1', true, object({ spec, status }))]),
  served('gears', `/apis/${group}/v1/namespaces/random/gears`),
  served('gears in v1beta1', `/apis/${group}/v1beta1/namespaces/random/gears`),
  served('plains', `/apis/${group}/v1/plains`),
]

const rich: JsonObject = {
  size: 4,
  replicas: 2,
  ratio: 0.5,
  name: 'gear',
  colour: 'green',
  maybe: null,
  perhaps: 'yes',
  nothing: { a: 'x' },
  either: 5,
  flag: true,
  tags: ['a', 'b', 'c'],
  words: ['x', null, 'y'],
  atoms: [{ a: 'x' }, { a: 'y', b: 1 }],
  ports: [{ port: 80 }, { port: 80, protocol: 'UDP', name: 'dns' }, { port: 443, more: { deep: [{ key: 'a', value: 'b' }, { key: 'c' }] } }],
  labels: { a: 'b', c: 'd' },
  atomic: { a: 'x', b: 'y' },
  table: { one: { x: 2, y: 'z' }, two: {} },
  any: { a: [1, { b: null }], c: { d: 'e' } },
  half: { known: 1, other: { x: [1] }, inner: { z: 'z', q: 1 } },
  template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', labels: { a: 'b' } }, spec: { a: 1 } },
  anything: [1, 'x'],
  when: '2024-01-02T03:04:05Z',
  choice: { a: 'x' },
  fixed: 'stone',
  grows: 3,
  once: { value: 'new' },
}
const statuses: JsonObject = {
  replicas: 1,
  selector: 'a=b',
  phase: 'Done',
  conditions: [
    { type: 'Ready', status: 'True', reason: 'R' },
    { type: 'Other', status: 'False' },
  ],
}

const kind = (name: string, plural: string, namespaced: boolean, subresources: readonly string[], otherVersions: readonly string[]): RandomKind => {
  const head = { apiVersion: `${group}/v1`, kind: name, metadata: {} }
  return {
    kind: name,
    apiVersion: `${group}/v1`,
    plural,
    namespaced,
    namespace: 'random',
    subresources,
    objects: [
      { ...head, spec: rich, status: statuses },
      { ...head, metadata: { labels: { a: 'b' }, finalizers: ['example.com/keep'] }, spec: { ...rich, ports: [], nothing: null, unknown: 'x' } },
      { ...head, spec: { name: 'bare' } },
    ],
    otherVersions,
    untouched: [],
    weight: 5,
  }
}
export const customKinds: readonly RandomKind[] = [
  kind('Gear', 'gears', true, ['scale', 'status'], [`${group}/v1beta1`]),
  kind('Plain', 'plains', false, [], []),
]
