/** Defaults of a structural schema; nulls where null is not allowed and there is a default give way to it. */
import { additionalOf, isMap, itemsOf, resourceKeys, type Schema } from './types.ts'

/** Changes `value` in place. */
export function applyDefaults(value: unknown, schema: Schema, isRoot = true): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    if (!items) return
    for (const [index, each] of value.entries()) {
      if (each === null && items.nullable !== true && items.default !== undefined) value[index] = structuredClone(items.default)
      applyDefaults(value[index], items, false)
    }
    return
  }
  if (!isMap(value)) return
  const { properties = {} } = schema
  for (const [key, property] of Object.entries(properties)) {
    if (isRoot && resourceKeys.has(key)) continue
    if (property.default === undefined) continue
    if (value[key] === undefined || (value[key] === null && property.nullable !== true)) value[key] = structuredClone(property.default)
  }
  const rest = additionalOf(schema)
  for (const key of Object.keys(value)) {
    if (isRoot && resourceKeys.has(key)) continue
    const known = Object.hasOwn(properties, key) ? properties[key] : rest
    if (!known) continue
    if (known === rest && value[key] === null && rest.nullable !== true && rest.default !== undefined) value[key] = structuredClone(rest.default)
    applyDefaults(value[key], known, false)
  }
}
