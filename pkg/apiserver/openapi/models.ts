/** OpenAPI schemas of API types, in the dialects of versions 2 and 3, with the x-kubernetes extensions. */
import { ListMetaSchema, ObjectMetaSchema } from '#apimachinery/gen/meta-v1.ts'
import type { FieldSchema, ScalarSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { specialModel, specialName } from './special-models.ts'
import type { Descriptions, Json } from './types.ts'

export type Dialect = 'v2' | 'v3'

/** Collects the types that are referred to, each once. */
export class Models {
  readonly #dialect: Dialect
  readonly #descriptions: Descriptions
  readonly #models = new Map<string, Json>()
  /** Types with the kinds they are served as. */
  readonly #kinds: ReadonlyMap<string, readonly Json[]>

  constructor(dialect: Dialect, descriptions: Descriptions, kinds: ReadonlyMap<string, readonly Json[]>) {
    this.#dialect = dialect
    this.#descriptions = descriptions
    this.#kinds = kinds
  }

  /** A custom resource, whose schema is given as it is to be published, and its list. */
  define({ schema, group, version, kind, custom }: ResourceDefinition): void {
    if (!custom) return
    this.#models.set(schema.name, this.#describedAs('io.k8s.api.core.v1.ConfigMap', custom.openApi(this.#dialect) as Json))
    // All of them have metadata, which the model refers to.
    this.refer(ObjectMetaSchema)
    const metadata = this.refer(ListMetaSchema)
    const described = { description: 'Standard metadata of every list.' }
    const listModel = this.#describedAs('io.k8s.api.core.v1.ConfigMapList', {
      description: `${custom.listKind} is a list of ${kind}`,
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: { type: 'string', description: 'The version of the schema that this list is written in.' },
        items: { description: `What is listed: each a ${kind}.`, type: 'array', items: this.#reference(schema.name) },
        kind: { type: 'string', description: 'The kind of this list, in CamelCase.' },
        metadata: this.#dialect === 'v2' ? { ...described, ...metadata } : { ...described, allOf: [metadata] },
      },
      'x-kubernetes-group-version-kind': [{ group, kind: custom.listKind, version }],
    })
    this.#models.set(custom.listSchema.name, listModel)
  }

  /** What every object has is described as that of a built-in kind. */
  #describedAs(builtIn: string, model: Json): Json {
    const properties = { ...(model.properties as Readonly<Record<string, Json>>) }
    for (const name of ['apiVersion', 'kind']) {
      const description = this.#descriptions.ofField(builtIn, name)
      if (description !== undefined && properties[name]) properties[name] = { ...properties[name], description }
    }
    return { ...model, properties }
  }

  /** By name, in order. */
  all(): Json {
    return Object.fromEntries([...this.#models].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** A reference to a struct, which with all it refers to joins the document. */
  refer(schema: StructSchema): Json {
    if (!this.#models.has(schema.name)) {
      // Taken before it is built: types refer to themselves.
      this.#models.set(schema.name, {})
      this.#models.set(schema.name, this.#struct(schema))
    }
    return this.#reference(schema.name)
  }

  #reference(name: string): Json {
    return { $ref: `${this.#dialect === 'v2' ? '#/definitions/' : '#/components/schemas/'}${name}` }
  }

  #struct(schema: StructSchema): Json {
    const properties: Json = {}
    const required: string[] = []
    for (const field of schema.byName.values()) {
      properties[field.name] = this.#property(schema, field)
      if (field.required || (!field.omitEmpty && !field.optional)) required.push(field.name)
    }
    const description = this.#descriptions.ofType(schema.name)
    const kinds = this.#kinds.get(schema.name)
    const unions = unionOf(schema)
    return {
      ...(description === undefined ? {} : { description }),
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      ...(schema.byName.size === 0 ? {} : { properties }),
      ...(kinds === undefined ? {} : { 'x-kubernetes-group-version-kind': kinds }),
      ...(schema.mapType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...(unions === undefined ? {} : { 'x-kubernetes-unions': unions }),
    }
  }

  #property(owner: StructSchema, field: FieldSchema): Json {
    const isSilent = this.#dialect === 'v3' && undescribed.test(`${owner.name}.${field.name}`)
    const description = isSilent ? undefined : (this.#descriptions.ofField(owner.name, field.name) ?? this.#summary(field.type))
    const about = description === undefined ? {} : { description }
    const value = this.#type(field.type)
    const standard = this.#default(field)
    const extensions = extensionsOf(field)
    if (this.#dialect === 'v3' && '$ref' in value) {
      const beside = { ...about, ...standard, ...extensions }
      return Object.keys(beside).length === 0 ? value : { ...about, allOf: [value], ...standard, ...extensions }
    }
    return { ...about, ...value, ...standard, ...extensions }
  }

  /** For a field that says nothing of its own: the first sentence of what it holds. */
  #summary(type: TypeSchema): string | undefined {
    const name = type.kind === 'struct' ? type.name : type.kind === 'list' || type.kind === 'map' ? undefined : specialName(type.kind)
    const description = name === undefined ? undefined : this.#descriptions.ofType(name)
    return description === undefined ? undefined : (/^.*?[.](?=\s|$)/s.exec(description)?.[0] ?? description)
  }

  /** Only version 3 publishes defaults: declared ones, and the zero of what Go always writes. */
  #default(field: FieldSchema): Json {
    if (this.#dialect === 'v2') return {}
    if (field.default !== undefined) return { default: field.default }
    if (field.pointer) return {}
    if (field.type.kind === 'struct') return { default: {} }
    const zero = field.omitEmpty ? undefined : zeroes[field.type.kind]
    return zero === undefined ? {} : { default: zero }
  }

  #type(type: TypeSchema): Json {
    switch (type.kind) {
      case 'struct':
        return this.refer(type)
      case 'list':
        return { type: 'array', items: this.#inner(type.element) }
      case 'map':
        return { type: 'object', additionalProperties: this.#inner(type.value) }
      case 'stringListMessage':
        return { type: 'array', items: this.#inner({ kind: 'string' }) }
      default:
        return this.#scalar(type)
    }
  }

  #inner(type: TypeSchema): Json {
    const value = this.#type(type)
    if (this.#dialect === 'v2') return value
    if (type.kind === 'struct') return { allOf: [value], default: {} }
    const zero = zeroes[type.kind]
    return zero === undefined ? value : { ...value, default: zero }
  }

  #scalar(type: ScalarSchema): Json {
    const name = specialName(type.kind)
    if (name !== undefined) {
      if (!this.#models.has(name)) {
        const description = this.#descriptions.ofType(name)
        this.#models.set(name, { ...(description === undefined ? {} : { description }), ...specialModel(type.kind, this.#dialect) })
      }
      return this.#reference(name)
    }
    const plain = plainTypes[type.kind] ?? {}
    return type.isEnum && type.values ? { ...plain, enum: type.values.length > 0 ? [...type.values] : (declared[type.alias ?? ''] ?? []) } : plain
  }
}

/** Values of enums that are declared as variables of another name. */
const declared: Readonly<Record<string, readonly string[]>> = {
  AddressType: ['FQDN', 'IPv4', 'IPv6'],
  PathType: ['Exact', 'ImplementationSpecific', 'Prefix'],
  DeviceAllocationMode: ['All', 'ExactCount'],
}

/** Fields of which upstream says nothing: mere references in version 3, described where those lead. */
const undescribed = /\.apiextensions\.v1\.JSONSchemaProps\.(additional(Items|Properties)|items|not|example|externalDocs)$|\.networking\.v1\.IngressRule\.http$/

const zeroes: Readonly<Record<string, unknown>> = { string: '', boolean: false, int32: 0, int64: 0, float64: 0 }

const plainTypes: Readonly<Record<string, Json>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
}

function extensionsOf(field: FieldSchema): Json {
  return {
    ...(field.listMapKeys ? { 'x-kubernetes-list-map-keys': field.listMapKeys } : {}),
    ...(field.listType ? { 'x-kubernetes-list-type': field.listType } : {}),
    ...(field.mapType || field.structType ? { 'x-kubernetes-map-type': field.mapType ?? field.structType } : {}),
    ...(field.patchMergeKey ? { 'x-kubernetes-patch-merge-key': field.patchMergeKey } : {}),
    ...(field.patchStrategy ? { 'x-kubernetes-patch-strategy': field.patchStrategy.join(',') } : {}),
  }
}

/** `+union`: one discriminator and the fields it chooses among. */
function unionOf(schema: StructSchema): Json[] | undefined {
  if (!schema.markers.includes('union')) return undefined
  const fields = [...schema.byName.values()]
  const discriminator = fields.find((field) => field.unionDiscriminator)
  const members = fields.filter((field) => field !== discriminator && field.optional)
  const byName = Object.fromEntries(members.map(({ name }) => [name, name[0]!.toUpperCase() + name.slice(1)]))
  return [{ ...(discriminator === undefined ? {} : { discriminator: discriminator.name }), 'fields-to-discriminateBy': byName }]
}
