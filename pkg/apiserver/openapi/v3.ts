/** OpenAPI v3: a document for each group version, and the index that names them (KEP-2896). */
import { createHash } from 'node:crypto'
import { apiVersionOf } from '#apimachinery/object.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { encodeGnosticV3 } from './gnostic/v3.ts'
import { kindsByType, listSchemaOf } from './kinds.ts'
import { Models } from './models.ts'
import { type Operation, type PathItem, pathsOf, rootOf } from './operations.ts'
import { groupPath, groupsPath, otherModels, groupsWithPaths, otherPaths, resourcesPath, versionsPath } from './roots.ts'
import type { Parameter } from './parameters.ts'
import { type Json, noDescriptions, type OpenApiOptions, type OpenApiV3Document } from './types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

/** One document a group version, and those of what is above them; none of them built yet. */
export function buildOpenApiV3(definitions: readonly ResourceDefinition[], options: OpenApiOptions): OpenApiV3Document[] {
  const versions = Map.groupBy(definitions, (definition) => apiVersionOf(definition))
  const apiVersions = [...versions.keys()]
  const groups = groupsWithPaths(definitions)
  const roots: readonly (readonly [string, PathItem])[] = [
    ['api', versionsPath()],
    ['apis', groupsPath()],
    ...groups.map((group) => [`apis/${group}`, groupPath(group)] as const),
    ...Object.entries(otherPaths),
  ]
  const documents = [
    ...roots.map(([path, item]) => new PathsDocument({ path, definitions: [], roots: [item], apiVersions: [] }, options)),
    ...[...versions.values()].map((those) => {
      return new PathsDocument(
        { path: rootOf(those[0]!).slice(1), definitions: those, roots: those[0]!.custom ? [] : [resourcesPath(those[0]!)], apiVersions },
        options,
      )
    }),
  ]
  return documents.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The body of /openapi/v3. */
export function openApiV3Index(documents: readonly OpenApiV3Document[]): Buffer {
  const paths = Object.fromEntries(documents.map(({ path, hash }) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]))
  return Buffer.from(writeJson({ paths }))
}

interface Contents {
  readonly path: string
  readonly definitions: readonly ResourceDefinition[]
  readonly roots: readonly PathItem[]
  /** All that are served: a type says as what it is known in each of them. */
  readonly apiVersions: readonly string[]
}

class PathsDocument implements OpenApiV3Document {
  readonly hash: string
  readonly #contents: Contents
  readonly #options: OpenApiOptions
  #bytes: Buffer | undefined
  #protobuf: Buffer | undefined

  constructor(contents: Contents, options: OpenApiOptions) {
    const { path, apiVersions, definitions } = contents
    this.#contents = contents
    this.#options = options
    this.hash = createHash('sha512')
      .update(writeJson([path, options.version, options.build ?? '', apiVersions, definitions.map(fingerprint)]))
      .digest('hex')
      .toUpperCase()
  }

  get path(): string {
    return this.#contents.path
  }

  bytes(): Buffer {
    this.#bytes ??= Buffer.from(writeJson(this.#build()))
    return this.#bytes
  }

  protobuf(): Buffer {
    this.#protobuf ??= encodeGnosticV3(this.#build())
    return this.#protobuf
  }

  #build(): Json {
    const { path, definitions, roots, apiVersions } = this.#contents
    const descriptions = this.#options.descriptions ?? noDescriptions
    const models = new Models(
      'v3',
      descriptions,
      kindsByType(apiVersions, definitions[0]?.custom ? 'custom' : { only: definitions[0] ? apiVersionOf(definitions[0]) : '' }),
    )
    const paths: Json = {}
    for (const item of roots) paths[item.path] = pathItem(item, models)
    for (const definition of definitions) {
      models.define(definition)
      for (const item of pathsOf(definition, { listOf: listSchemaOf, descriptions })) paths[item.path] = pathItem(item, models)
    }
    const schemas = { ...models.all(), ...(path === 'version' ? otherModels('v3') : {}) }
    return {
      openapi: '3.0.0',
      info: definitions[0]?.custom ? { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' } : { title: 'Kubernetes', version: this.#options.version },
      paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
      components: {
        ...(Object.keys(schemas).length === 0 ? {} : { schemas }),
        ...(definitions[0]?.custom
          ? {}
          : { securitySchemes: { BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' } } }),
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
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(writeParameter) }),
  }
}

function writeParameter({ name, in: place, type, description }: Parameter): Json {
  return { name, in: place, description, ...(place === 'path' ? { required: true } : {}), schema: { type, uniqueItems: true } }
}

const called = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const

function writeOperation({ description, id, tag, action, kind, parameters, consumes, produces, codes, body, answer }: Operation, models: Models): Json {
  const schema = answer === undefined ? { type: 'string' } : typeof answer === 'string' ? { $ref: `#/components/schemas/${answer}` } : models.refer(answer)
  const content = contentOf(schema, produces)
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(writeParameter) }),
    ...(body ? { requestBody: { content: contentOf(models.refer(body.type), consumes), ...(body.required ? { required: true } : {}) } } : {}),
    responses: { ...Object.fromEntries(codes.map((code) => [code, { description: called[code], content }])), '401': { description: 'Unauthorized' } },
    ...(action ? { 'x-kubernetes-action': action } : {}),
    ...(kind ? { 'x-kubernetes-group-version-kind': kind } : {}),
  }
}

function contentOf(schema: Json, mediaTypes: readonly string[]): Json {
  return Object.fromEntries(mediaTypes.toSorted().map((mediaType) => [mediaType, { schema }]))
}
