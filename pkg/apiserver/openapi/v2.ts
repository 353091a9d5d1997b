/** OpenAPI v2 (Swagger): one document for everything, which older clients and kubectl's fallback read. */
import { createHash } from 'node:crypto'
import { fnv1Wide } from '#base/fnv.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { encodeGnosticV2 } from './gnostic/v2.ts'
import { kindsByType, listSchemaOf } from './kinds.ts'
import { Models } from './models.ts'
import { type Operation, type PathItem, pathsOf } from './operations.ts'
import { groupPath, groupsPath, otherModels, groupsWithPaths, otherPaths, resourcesPath, versionsPath } from './roots.ts'
import type { Parameter } from './parameters.ts'
import { type Json, noDescriptions, type OpenApiOptions, type OpenApiV2Document } from './types.ts'
import { readJson, writeJson } from '#apimachinery/codec/exact-json.ts'

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
      return `"${createHash('sha512').update(text()).digest('hex').toUpperCase()}"`
    },
    json: text,
    protobuf: () => {
      protobuf ??= encodeGnosticV2(build())
      return protobuf
    },
  }
}

function swagger(definitions: readonly ResourceDefinition[], options: OpenApiOptions, extensions: readonly OpenApiV2Extension[]): Json {
  const apiVersions = [...new Set(definitions.filter(({ custom }) => !custom).map((definition) => apiVersionOf(definition)))]
  const models = new Models('v2', options.descriptions ?? noDescriptions, kindsByType(apiVersions, 'v2'))
  const paths: Json = {}
  const put = (item: PathItem): void => {
    paths[item.path] = pathItem(item, models)
  }
  for (const item of [versionsPath(), groupsPath(), ...Object.values(otherPaths)]) put(item)
  for (const group of groupsWithPaths(definitions)) put(groupPath(group))
  for (const apiVersion of apiVersions) put(resourcesPath(definitions.find((each) => apiVersionOf(each) === apiVersion)!))
  for (const definition of definitions) {
    models.define(definition)
    for (const item of pathsOf(definition, { listOf: listSchemaOf, descriptions: options.descriptions ?? noDescriptions })) put(item)
  }
  const all: Json = inOrder({ ...models.all(), ...otherModels('v2') })
  for (const extension of extensions) {
    const { paths: more, definitions: theirs } = joinable(extension, all)
    Object.assign(paths, more)
    Object.assign(all, theirs)
  }
  const parameters = shareParameters(paths)
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: options.version },
    paths: inOrder(paths),
    definitions: all,
    parameters,
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

function inOrder(of: Json): Json {
  return Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Parameters that are no path's own are said once, under a name with a hash, and referred to. */
function shareParameters(paths: Json): Json {
  const shared: Json = {}
  const share = (parameter: Json): Json => {
    const { name, in: place, schema } = parameter as { name?: string; in?: string; schema?: { $ref?: string } }
    if (name === undefined || (name === 'name' && place !== 'body')) return parameter
    // Older kubectl looks for these two where they are used.
    if (place === 'query' && (name === 'fieldValidation' || name === 'dryRun')) return parameter
    if (place === 'body' && !schema?.$ref?.startsWith('#/definitions/io.k8s.apimachinery')) return parameter
    const key = `${name}-${fnv1Wide(writeJson(parameter)).subarray(0, 6).toString('base64url')}`
    shared[key] = parameter
    return { $ref: `#/parameters/${key}` }
  }
  for (const item of Object.values(paths) as Record<string, any>[]) {
    for (const part of [item, ...Object.values(item)]) if (Array.isArray(part?.parameters)) part.parameters = part.parameters.map(share)
  }
  return inOrder(shared)
}

function pathItem({ parameters, operations }: PathItem, models: Models): Json {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, writeOperation(operation, models)])),
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(writeParameter) }),
  }
}

function writeParameter({ name, in: place, type, description }: Parameter): Json {
  return { uniqueItems: true, type, description, name, in: place, ...(place === 'path' ? { required: true } : {}) }
}

const called = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const

function writeOperation(operation: Operation, models: Models): Json {
  const { description, id, tag, action, kind, consumes, produces, codes, body, answer } = operation
  const schema = answer === undefined ? { type: 'string' } : typeof answer === 'string' ? { $ref: `#/definitions/${answer}` } : models.refer(answer)
  const parameters = [
    ...(body ? [{ name: 'body', in: 'body', ...(body.required ? { required: true } : {}), schema: models.refer(body.type) }] : []),
    ...operation.parameters.map(writeParameter),
  ]
  return {
    description,
    ...(consumes.length === 0 ? {} : { consumes }),
    produces,
    schemes: ['https'],
    tags: [tag],
    operationId: id,
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: { ...Object.fromEntries(codes.map((code) => [code, { description: called[code], schema }])), '401': { description: 'Unauthorized' } },
    ...(action ? { 'x-kubernetes-action': action } : {}),
    ...(kind ? { 'x-kubernetes-group-version-kind': kind } : {}),
  }
}
