import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '#api/gen/apiextensions/v1.ts'
import { validateSchemas } from './index.ts'

function messages(openAPIV3Schema: object, more: Partial<CustomResourceDefinitionVersion> = {}): string[] {
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, ...more }]
  const crd = { metadata: { name: 'a.example.com' }, spec: { group: 'example.com', versions } } as unknown as CustomResourceDefinition
  return validateSchemas(crd, undefined).map(({ field, message }) => `${field.replace('spec.validation', 'schema').replace(/^spec\./, '')}: ${message}`)
}
const spec = (properties: object) => ({ type: 'object', properties: { spec: { type: 'object', properties } } })
const at = 'schema.openAPIV3Schema.properties[spec]'

test('a schema that is not structural is refused', () => {
  assert.deepEqual(messages({}), ['schema.openAPIV3Schema.type: Required value: must not be empty at the root'])
  assert.deepEqual(messages(spec({ a: {} })), [`${at}.properties[a].type: Required value: must not be empty for specified object fields`])
  assert.deepEqual(messages(spec({ a: { type: 'array' } })), [`${at}.properties[a].items: Required value: must be specified`])
  assert.deepEqual(messages(spec({ a: { type: 'string', anyOf: [{ type: 'string' }] } })), [
    `${at}.properties[a].anyOf[0].type: Forbidden: must be empty to be structural`,
  ])
  assert.deepEqual(messages({ type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } }), [
    'schema.openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
  ])
  assert.deepEqual(messages(spec({ a: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] } })), [])
})

test('lists, defaults, columns and rules are checked', () => {
  const list = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: { type: 'object', properties: { name: { type: 'string' } } },
  }
  assert.deepEqual(messages(spec({ a: list })), [
    `${at}.properties[a].items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
  ])
  assert.match(
    messages(spec({ a: { type: 'integer', default: 'x' } }))[0]!,
    /properties\[a\]\.default: Invalid value: "string": .* must be of type integer: "string"/,
  )
  assert.deepEqual(messages(spec({}), { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec' }] }), [
    'additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    'additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
  ])
  assert.match(
    messages(spec({ a: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >' }] } }))[0]!,
    /x-kubernetes-validations\[0\]\.rule: Invalid value: .*compilation failed: ERROR: <input>:1:/,
  )
  assert.match(
    messages({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.spec.b == 1' }], properties: { spec: { type: 'object', properties: {} } } })[0] ?? '',
    /undefined field 'b'/,
  )
  assert.match(
    messages(spec({ a: { type: 'array', items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } } }))[0]!,
    /oldSelf cannot be used on the uncorrelatable portion of the schema within spec\.validation\.openAPIV3Schema\.properties\[spec\]\.properties\[a\]/,
  )
})

test('rules that could cost too much are refused, in upstream words', () => {
  const loop = [{ rule: 'self.all(x, self.all(y, x == y))' }]
  const advice = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)'
  const items = { type: 'array', items: { type: 'string' }, 'x-kubernetes-validations': loop }
  const rule = `${at}.properties[a].x-kubernetes-validations[0].rule`
  assert.deepEqual(messages(spec({ a: items })), [
    `${rule}: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
    `${rule}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `schema.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
  ])
  assert.deepEqual(messages(spec({ a: { ...items, maxItems: 100, items: { type: 'string', maxLength: 63 } } })), [])
  // What is inside a list is there as often as the list may be long; where nothing says how long, as often as fits a request.
  const inner = { type: 'object', properties: { name: { type: 'string' } }, 'x-kubernetes-validations': [{ rule: "self.name.contains('x')" }] }
  assert.match(messages(spec({ a: { type: 'array', items: inner } }))[0]!, /estimated rule cost exceeds budget by factor of more than 100x/)
  assert.deepEqual(messages(spec({ a: { type: 'array', maxItems: 20, items: inner } })), [])
  assert.deepEqual(messages(spec({ a: { type: 'array', maxItems: 40, items: inner } })), [
    `${at}.properties[a].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 1.258300x ${advice}`,
  ])
  const text = { type: 'string', 'x-kubernetes-validations': [{ rule: "self != ''", messageExpression: 'self.size()' }] }
  assert.match(messages(spec({ a: text }))[0]!, /messageExpression: Invalid value: .*messageExpression must evaluate to a string/)
})
