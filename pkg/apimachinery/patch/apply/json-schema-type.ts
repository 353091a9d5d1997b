/** The merge type of a custom resource, from the structural schema of its definition. */
import { isObject, type JsonObject } from '../../json-value.ts'
import { deduced, type MapType, type MergeType, mergeTypeOf, scalar } from './merge-type.ts'
import { ObjectMetaSchema } from '../../gen/meta-v1.ts'

type Schema = Readonly<Record<string, unknown>>

/** `root` is an openAPIV3Schema; its metadata is always ObjectMeta. */
export function mergeTypeOfJsonSchema(root: object): MapType {
  return objectType(root as Schema, true)
}

function typeOf(schema: unknown): MergeType {
  if (!isObject(schema)) return deduced
  if (schema['x-kubernetes-int-or-string'] === true) return scalar
  switch (schema.type) {
    case 'object':
      return objectType(schema, schema['x-kubernetes-embedded-resource'] === true)
    case 'array':
      return listType(schema)
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return scalar
    default:
      return deduced
  }
}

function objectType(schema: Schema, isResource: boolean): MapType {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const types = new Map<string, MergeType>()
  if (isResource) {
    types.set('apiVersion', scalar)
    types.set('kind', scalar)
    types.set('metadata', mergeTypeOf(ObjectMetaSchema))
  }
  return {
    kind: 'map',
    relation: schema['x-kubernetes-map-type'] === 'atomic' ? 'atomic' : 'granular',
    rest: restOf(schema),
    field: (name) => {
      const known = types.get(name)
      if (known !== undefined || !Object.hasOwn(properties, name)) return known
      const type = typeOf(properties[name])
      types.set(name, type)
      return type
    },
  }
}

/** Keys beyond the properties: declared by additionalProperties, kept unknown, or refused. */
function restOf(schema: Schema): MergeType | undefined {
  const { additionalProperties } = schema
  if (isObject(additionalProperties)) return typeOf(additionalProperties)
  return additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true ? deduced : undefined
}

function listType(schema: Schema): MergeType {
  const declared = schema['x-kubernetes-list-type']
  const relation = declared === 'set' || declared === 'map' ? declared : 'atomic'
  const keys = relation === 'map' && Array.isArray(schema['x-kubernetes-list-map-keys']) ? (schema['x-kubernetes-list-map-keys'] as string[]) : []
  const items = isObject(schema.items) ? schema.items : {}
  return { kind: 'list', relation, keys, keyDefaults: defaultsOf(items, keys), element: typeOf(items) }
}

function defaultsOf(items: JsonObject, keys: readonly string[]): Record<string, unknown> {
  const properties = isObject(items.properties) ? items.properties : {}
  const defaults: Record<string, unknown> = {}
  for (const key of keys) {
    const property = properties[key]
    if (isObject(property) && property.default !== undefined) defaults[key] = property.default
  }
  return defaults
}
