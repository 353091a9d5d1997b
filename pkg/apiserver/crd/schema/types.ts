/** A structural schema, as CustomResourceDefinitions carry it: the JSONSchemaProps themselves. */
import type { JSONSchemaProps } from '#api/gen/apiextensions/v1.ts'

export type Schema = JSONSchemaProps
export type JsonMap = Record<string, unknown>

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The schema of a list's items; structural schemas have one for all. */
export function itemsOf({ items }: Schema): Schema | undefined {
  return Array.isArray(items) ? items[0] : items
}

/** The schema of values under keys that `properties` does not name. */
export function additionalOf({ additionalProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** The schema of one key; undefined when the schema says nothing of it. */
export function propertyOf(schema: Schema, key: string): Schema | undefined {
  const { properties } = schema
  return properties && Object.hasOwn(properties, key) ? properties[key] : additionalOf(schema)
}

/** What every object has, at the root and where another is embedded. */
export const resourceKeys: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])
