/** What CEL reads of a JSON schema: the common part of a CustomResourceDefinition's JSONSchemaProps and of OpenAPI v3's. */
export interface CelSchema {
  readonly type?: string | undefined
  readonly format?: string | undefined
  readonly properties?: Readonly<Record<string, CelSchema>> | undefined
  readonly items?: CelSchema | readonly CelSchema[] | undefined
  readonly additionalProperties?: CelSchema | boolean | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly maxLength?: number | undefined
  readonly maxItems?: number | undefined
  readonly maxProperties?: number | undefined
  readonly required?: readonly string[] | undefined
  readonly default?: unknown
  readonly nullable?: boolean | undefined
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean | undefined
  readonly 'x-kubernetes-embedded-resource'?: boolean | undefined
  readonly 'x-kubernetes-list-type'?: string | undefined
  readonly 'x-kubernetes-map-type'?: string | undefined
}

export type JsonMap = Record<string, unknown>

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The schema of a list's items; structural schemas have one for all. */
export function itemsOf<S extends CelSchema>({ items }: { readonly items?: S | readonly S[] | undefined }): S | undefined {
  return isList(items) ? items[0] : items
}

/** The schema of values under keys that `properties` does not name. */
export function additionalOf<S extends CelSchema>({ additionalProperties }: { readonly additionalProperties?: S | boolean | undefined }): S | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

function isList<T>(value: T | readonly T[] | undefined): value is readonly T[] {
  return Array.isArray(value)
}
