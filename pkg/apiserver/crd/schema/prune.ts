/** Pruning: what the schema does not know is dropped, and so are nulls that it has no place for (structural schemas, KEP-2337). */
import { additionalOf, isMap, itemsOf, type JsonMap, propertyOf, resourceKeys, type Schema } from './types.ts'

/** Changes `value` in place; tells the path of each field that it dropped. */
export function prune(value: unknown, schema: Schema, onDrop: (path: string) => void = () => {}, isResource = true): void {
  pruneValue(value, schema, isResource, '', onDrop)
}

function pruneValue(value: unknown, schema: Schema, isResource: boolean, at: string, onDrop: (path: string) => void): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    for (const [index, each] of value.entries()) {
      if (items) pruneValue(each, items, items['x-kubernetes-embedded-resource'] === true, `${at}[${index}]`, onDrop)
      else if (schema['x-kubernetes-preserve-unknown-fields'] !== true) pruneValue(each, {}, false, `${at}[${index}]`, onDrop)
    }
    return
  }
  if (isMap(value)) pruneMap(value, schema, isResource, at, onDrop)
}

function pruneMap(value: JsonMap, schema: Schema, isResource: boolean, at: string, onDrop: (path: string) => void): void {
  const { properties = {}, additionalProperties } = schema
  const rest = additionalOf(schema)
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true
  for (const key of Object.keys(value)) {
    if (isResource && resourceKeys.has(key)) continue
    const here = at === '' ? key : `${at}.${key}`
    const known = Object.hasOwn(properties, key) ? properties[key] : rest
    if (known) pruneValue(value[key], known, known['x-kubernetes-embedded-resource'] === true, here, onDrop)
    // A mere boolean takes any key, but of what is under it no field is known.
    else if (additionalProperties !== undefined) pruneValue(value[key], {}, false, here, onDrop)
    else if (!keeps) {
      delete value[key]
      if (at !== '' || !resourceKeys.has(key)) onDrop(here)
    }
  }
}

/** Drops nulls where null may not be and no default takes their place: as good as not said. Changes `value` in place. */
export function pruneNulls(value: unknown, schema: Schema | undefined): void {
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema)
    for (const each of value) pruneNulls(each, items)
  } else if (isMap(value)) {
    for (const [key, each] of Object.entries(value)) {
      const known = schema && propertyOf(schema, key)
      // A default of null is none.
      if (each === null && known && known.nullable !== true && (known.default ?? null) === null) delete value[key]
      else pruneNulls(each, known)
    }
  }
}
