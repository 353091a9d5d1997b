/** What strategic merge needs to know of a field: how its list merges, by which key, and the type inside. */
import { internal } from '../errors.ts'
import type { FieldSchema, TypeSchema } from '../../schema/types.ts'

export interface FieldMeta {
  /** "merge", "replace" or none; retainKeys is a matter of the patch alone. */
  readonly strategy: 'merge' | 'replace' | ''
  readonly mergeKey: string
  /** The type of the field's members: a map's values, a list's elements, a struct itself. */
  readonly inner: TypeSchema | undefined
}

const plain: FieldMeta = { strategy: '', mergeKey: '', inner: undefined }
const known = new WeakMap<FieldSchema, FieldMeta>()

export function fieldMeta(type: TypeSchema | undefined, name: string): FieldMeta {
  if (type?.kind === 'map') return { strategy: '', mergeKey: '', inner: innerOf(type.value) }
  if (type?.kind === 'rawExtension') throw internal(`unable to find api field in struct RawExtension for the json field ${JSON.stringify(name)}`)
  const field = type?.kind === 'struct' ? type.byName.get(name) : undefined
  if (field === undefined) return plain
  let meta = known.get(field)
  if (meta === undefined) {
    meta = read(field)
    known.set(field, meta)
  }
  return meta
}

/** Of a list that a directive names, which must be one of the type's fields. */
export function listMeta(type: TypeSchema | undefined, name: string): FieldMeta {
  if (type?.kind === 'struct' && !type.byName.has(name)) {
    throw internal(`unable to find api field in struct ${typeNameOf(type)} for the json field ${JSON.stringify(name)}`)
  }
  return fieldMeta(type, name)
}

function read(field: FieldSchema): FieldMeta {
  const strategies = field.patchStrategy ?? []
  const strategy = strategies.includes('merge') ? 'merge' : strategies.includes('replace') ? 'replace' : ''
  return { strategy, mergeKey: field.patchMergeKey ?? '', inner: innerOf(field.type) }
}

function innerOf(type: TypeSchema): TypeSchema | undefined {
  return type.kind === 'list' ? type.element : type
}

export function typeNameOf(type: TypeSchema | undefined): string {
  return type?.kind === 'struct' ? type.name.slice(type.name.lastIndexOf('.') + 1) : (type?.kind ?? 'unknown')
}
