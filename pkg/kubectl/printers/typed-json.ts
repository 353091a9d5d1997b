/** JSON of objects that the original holds as Go structs: members in the order of the struct's fields, and only maps by key. */
import { lookupType } from '#api/scheme.ts'
import type { TypeSchema } from '#apimachinery/schema/types.ts'
import { sorted, toJson } from './json.ts'
import { inStructOrder } from './struct-order.ts'

export function toTypedJson(object: any, options: { readonly indent?: string } = {}): string {
  const ordered = inTypedOrder(object)
  return ordered === undefined ? toJson(object, options) : toJson(ordered, { ...options, ordered: true })
}

/** Undefined for what is no struct of the original's. */
export function inTypedOrder(object: any): object | undefined {
  const schema = lookupType(object.apiVersion ?? '', object.kind ?? '')
  if (!schema) return inStructOrder(object)
  const { kind, apiVersion, ...rest } = object
  return { kind, apiVersion, ...(inOrder(rest, schema) as object) }
}

function inOrder(value: unknown, schema: TypeSchema): unknown {
  if (Array.isArray(value)) return schema.kind === 'list' ? value.map((each) => inOrder(each, schema.element)) : value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const source = value as Record<string, unknown>
  if (schema.kind === 'map')
    return Object.fromEntries(
      Object.keys(source)
        .sort()
        .map((key) => [key, inOrder(source[key], schema.value)]),
    )
  if (schema.kind !== 'struct') return sorted(source)
  const known = [...schema.byName].filter(([name]) => source[name] !== undefined)
  const more = Object.keys(source).filter((name) => !schema.byName.has(name))
  return Object.fromEntries([
    ...known.map(([name, field]) => [name, inOrder(source[name], field.type)] as const),
    ...more.map((name) => [name, sorted(source[name])] as const),
  ])
}
