/** The merge type of a custom resource, from the structural schema of its definition. */
import { isObject, type JsonObject } from '../../json-value.ts'
import { deduced, type MapType, type MergeType, mergeTypeOf, scalar } from './merge-type.ts'
import { ObjectMetaSchema } from '../../gen/meta-v1.ts'

type Schema = Readonly<Record<string, unknown>>

/** `root` is an openAPIV3Schema; its metadata is always ObjectMeta. */
export function mergeTypeOfJsonSchema(root: object): MapType {
  return objectType(root as Schema, true, false)
}

/** `keepsUnknown`: something around it keeps fields that no schema declares, and so does all that is inside. */
function typeOf(schema: unknown, keepsUnknown: boolean): MergeType {
  if (!isObject(schema)) return deduced
  switch (schema.type) {
    case 'object':
      return objectType(schema, schema['x-kubernetes-embedded-resource'] === true, keepsUnknown)
    case 'array':
      return listType(schema, keepsUnknown)
    case 'string':
      return scalar(schema.format === undefined || schema.format === '' || schema.format === 'byte' ? 'string' : 'untyped')
    case 'integer':
    case 'number':
      return scalar('numeric')
    case 'boolean':
      return scalar('boolean')
    // An int-or-string has no one type either.
    default:
      return deduced
  }
}

function objectType(schema: Schema, isResource: boolean, around: boolean): MapType {
  const keepsUnknown = around || schema['x-kubernetes-preserve-unknown-fields'] === true
  const properties = isObject(schema.properties) ? schema.properties : {}
  const types = new Map<string, MergeType>()
  if (isResource) {
    types.set('apiVersion', scalar('string'))
    types.set('kind', scalar('string'))
    types.set('metadata', mergeTypeOf(ObjectMetaSchema))
  }
  return {
    kind: 'map',
    relation: schema['x-kubernetes-map-type'] === 'atomic' ? 'atomic' : 'granular',
    rest: restOf(schema, keepsUnknown, Object.keys(properties).length > 0 || isResource),
    field: (name) => {
      const known = types.get(name)
      if (known !== undefined || !Object.hasOwn(properties, name)) return known
      const type = typeOf(properties[name], keepsUnknown)
      types.set(name, type)
      return type
    },
  }
}

/** Keys beyond the properties: declared by additionalProperties, kept unknown, or refused. An object of which nothing is said takes all. */
function restOf({ additionalProperties }: Schema, keepsUnknown: boolean, hasFields: boolean): MergeType | undefined {
  if (isObject(additionalProperties)) return typeOf(additionalProperties, keepsUnknown)
  if (typeof additionalProperties === 'boolean') return additionalProperties ? deduced : undefined
  return keepsUnknown || !hasFields ? deduced : undefined
}

function listType(schema: Schema, around: boolean): MergeType {
  const keepsUnknown = around || schema['x-kubernetes-preserve-unknown-fields'] === true
  const declared = schema['x-kubernetes-list-type']
  const relation = declared === 'set' || declared === 'map' ? declared : 'atomic'
  const keys = relation === 'map' && Array.isArray(schema['x-kubernetes-list-map-keys']) ? (schema['x-kubernetes-list-map-keys'] as string[]) : []
  const items = isObject(schema.items) ? schema.items : {}
  return { kind: 'list', relation, keys, keyDefaults: defaultsOf(items, keys), element: typeOf(items, keepsUnknown) }
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
