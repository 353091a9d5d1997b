/**
 * The schema language: what one API type is, as data.
 *
 * A declaration here is the single source for decoding, defaulting, patch semantics, protobuf, OpenAPI
 * and tables; those interpret it. Objects in memory have the shape of their JSON form: quantities, times
 * and bytes are strings, and a struct that Go holds by value is always present.
 */

/** Leaf types. Each has one JSON form, one protobuf form and one OpenAPI form. */
export const scalarKinds = [
  'string',
  'boolean',
  'int32',
  'int64',
  'float64',
  'bytes',
  'quantity',
  'time',
  'microTime',
  'duration',
  'intOrString',
  'rawExtension',
  'fieldsV1',
  'json',
  'stringListMessage',
  'jsonSchemaPropsOrArray',
  'jsonSchemaPropsOrBool',
  'jsonSchemaPropsOrStringArray',
] as const

export type ScalarKind = (typeof scalarKinds)[number]

export interface ScalarSchema {
  readonly kind: ScalarKind
  /** Go's name of a string alias ("Protocol") and the values upstream declares for it. */
  readonly alias?: string
  /** The package that declares the alias ("v1"). */
  readonly home?: string
  readonly values?: readonly string[]
  /** True when upstream marks the alias `+enum`: OpenAPI then lists the values. */
  readonly isEnum?: boolean
}

export interface ListSchema {
  readonly kind: 'list'
  readonly element: TypeSchema
}

export interface MapSchema {
  readonly kind: 'map'
  readonly value: TypeSchema
}

export interface StructSchema {
  readonly kind: 'struct'
  /** OpenAPI's name, "io.k8s.api.core.v1.Pod". */
  readonly name: string
  /** In protobuf order of declaration; computed on first use, since types refer to one another. */
  readonly fields: readonly FieldSchema[]
  /** By JSON name, inlined structs flattened. */
  readonly byName: ReadonlyMap<string, FieldSchema>
  /** Structural markers on the type itself (`mapType=atomic`). */
  readonly mapType?: 'atomic' | 'granular'
  /** Go's generation markers ("genclient:nonNamespaced"). */
  readonly markers: readonly string[]
}

export type TypeSchema = ScalarSchema | ListSchema | MapSchema | StructSchema

export interface FieldSchema {
  /** JSON name; empty for an inlined struct. */
  readonly name: string
  readonly type: TypeSchema
  /** Protobuf field number; 0 when the field has no protobuf form. */
  readonly number: number
  readonly inline?: boolean
  readonly omitEmpty?: boolean
  /** Go holds it behind a pointer: absent and zero differ. */
  readonly pointer?: boolean
  /** A list, map or pointer that may be empty, which Go writes as null then. */
  readonly nullable?: boolean
  readonly optional?: boolean
  readonly required?: boolean
  readonly listType?: 'atomic' | 'set' | 'map'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic' | 'granular'
  readonly structType?: 'atomic' | 'granular'
  /** Strategic merge directives: "merge", "replace", "retainKeys". */
  readonly patchStrategy?: readonly string[]
  readonly patchMergeKey?: string
  /** The `+default` marker, parsed from JSON. */
  readonly default?: unknown
  readonly featureGate?: string
  readonly unionDiscriminator?: boolean
  /** Declarative validation markers as upstream writes them, without the leading `+`. */
  readonly validation?: readonly string[]
}
