/**
 * JSON Schema (drafts 4 to 2020-12) with the messages of santhosh-tekuri/jsonschema, which Helm shows. A schema is first held
 * against its metaschema; its references are followed even where no value leads to them.
 */
import { isDictionary } from '#template/values.ts'
import { checkArray } from './arrays.ts'
import { absorb, checkCombined, checkUnevaluated } from './combined.ts'
import { numberOf, quote } from './display.ts'
import { Documents, type Load, subschemas } from './documents.ts'
import { shown, ungrouped } from './failures.ts'
import { type Draft, isMetaschema, metaschemaOf } from './metaschemas.ts'
import { checkObject } from './objects.ts'
import { checkNumber, checkString, problemOf } from './scalars.ts'
import { type Failure, isObject, type Look, type Place, type Result, SchemaError } from './types.ts'

const place = 'file:///values.schema.json'
const newest: Draft = 2020
const maxDepth = 500
const nameOf = (url: string): string => (url.includes('#') ? url : `${url}#`)

export interface CompiledSchema {
  /** '' when the value is valid; otherwise lines that begin with "- at '/path': ". */
  validate(value: unknown): string
}

/** Throws SchemaError for a schema that cannot be used, and whatever `load` throws for another document. */
export function compileJsonSchema(schema: unknown, load: Load): CompiledSchema {
  const documents = new Documents(load, (each, draft, url) => checkAgainstMetaschema(each, draft, url))
  documents.add(place, schema, newest)
  const validator = new Validator(documents)
  validator.resolveAll(schema, new Set(), 0)
  return { validate: (value) => shown(validator.check(schema, value, [], newest, 0).failures) }
}

function checkAgainstMetaschema(schema: unknown, draft: Draft, url: string): void {
  if (isMetaschema(url)) return
  const metaschema = metaschemaOf(draft)
  const documents = new Documents(
    () => metaschema,
    () => {},
  )
  documents.add(nameOf(metaschema.$schema).slice(0, -1), metaschema, draft)
  // In a metaschema formats are asserted, whatever the draft.
  const wrong = shown(new Validator(documents, { assertsFormat: true }).check(metaschema, schema, [], draft, 0).failures)
  if (wrong !== '')
    throw new SchemaError(`"${nameOf(url)}" is not valid against metaschema: jsonschema validation failed with ${quote(nameOf(metaschema.$schema))}\n${wrong}`)
}

class Validator {
  readonly #documents: Documents
  readonly #assertsFormat: boolean
  constructor(documents: Documents, { assertsFormat = false } = {}) {
    this.#documents = documents
    this.#assertsFormat = assertsFormat
  }

  resolveAll(schema: unknown, seen: Set<object>, depth: number): void {
    if (!isObject(schema) || seen.has(schema) || depth > maxDepth) return
    seen.add(schema)
    const draft = this.#documents.draftOf(schema, newest)
    const references = [schema.$ref, ...(draft >= 2019 ? [schema.$dynamicRef, schema.$recursiveRef] : [])]
    for (const reference of references) if (typeof reference === 'string') this.resolveAll(this.#documents.resolve(schema, reference), seen, depth + 1)
    if (draft <= 7 && typeof schema.$ref === 'string') return
    for (const inner of subschemas(schema)) this.resolveAll(inner, seen, depth + 1)
  }

  check(schema: unknown, value: unknown, at: Place, within: Draft, depth: number): Result {
    const result: Result = { failures: [], properties: new Set(), items: 0 }
    if (depth > maxDepth) throw new Error('schema is nested too deeply')
    if (schema === false) result.failures.push({ at, message: 'false schema', causes: [] })
    if (!isObject(schema)) return result
    const draft = this.#documents.draftOf(schema, within)
    const look: Look = {
      rules: schema,
      draft,
      at,
      result,
      fail: (message: string, causes: readonly Failure[] = [], where = at) => void result.failures.push({ at: where, message, causes }),
      // Several faults of one part are shown as a group.
      apply: (inner, each, where) => {
        const part = this.check(inner, each, where, draft, depth + 1)
        if (part.failures.length > 1) part.failures = [{ kind: 'group', at: where, message: 'validation failed', causes: part.failures }]
        return part
      },
    }
    // Formats are asserted up to draft 7; later drafts only tell of them.
    const isAlone = draft <= 7 && typeof schema.$ref === 'string'
    const problem = isAlone ? undefined : problemOf(schema, value, draft, this.#assertsFormat || draft <= 7)
    if (problem !== undefined) {
      look.fail(problem)
      return result
    }
    this.#follow(look, schema.$ref, value)
    if (isAlone) return result
    if (draft >= 2019) {
      this.#follow(look, schema.$dynamicRef, value)
      this.#follow(look, schema.$recursiveRef, value)
    }
    const number = numberOf(value)
    if (isDictionary(value)) checkObject(look, value)
    else if (Array.isArray(value)) checkArray(look, value)
    else if (typeof value === 'string') checkString(look, value)
    else if (number !== undefined) checkNumber(look, number)
    checkCombined(look, value)
    if (draft >= 2019) checkUnevaluated(look, value)
    return result
  }

  #follow({ rules, at, result, apply }: Look, reference: unknown, value: unknown): void {
    if (typeof reference !== 'string') return
    const inner = apply(this.#documents.resolve(rules, reference), value, at)
    if (inner.failures.length > 0) result.failures.push({ kind: 'reference', at, message: 'validation failed', causes: ungrouped(inner.failures) })
    else absorb(result, inner)
  }
}
