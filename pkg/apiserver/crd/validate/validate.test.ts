import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '#api/gen/apiextensions/v1.ts'
import { validateSchemas } from './index.ts'

function messages(openAPIV3Schema: object, more: Partial<CustomResourceDefinitionVersion> = {}): string[] {
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, ...more }]
  const crd = { metadata: { name: 'a.example.com' }, spec: { group: 'example.com', versions } } as unknown as CustomResourceDefinition
  return validateSchemas(crd, undefined).map(({ field, message }) => `${field.replace('spec.versions[0].', '')}: ${message}`)
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
    /oldSelf cannot be used on the uncorrelatable portion of the schema within spec\.versions\[0\]\.schema\.openAPIV3Schema\.properties\[spec\]\.properties\[a\]/,
  )
})
