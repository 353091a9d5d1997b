/**
 * Structs as upstream's validation prints them in "Invalid value" and in its diffs: it works on the internal types, whose
 * JSON has Go's own names and every field, those that are not set too.
 */
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import { isNilList } from '#apimachinery/nil-list.ts'
import { isObject } from '#apimachinery/json-value.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import { fieldsBehind, ownNames, ownNamesIn, podOwnFields } from './internal-names.ts'

/** What Go writes in capitals throughout. */
const initialisms = /^(api|cidr|dns|fc|fs|gce|gmsa|grpc|http|https|id|iqn|iscsi|ip|nfs|os|pid|rbd|se|ssl|tcp|tls|tty|ttl|uid|uri|url|aws|csi)(?=[A-Z]|s?$)/

/** Of a value whose schema is this, with fields in the order of the internal type. */
export function internalForm(schema: TypeSchema, value: unknown): unknown {
  if (value === undefined || value === null || isNilList(value)) return null
  if (schema.kind === 'struct') return isObject(value) ? internalStruct(schema, value) : value
  if (schema.kind === 'list') return Array.isArray(value) ? value.map((each) => internalForm(schema.element, each)) : value
  if (schema.kind === 'map' && isObject(value)) {
    const keys = Object.keys(value).sort()
    return Object.fromEntries(keys.map((key) => [key, internalForm(schema.value, value[key])]))
  }
  return value
}

/** Their metadata has no name of its own inside: its fields stand beside the spec. */
const withInlineMetadata: ReadonlySet<string> = new Set(['PersistentVolumeClaimTemplate', 'PodTemplateSpec'])

function internalStruct(schema: StructSchema, value: Record<string, unknown>): unknown {
  // Selectors, references and the like are the same types inside.
  if (schema.name.includes('.meta.v1.')) return omitEmpty(schema, value)
  const typeName = schema.name.slice(schema.name.lastIndexOf('.') + 1)
  if (typeName === 'ResourceClaimTemplateSpec')
    return { ...withoutEmptyMetadata(schema, value), Spec: internalForm(schema.byName.get('spec')!.type, value.spec ?? {}) }
  if (withInlineMetadata.has(typeName)) {
    const form = (name: 'metadata' | 'spec'): unknown => internalForm(schema.byName.get(name)!.type, value[name] ?? {})
    return { ...(form('metadata') as object), Spec: form('spec') }
  }
  const form = Object.fromEntries(
    inOrder([...schema.byName.values()], fieldsBehind[typeName]).map((field) => [
      ownNamesIn[typeName]?.[field.name] ?? goName(field.name),
      value[field.name] === undefined ? zero(field) : internalForm(field.type, value[field.name]),
    ]),
  )
  return typeName === 'PodSpec' ? withPodOwnFields(schema, form) : form
}

/** Upstream's embedded metadata shows what of it is set. */
function withoutEmptyMetadata(schema: StructSchema, value: Record<string, unknown>): object {
  return internalForm(schema.byName.get('metadata')!.type, value.metadata ?? {}) as object
}

/** What a pod takes of its node is part of the security context inside, which is always there; the older name of the account is gone. */
function withPodOwnFields(schema: StructSchema, { ServiceAccount: _, ...form }: Record<string, unknown>): object {
  const context = form.SecurityContext ?? internalForm(schema.byName.get('securityContext')!.type, {})
  const own = Object.fromEntries(podOwnFields.map((name) => [name, form[name]]))
  for (const name of podOwnFields) delete form[name]
  return { ...form, SecurityContext: { ...own, ...(context as object) } }
}

/** Each field that `behind` names goes behind the other. */
function inOrder(fields: FieldSchema[], behind: readonly (readonly [string, string])[] = []): FieldSchema[] {
  for (const [name, other] of behind) {
    const [moved] = fields.splice(
      fields.findIndex((field) => field.name === name),
      1,
    )
    fields.splice(fields.findIndex((field) => field.name === other) + 1, 0, moved!)
  }
  return fields
}

function goName(name: string): string {
  return ownNames[name] ?? name.replace(initialisms, (word) => word.toUpperCase()).replace(/^[a-z]/, (letter) => letter.toUpperCase())
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
