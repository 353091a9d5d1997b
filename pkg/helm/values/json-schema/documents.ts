/**
 * Which schema a reference leads to: within its document by pointer, anchor or $id, and to other documents, which are loaded
 * by their URLs. What cannot be found is an error in the words of the original's library.
 */
import { quote as goQuote } from '#template/print/quote.ts'
import { type Draft, draftOf } from './metaschemas.ts'
import { isObject, type Schema, SchemaError } from './types.ts'

/** Gives the document at a URL; throws SchemaError, or NeedsDocument when it has to be fetched first. */
export type Load = (url: string) => unknown

/** A part of a document with a URL of its own, or the whole. */
interface Resource {
  readonly url: string
  readonly document: string
  readonly schema: unknown
  readonly draft: Draft
  readonly anchors: Map<string, unknown>
}

const namedParts = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies', 'definitions', '$defs']
const parts = [
  ...['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'contains', 'additionalProperties', 'unevaluatedProperties', 'propertyNames'],
  ...['not', 'allOf', 'anyOf', 'oneOf', 'if', 'then', 'else'],
]
const maxDepth = 500

/** The schemas that a schema is made of. */
export function subschemas(rules: Schema): Schema[] {
  const named = namedParts.flatMap((keyword) => (isObject(rules[keyword]) ? Object.values(rules[keyword]) : []))
  const others = parts.flatMap((keyword) => (Array.isArray(rules[keyword]) ? rules[keyword] : [rules[keyword]]))
  return [...named, ...others].filter(isObject)
}

const split = (url: string): [string, string] => {
  const at = url.indexOf('#')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

export class Documents {
  readonly #load: Load
  /** Told of every document that was loaded, to check it. */
  readonly #loaded: (schema: unknown, draft: Draft, url: string) => void
  /** By their URLs. */
  readonly #resources = new Map<string, Resource>()
  readonly #resourceOf = new WeakMap<object, Resource>()

  constructor(load: Load, loaded: (schema: unknown, draft: Draft, url: string) => void) {
    this.#load = load
    this.#loaded = loaded
  }

  add(url: string, schema: unknown, fallback: Draft): void {
    const draft = this.#draftOf(schema, fallback, url)
    const resource: Resource = { url, document: url, schema, draft, anchors: new Map() }
    this.#resources.set(url, resource)
    this.#collect(schema, resource, 0)
    this.#loaded(schema, draft, url)
  }

  draftOf(schema: object, otherwise: Draft): Draft {
    return this.#resourceOf.get(schema)?.draft ?? otherwise
  }

  /** `from` is the schema in which the reference stands. */
  resolve(from: object, reference: string): unknown {
    const base = this.#resourceOf.get(from)
    const target = joined(base?.url ?? '', reference)
    const [url, fragment] = split(target)
    let resource = this.#resources.get(url)
    if (!resource) {
      this.add(url, this.#load(url), 2020)
      resource = this.#resources.get(url)!
    }
    if (fragment === '') return resource.schema
    const text = decoded(fragment)
    if (text.startsWith('/')) return this.#byPointer(resource, text, target)
    if (resource.anchors.has(text)) return resource.anchors.get(text)
    throw new SchemaError(`anchor in ${goQuote(target)} not found in schema ${goQuote(resource.document)}`)
  }

  #byPointer(resource: Resource, pointer: string, target: string): unknown {
    let found = resource.schema
    for (const token of pointer.slice(1).split('/')) {
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) throw new SchemaError(`json-pointer in ${goQuote(target)} not found`)
      found = (found as Schema)[key]
    }
    // A pointer may lead to where no schema was expected.
    if (isObject(found) && !this.#resourceOf.has(found)) {
      this.#collect(found, resource, 0)
      this.#loaded(found, resource.draft, `${target.startsWith(resource.document) ? '' : resource.document}${target}`)
    }
    return found
  }

  /** A $schema that no draft has is a document, whose own $schema tells the draft. */
  #draftOf(schema: unknown, fallback: Draft, url: string): Draft {
    const seen = new Set<string>()
    for (let each = schema; ; ) {
      const named = isObject(each) ? each.$schema : undefined
      if (typeof named !== 'string') return fallback
      const draft = draftOf(each as Schema)
      if (draft !== undefined) return draft
      const [at] = split(named)
      if (seen.size === 0 && at === url) throw new SchemaError(`draft ${goQuote(at)} is not supported`)
      if (seen.has(at)) throw new SchemaError(`cycle in resolving $schema in ${goQuote(at)}`)
      seen.add(at)
      each = this.#load(at)
    }
  }

  #collect(schema: unknown, within: Resource, depth: number): void {
    if (!isObject(schema) || depth > maxDepth || this.#resourceOf.has(schema)) return
    let resource = within
    const id = within.draft === 4 ? schema.id : schema.$id
    const isIgnored = within.draft <= 7 && typeof schema.$ref === 'string'
    if (typeof id === 'string' && !isIgnored) {
      const [url, fragment] = split(joined(within.url, id))
      if (fragment !== '' && within.draft <= 7) within.anchors.set(fragment, schema)
      if (url !== within.url) {
        resource = {
          url,
          document: within.document,
          schema,
          draft: schema === within.schema ? within.draft : (draftOf(schema) ?? within.draft),
          anchors: new Map(),
        }
        this.#resources.set(url, resource)
      }
    }
    this.#resourceOf.set(schema, resource)
    if (within.draft >= 2019) for (const anchor of [schema.$anchor, schema.$dynamicAnchor]) if (typeof anchor === 'string') resource.anchors.set(anchor, schema)
    for (const inner of subschemas(schema)) this.#collect(inner, resource, depth + 1)
  }
}

function joined(base: string, reference: string): string {
  if (reference.startsWith('#')) return `${split(base)[0]}${reference}`
  try {
    return new URL(reference, base).href
  } catch {
    throw new SchemaError(`error in parsing ${goQuote(reference)}: missing protocol scheme`)
  }
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}
