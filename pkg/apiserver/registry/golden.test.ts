/** Upstream's golden objects, with every field set, through the whole registry: created, read back, nothing lost. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatesOffByDefault } from '#api/gated-fields.ts'
import { definitions } from '#api/index.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { decodeProtobuf } from '#apimachinery/codec/index.ts'
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

/** Kinds that are the same objects as others under another name are converted: their own tests see to that. */
const stored = definitions.filter(({ virtual, verbs, storage }) => !virtual && !storage && (verbs?.includes('create') ?? true))

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
      const metadata = { name: 'golden', ...(namespaced ? { namespace: 'default' } : {}), labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['e.f/g'] }
      const sent = { ...golden, metadata }
      const base = `${group === '' ? '/api' : `/apis/${group}`}/${version}${namespaced ? '/namespaces/default' : ''}/${plural}`
      const headers = { 'content-type': 'application/json' }
      const created = await control.client.request({ method: 'POST', path: `${base}?fieldValidation=Strict`, headers, body: JSON.stringify(sent) })
      assert.equal(created.status, 201, await created.text())
      const read = async (accept: string) =>
        Buffer.from(await (await control.client.request({ method: 'GET', path: `${base}/golden`, headers: { accept } })).bytes())
      assert.deepEqual(written(JSON.parse((await read('application/json')).toString())), sent)
      assert.deepEqual(written(decodeProtobuf(schema, await read('application/vnd.kubernetes.protobuf'))), sent)
    })
  }
  assert.ok(count > 50, `only ${count} kinds`)
})
