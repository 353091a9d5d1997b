/** Objects inside objects (x-kubernetes-embedded-resource) have an apiVersion, a kind and proper metadata (apiextensions' schema/objectmeta). */
import { validateObjectMeta } from '#api/meta/validate-object-meta.ts'
import { decodeObject } from '#apimachinery/codec/decode.ts'
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import { DecodeError, jsonKind } from '#apimachinery/codec/errors.ts'
import { type FieldError, FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { ObjectMetaSchema } from '#apimachinery/gen/meta-v1.ts'
import { isDns1035Label, isPathSegmentName, isPathSegmentPrefix } from '#apimachinery/names.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import { additionalOf, isMap, itemsOf, type JsonMap, type Schema } from './types.ts'

type Check<T> = (resource: JsonMap, at: FieldPath) => T

/** Every embedded object; `isResource`: the value itself is one, whatever its schema says. */
function* embeddedIn(value: unknown, schema: Schema | undefined, at: FieldPath, isResource: boolean): Generator<readonly [JsonMap, FieldPath]> {
  if (!schema) return
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* embeddedIn(each, itemsOf(schema), at.index(index), false)
  } else if (isMap(value)) {
    if (isResource || schema['x-kubernetes-embedded-resource'] === true) yield [value, at]
    const { properties = {} } = schema
    for (const [key, each] of Object.entries(value)) {
      if (Object.hasOwn(properties, key)) yield* embeddedIn(each, properties[key], at.child(key), false)
      else yield* embeddedIn(each, additionalOf(schema), at.key(key), false)
    }
  }
}

export function validateEmbedded(value: unknown, schema: Schema, at = new FieldPath(), isResource = false): FieldError[] {
  return [...embeddedIn(value, schema, at, isResource)].flatMap(([resource, here]) => checkResource(resource, here))
}

/** Drops from embedded metadata what metadata does not know, in place, and tells its path; what is of the wrong type altogether is the error. */
export function coerceEmbedded(
  value: unknown,
  schema: Schema,
  at = new FieldPath(),
  isResource = false,
  onDrop: (path: string) => void = () => {},
): FieldError | undefined {
  for (const [resource, here] of embeddedIn(value, schema, at, isResource)) {
    for (const key of ['apiVersion', 'kind'] as const) {
      if (Object.hasOwn(resource, key) && typeof resource[key] !== 'string') return invalidValue(here.child(key), resource[key], 'must be a string')
    }
    if (!Object.hasOwn(resource, 'metadata')) continue
    const metadata = metadataOf(resource)
    if (metadata instanceof DecodeError) return invalidValue(here.child('metadata'), sortedKeys(resource.metadata), metadata.message)
    for (const unknown of metadata.unknown) onDrop(`${here.child('metadata')}.${unknown}`)
    resource.metadata = metadata.object
  }
  return undefined
}

/** As Go writes a map. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortedKeys(value[key])]),
  )
}

interface Decoded {
  readonly object: ObjectMeta
  readonly unknown: readonly string[]
}

function metadataOf({ metadata }: JsonMap): Decoded | DecodeError {
  if (metadata !== null && !isMap(metadata)) return new DecodeError(`json: cannot unmarshal ${jsonKind(metadata)} into Go value of type v1.ObjectMeta`)
  try {
    const { object, strictErrors } = decodeObject<ObjectMeta>(ObjectMetaSchema, metadata ?? {})
    return { object: omitEmpty(ObjectMetaSchema, object), unknown: strictErrors.flatMap((error) => /^unknown field "(.*)"$/.exec(error)?.[1] ?? []) }
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

const checks: Readonly<Record<string, Check<FieldError[]>>> = {
  apiVersion: ({ apiVersion }, at) => {
    if (typeof apiVersion !== 'string') return [invalidValue(at, apiVersion, 'must be a string')]
    if (apiVersion === '') return [invalidValue(at, '', 'must not be empty')]
    return apiVersion.split('/').length > 2 ? [invalidValue(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)] : []
  },
  kind: ({ kind }, at) => {
    if (typeof kind !== 'string') return [invalidValue(at, kind, 'must be a string')]
    if (kind === '') return [invalidValue(at, '', 'must not be empty')]
    const messages = isDns1035Label(kind.toLowerCase())
    return messages.length > 0 ? [invalidValue(at, kind, `may have mixed case, but should otherwise match: ${messages.join(',')}`)] : []
  },
  metadata: (resource, at) => {
    const decoded = metadataOf(resource)
    if (decoded instanceof DecodeError) return [invalidValue(at, resource.metadata, decoded.message)]
    const metadata = decoded.object
    // It needs no name, but if it has one, a proper one.
    const named = metadata.name ? metadata : { ...metadata, name: 'fakename' }
    const nameCheck = (name: string, prefix: boolean) => (prefix ? isPathSegmentPrefix(name) : isPathSegmentName(name))
    return validateObjectMeta(named, (metadata.namespace ?? '') !== '', nameCheck, at)
  },
}

function checkResource(resource: JsonMap, at: FieldPath): FieldError[] {
  const missing = ['apiVersion', 'kind'].filter((key) => !Object.hasOwn(resource, key))
  return [
    ...missing.map((key) => required(at.child(key))),
    ...Object.keys(resource).flatMap((key) => (Object.hasOwn(checks, key) ? checks[key]!(resource, at.child(key)) : [])),
  ]
}
