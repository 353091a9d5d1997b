/** A custom resource's schema as OpenAPI publishes it. */
import { createHash } from 'node:crypto'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import { ListMetaSchema, ObjectMetaSchema, TypeMetaSchema } from '#apimachinery/gen/meta-v1.ts'
import { field, list, struct } from '#apimachinery/schema/build.ts'
import type { JsonMap, Schema } from './schema/types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

/** "com.example.stable.v1.CronTab". */
export function modelName(group: string, version: string, kind: string): string {
  return [...group.split('.').reverse(), version, kind].join('.')
}

/** What typed code needs to know: metadata. The rest is the users' own. */
export function metadataSchema(name: string): StructSchema {
  return struct(name, () => [field('', 0, TypeMetaSchema, { inline: true }), field('metadata', 1, ObjectMetaSchema, { omitEmpty: true, optional: true })])
}

export function listSchemaOf(item: StructSchema, listName: string): StructSchema {
  return struct(listName, () => [
    field('', 0, TypeMetaSchema, { inline: true }),
    field('metadata', 1, ListMetaSchema, { omitEmpty: true, optional: true }),
    field('items', 2, list(item)),
  ])
}

const resourceFields: JsonMap = {
  apiVersion: { type: 'string', description: 'The version of the schema that this object is written in.' },
  kind: { type: 'string', description: 'The kind of this object, in CamelCase.' },
}

export function publishedSchema(schema: Schema, kind: { group: string; version: string; kind: string }, dialect: 'v2' | 'v3'): JsonMap {
  const keepsAll = schema['x-kubernetes-preserve-unknown-fields'] === true && dialect === 'v2'
  const published = keepsAll ? { type: 'object' } : convert(schema, dialect)
  const metadata = ref('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', dialect)
  return {
    ...published,
    properties: { ...resourceFields, ...(published.properties as JsonMap | undefined), metadata },
    'x-kubernetes-group-version-kind': [kind],
  }
}

export function fingerprintOf(schema: Schema): string {
  return createHash('sha256').update(writeJson(schema)).digest('hex')
}

/** Begins as upstream's does, which its conformance tests look for. */
const metadataDescription = "Standard object's metadata: its name, its labels and annotations, and what the system notes on it."

function ref(name: string, dialect: 'v2' | 'v3'): JsonMap {
  if (dialect === 'v2') return { $ref: `#/definitions/${name}`, description: metadataDescription }
  return { allOf: [{ $ref: `#/components/schemas/${name}` }], description: metadataDescription }
}

/** What version 2 of OpenAPI has no word for. */
const onlyInV3: ReadonlySet<string> = new Set(['nullable', 'default', 'anyOf', 'oneOf', 'allOf', 'not'])

function convert(schema: Schema, dialect: 'v2' | 'v3'): JsonMap {
  const result: JsonMap = {}
  for (const [key, value] of Object.entries(schema)) {
    if (dialect === 'v2' && onlyInV3.has(key)) continue
    result[key] = convertPart(key, value, dialect)
  }
  if (dialect === 'v2') {
    // kubectl's older validation takes absent types for anything.
    if (schema.nullable || schema['x-kubernetes-int-or-string']) delete result.type
    if (schema['x-kubernetes-preserve-unknown-fields']) for (const key of ['items', 'properties', 'type']) delete result[key]
    if (schema.nullable) for (const key of ['items', 'properties', 'additionalProperties']) delete result[key]
  }
  if (schema['x-kubernetes-embedded-resource'] && (dialect === 'v3' || result.properties)) {
    const metadata = ref('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', dialect)
    result.properties = { ...(result.properties as JsonMap | undefined), ...resourceFields, metadata }
    if (dialect === 'v3') result.required = [...new Set([...((result.required as string[] | undefined) ?? []), 'kind', 'apiVersion'])]
  }
  return result
}

function convertPart(key: string, value: unknown, dialect: 'v2' | 'v3'): unknown {
  switch (key) {
    case 'properties':
      return Object.fromEntries(Object.entries(value as Record<string, Schema>).map(([name, each]) => [name, convert(each, dialect)]))
    case 'items':
    case 'not':
      return convert(value as Schema, dialect)
    case 'additionalProperties':
      return typeof value === 'boolean' ? value : convert(value as Schema, dialect)
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
      return (value as Schema[]).map((each) => convert(each, dialect))
    default:
      return value
  }
}
