/**
 * What merging needs to know of a type, apart from where that knowledge comes from: built-in schemas here,
 * the structural schemas of custom resources elsewhere, or nothing at all (`deduced`).
 */
import type { FieldSchema, StructSchema, TypeSchema } from '../../schema/types.ts'

export type MergeType = ScalarType | ListType | MapType | DeducedType

export interface ScalarType {
  readonly kind: 'scalar'
}

export interface ListType {
  readonly kind: 'list'
  readonly relation: 'atomic' | 'set' | 'map'
  /** Of a map list: the fields that tell elements apart, and what stands for one that is left out. */
  readonly keys: readonly string[]
  readonly keyDefaults: Readonly<Record<string, unknown>>
  readonly element: MergeType
}

export interface MapType {
  readonly kind: 'map'
  readonly relation: 'granular' | 'atomic'
  /** The type of a declared field; undefined for any other key. */
  readonly field: (name: string) => MergeType | undefined
  /** The type of keys that are not declared; undefined: they are refused. */
  readonly rest: MergeType | undefined
}

/** By the value: objects merge by key, lists are atomic. */
export interface DeducedType {
  readonly kind: 'deduced'
}

export const scalar: ScalarType = { kind: 'scalar' }
export const deduced: DeducedType = { kind: 'deduced' }
export const deducedMap: MapType = { kind: 'map', relation: 'granular', field: () => undefined, rest: deduced }
const deducedList: ListType = { kind: 'list', relation: 'atomic', keys: [], keyDefaults: {}, element: deduced }

/** The type to use for a value. */
export function resolve(type: MergeType, value: unknown): ScalarType | ListType | MapType {
  if (type.kind !== 'deduced') return type
  if (Array.isArray(value)) return deducedList
  return typeof value === 'object' && value !== null ? deducedMap : scalar
}

const structs = new WeakMap<StructSchema, MapType>()

/** The merge type of a built-in type. */
export function mergeTypeOf(schema: StructSchema): MapType {
  let type = structs.get(schema)
  if (type === undefined) {
    type = structType(schema, schema.mapType === 'atomic')
    structs.set(schema, type)
  }
  return type
}

function structType(schema: StructSchema, atomic: boolean): MapType {
  const fields = new Map<string, MergeType>()
  return {
    kind: 'map',
    relation: atomic ? 'atomic' : 'granular',
    rest: undefined,
    field: (name) => {
      const known = fields.get(name)
      const declared = known === undefined ? schema.byName.get(name) : undefined
      if (declared === undefined) return known
      const type = fieldType(declared)
      fields.set(name, type)
      return type
    },
  }
}

function fieldType(field: FieldSchema): MergeType {
  const { type } = field
  if (type.kind === 'struct' && (field.structType === 'atomic' || field.mapType === 'atomic')) return structType(type, true)
  if (type.kind === 'map')
    return { kind: 'map', relation: field.mapType === 'atomic' ? 'atomic' : 'granular', field: () => undefined, rest: innerType(type.value) }
  if (type.kind === 'list') return listType(field, type.element)
  return innerType(type)
}

/** A list says how it merges by listType, or else by its strategic merge markers. */
function listType(field: FieldSchema, element: TypeSchema): ListType {
  const merges = field.patchStrategy?.includes('merge') === true
  const fallback = !merges ? 'atomic' : field.patchMergeKey === undefined ? 'set' : 'map'
  const relation = field.listType ?? fallback
  const keys = relation !== 'map' ? [] : (field.listMapKeys ?? (field.patchMergeKey === undefined ? [] : [field.patchMergeKey]))
  const keyDefaults: Record<string, unknown> = {}
  if (element.kind === 'struct') {
    for (const key of keys) {
      const value = element.byName.get(key)?.default
      if (value !== undefined) keyDefaults[key] = value
    }
  }
  return { kind: 'list', relation, keys, keyDefaults, element: innerType(element) }
}

function innerType(type: TypeSchema): MergeType {
  switch (type.kind) {
    case 'struct':
      return mergeTypeOf(type)
    case 'map':
      return { kind: 'map', relation: 'granular', field: () => undefined, rest: innerType(type.value) }
    case 'list':
    case 'stringListMessage':
      return { kind: 'list', relation: 'atomic', keys: [], keyDefaults: {}, element: scalar }
    case 'fieldsV1':
      return deduced
    // Kept whole: a leaf, whatever is inside.
    default:
      return scalar
  }
}
