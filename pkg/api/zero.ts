/** The zero value of a type in JSON form: what Go writes for an empty struct. */
import type { StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'

export function zeroStruct(schema: StructSchema): Record<string, unknown> {
  const zero: Record<string, unknown> = {}
  for (const [name, { type, pointer, omitEmpty }] of schema.byName) {
    if (pointer) continue
    if (type.kind === 'struct') zero[name] = zeroStruct(type)
    else if (!omitEmpty) zero[name] = zeroScalar(type)
  }
  return zero
}

function zeroScalar({ kind }: TypeSchema): unknown {
  if (kind === 'string') return ''
  if (kind === 'boolean') return false
  if (kind === 'int32' || kind === 'int64' || kind === 'float64' || kind === 'intOrString') return 0
  if (kind === 'quantity') return '0'
  return null
}

/** An empty status of the kind. */
export function zeroStatus(schema: StructSchema): Record<string, unknown> {
  const status = schema.byName.get('status')
  return status?.type.kind === 'struct' ? zeroStruct(status.type) : {}
}
