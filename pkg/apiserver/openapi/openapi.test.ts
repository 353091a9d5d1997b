import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { PodSchema } from '#api/gen/core/v1.ts'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { WireReader } from '#apimachinery/codec/wire.ts'
import { ClientNodeDescriptions, buildOpenApiV2, buildOpenApiV3, encodeGnosticV3, openApiV3Index } from './index.ts'

const pods: ResourceDefinition = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', singular: 'pod', namespaced: true, schema: PodSchema, status: {} }
const deployments: ResourceDefinition = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  namespaced: true,
  schema: DeploymentSchema,
  status: {},
  scale: {} as never,
}
const definitions = [pods, deployments]
const options = { version: 'v1.36.0' }

const documents = buildOpenApiV3(definitions, options)
const documentOf = (path: string) => documents.find((each) => each.path === path)!
const core = JSON.parse(documentOf('api/v1').bytes().toString())

/** Every `$ref` in a document. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' && typeof inner === 'string' ? [inner] : references(inner)))
}

test('the index names a document for each group version, by hash', () => {
  const index = JSON.parse(openApiV3Index(documents).toString())
  assert.deepEqual(Object.keys(index.paths), [
    '.well-known/openid-configuration',
    'api',
    'api/v1',
    'apis',
    'apis/apps',
    'apis/apps/v1',
    'openid/v1/jwks',
    'version',
  ])
  assert.equal(index.paths['apis/apps/v1'].serverRelativeURL, `/openapi/v3/apis/apps/v1?hash=${documentOf('apis/apps/v1').hash}`)
  const other = buildOpenApiV3([pods, { ...deployments, verbs: ['get'] }], options)
  assert.notEqual(other.find(({ path }) => path === 'apis/apps/v1')!.hash, documentOf('apis/apps/v1').hash)
})

test('a kind says its group, version and kind, and every reference is there', () => {
  assert.deepEqual(core.components.schemas['io.k8s.api.core.v1.Pod']['x-kubernetes-group-version-kind'], [{ group: '', kind: 'Pod', version: 'v1' }])
  const names = new Set(Object.keys(core.components.schemas).map((name) => `#/components/schemas/${name}`))
  for (const reference of references(core)) assert.ok(names.has(reference), reference)
})

test('fields carry types, defaults and the extensions that merging needs', () => {
  const { properties, required } = core.components.schemas['io.k8s.api.core.v1.PodSpec']
  assert.deepEqual(required, ['containers'])
  assert.deepEqual(properties.containers, {
    type: 'array',
    items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }], default: {} },
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  })
  assert.deepEqual(core.components.schemas['io.k8s.apimachinery.pkg.util.intstr.IntOrString'], {
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  })
  assert.equal(core.components.schemas['io.k8s.api.core.v1.ContainerPort'].properties.protocol.default, 'TCP')
})

test('kubectl finds the field validation parameter and strategic merge on a patch', () => {
  const { patch } = core.paths['/api/v1/namespaces/{namespace}/pods/{name}']
  assert.ok(patch.parameters.some((parameter: any) => parameter.name === 'fieldValidation' && parameter.in === 'query'))
  assert.ok(patch.requestBody.content['application/strategic-merge-patch+json'])
  assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: '', version: 'v1', kind: 'Pod' })
  assert.equal(patch.operationId, 'patchCoreV1NamespacedPod')
})

test('every verb of a resource has its path', () => {
  const apps = JSON.parse(documentOf('apis/apps/v1').bytes().toString())
  const base = '/apis/apps/v1/namespaces/{namespace}/deployments'
  const watched = ['deployments', 'namespaces/{namespace}/deployments', 'namespaces/{namespace}/deployments/{name}'].map(
    (each) => `/apis/apps/v1/watch/${each}`,
  )
  const own = [base, `${base}/{name}`, `${base}/{name}/scale`, `${base}/{name}/status`]
  assert.deepEqual(Object.keys(apps.paths), ['/apis/apps/v1/', '/apis/apps/v1/deployments', ...own, ...watched])
  assert.deepEqual(Object.keys(apps.paths[base]).sort(), ['delete', 'get', 'parameters', 'post'])
  assert.deepEqual(Object.keys(apps.paths[`${base}/{name}`]).sort(), ['delete', 'get', 'parameters', 'patch', 'put'])
  assert.deepEqual(apps.paths[`${base}/{name}/scale`].get['x-kubernetes-group-version-kind'], { group: 'autoscaling', version: 'v1', kind: 'Scale' })
})

test('version 2 refers to definitions, and its protobuf form reads back', () => {
  const document = buildOpenApiV2(definitions, options)
  const swagger = JSON.parse(document.json().toString())
  assert.equal(swagger.definitions['io.k8s.api.core.v1.Pod'].properties.spec.$ref, '#/definitions/io.k8s.api.core.v1.PodSpec')
  assert.match(document.etag, /^"[0-9A-F]{128}"$/)
  const wire = new WireReader(document.protobuf())
  const fields: number[] = []
  while (!wire.done) {
    const tag = wire.small()
    fields.push(tag >> 3)
    if (tag >> 3 === 1) assert.equal(wire.text(), '2.0')
    else wire.skip(tag & 7)
  }
  assert.deepEqual([...new Set(fields)], [1, 2, 8, 9, 10, 12, 13])
})

test('version 3 in protobuf is what gnostic makes of its JSON, byte for byte', () => {
  const { document, protobuf } = JSON.parse(readFileSync(new URL('gnostic/recorded-v3.json', import.meta.url), 'utf8'))
  assert.equal(encodeGnosticV3(document).toString('base64'), protobuf)
  const apps = documentOf('apis/apps/v1')
  assert.deepEqual(apps.protobuf(), encodeGnosticV3(JSON.parse(apps.bytes().toString())))
})

test('descriptions come from the installed client package, also where its names differ', {
  skip: new ClientNodeDescriptions().ofType('io.k8s.api.core.v1.Pod') === undefined,
}, () => {
  const descriptions = new ClientNodeDescriptions()
  assert.match(descriptions.ofField('io.k8s.api.core.v1.PodSpec', 'containers') ?? '', /containers/)
  assert.match(descriptions.ofType('io.k8s.api.events.v1.Event') ?? '', /event/i)
  assert.match(descriptions.ofField('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps', 'default') ?? '', /default/)
  assert.match(descriptions.ofField('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta', 'continue') ?? '', /continue/)
  assert.equal(descriptions.ofType('io.k8s.api.core.v1.Nothing'), undefined)
})
