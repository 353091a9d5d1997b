/** OpenAPI v2 (Swagger): one document for everything, which older clients and kubectl's fallback read. */
import { createHash } from 'node:crypto'
import { DeleteOptionsSchema, StatusSchema } from '#apimachinery/gen/meta-v1.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { encodeGnostic } from './gnostic.ts'
import { kindsByType, listSchemaOf } from './kinds.ts'
import { Models } from './models.ts'
import { type Operation, type PathItem, pathsOf } from './operations.ts'
import type { Parameter } from './parameters.ts'
import { type Json, noDescriptions, type OpenApiOptions, type OpenApiV2Document } from './types.ts'
import { readJson, writeJson } from '#apimachinery/codec/exact-json.ts'

const encodings = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor']
const streams = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch', 'application/cbor-seq']
const allPatches = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
]
const patchesOf = ({ custom }: Operation): string[] => (custom ? allPatches.filter((each) => !each.includes('strategic')) : allPatches)

/** More of version 2 from elsewhere: custom resources and aggregated servers. */
export interface OpenApiV2Extension {
  readonly paths: Json
  readonly definitions: Json
}

export function buildOpenApiV2(
  definitions: readonly ResourceDefinition[],
  options: OpenApiOptions,
  extensions: readonly OpenApiV2Extension[] = [],
): OpenApiV2Document {
  let json: Buffer | undefined
  let protobuf: Buffer | undefined
  let document: Json | undefined
  const build = (): Json => {
    document ??= swagger(definitions, options, extensions)
    return document
  }
  const text = (): Buffer => {
    json ??= Buffer.from(writeJson(build()))
    return json
  }
  return {
    get etag() {
      return `"${createHash('sha256').update(text()).digest('hex').toUpperCase()}"`
    },
    json: text,
    protobuf: () => {
      protobuf ??= encodeGnostic(build())
      return protobuf
    },
  }
}

function swagger(definitions: readonly ResourceDefinition[], options: OpenApiOptions, extensions: readonly OpenApiV2Extension[]): Json {
  const apiVersions = [...new Set(definitions.map((definition) => apiVersionOf(definition)))]
  const models = new Models('v2', options.descriptions ?? noDescriptions, kindsByType(apiVersions))
  const paths: Json = {}
  for (const definition of definitions) {
    if (definition.custom) models.define(definition.schema.name, definition.custom.openApi('v2'))
    for (const item of pathsOf(definition, listSchemaOf)) paths[item.path] = pathItem(item, models)
  }
  const all = models.all()
  for (const extension of extensions) {
    const { paths: more, definitions: theirs } = joinable(extension, all)
    Object.assign(paths, more)
    Object.assign(all, theirs)
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: options.version },
    paths,
    definitions: all,
    securityDefinitions: { BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' } },
    security: [{ BearerToken: [] }],
  }
}

const reference = /"#\/definitions\/([^"]+)"/g

/** Only the definitions that the paths lead to, and none under a name that means something else here already. */
function joinable({ paths, definitions }: OpenApiV2Extension, taken: Json): { paths: Json; definitions: Json } {
  const reached = new Set<string>()
  const follow = (part: unknown): void => {
    for (const [, name] of (writeJson(part) ?? '').matchAll(reference)) {
      if (reached.has(name!) || !(name! in definitions)) continue
      reached.add(name!)
      follow(definitions[name!])
    }
  }
  follow(paths)
  const renamed = new Map<string, string>()
  for (const name of reached) {
    if (!(name in taken) || writeJson(taken[name]) === writeJson(definitions[name])) continue
    let count = 2
    while (`${name}_v${count}` in taken) count++
    renamed.set(name, `${name}_v${count}`)
  }
  const rewritten = (part: unknown): Json =>
    readJson(writeJson(part).replace(reference, (whole, name: string) => (renamed.has(name) ? `"#/definitions/${renamed.get(name)}"` : whole))) as Json
  return { paths: rewritten(paths), definitions: Object.fromEntries([...reached].map((name) => [renamed.get(name) ?? name, rewritten(definitions[name])])) }
}

function pathItem({ parameters, operations }: PathItem, models: Models): Json {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, writeOperation(operation, models)])),
    parameters: parameters.map(writeParameter),
  }
}

function writeParameter({ name, in: place, type, description }: Parameter): Json {
  return { uniqueItems: true, type, description, name, in: place, ...(place === 'path' ? { required: true } : {}) }
}

function writeOperation(operation: Operation, models: Models): Json {
  const { group, version } = operation.kind
  const schema = models.refer(operation.answer ?? StatusSchema)
  return {
    consumes: operation.method === 'patch' ? patchesOf(operation) : ['*/*'],
    description: operation.description,
    operationId: operation.id,
    parameters: [...bodyOf(operation, models), ...operation.parameters.map(writeParameter)],
    produces: operation.streams ? [...encodings, ...streams] : encodings,
    responses: { ...answersOf(operation, schema), '401': { description: 'Unauthorized' } },
    schemes: ['https'],
    tags: [`${group === '' ? 'core' : group.replace(/\.k8s\.io$/, '').replaceAll('.', '_')}_${version}`],
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  }
}

function bodyOf({ method, body }: Operation, models: Models): Json[] {
  if (method === 'patch') return [{ name: 'body', in: 'body', required: true, schema: { type: 'object' } }]
  if (method === 'delete') return [{ name: 'body', in: 'body', schema: models.refer(DeleteOptionsSchema) }]
  return body === undefined ? [] : [{ name: 'body', in: 'body', required: true, schema: models.refer(body) }]
}

function answersOf({ method }: Operation, schema: Json): Json {
  const answers: Json = { '200': { description: 'OK', schema } }
  if (method === 'post' || method === 'put' || method === 'patch') answers['201'] = { description: 'Created', schema }
  if (method === 'post' || method === 'delete') answers['202'] = { description: 'Accepted', schema }
  return answers
}
