/**
 * Equality as Kubernetes means it (apimachinery's equality.Semantic): an empty list or map, or nothing at all, is the same.
 * An empty map and an empty struct look alike, and only the second is not nothing: whose values may hold maps has to give its schema.
 */
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import type { TypeSchema } from '#apimachinery/schema/types.ts'

export function semanticEqual(left: unknown, right: unknown, schema?: TypeSchema): boolean {
  return schema ? equal(written(schema, left), written(schema, right)) : equal(left, right)
}

function written(schema: TypeSchema, value: unknown): unknown {
  if (schema.kind === 'map' && typeof value === 'object' && value !== null && Object.keys(value).length === 0) return undefined
  return omitEmpty(schema, value)
}

function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (isNothing(left) && isNothing(right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, position) => equal(item, right[position]))
  }
  const a = left as Record<string, unknown>
  const b = right as Record<string, unknown>
  for (const key of Object.keys(a)) if (!equal(a[key], b[key])) return false
  for (const key of Object.keys(b)) if (!(key in a) && !isNothing(b[key])) return false
  return true
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}
