/** Upstream's golden objects, with every field set, through the whole registry: created, read back, nothing lost. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatesOffByDefault } from '#api/gated-fields.ts'
import { definitions } from '#api/index.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { decodeObject, decodeProtobuf, encodeProtobuf } from '#apimachinery/codec/index.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { startTestApiServer } from '../testing.ts'

const shared = process.env.K8TS_SHARED ?? join(import.meta.dirname, '../../../../shared')
const folder = join(shared, 'data/api-testdata/v1.36.0')
const present = existsSync(folder)
if (!present) console.log(`golden objects skipped: ${folder} is absent (set K8TS_SHARED)`)

/** Golden values are no valid ones ("restartPolicyValue"): the kinds are served without their rules, the rest is real. */
function withoutRules(definition: ResourceDefinition): ResourceDefinition {
  const { defaults: _defaults, create: _create, selectableFields: _fields, ...rest } = definition
  return { ...rest, validateName: () => [] }
}

const writable = definitions.filter(({ virtual, verbs }) => !virtual && (verbs?.includes('create') ?? true))
/** Kinds that are the same objects as others under another name are converted. */
const [stored, converted] = [writable.filter(({ storage }) => !storage), writable.filter(({ storage }) => storage)]

/** Expressions are compiled beside the rules, and so must be of the right type. */
const expressions: Readonly<Record<string, string>> = { expression: 'true', messageExpression: "'a'", valueExpression: "'a'" }

function withExpressions(value: any, holder = ''): any {
  if (Array.isArray(value)) return value.map((each) => withExpressions(each, holder))
  if (value === null || typeof value !== 'object') return value
  const replaced = (key: string): string => (holder === 'applyConfiguration' ? 'Object{}' : holder === 'jsonPatch' ? '[]' : expressions[key]!)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key in expressions ? replaced(key) : withExpressions(each, key)]))
}

/** Addresses and ports of services are given out beside the rules, and so must be none. */
function fit(group: string, kind: string, golden: any): any {
  if (group === 'admissionregistration.k8s.io' || group === 'resource.k8s.io') return withExpressions(golden)
  if (kind !== 'Service') return golden
  const { clusterIP: _ip, clusterIPs: _ips, healthCheckNodePort: _port, ...spec } = golden.spec
  for (const port of spec.ports) delete port.nodePort
  return { ...golden, spec: { ...spec, type: 'ExternalName' } }
}

/** Of metadata what its writer gave: the rest is the server's. */
function written(object: any): any {
  const { name, namespace, labels, annotations, finalizers } = object.metadata
  return JSON.parse(JSON.stringify({ ...object, metadata: { name, namespace, labels, annotations, finalizers } }))
}

const forms: Readonly<Record<string, { type: string; encode(schema: StructSchema, object: any): string | Uint8Array }>> = {
  json: { type: 'application/json', encode: (_, object) => JSON.stringify(object) },
  yaml: { type: 'application/yaml', encode: (_, object) => String(encodeYaml(object)) },
  protobuf: { type: 'application/vnd.kubernetes.protobuf', encode: encodeProtobuf },
}

test('every stored kind with every field set is the same when it is read back', { skip: !present }, async (t) => {
  await using control = await startTestApiServer({ definitions: definitions.map(withoutRules), featureGates: gatesOffByDefault })
  let count = 0
  for (const { group, version, kind, plural, namespaced, schema } of stored) {
    const file = join(folder, `${group || 'core'}.${version}.${kind}.json`)
    // Upstream keeps none of APIService and CustomResourceDefinition.
    if (!existsSync(file)) continue
    count++
    await t.test(`${group || 'core'}/${version} ${kind}`, async () => {
      const golden = fit(group, kind, JSON.parse(readFileSync(file, 'utf8')))
      const base = `${group === '' ? '/api' : `/apis/${group}`}/${version}${namespaced ? '/namespaces/default' : ''}/${plural}`
      for (const [format, { type, encode }] of Object.entries(forms)) {
        const metadata = {
          name: `golden-${format}`,
          ...(namespaced ? { namespace: 'default' } : {}),
          labels: { a: 'b' },
          annotations: { c: 'd' },
          finalizers: ['e.f/g'],
        }
        const sent = { ...golden, metadata }
        const headers = { 'content-type': type, accept: 'application/json' }
        const created = await control.client.request({ method: 'POST', path: `${base}?fieldValidation=Strict`, headers, body: encode(schema, sent) })
        assert.equal(created.status, 201, await created.text())
        const read = async (accept: string) =>
          Buffer.from(await (await control.client.request({ method: 'GET', path: `${base}/golden-${format}`, headers: { accept } })).bytes())
        assert.deepEqual(written(JSON.parse((await read('application/json')).toString())), sent)
        assert.deepEqual(written(decodeObject<object>(schema, await read('application/yaml'), { strict: true, format: 'yaml' }).object), sent)
        assert.deepEqual(written(decodeProtobuf(schema, await read('application/vnd.kubernetes.protobuf'))), sent)
      }
    })
  }
  assert.ok(count > 50, `only ${count} kinds`)
})

const baseOf = ({ group, version, plural }: ResourceDefinition) => `${group === '' ? '/api' : `/apis/${group}`}/${version}/namespaces/default/${plural}`

/** Older versions carry what they cannot say in annotations. */
function withoutCarried(object: any): any {
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !key.startsWith('autoscaling.alpha.kubernetes.io/'))
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(annotations) } }
}

/** Targets with everything in them are no targets: those that mean something. */
function withRealTargets(golden: any): any {
  if (golden.apiVersion !== 'autoscaling/v2') return golden
  const targets = {
    object: { type: 'Value', value: '1' },
    pods: { type: 'AverageValue', averageValue: '1' },
    resource: { type: 'Utilization', averageUtilization: 1 },
  }
  const [metric] = golden.spec.metrics
  const [current] = golden.status.currentMetrics
  const of = (each: any, key: string, more: object) => ({ ...each, [key]: more })
  const { type, object, pods, resource, containerResource, external } = metric
  const metrics = [
    { type, object: of(object, 'target', targets.object), pods: of(pods, 'target', targets.pods), resource: of(resource, 'target', targets.resource) },
    { type, containerResource: of(containerResource, 'target', targets.resource), external: of(external, 'target', targets.pods) },
  ]
  const { object: a, pods: b, resource: c, containerResource: d, external: e } = current
  const both = { averageUtilization: 1, averageValue: '1' }
  const currentMetrics = [
    { type, object: of(a, 'current', { value: '1', averageValue: '1' }), pods: of(b, 'current', { averageValue: '1' }), resource: of(c, 'current', both) },
    { type, containerResource: of(d, 'current', both), external: of(e, 'current', { value: '1', averageValue: '1' }) },
  ]
  return { ...golden, spec: { ...golden.spec, metrics }, status: { ...golden.status, currentMetrics } }
}

test('what is written in one version is the same when it is read in it, also after it went through another', { skip: !present }, async (t) => {
  await using control = await startTestApiServer({ definitions: definitions.map(withoutRules), featureGates: gatesOffByDefault })
  const send = async (method: string, path: string, body?: object) => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const response = await control.client.request({ method, path, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    const json = JSON.parse(await response.text())
    assert.ok(response.status < 300, JSON.stringify(json))
    return json
  }
  for (const older of converted) {
    const newer = definitions.find(
      ({ group, plural, version }) => group === older.storage!.group && plural === older.storage!.plural && version === older.storage!.version,
    )!
    for (const [from, to] of [
      [older, newer],
      [newer, older],
    ] as const) {
      await t.test(`${from.group || 'core'}/${from.version} ${from.kind} through ${to.group || 'core'}/${to.version}`, async () => {
        const golden = withRealTargets(JSON.parse(readFileSync(join(folder, `${from.group || 'core'}.${from.version}.${from.kind}.json`), 'utf8')))
        const name = `golden-${from.group || 'core'}-${from.version}`
        const sent = { ...golden, metadata: { name, namespace: 'default', labels: { a: 'b' }, annotations: { c: 'd' } } }
        const first = await send('POST', baseOf(from), sent)
        assert.deepEqual(withoutCarried(written(first)), sent)
        const through = await send('GET', `${baseOf(to)}/${name}`)
        assert.deepEqual([through.apiVersion, through.kind], [to.group ? `${to.group}/${to.version}` : to.version, to.kind])
        const { uid: _, resourceVersion: __, managedFields: ___, creationTimestamp: ____, ...metadata } = through.metadata
        await send('POST', baseOf(to), { ...through, metadata: { ...metadata, name: `${name}-again` } })
        const again = withoutCarried(written(await send('GET', `${baseOf(from)}/${name}-again`)))
        assert.deepEqual({ ...again, metadata: { ...again.metadata, name } }, sent)
      })
    }
  }
  assert.equal(converted.length, 2)
})
