/**
 * Structs as upstream's validation prints them in "Invalid value": it works on the internal types, whose JSON has Go's own
 * names and every field, those that are not set too.
 */
import { isObject } from '#apimachinery/json-value.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'

/** What Go writes in capitals throughout. */
const initialisms = /^(api|cidr|dns|fc|fs|gce|gmsa|grpc|http|https|id|iscsi|ip|nfs|os|pid|rbd|se|tcp|tls|ttl|uid|uri|url|aws|scaleIO|csi)(?=[A-Z]|s?$)/

/** Of a value whose schema is this, with fields in the order of the versioned type. */
export function internalForm(schema: TypeSchema, value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (schema.kind === 'struct') return isObject(value) ? internalStruct(schema, value) : value
  if (schema.kind === 'list') return Array.isArray(value) ? value.map((each) => internalForm(schema.element, each)) : value
  if (schema.kind === 'map' && isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, internalForm(schema.value, each)]))
  return value
}

function internalStruct(schema: StructSchema, value: Record<string, unknown>): unknown {
  // Selectors, references and the like are the same types inside.
  if (schema.name.includes('.meta.v1.')) return value
  return Object.fromEntries(
    [...schema.byName.values()].map((field) => [
      goName(field.name),
      value[field.name] === undefined ? zero(field) : internalForm(field.type, value[field.name]),
    ]),
  )
}

function goName(name: string): string {
  return name.replace(initialisms, (word) => word.toUpperCase()).replace(/^[a-z]/, (letter) => letter.toUpperCase())
}

function zero({ type, pointer }: FieldSchema): unknown {
  if (pointer) return null
  switch (type.kind) {
    case 'string':
      return ''
    case 'boolean':
      return false
    case 'int32':
    case 'int64':
    case 'float64':
    case 'intOrString':
      return 0
    case 'quantity':
      return '0'
    case 'struct':
      return internalForm(type, {})
    default:
      return null
  }
}
