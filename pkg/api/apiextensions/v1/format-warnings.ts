/** Formats in schemas that nothing checks: the server takes them, and says so when they are new. */
import { isStringFormat } from '#apimachinery/string-formats.ts'
import type { CustomResourceDefinition, JSONSchemaProps } from '#api/gen/apiextensions/v1.ts'

export function formatWarnings(object: CustomResourceDefinition, old?: CustomResourceDefinition): string[] {
  const known = new Set(old ? unrecognized(old) : [])
  return unrecognized(object)
    .filter((format) => !known.has(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`)
}

function unrecognized({ spec }: CustomResourceDefinition): string[] {
  return (spec.versions ?? []).flatMap(({ schema }) => formatsOf(schema?.openAPIV3Schema))
}

const ofNumbers: Readonly<Record<string, readonly string[]>> = { integer: ['int32', 'int64'], number: ['float', 'double'] }

function formatsOf(schema: JSONSchemaProps | undefined): string[] {
  if (!schema || typeof schema !== 'object') return []
  const { type = '', format } = schema
  const isKnown = type === '' || type === 'string' ? isStringFormat : (each: string) => ofNumbers[type]?.includes(each) ?? false
  return [...(format && !isKnown(format) ? [format] : []), ...below(schema).flatMap(formatsOf)]
}

function below({ properties, items, additionalProperties, allOf, anyOf, oneOf, not }: JSONSchemaProps): JSONSchemaProps[] {
  const found: unknown[] = [items, ...(allOf ?? []), ...(anyOf ?? []), ...(oneOf ?? []), not, ...Object.values(properties ?? {}), additionalProperties]
  return found.filter((each): each is JSONSchemaProps => typeof each === 'object' && each !== null && !Array.isArray(each))
}
