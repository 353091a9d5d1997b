import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseYaml, parseYamlDocuments } from './yaml-text.ts'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import { ConfigMapSchema, PodSchema, SecretSchema } from '#api/gen/core/v1.ts'
import { RoleSchema } from '#api/gen/rbac/v1.ts'
import type { StructSchema } from '../schema/types.ts'
import { omitEmpty, storedForm } from './omit-empty.ts'
import { CustomResourceDefinitionSchema } from '#api/gen/apiextensions/v1.ts'
import { decodeObject, encodeJson } from './index.ts'

test('structs held by value are present, empty omitempty scalars and nulls are dropped, empty lists and maps only when the object is written', () => {
  const { object } = decodeObject<any>(
    PodSchema,
    '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","labels":null,"annotations":{},"generation":0},"spec":{"volumes":[]}}',
  )
  assert.equal(
    JSON.stringify(object),
    '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","annotations":{}},"spec":{"volumes":[],"containers":[]},"status":{}}',
  )
  assert.equal(JSON.stringify(omitEmpty(PodSchema, object)), '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":{"containers":[]},"status":{}}')
  assert.equal(encodeJson(object, PodSchema), JSON.stringify(omitEmpty(PodSchema, object)))
})

test('empty lists and maps are left out where their field says so, at any depth, and what is shared is not copied', () => {
  const cases: [StructSchema, unknown, unknown][] = [
    [PodSchema, { spec: { securityContext: {}, nodeSelector: {}, containers: [] } }, { spec: { securityContext: {}, containers: [] } }],
    [
      PodSchema,
      { spec: { containers: [{ args: [], resources: { limits: {}, requests: { cpu: '1' } } }, { name: 'b' }] } },
      { spec: { containers: [{ resources: { requests: { cpu: '1' } } }, { name: 'b' }] } },
    ],
    [
      PodSchema,
      { spec: { volumes: [{ emptyDir: {} }, { projected: { sources: [] } }] } },
      { spec: { volumes: [{ emptyDir: {} }, { projected: { sources: [] } }] } },
    ],
    [
      CustomResourceDefinitionSchema,
      { spec: { versions: [{ schema: { openAPIV3Schema: { properties: { a: { required: [], items: { enum: [], properties: { b: { allOf: [] } } } } } } } }] } },
      { spec: { versions: [{ schema: { openAPIV3Schema: { properties: { a: { items: { properties: { b: {} } } } } } } }] } },
    ],
  ]
  for (const [schema, given, expected] of cases) assert.deepEqual(omitEmpty(schema, given), expected)
  const pod = { spec: { containers: [{ name: 'a', args: [] }, { name: 'b' }] } }
  assert.equal(omitEmpty(PodSchema, pod).spec.containers[1], pod.spec.containers[1])
  const whole = { spec: { containers: [{ name: 'a' }] } }
  assert.equal(omitEmpty(PodSchema, whole), whole)
})

test('of a store of protobuf come nulls where a list or map that is never left out is empty', () => {
  assert.deepEqual(omitEmpty(RoleSchema, { rules: [] }), { rules: [] })
  assert.deepEqual(storedForm(RoleSchema, { rules: [] }), { rules: null })
})

test('unknown fields are dropped and named by their path', () => {
  const { object, strictErrors } = decodeObject<any>(PodSchema, { foo: 1, metadata: { Name: 'x' }, spec: { containers: [{ name: 'a', bar: {} }] } })
  assert.deepEqual(strictErrors, ['unknown field "foo"', 'unknown field "metadata.Name"', 'unknown field "spec.containers[0].bar"'])
  assert.equal(object.metadata.Name, undefined)
})

test('strict decoding throws with all messages', () => {
  assert.throws(() => decodeObject(PodSchema, '{"metadata":{"labels":{"a":"1","a":"2"}},"x":1}', { strict: true }), {
    message: 'strict decoding error: duplicate field "metadata.labels.a", unknown field "x"',
  })
})

test('duplicate keys of YAML are told by line', () => {
  const { strictErrors } = decodeObject(ConfigMapSchema, 'metadata:\n  name: a\n  name: b\n', { format: 'yaml' })
  assert.deepEqual(strictErrors, ['yaml: unmarshal errors:\n  line 3: key "name" already set in map'])
})

test('type errors read as Go prints them', () => {
  const message = (input: unknown, schema = PodSchema) => {
    try {
      decodeObject(schema, input)
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.equal(
    message({ metadata: { labels: 'x' } }),
    'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string',
  )
  assert.equal(message({ metadata: { labels: { a: 1 } } }), 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string')
  assert.equal(
    message({ spec: { replicas: '1' } }, DeploymentSchema),
    'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  )
  assert.equal(
    message({ spec: { replicas: 1.5 } }, DeploymentSchema),
    'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
  )
  assert.equal(
    message({ spec: { containers: [{ ports: [{}] }, { ports: 3 }] } }),
    'json: cannot unmarshal number into Go struct field Container.spec.containers.ports of type []v1.ContainerPort',
  )
  assert.equal(message([]), 'json: cannot unmarshal array into Go value of type v1.Pod')
  assert.match(message({ spec: { containers: [{ resources: { limits: { cpu: 'x' } } }] } }) ?? '', /^quantities must match the regular expression/)
  assert.equal(message({ metadata: { creationTimestamp: 'x' } }), 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"')
  assert.equal(message({ data: { a: '?' } }, SecretSchema), 'illegal base64 data at input byte 0')
  assert.equal(message('{"a":1,}'), `invalid character '}' looking for beginning of object key string`)
  assert.equal(message('{"a":'), 'unexpected end of JSON input')
})

test('values are brought to their canonical form', () => {
  const { object } = decodeObject<any>(PodSchema, {
    metadata: { creationTimestamp: '2024-01-02T03:04:05.5+01:00' },
    spec: { containers: [{ name: 'a', resources: { limits: { memory: '1024Mi', cpu: 0.5 } } }] },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  })
  assert.equal(object.metadata.creationTimestamp, '2024-01-02T02:04:05Z')
  assert.deepEqual(object.spec.containers[0].resources.limits, { cpu: '500m', memory: '1Gi' })
  assert.deepEqual(object.status.conditions[0], { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: null })
})

test('a pointer to zero stays, a plain zero does not', () => {
  const { object } = decodeObject<any>(DeploymentSchema, { spec: { replicas: 0, minReadySeconds: 0, template: {} } })
  assert.equal(object.spec.replicas, 0)
  assert.equal('minReadySeconds' in object.spec, false)
})

test('JSON schemas with their unions survive', () => {
  const openAPIV3Schema = {
    type: 'object',
    properties: { a: { type: 'array', items: { type: 'string' } }, b: { additionalProperties: false }, c: { default: { x: [null] } } },
  }
  const crd = { metadata: { name: 'x' }, spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema } }] } }
  const { object, strictErrors } = decodeObject<any>(CustomResourceDefinitionSchema, JSON.stringify(crd))
  assert.deepEqual(strictErrors, [])
  assert.deepEqual(object.spec.versions[0].schema.openAPIV3Schema, openAPIV3Schema)
})

test('a key named __proto__ is data', () => {
  const { object } = decodeObject<any>(ConfigMapSchema, '{"data":{"__proto__":"x"}}')
  assert.equal(JSON.stringify(object.data), '{"__proto__":"x"}')
})

test('documents too deep are refused', () => {
  assert.throws(() => decodeObject(CustomResourceDefinitionSchema, `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), {
    message: "invalid character '[' exceeded max depth",
  })
})

test('YAML reads as Kubernetes reads it', () => {
  assert.deepEqual(parseYamlDocuments('a: yes\nb: 2001-01-01\nc: 0o7\nd: 1:30\n1: x\n---\n# nothing\n---\n{"e": null}'), [
    { a: true, b: '2001-01-01', c: 7, d: '1:30', 1: 'x' },
    { e: null },
  ])
})

test('text is the same however the object was built', () => {
  const a = encodeJson({ metadata: { labels: { b: '1', a: '2' }, name: 'x' }, apiVersion: 'v1', data: { k: 'v' }, kind: 'ConfigMap' }, ConfigMapSchema)
  assert.equal(a, '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","labels":{"a":"2","b":"1"}},"data":{"k":"v"}}')
})

test('a lone dot in YAML is text, other numbers are numbers', () => {
  assert.deepEqual(parseYaml('[., -., 1., .5, 0640, y, 2020-01-01]').value, ['.', '-.', 1, 0.5, 0o640, true, '2020-01-01'])
  assert.deepEqual(parseYamlDocuments('[yes, on, n, true, False]', 'true-false'), [['yes', 'on', 'n', true, false]])
})
