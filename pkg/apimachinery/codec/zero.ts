/** Go's zero values as they appear in JSON. */
import { nilList } from '../nil-list.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '../schema/types.ts'

/** What an absent field is written as; undefined when it is left out. */
export function zeroOf(field: FieldSchema): (() => unknown) | undefined {
  if (field.nullable) return () => null
  if (field.pointer) return undefined
  // The one field upstream marks `omitzero`.
  if (field.name === 'creationTimestamp' && field.type.kind === 'time') return undefined
  const { type } = field
  switch (type.kind) {
    case 'struct':
      return () => zeroStruct(type)
    case 'quantity':
      return () => '0'
    case 'duration':
      return () => '0s'
    case 'intOrString':
      return () => 0
    case 'time':
    case 'microTime':
    case 'rawExtension':
    case 'json':
      return () => null
    default:
      return field.omitEmpty ? undefined : zeroOfEmptiable(type)
  }
}

function zeroOfEmptiable(type: TypeSchema): (() => unknown) | undefined {
  switch (type.kind) {
    case 'string':
    case 'bytes':
      return () => ''
    case 'boolean':
      return () => false
    case 'int32':
    case 'int64':
    case 'float64':
      return () => 0
    // Go writes null for nil here, too; but what has none of these is refused, so an empty list or map spares every reader a check.
    case 'list':
      return nilList
    case 'stringListMessage':
      return () => []
    case 'map':
      return () => ({})
    default:
      return undefined
  }
}

/** A struct of which nothing was given, as Go itself writes it: null for each list, map and pointer that it does not leave out. */
export function nilStruct(schema: StructSchema): Record<string, unknown> {
  const target: Record<string, unknown> = {}
  for (const field of schema.byName.values()) {
    const { type, pointer, omitEmpty } = field
    if (pointer || type.kind === 'list' || type.kind === 'map') {
      if (!omitEmpty) target[field.name] = null
    } else if (type.kind === 'struct') target[field.name] = nilStruct(type)
    else {
      const zero = zeroOf(field)
      if (zero !== undefined) target[field.name] = zero()
    }
  }
  return target
}

/** A struct held by value of which nothing was given. */
export function zeroStruct(schema: StructSchema): Record<string, unknown> {
  const target: Record<string, unknown> = {}
  for (const field of schema.byName.values()) {
    const zero = zeroOf(field)
    if (zero !== undefined) target[field.name] = zero()
  }
  return target
}
