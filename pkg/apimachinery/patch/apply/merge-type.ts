/**
 * What merging needs to know of a type, apart from where that knowledge comes from: built-in schemas here,
 * the structural schemas of custom resources elsewhere, or nothing at all (`deduced`).
 */
import type { FieldSchema, StructSchema, TypeSchema } from '../../schema/types.ts'

export type MergeType = ScalarType | ListType | MapType | DeducedType

export interface ScalarType {
  readonly kind: 'scalar'
  /** What it may hold: `untyped` is any number, string or boolean; `any` is whatever there is, kept whole. */
  readonly of: 'boolean' | 'numeric' | 'string' | 'untyped' | 'any'
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

const scalars = {
  boolean: { kind: 'scalar', of: 'boolean' },
  numeric: { kind: 'scalar', of: 'numeric' },
  string: { kind: 'scalar', of: 'string' },
  untyped: { kind: 'scalar', of: 'untyped' },
  any: { kind: 'scalar', of: 'any' },
} satisfies Readonly<Record<ScalarType['of'], ScalarType>>

export function scalar(of: ScalarType['of']): ScalarType {
  return scalars[of]
}

export const deduced: DeducedType = { kind: 'deduced' }
export const deducedMap: MapType = { kind: 'map', relation: 'granular', field: () => undefined, rest: deduced }
const deducedList: ListType = { kind: 'list', relation: 'atomic', keys: [], keyDefaults: {}, element: deduced }

/** The type to use for a value. */
export function resolve(type: MergeType, value: unknown): ScalarType | ListType | MapType {
  if (type.kind !== 'deduced') return type
  if (Array.isArray(value)) return deducedList
  return typeof value === 'object' && value !== null ? deducedMap : scalars.untyped
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
  // What a field says of its type counts for more than what the type says.
  const relation = field.structType ?? field.mapType
  if (type.kind === 'struct' && relation !== undefined) return structType(type, relation === 'atomic')
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
  return { kind: 'list', relation, keys, keyDefaults: keyDefaultsOf(element, keys), element: innerType(element) }
}

/** What stands for a key that is left out: its default, or the zero that Go would write for it all the same. */
function keyDefaultsOf(element: TypeSchema, keys: readonly string[]): Record<string, unknown> {
  const defaults: Record<string, unknown> = {}
  for (const key of keys) {
    const field = element.kind === 'struct' ? element.byName.get(key) : undefined
    const value = field?.default ?? (field && !field.pointer && !field.omitEmpty ? zeroes[field.type.kind] : undefined)
    if (value !== undefined) defaults[key] = value
  }
  return defaults
}

const zeroes: Readonly<Record<string, unknown>> = { string: '', boolean: false, int32: 0, int64: 0, float64: 0 }

function innerType(type: TypeSchema): MergeType {
  switch (type.kind) {
    case 'struct':
      return mergeTypeOf(type)
    case 'map':
      return { kind: 'map', relation: 'granular', field: () => undefined, rest: innerType(type.value) }
    case 'list':
    case 'stringListMessage':
      return { kind: 'list', relation: 'atomic', keys: [], keyDefaults: {}, element: scalars.string }
    case 'boolean':
      return scalars.boolean
    case 'int32':
    case 'int64':
    case 'float64':
      return scalars.numeric
    case 'string':
    case 'bytes':
    case 'duration':
      return scalars.string
    case 'quantity':
    case 'time':
    case 'microTime':
      return scalars.untyped
    // Kept whole: a leaf, whatever is inside.
    case 'rawExtension':
      return scalars.any
    // What has no one type in OpenAPI.
    default:
      return deduced
  }
}
