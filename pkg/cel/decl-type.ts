/**
 * The types that CEL sees of values with a schema, with how large they can be (k8s.io/apiserver/pkg/cel/types.go and
 * pkg/cel/common/schemas.go). What a schema does not describe well enough to have a type is not visible to expressions.
 */
import { additionalOf, type CelSchema, itemsOf } from './schema.ts'
import { escapeName, isKeyword } from './values.ts'

export type CelKind =
  | 'dyn'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'type'
  | 'list'
  | 'map'
  | 'object'
  | 'optional'
  | 'opaque'

export interface CelType {
  readonly kind: CelKind
  /** Of objects and opaque types, for messages. */
  readonly name?: string
  readonly key?: CelType
  /** Of the items of a list, the values of a map, what is in an optional. */
  readonly element?: CelType
  readonly fields?: ReadonlyMap<string, CelType>
  /** Only where a schema bounds it: bytes of a string, items, properties. */
  readonly maxElements?: number
  /** Of a map: what is selected by name is known to be no larger than any of its values. */
  readonly sizesNamed?: boolean
  /** The fewest bytes of JSON that a value has. */
  readonly minSize?: number
}

/** The type of a field by the name that an expression selects it with: keywords may be written as they are. */
export function fieldOf({ fields }: CelType, name: string): CelType | undefined {
  return fields?.get(name) ?? (isKeyword(name) ? fields?.get(escapeName(name)) : undefined)
}

/** Upstream's fixed constant, whatever the server is configured to accept. */
export const maxRequestBytes = 3 * 1024 * 1024

export const dyn: CelType = { kind: 'dyn' }
const text: CelType = { kind: 'string', minSize: 2, maxElements: maxRequestBytes - 2 }
const simple: Readonly<Record<string, CelType>> = {
  boolean: { kind: 'bool', minSize: 4, maxElements: 0 },
  number: { kind: 'double', minSize: 1, maxElements: 0 },
  integer: { kind: 'int', minSize: 1, maxElements: 0 },
}

/** Undefined: expressions cannot see it. `isResource`: a root, or where another object is embedded. */
export function declTypeOf(schema: CelSchema, isResource = false, name = 'object'): CelType | undefined {
  if (schema['x-kubernetes-int-or-string'])
    return { kind: 'dyn', minSize: 1, maxElements: schema.maxLength === undefined ? maxRequestBytes - 2 : Math.max(schema.maxLength, 0) * 4 }
  switch (schema.type) {
    case 'array':
      return listOf(schema, name)
    case 'object':
      return additionalOf(schema) && !isResource ? mapOf(schema, name) : objectOf(schema, isResource, name)
    case 'string':
      return stringOf(schema)
    default:
      return simple[schema.type ?? '']
  }
}

function embedded(schema: CelSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true
}

function listOf(schema: CelSchema, name: string): CelType | undefined {
  const items = itemsOf<CelSchema>(schema)
  const element = items && declTypeOf(items, embedded(items), `${name}.@idx`)
  if (!element) return undefined
  const fitting = Math.floor((maxRequestBytes - 2) / (minSizeOf(element) + 1))
  return { kind: 'list', element, minSize: 2, maxElements: schema.maxItems === undefined ? fitting : Math.max(schema.maxItems, 0) }
}

function mapOf(schema: CelSchema, name: string): CelType | undefined {
  const values = additionalOf<CelSchema>(schema)!
  const element = declTypeOf(values, embedded(values), `${name}.@elem`)
  if (!element) return undefined
  const fitting = Math.floor((maxRequestBytes - 2) / (minSizeOf(element) + 6))
  // Upstream's StringType of keys has no bound of its own.
  const key: CelType = { kind: 'string', minSize: 2, maxElements: 0 }
  return { kind: 'map', key, element, minSize: 2, maxElements: schema.maxProperties === undefined ? fitting : Math.max(schema.maxProperties, 0) }
}

const metadata: CelType = {
  kind: 'object',
  name: 'object.metadata',
  fields: new Map([
    ['name', text],
    ['generateName', text],
  ]),
  minSize: 2,
  maxElements: 0,
}

function objectOf(schema: CelSchema, isResource: boolean, name: string): CelType {
  const fields = new Map<string, CelType>()
  const required = new Set(schema.required ?? [])
  let minSize = 2
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const type = declTypeOf(property, embedded(property), `${name}.${key}`)
    if (!type) continue
    fields.set(escapeName(key), type)
    if (required.has(key) && property.default === undefined) minSize += key.length + minSizeOf(type) + 4
  }
  if (isResource && !describesMetadata(schema)) fields.set('apiVersion', text).set('kind', text).set('metadata', metadata)
  return { kind: 'object', name, fields, minSize, maxElements: 0 }
}

/** Where a schema says itself what metadata is, as published ones do, all of it can be seen. */
function describesMetadata({ properties = {} }: CelSchema): boolean {
  const named = properties.metadata?.properties ?? {}
  return [properties.kind, properties.apiVersion, named.name, named.generateName].every((each) => each?.type === 'string')
}

function minSizeOf({ minSize }: CelType): number {
  return minSize ?? 0
}

function stringOf({ format, maxLength, enum: values }: CelSchema): CelType {
  switch (format) {
    case 'byte':
      return { kind: 'bytes', minSize: 2, maxElements: maxLength === undefined ? maxRequestBytes - 2 : Math.max(maxLength, 0) }
    case 'duration':
      return { kind: 'duration', minSize: 3, maxElements: 32 }
    case 'date':
      return { kind: 'timestamp', minSize: 12, maxElements: 12 }
    case 'date-time':
      return { kind: 'timestamp', minSize: 21, maxElements: 32 }
  }
  // A character is up to four bytes.
  if (maxLength !== undefined) return { ...text, maxElements: Math.max(maxLength, 0) * 4 }
  if (values && values.length > 0) {
    const longest = values.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0))
    return { ...text, maxElements: Math.max(...longest) }
  }
  return text
}

/** How often a value of the type can be in one object, where nothing above it is bounded. */
export function maxCardinality(type: CelType): number {
  return Math.floor(maxRequestBytes / (minSizeOf(type) + 1))
}
