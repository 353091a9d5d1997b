/** OpenAPI v3: a document for each group version, and the index that names them (KEP-2896). */
import { createHash } from 'node:crypto'
import { DeleteOptionsSchema, StatusSchema } from '#apimachinery/gen/meta-v1.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { kindsByType, listSchemaOf } from './kinds.ts'
import { Models } from './models.ts'
import { type Operation, type PathItem, pathsOf, rootOf } from './operations.ts'
import type { Parameter } from './parameters.ts'
import { type Json, noDescriptions, type OpenApiOptions, type OpenApiV3Document } from './types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

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

/** One document a group version, none of them built yet. */
export function buildOpenApiV3(definitions: readonly ResourceDefinition[], options: OpenApiOptions): OpenApiV3Document[] {
  const groups = Map.groupBy(definitions, (definition) => apiVersionOf(definition))
  const apiVersions = [...groups.keys()]
  return [...groups.values()].map((group) => new GroupDocument(group, apiVersions, options))
}

/** The body of /openapi/v3. */
export function openApiV3Index(documents: readonly OpenApiV3Document[]): Buffer {
  const paths = Object.fromEntries(documents.map(({ path, hash }) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]))
  return Buffer.from(writeJson({ paths }))
}

class GroupDocument implements OpenApiV3Document {
  readonly path: string
  readonly hash: string
  readonly #definitions: readonly ResourceDefinition[]
  readonly #apiVersions: readonly string[]
  readonly #options: OpenApiOptions
  #bytes: Buffer | undefined

  constructor(definitions: readonly ResourceDefinition[], apiVersions: readonly string[], options: OpenApiOptions) {
    this.path = rootOf(definitions[0]!).slice(1)
    this.#definitions = definitions
    this.#apiVersions = apiVersions
    this.#options = options
    this.hash = createHash('sha256')
      .update(writeJson([options.version, apiVersions, definitions.map(fingerprint)]))
      .digest('hex')
      .toUpperCase()
  }

  bytes(): Buffer {
    this.#bytes ??= Buffer.from(writeJson(this.#build()))
    return this.#bytes
  }

  #build(): Json {
    const models = new Models('v3', this.#options.descriptions ?? noDescriptions, kindsByType(this.#apiVersions))
    const paths: Json = {}
    for (const definition of this.#definitions) {
      if (definition.custom) models.define(definition.schema.name, definition.custom.openApi('v3'))
      for (const item of pathsOf(definition, listSchemaOf)) paths[item.path] = pathItem(item, models)
    }
    return {
      openapi: '3.0.0',
      info: { title: 'Kubernetes', version: this.#options.version },
      paths,
      components: {
        schemas: models.all(),
        securitySchemes: { BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' } },
      },
    }
  }
}

/** What, besides the version, decides the document's content. */
function fingerprint(definition: ResourceDefinition): unknown {
  const { plural, kind, verbs, status, scale, subresources, custom } = definition
  return [plural, kind, verbs, status !== undefined, scale !== undefined, Object.keys(subresources ?? {}), custom?.fingerprint]
}

function pathItem({ parameters, operations }: PathItem, models: Models): Json {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, writeOperation(operation, models)])),
    parameters: parameters.map(writeParameter),
  }
}

function writeParameter({ name, in: place, type, description }: Parameter): Json {
  return { name, in: place, description, ...(place === 'path' ? { required: true } : {}), schema: { type, uniqueItems: true } }
}

function writeOperation(operation: Operation, models: Models): Json {
  const { group, version } = operation.kind
  const answer = contentOf(models, operation.answer ?? StatusSchema, operation.streams ? [...encodings, ...streams] : encodings)
  return {
    tags: [tag(group, version)],
    description: operation.description,
    operationId: operation.id,
    ...(operation.parameters.length === 0 ? {} : { parameters: operation.parameters.map(writeParameter) }),
    ...bodyOf(operation, models),
    responses: { ...answersOf(operation, answer), '401': { description: 'Unauthorized' } },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  }
}

function tag(group: string, version: string): string {
  return `${group === '' ? 'core' : group.replace(/\.k8s\.io$/, '').replaceAll('.', '_')}_${version}`
}

function contentOf(models: Models, type: StructSchema, mediaTypes: readonly string[]): Json {
  const schema = models.refer(type)
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]))
}

function bodyOf(operation: Operation, models: Models): Json {
  const { method, body } = operation
  if (method === 'patch') {
    const schema = { description: 'Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.', type: 'object' }
    return { requestBody: { required: true, content: Object.fromEntries(patchesOf(operation).map((mediaType) => [mediaType, { schema }])) } }
  }
  if (method === 'delete') return { requestBody: { content: contentOf(models, DeleteOptionsSchema, ['*/*']) } }
  return body === undefined ? {} : { requestBody: { required: true, content: contentOf(models, body, ['*/*']) } }
}

function answersOf({ method }: Operation, content: Json): Json {
  const answers: Json = { '200': { description: 'OK', content } }
  if (method === 'post' || method === 'put' || method === 'patch') answers['201'] = { description: 'Created', content }
  if (method === 'post' || method === 'delete') answers['202'] = { description: 'Accepted', content }
  return answers
}
