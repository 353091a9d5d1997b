/** From an OpenAPI v3 document to one kind's schema with its references followed. */
import type { CelSchema } from '#cel/schema.ts'
import type { GroupVersionKind } from './kinds.ts'

interface OpenApiSchema extends CelSchema {
  readonly $ref?: string
  readonly allOf?: readonly OpenApiSchema[]
  readonly oneOf?: readonly OpenApiSchema[]
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[]
}
interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> }
}

const anything: CelSchema = { 'x-kubernetes-int-or-string': true }

export function schemaOf(document: object, { group, version, kind }: GroupVersionKind): CelSchema | undefined {
  const schemas = (document as Document).components?.schemas ?? {}
  const found = Object.values(schemas).find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some((each) => each.group === group && each.version === version && each.kind === kind),
  )
  return found && resolved(found, schemas, [])
}

function resolved(schema: OpenApiSchema, all: Readonly<Record<string, OpenApiSchema>>, open: readonly string[]): CelSchema {
  const ref = schema.$ref ?? schema.allOf?.find((each) => each.$ref)?.$ref
  if (ref !== undefined) {
    const name = ref.slice(ref.lastIndexOf('/') + 1)
    const target = all[name]
    // Of a type within itself only the outermost is known.
    return !target || open.includes(name) ? anything : resolved(target, all, [...open, name])
  }
  if (schema.format === 'int-or-string') return anything
  // Quantities may be numbers too; expressions see texts.
  if (schema.type === undefined && schema.oneOf?.some(({ type }) => type === 'string')) return { type: 'string' }
  const below = (each: OpenApiSchema): CelSchema => resolved(each, all, open)
  const { properties, items, additionalProperties, ...rest } = schema
  return {
    ...rest,
    ...(properties ? { properties: Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, below(each)])) } : {}),
    ...(items ? { items: below(items as OpenApiSchema) } : {}),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: below(additionalProperties as OpenApiSchema) } : {}),
  }
}
