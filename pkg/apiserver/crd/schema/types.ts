/** A structural schema, as CustomResourceDefinitions carry it: the JSONSchemaProps themselves. */
import type { JSONSchemaProps } from '#api/gen/apiextensions/v1.ts'
import { additionalOf } from '#cel/schema.ts'

export type Schema = JSONSchemaProps

export { additionalOf, isMap, itemsOf, type JsonMap } from '#cel/schema.ts'

/** The schema of one key; undefined when the schema says nothing of it. */
export function propertyOf(schema: Schema, key: string): Schema | undefined {
  const { properties } = schema
  return properties && Object.hasOwn(properties, key) ? properties[key] : additionalOf(schema)
}

/** What every object has, at the root and where another is embedded. */
export const resourceKeys: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])
