/** Types by API version and kind. `#api/scheme.ts` holds the one with all built-in types. */
import { TypeMetaSchema } from './gen/meta-v1.ts'
import * as metaV1 from './gen/meta-v1.ts'
import { apiVersionOf, type GroupVersion } from './object.ts'
import type { StructSchema } from './schema/types.ts'

/** Meta kinds that every group version understands. */
const common = ['CreateOptions', 'DeleteOptions', 'GetOptions', 'ListOptions', 'PatchOptions', 'UpdateOptions', 'WatchEvent'] as const
/** Meta kinds that belong to version "v1" of the core group. */
const unversioned = ['Status', 'APIVersions', 'APIGroupList', 'APIGroup', 'APIResourceList', 'List'] as const
/** Meta kinds that live in meta.k8s.io/v1. */
const ofMeta = ['Table', 'TableOptions', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const

const metaSchemas = new Map<string, unknown>(Object.entries(metaV1))

/** A generated module: its exports named `XSchema` are types. */
export type SchemaModule = Readonly<Record<string, unknown>>

export class Scheme {
  readonly #modules = new Map<string, SchemaModule>()
  readonly #kinds = new Map<string, ReadonlyMap<string, StructSchema>>()

  register(groupVersion: GroupVersion, module: SchemaModule): this {
    const apiVersion = apiVersionOf(groupVersion)
    this.#modules.set(apiVersion, module)
    this.#kinds.delete(apiVersion)
    return this
  }

  apiVersions(): string[] {
    return [...this.#modules.keys()]
  }

  /** The type of a kind, or of its list ("PodList"); undefined when it is not known. */
  lookup(apiVersion: string, kind: string): StructSchema | undefined {
    return this.kinds(apiVersion).get(kind)
  }

  /** All kinds of one API version, lists and options among them. */
  kinds(apiVersion: string): ReadonlyMap<string, StructSchema> {
    let kinds = this.#kinds.get(apiVersion)
    if (kinds === undefined) {
      kinds = this.#read(apiVersion)
      this.#kinds.set(apiVersion, kinds)
    }
    return kinds
  }

  #read(apiVersion: string): ReadonlyMap<string, StructSchema> {
    const kinds = new Map<string, StructSchema>()
    const module = this.#modules.get(apiVersion)
    if (module === undefined && apiVersion !== 'meta.k8s.io/v1') return kinds
    const names = apiVersion === 'meta.k8s.io/v1' ? [...ofMeta, ...common] : apiVersion === 'v1' ? [...unversioned, ...common] : common
    for (const name of names) kinds.set(name, metaSchemas.get(`${name}Schema`) as StructSchema)
    for (const [name, schema] of Object.entries(module ?? {})) {
      if (name.endsWith('Schema') && isKind(schema)) kinds.set(name.slice(0, -'Schema'.length), schema)
    }
    return kinds
  }
}

/** A kind is a struct that embeds TypeMeta. */
function isKind(schema: unknown): schema is StructSchema {
  const struct = schema as StructSchema | undefined
  return struct?.kind === 'struct' && struct.fields.some((field) => field.inline === true && field.type === TypeMetaSchema)
}
