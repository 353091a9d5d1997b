/** Objects inside objects (x-kubernetes-embedded-resource) have an apiVersion, a kind and proper metadata. */
import { type FieldError, FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import { additionalOf, isMap, itemsOf, type JsonMap, type Schema } from './types.ts'

export function validateEmbedded(value: unknown, schema: Schema, at = new FieldPath(), isRoot = true): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    return items ? value.flatMap((each, index) => validateEmbedded(each, items, at.index(index), false)) : []
  }
  if (!isMap(value)) return []
  const { properties = {} } = schema
  const rest = additionalOf(schema)
  const own = !isRoot && schema['x-kubernetes-embedded-resource'] ? checkResource(value, at) : []
  return [
    ...own,
    ...Object.keys(value).flatMap((key) => {
      if (Object.hasOwn(properties, key)) return validateEmbedded(value[key], properties[key]!, at.child(key), false)
      return rest ? validateEmbedded(value[key], rest, at.key(key), false) : []
    }),
  ]
}

function checkResource(value: JsonMap, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const key of ['apiVersion', 'kind'] as const) if (!value[key]) errors.push(required(at.child(key), 'must not be empty'))
  const { metadata } = value
  if (metadata !== undefined && !isMap(metadata)) errors.push(invalidValue(at.child('metadata'), metadata, 'must be an object'))
  if (isMap(metadata) && typeof metadata.name === 'string' && metadata.name !== '') {
    errors.push(...isDns1123Subdomain(metadata.name).map((text) => invalidValue(at.child('metadata', 'name'), metadata.name, text)))
  }
  return errors
}
