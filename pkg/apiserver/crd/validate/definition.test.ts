/** What is refused in a definition, and where. Facts: validation_test.go of k8s.io/apiextensions-apiserver 0.36. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CustomResourceDefinitionSchema } from '#api/gen/apiextensions/v1.ts'
import { definitions } from '#api/index.ts'
import { decodeObject } from '#apimachinery/codec/decode.ts'
import { withSchemaChecks } from '../definition.ts'

const definition: any = withSchemaChecks(definitions.find(({ kind }) => kind === 'CustomResourceDefinition') as never)

const object = (properties: object = {}, more: object = {}) => ({ type: 'object', properties, ...more })
const version = (schema: object, more: object = {}) => ({ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more })
const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' }
const good = { group: 'a.com', scope: 'Namespaced', names, versions: [version(object())] }
const crd = (spec: object, more: object = {}) => ({
  metadata: { name: 'things.a.com', resourceVersion: '1' },
  spec: { ...good, ...spec },
  status: { storedVersions: ['v1'] },
  ...more,
})
const decoded = (value: object): any => decodeObject(CustomResourceDefinitionSchema, value).object
const shown = (errors: readonly { field: string; message: string }[]) => errors.map(({ field, message }) => `${field}: ${message.slice(0, 160)}`)
const refusals = (spec: object) => shown(definition.create.validate(decoded(crd(spec)), {}))

/** Each error begins so. */
function begins(found: readonly string[], wanted: readonly string[]): void {
  assert.equal(found.length, wanted.length, found.join('\n'))
  for (const [index, each] of wanted.entries()) assert.ok(found[index]!.startsWith(each), `${found[index]}\n  does not begin with\n${each}`)
}

const label = 'a DNS-1035 label must consist of lower case alphanumeric characters'
const names1035: readonly (readonly [what: string, spec: object, ...errors: string[]])[] = [
  ['all is well', {}],
  ['a group must be', { group: '' }, 'metadata.name: Invalid value: "things.a.com": must be spec', 'spec.group: Required value'],
  ['a group has a dot', { group: 'a' }, 'metadata.name: Invalid', 'spec.group: Invalid value: "a": should be a domain with at least one dot'],
  ['a group is a domain', { group: 'A.com' }, 'metadata.name: Invalid', 'spec.group: Invalid value: "A.com": a lowercase RFC 1123 subdomain'],
  ['a scope is one of two', { scope: 'Galaxy' }, 'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
  [
    'names must be',
    { names: { plural: 'things', kind: '' } },
    'spec.names.singular: Required value',
    'spec.names.kind: Required value',
    'spec.names.listKind: Required value',
  ],
  [
    'names are labels, kinds whatever their case',
    { names: { plural: 'things', singular: 'a(b)', kind: 'A(b)', listKind: 'B(c)', shortNames: ['ok', 'C'], categories: ['D'] } },
    `spec.names.singular: Invalid value: "a(b)": ${label}`,
    `spec.names.kind: Invalid value: "A(b)": may have mixed case, but should otherwise match: ${label}`,
    `spec.names.listKind: Invalid value: "B(c)": may have mixed case, but should otherwise match: ${label}`,
    `spec.names.shortNames[1]: Invalid value: "C": ${label}`,
    `spec.names.categories[0]: Invalid value: "D": ${label}`,
  ],
  ['kinds differ', { names: { ...names, listKind: 'Thing' } }, 'spec.names.listKind: Invalid value: "Thing": kind and listKind may not be the same'],
  [
    'versions are labels, and differ',
    { versions: [version(object(), { name: 'V' }), version(object(), { name: 'V', storage: false })] },
    `spec.versions[0].name: Invalid value: "V": ${label}`,
    `spec.versions[1].name: Invalid value: "V": ${label}`,
    'spec.versions: Invalid value: [{"Name":"V"',
    `spec.version: Invalid value: "V": ${label}`,
    'status.storedVersions: Invalid value: ["v1"]: must have the storage version V',
    'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version',
  ],
  ['a version has a schema', { versions: [{ ...version({}), schema: undefined }] }, 'spec.versions[0].schema.openAPIV3Schema: Required value'],
]

const webhook = (clientConfig: object | undefined, conversionReviewVersions: readonly string[] = ['v1']) => ({
  conversion: { strategy: 'Webhook', webhook: { ...(clientConfig ? { clientConfig } : {}), conversionReviewVersions } },
})
const service = { name: 'n', namespace: 'ns', port: 443 }
const conversions: typeof names1035 = [
  ['a webhook by URL', webhook({ url: 'https://a.com' })],
  ['a webhook by service', webhook({ service })],
  [
    'a strategy is one of two',
    { conversion: { strategy: 'Magic' } },
    'spec.conversion.strategy: Unsupported value: "Magic": supported values: "None", "Webhook"',
  ],
  ['a webhook is somewhere', webhook(undefined), 'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook'],
  [
    'and in one place',
    webhook({ url: 'https://a.com', service }),
    'spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required',
  ],
  [
    'by https',
    webhook({ url: '' }),
    `spec.conversion.webhookClientConfig.url: Invalid value: "": 'https' is the only allowed URL scheme`,
    'spec.conversion.webhookClientConfig.url: Invalid value: "": host must be specified',
  ],
  ['at a port', webhook({ service: { ...service, port: 65536 } }), 'spec.conversion.webhookClientConfig.service.port: Invalid value: 65536: port is not valid'],
  ['reviews have versions', webhook({ service }, []), 'spec.conversion.conversionReviewVersions: Required value'],
  [
    'one of which is known',
    webhook({ service }, ['v2']),
    'spec.conversion.conversionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
  ],
  [
    'each once, and named properly',
    webhook({ service }, ['v1', 'V3', 'v1']),
    `spec.conversion.conversionReviewVersions[1]: Invalid value: "V3": ${label}`,
    'spec.conversion.conversionReviewVersions[2]: Invalid value: "v1": duplicate version',
  ],
  [
    'no webhook when nothing is converted',
    { conversion: { ...webhook({ service }).conversion, strategy: 'None' } },
    'spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook',
    'spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook',
  ],
  ['a bundle may be wrong at first', webhook({ service, caBundle: 'YQ==' })],
]

const two = (first: object, second: object, more: object = {}, less: object = {}) => ({
  versions: [version(first, more), version(second, { name: 'v2', storage: false, ...less })],
})
const a = object({ a: { type: 'string' } })
const columns = (type: string) => ({ additionalPrinterColumns: [{ name: 'A', type, jsonPath: '.a' }] })
const scale = (path: string) => ({ subresources: { scale: { specReplicasPath: path, statusReplicasPath: '.status.r' } } })
const selects = (...paths: string[]) => ({ selectableFields: paths.map((jsonPath) => ({ jsonPath })) })
const places: typeof names1035 = [
  ['what all versions share is told once', two(object({ a: {} }), object({ a: {} })), 'spec.validation.openAPIV3Schema.properties[a].type: Required value'],
  ['what they do not at each', two(object({ a: {} }), object()), 'spec.versions[0].schema.openAPIV3Schema.properties[a].type: Required value'],
  ['columns', { versions: [version(a, columns('text'))] }, 'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date'],
  ['columns of one', two(a, a, columns('text')), 'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "text"'],
  ['scales', { versions: [version(a, scale('.x'))] }, 'spec.subresources.scale.specReplicasPath: Invalid value: ".x": should be a json path under .spec'],
  ['scales of one', two(a, a, {}, scale('x')), 'spec.versions[1].subresources.scale.specReplicasPath: Invalid value: "x": must be a simple json path'],
  ['selectable fields', { versions: [version(a, selects('.b'))] }, 'spec.selectableFields[0].jsonPath: Invalid value: ".b": is an invalid path'],
  ['each once', { versions: [version(a, selects('.a', '.a'))] }, 'spec.selectableFields[1].jsonPath: Duplicate value: ".a"'],
  [
    'of different schemas each their own',
    two(a, object({ a: { type: 'integer' } }), selects('.a'), selects('.a')),
    'spec.selectableFields: Invalid value: "": may only be set when validations.schema is included',
  ],
  [
    'where status is a door its schema is found by its name',
    { versions: [version({ ...object(), anyOf: [{ required: ['a'] }] }, { subresources: { status: {} } })] },
    'spec.validation.openAPIV3Schema: Invalid value: {"type":"object"',
  ],
  [
    'kept fields need no defaults',
    { preserveUnknownFields: true, versions: [version(object({ a: { type: 'string', default: 'x' } }))] },
    'spec.preserveUnknownFields: Invalid value: true: must be false in order to use defaults in the schema',
    'spec.preserveUnknownFields: Invalid value: true: cannot set to true',
  ],
]

const rule = (text: string, more: object = {}) => ({ 'x-kubernetes-validations': [{ rule: text, ...more }] })
const at = 'spec.validation.openAPIV3Schema'
const schemas: readonly (readonly [what: string, properties: object, ...errors: string[]])[] = [
  [
    'null is no type',
    { a: { type: 'null' } },
    `${at}.properties[a].type: Unsupported value: "null"`,
    `${at}.properties[a].type: Forbidden: type cannot be set to null`,
  ],
  [
    'a list has one schema',
    { a: { type: 'array', items: [{ type: 'string' }], 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] } },
    `${at}.properties[a].items: Forbidden: items must be a schema object and not an array`,
    `${at}.properties[a].items: Invalid value: {"Schema":null,"JSONSchemas":[{"type":"string"}]}: must only have a single schema`,
  ],
  [
    'nothing is kept by halves',
    { a: { 'x-kubernetes-preserve-unknown-fields': false } },
    `${at}.properties[a].x-kubernetes-preserve-unknown-fields: Invalid value: false`,
  ],
  [
    'no object is embedded in metadata',
    {
      e: object(
        { metadata: object({}, { 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true }) },
        { 'x-kubernetes-embedded-resource': true },
      ),
    },
    `${at}.properties[e].properties[metadata].x-kubernetes-embedded-resource: Forbidden: must not be used inside of resource meta`,
  ],
  ['fields may be closed', { a: object({}, { additionalProperties: false }) }],
  [
    'a rule may see the old value in an atomic map',
    { m: object({ a: { type: 'string', ...rule('self == oldSelf') } }, { 'x-kubernetes-map-type': 'atomic' }) },
  ],
  ['keywords are names after a dot', { m: object({ if: { type: 'integer' }, namespace: { type: 'integer' } }, rule('self.if > 0 && self.__namespace__ > 0')) }],
  ['paths may be quoted', { m: object({ 'b.c': object({ 'c\x07': { type: 'string' } }) }, rule('true', { fieldPath: ".['b.c']['c\\a']".slice(1) })) }],
  [
    'a rule is read although something beside it is wrong',
    { a: object({}, { 'x-kubernetes-map-type': 'odd' }), b: { type: 'string', ...rule('self == ') } },
    `${at}.properties[a].x-kubernetes-map-type: Unsupported value: "odd"`,
    `${at}.properties[b].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self == ","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed`,
  ],
  [
    'a default obeys its rules',
    { a: { type: 'integer', default: 1, ...rule('self > 1') } },
    `${at}.properties[a].default: Invalid value: 1: failed rule: self > 1`,
  ],
]

const embedded = (properties: object, more: object = {}) => ({
  e: object(properties, { 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true, ...more }),
})
const defaults: typeof schemas = [
  ['a whole object', embedded({}, { default: { apiVersion: 'v1', kind: 'A', metadata: { name: 'a', labels: { a: 'b' } } } })],
  ['a name in metadata', embedded({ metadata: object({ name: { type: 'string', default: 'ok' } }) })],
  [
    'an object has a version and a kind',
    embedded({}, { default: { spec: 1 } }),
    `${at}.properties[e].default.apiVersion: Required value`,
    `${at}.properties[e].default.kind: Required value`,
  ],
  ['a kind is text', embedded({}, { default: { apiVersion: 'v1', kind: 1 } }), `${at}.properties[e].default.kind: Invalid value: 1: must be a string`],
  ['a kind is a kind', embedded({}, { default: { apiVersion: 'v1', kind: '%' } }), `${at}.properties[e].default.kind: Invalid value: "%": may have mixed case`],
  [
    'a version is one',
    embedded({}, { default: { apiVersion: 'a/b/c', kind: 'A' } }),
    `${at}.properties[e].default.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c`,
  ],
  [
    'metadata is a map',
    embedded({}, { default: { apiVersion: 'v1', kind: 'A', metadata: 'x' } }),
    `${at}.properties[e].default.metadata: Invalid value: "x": json: cannot unmarshal string`,
  ],
  [
    'labels are labels',
    embedded({}, { default: { apiVersion: 'v1', kind: 'A', metadata: { labels: { a: 'x y' } } } }),
    `${at}.properties[e].default.metadata.labels: Invalid value: "x y": a valid label must`,
  ],
  [
    'a default in metadata makes good metadata',
    embedded({ metadata: object({ name: { type: 'string', default: '%' } }) }),
    `${at}.properties[e].properties[metadata].properties[name].default: Invalid value: "%": must result in valid metadata: metadata.name: Invalid value: "%": may not contain '%'`,
  ],
  [
    'a default of a kind is one',
    embedded({ kind: { type: 'string', default: '%' } }),
    `${at}.properties[e].properties[kind].default: Invalid value: "%": must result in valid metadata: kind: Invalid value: "%": may have mixed case`,
  ],
]

for (const [what, spec, ...errors] of [...names1035, ...conversions, ...places]) test(what, () => begins(refusals(spec), errors))
for (const [what, properties, ...errors] of schemas) test(what, () => begins(refusals({ versions: [version(object(properties))] }), errors))
for (const [what, properties, ...errors] of defaults) test(`defaults: ${what}`, () => begins(refusals({ versions: [version(object(properties))] }), errors))

test('what was wrong before may stay wrong in an update', () => {
  const established = { status: { storedVersions: ['v1'], conditions: [{ type: 'Established', status: 'True' }] } }
  const update = (before: object, after: object, more: object = established) =>
    shown(definition.update.validate(decoded(crd(after)), decoded(crd(before, more)), {}))
  const bundle = (caBundle: string) => webhook({ service, caBundle })
  const wrong = 'spec.conversion.webhookClientConfig.caBundle: Invalid value: "YQ==": unable to load root certificates: unable to parse bytes as PEM block'
  assert.deepEqual(update(webhook({ service }), bundle('YQ==')), [wrong])
  assert.deepEqual(update(bundle('Yg=='), bundle('YQ==')), [])
  assert.deepEqual(update(webhook({ service }), bundle('YQ=='), {}), [])
  assert.deepEqual(update(webhook({ service }, ['v9']), webhook({ service }, ['v8'])), [])
  begins(update({}, { scope: 'Cluster' }), ['spec.scope: Invalid value: "Cluster": field is immutable'])
  assert.deepEqual(update({}, { scope: 'Cluster' }, {}), [])
  begins(update({}, { group: 'b.com' }), ['spec.group: Invalid value: "b.com": field is immutable'])
})
