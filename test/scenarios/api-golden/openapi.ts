/**
 * What the OpenAPI documents of a server say: a hash for each path and each type, without descriptions (which are
 * documentation), shared parameters put back where they are referred to; and how the documents are answered.
 */
import { createHash } from 'node:crypto'
import { Agent, request } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import type { Target } from './types.ts'

export interface OpenApiFacts {
  readonly answers: Readonly<Record<string, string>>
  /** By document, then by what is described. */
  readonly documents: Readonly<Record<string, Readonly<Record<string, string>>>>
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

type Json = any

const string = { type: 'string' }
const schema = {
  type: 'object',
  description: 'a thing',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      'x-kubernetes-validations': [{ rule: 'self.size > 0' }],
      properties: {
        size: { type: 'integer', minimum: 1, default: 3 },
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, string] },
        named: {
          type: 'array',
          items: { type: 'object', required: ['name'], properties: { name: string, none: { ...string, nullable: true } } },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        },
        anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        embedded: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
        one: { ...string, enum: ['a', 'b'], pattern: '^a' },
        map: { type: 'object', additionalProperties: string },
      },
    },
    status: { type: 'object', properties: { count: { type: 'integer', format: 'int64' } } },
  },
}
const subresources = { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.count' } }
const definitions = [
  ['Namespaced', 'Open', { subresources }],
  ['Cluster', 'Wide', {}],
].map(([scope, kind, more]) => {
  const singular = String(kind).toLowerCase()
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.open.example.com` },
    spec: {
      group: 'open.example.com',
      scope,
      names: { kind, singular, plural: `${singular}s`, listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...(more as object) }],
    },
  }
})

const json = 'application/json'
const v2 = 'application/com.github.proto-openapi.spec.v2'
const v3 = 'application/com.github.proto-openapi.spec.v3'
const asked: readonly (readonly [string, string])[] = [
  ...['/openapi/v2', '/openapi/v3/apis/apps/v1'].flatMap((path) =>
    [json, 'application/*', '*/*', 'application/yaml', 'text/html', 'text/html, application/json'].map((accept) => [path, accept] as const),
  ),
  ['/openapi/v2', `${v2}@v1.0+protobuf`],
  ['/openapi/v2', `${v2}.v1.0+protobuf`],
  ...[`${v3}@v1.0+protobuf`, `${v3}.v1.0+protobuf`, `text/html, ${v3}.v1.0+protobuf, ${json}`, `${v2}.v1.0+protobuf`].map(
    (accept) => ['/openapi/v3/apis/apps/v1', accept] as const,
  ),
  ['/openapi/v3/apis/apps/v1?hash=HASH', `${v3}.v1.0+protobuf`],
  ['/openapi/v3/apis/apps/v1?hash=x', `${v3}.v1.0+protobuf`],
  ['/openapi/v3', `${v3}.v1.0+protobuf`],
  ['/openapi/v3', json],
  ['/openapi/v3', 'text/html'],
  ['/openapi/v3/', json],
  ['/openapi/v2/', json],
  ['/openapi/v3/apis/apps/v1?hash=x', json],
  ['/openapi/v3/apis/apps/v1?hash=', json],
  ['/openapi/v3/apis/apps/v1?hash=HASH', json],
  ['/openapi/v3/apis/apps/v1/', json],
  ['/openapi/v3/apis/none/v1', json],
]

/** Makes two custom kinds, and waits until they are described. */
export async function openApiFacts({ server, tls, headers = {} }: Target): Promise<OpenApiFacts> {
  const agent = new Agent({ keepAlive: true, ...tls })
  const send = (method: string, path: string, more: Record<string, string> = {}, body?: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const typed = body ? { 'content-type': json } : {}
      const outgoing = request(new URL(path, server), { method, agent, headers: { ...headers, ...typed, ...more } }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }))
      })
      outgoing.on('error', reject)
      outgoing.end(body && JSON.stringify(body))
    })
  try {
    for (const each of definitions) await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {}, each)
    const index = await until(async () => {
      const { paths } = JSON.parse((await send('GET', '/openapi/v3')).text)
      const isThere = paths['apis/open.example.com/v1'] && (await send('GET', '/openapi/v2')).text.includes('readOpenExampleComV1Wide')
      return isThere ? (paths as Record<string, { serverRelativeURL: string }>) : undefined
    })
    const documents: Record<string, Record<string, string>> = { v2: factsOf(JSON.parse((await send('GET', '/openapi/v2')).text)) }
    for (const [path, { serverRelativeURL }] of Object.entries(index)) {
      // Elsewhere a server of its own has this group.
      if (!path.startsWith('apis/metrics.k8s.io')) documents[path] = factsOf(JSON.parse((await send('GET', serverRelativeURL)).text))
    }
    const hash = index['apis/apps/v1']!.serverRelativeURL.split('=')[1]!
    const answers: Record<string, string> = {}
    for (const [path, accept] of asked) {
      const { status, headers: got } = await send('GET', path.replace('HASH', hash), { accept })
      const shown = ['content-type', 'cache-control', 'vary', 'location'].map((name) => `${name}: ${String(got[name] ?? '-').replace(hash, 'HASH')}`)
      answers[`${path} as ${accept}`] = [status, ...shown, got.etag ? 'etag' : 'no etag'].join(', ').replace('Accept-Encoding, ', '')
    }
    return { answers, documents }
  } finally {
    agent.destroy()
  }
}

async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (let left = 200; left > 0; left--) {
    const found = await find()
    if (found !== undefined) return found
    await setTimeout(100)
  }
  throw new Error('the custom kinds are not described in time')
}

function factsOf(document: Json): Record<string, string> {
  const { paths, components, definitions: models = components?.schemas ?? {}, parameters = {}, ...rest } = document
  const facts: Record<string, string> = { document: hashOf({ ...rest, components: Object.keys(components ?? {}) }) }
  const resolved = (list: Json[] | undefined): Json[] | undefined => list?.map((each) => (each.$ref ? parameters[each.$ref.split('/').at(-1)] : each))
  for (const [path, item] of Object.entries<Json>(paths)) {
    if (path.includes('/metrics.k8s.io/')) continue
    const operations = Object.entries<Json>(item).map(([name, value]) => [
      name,
      name === 'parameters' ? resolved(value) : { ...value, parameters: resolved(value.parameters) },
    ])
    facts[path] = hashOf(Object.fromEntries(operations))
  }
  for (const [name, model] of Object.entries<Json>(models)) {
    if (name.includes('.metrics.') || name.endsWith('.meta.v1.Duration')) continue
    const kinds = 'x-kubernetes-group-version-kind'
    facts[name] = hashOf(model[kinds] ? { ...model, [kinds]: model[kinds].filter(({ group }: Json) => group !== 'metrics.k8s.io') } : model)
  }
  return facts
}

function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(writeJson(plain(value)))
    .digest('hex')
    .slice(0, 10)
}

/** Without descriptions, keys in order. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  const keys = Object.keys(value).filter((key) => key !== 'description' || typeof value[key] !== 'string')
  return Object.fromEntries(keys.sort().map((key) => [key, plain(value[key])]))
}
