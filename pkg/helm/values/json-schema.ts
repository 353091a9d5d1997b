/**
 * JSON Schema (drafts 4 to 2020-12) with the messages of santhosh-tekuri/jsonschema, which Helm shows. References within
 * the schema are followed; one to another document is not fetched, and everything is valid for it.
 */
import { existsSync } from 'node:fs'
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { sprintf } from '#template/print/print.ts'
import { quote as goQuote } from '#template/print/quote.ts'
import { asBigInt, compareText, deepEqual, isDictionary } from '#template/values.ts'
import { formats } from './json-schema-formats.ts'
import { type Draft, draftOf, metaschemaOf } from './json-schema-metaschemas.ts'

type Schema = Record<string, unknown>

interface Failure {
  readonly at: readonly string[]
  readonly message: string
  readonly causes: readonly Failure[]
  /** Several faults of one schema, and what a reference leads to; only the latter is skipped over when it has one cause. */
  readonly kind?: 'group' | 'reference'
}

interface Result {
  failures: Failure[]
  /** What unevaluatedProperties and unevaluatedItems leave alone. */
  readonly properties: Set<string>
  items: number
}

const typeOrder = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']
const maxDepth = 500
const maxFailures = 1000
const quote = (text: string): string => `'${goQuote(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
const quotes = (list: readonly string[]): string => list.map(quote).join(', ')

function pointer(at: readonly string[]): string {
  return at.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

const numberOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value
  const integer = asBigInt(value)
  return integer === undefined ? undefined : Number(integer)
}

/** Thousands have commas, as golang.org/x/text has it in English; what has an exponent has one digit before the point. */
const grouped = (number: number | string): string => String(number).replace(/^-?\d+/, (digits) => digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ','))

/** A floating point number as golang.org/x/text prints it in English: powers of ten are written out. */
const printed = (text: string): string =>
  grouped(text).replace(
    /e([+-])(\d+)$/,
    (_, sign, digits) => `×10${sign === '-' ? '⁻' : ''}${[...digits].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`,
  )

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value
  if (numberOf(value) !== undefined) return 'number'
  return Array.isArray(value) ? 'array' : 'object'
}

function display(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value) || isDictionary(value)) return 'value'
  return value === null ? '<nil>' : sprintf('%v', [value])
}

const same = (a: unknown, b: unknown): boolean => {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return left === right
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, at) => same(each, b[at]))
  if (isDictionary(a) && isDictionary(b)) {
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
  }
  return deepEqual(a, b)
}

const place = 'file:///values.schema.json'

/** Thrown for a schema that cannot be used; its message is all that Helm tells. */
export class SchemaError extends Error {}

/** '' when the value is valid; otherwise lines that begin with "- at '/path': ". Throws SchemaError. */
export function validateJsonSchema(schema: unknown, value: unknown): string {
  const draft = draftOf(schema)
  const metaschema = metaschemaOf(draft)
  const wrong = shown(new Validator(metaschema, { draft, assertsFormat: true }).check(metaschema, schema, [], 0).failures)
  if (wrong !== '')
    throw new SchemaError(`"${place}#" is not valid against metaschema: jsonschema validation failed with ${quote(nameOf(metaschema.$schema))}\n${wrong}`)
  const validator = new Validator(schema, { draft, assertsFormat: draft <= 7 })
  validator.resolveAll(schema, 0)
  return shown(validator.check(schema, value, [], 0).failures)
}

const nameOf = (url: string): string => (url.endsWith('#') ? url : `${url}#`)

/** The faults of the whole stand beside each other, not in a group. */
function shown(failures: readonly Failure[]): string {
  const [only] = failures
  const told = failures.length === 1 && only!.kind === 'group' ? only!.causes : failures
  return told
    .slice(0, maxFailures)
    .map((failure) => show(failure, 1))
    .join('')
    .replace(/^\n/, '')
}

function show({ kind, at, message, causes }: Failure, indent: number): string {
  if (kind === 'reference' && causes.length === 1) return show(causes[0]!, indent)
  const own = `\n${'  '.repeat(indent - 1)}- at ${quote(pointer(at))}: ${message}`
  return own + causes.map((cause) => show(cause, indent + 1)).join('')
}

/** What a group holds, for what takes its place. */
const ungrouped = (failures: readonly Failure[]): readonly Failure[] =>
  failures.length === 1 && failures[0]!.kind === 'group' ? failures[0]!.causes : failures

const nameKeywords = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies', 'definitions', '$defs']
const partKeywords = [
  ...['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'contains', 'additionalProperties', 'unevaluatedProperties', 'propertyNames'],
  ...['not', 'allOf', 'anyOf', 'oneOf', 'if', 'then', 'else'],
]

interface ValidatorOptions {
  readonly draft: Draft
  readonly assertsFormat: boolean
}

const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value)

class Validator {
  readonly #root: unknown
  readonly #draft: Draft
  readonly #assertsFormat: boolean
  constructor(root: unknown, { draft, assertsFormat }: ValidatorOptions) {
    this.#root = root
    this.#draft = draft
    this.#assertsFormat = assertsFormat
  }

  /** References are looked for even where no value leads to them. */
  resolveAll(schema: unknown, depth: number): void {
    if (typeof schema !== 'object' || schema === null || depth > maxDepth) return
    const rules = schema as Schema
    if (typeof rules.$ref === 'string') {
      this.#resolve(rules.$ref)
      if (this.#ignoresSiblings()) return
    }
    const named = nameKeywords.flatMap((keyword) => (isObject(rules[keyword]) ? Object.values(rules[keyword]) : []))
    const parts = partKeywords.flatMap((keyword) => (Array.isArray(rules[keyword]) ? rules[keyword] : [rules[keyword]]))
    for (const inner of [...named, ...parts]) if (isObject(inner)) this.resolveAll(inner, depth + 1)
  }

  check(schema: unknown, value: unknown, at: readonly string[], depth: number): Result {
    const result: Result = { failures: [], properties: new Set(), items: 0 }
    if (depth > maxDepth) throw new Error('schema is nested too deeply')
    if (schema === false) result.failures.push({ at, message: 'false schema', causes: [] })
    if (typeof schema !== 'object' || schema === null) return result
    const rules = schema as Schema
    const fail = (message: string, causes: readonly Failure[] = [], where = at): void => {
      result.failures.push({ at: where, message, causes })
    }
    // Several faults of one part are shown as a group.
    const apply = (inner: unknown, each: unknown, where: readonly string[]): Result => {
      const part = this.check(inner, each, where, depth + 1)
      if (part.failures.length > 1) part.failures = [{ kind: 'group', at: where, message: 'validation failed', causes: part.failures }]
      return part
    }
    const absorb = ({ properties, items }: Result): void => {
      for (const name of properties) result.properties.add(name)
      result.items = Math.max(result.items, items)
    }
    const follow = (reference: unknown): void => {
      if (typeof reference !== 'string') return
      const inner = apply(this.#resolve(reference), value, at)
      if (inner.failures.length > 0) result.failures.push({ kind: 'reference', at, message: 'validation failed', causes: ungrouped(inner.failures) })
      else absorb(inner)
    }
    const isAlone = typeof rules.$ref === 'string' && this.#ignoresSiblings()
    // What is wrong with a value as such is told alone.
    if (!isAlone) this.#general(rules, value, fail)
    if (result.failures.length > 0) return result
    follow(rules.$ref)
    if (isAlone) return result
    if (this.#draft >= 2019) {
      follow(rules.$dynamicRef)
      follow(rules.$recursiveRef)
    }
    if (isDictionary(value)) this.#object(rules, value, at, result, fail, apply)
    else if (Array.isArray(value)) this.#array(rules, value, at, result, fail, apply)
    else if (typeof value === 'string') this.#string(rules, value, fail)
    else if (numberOf(value) !== undefined) this.#number(rules, numberOf(value)!, fail)
    this.#combined(rules, value, at, result, fail, apply, absorb)
    if (this.#draft >= 2019) this.#unevaluated(rules, value, at, result, apply)
    return result
  }

  #ignoresSiblings(): boolean {
    return this.#draft <= 7
  }

  #resolve(reference: string): unknown {
    if (reference === '#') return this.#root
    if (reference.startsWith('#/')) {
      let found: unknown = this.#root
      for (const token of decodeURIComponent(reference.slice(2)).split('/')) {
        const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
        if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key))
          throw new SchemaError(`json-pointer in ${goQuote(`${place}${reference}`)} not found`)
        found = (found as Schema)[key]
      }
      return found
    }
    const found = this.#byName(this.#root, reference, 0)
    if (found === undefined && reference.startsWith('#'))
      throw new SchemaError(`anchor in ${goQuote(`${place}${reference}`)} not found in schema ${goQuote(place)}`)
    if (found === undefined) this.#checkLoadable(reference)
    return found ?? true
  }

  /** Beside values.schema.json, as upstream names it, is the root folder: what is looked for there is not there. */
  #checkLoadable(reference: string): void {
    const [name = ''] = reference.split('#')
    const hasBase = isObject(this.#root) && typeof (this.#root.$id ?? this.#root.id) === 'string'
    if (hasBase || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(name) || this.#byName(this.#root, name, 0) !== undefined) return
    const path = new URL(name, place).pathname
    if (!existsSync(path)) throw new SchemaError(`failing loading ${goQuote(`file://${path}`)}: open ${path}: no such file or directory`)
  }

  /** By $id or $anchor. */
  #byName(schema: unknown, reference: string, depth: number): unknown {
    if (typeof schema !== 'object' || schema === null || depth > 100) return undefined
    const rules = schema as Schema
    if (
      rules.$id === reference ||
      rules.id === reference ||
      [rules.$anchor, rules.$dynamicAnchor].some((anchor) => typeof anchor === 'string' && `#${anchor}` === reference)
    )
      return schema
    for (const inner of Object.values(rules)) {
      const found = this.#byName(inner, reference, depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }

  #general(rules: Schema, value: unknown, fail: (message: string) => void): void {
    const problem = this.#typeProblem(rules, value) ?? this.#choiceProblem(rules, value) ?? this.#formatProblem(rules, value)
    if (problem !== undefined) fail(problem)
  }

  #typeProblem({ type }: Schema, value: unknown): string | undefined {
    if (type === undefined) return undefined
    const wanted = (Array.isArray(type) ? type : [type]) as string[]
    const got = typeOf(value)
    const isInteger = got === 'number' && Number.isInteger(numberOf(value))
    if (wanted.includes(got) || (isInteger && wanted.includes('integer'))) return undefined
    return `got ${got}, want ${typeOrder.filter((each) => wanted.includes(each)).join(' or ')}`
  }

  #choiceProblem(rules: Schema, value: unknown): string | undefined {
    if (this.#draft >= 6 && 'const' in rules && !same(rules.const, value))
      return typeof rules.const === 'object' && rules.const !== null ? "'const' failed" : `value must be ${display(rules.const)}`
    if (!Array.isArray(rules.enum) || rules.enum.some((each) => same(each, value))) return undefined
    if (rules.enum.some((each) => typeof each === 'object' && each !== null)) return "'enum' failed"
    return rules.enum.length === 1 ? `value must be ${display(rules.enum[0])}` : `value must be one of ${rules.enum.map(display).join(', ')}`
  }

  #formatProblem({ format }: Schema, value: unknown): string | undefined {
    if (!this.#assertsFormat || typeof format !== 'string' || typeof value !== 'string' || !Object.hasOwn(formats, format)) return undefined
    const problem = formats[format]!(value)
    return problem === undefined ? undefined : `${display(value)} is not valid ${format}: ${problem}`
  }

  #object(
    rules: Schema,
    value: Record<string, unknown>,
    at: readonly string[],
    result: Result,
    fail: (message: string, causes?: readonly Failure[], where?: readonly string[]) => void,
    apply: Apply,
  ): void {
    const names = Object.keys(value).sort(compareText)
    const min = numberOf(rules.minProperties)
    const max = numberOf(rules.maxProperties)
    if (min !== undefined && names.length < min) fail(`minProperties: got ${grouped(names.length)}, want ${grouped(min)}`)
    if (max !== undefined && names.length > max) fail(`maxProperties: got ${grouped(names.length)}, want ${grouped(max)}`)
    if (Array.isArray(rules.required)) {
      const missing = (rules.required as string[]).filter((name) => !Object.hasOwn(value, name))
      if (missing.length > 0) fail(missing.length === 1 ? `missing property ${quote(missing[0]!)}` : `missing properties ${quotes(missing)}`)
    }
    const properties = (rules.properties ?? {}) as Schema
    const patterns = Object.entries((rules.patternProperties ?? {}) as Schema)
    const extra: string[] = []
    for (const name of names) {
      let known = false
      const use = (inner: unknown): void => {
        known = true
        result.failures.push(...apply(inner, value[name], [...at, name]).failures)
      }
      if (Object.hasOwn(properties, name)) use(properties[name])
      for (const [pattern, inner] of patterns) if (compilePattern(pattern).test(name)) use(inner)
      if (known) result.properties.add(name)
      else if (rules.additionalProperties === false) extra.push(name)
      else if (rules.additionalProperties !== undefined) use(rules.additionalProperties)
      if (known || rules.additionalProperties === true) result.properties.add(name)
      if (rules.propertyNames !== undefined && this.#draft >= 6) {
        // Upstream forgets here where it was.
        const inner = apply(rules.propertyNames, name, [])
        if (inner.failures.length > 0) fail(`invalid propertyName ${quote(name)}`, ungrouped(inner.failures), [])
      }
    }
    if (extra.length > 0) fail(`additional properties ${quotes(extra)} not allowed`)
    for (const keyword of this.#draft >= 2019 ? ['dependencies', 'dependentRequired', 'dependentSchemas'] : ['dependencies']) {
      for (const [name, dependent] of Object.entries((rules[keyword] ?? {}) as Schema)) {
        if (!Object.hasOwn(value, name)) continue
        if (Array.isArray(dependent)) {
          const missing = (dependent as string[]).filter((each) => !Object.hasOwn(value, each))
          if (missing.length > 0) fail(`properties ${quotes(missing)} required, if ${quote(name)} exists`)
        } else result.failures.push(...apply(dependent, value, at).failures)
      }
    }
  }

  #array(
    rules: Schema,
    value: readonly unknown[],
    at: readonly string[],
    result: Result,
    fail: (message: string, causes?: readonly Failure[]) => void,
    apply: Apply,
  ): void {
    const min = numberOf(rules.minItems)
    const max = numberOf(rules.maxItems)
    if (min !== undefined && value.length < min) fail(`minItems: got ${grouped(value.length)}, want ${grouped(min)}`)
    if (max !== undefined && value.length > max) fail(`maxItems: got ${grouped(value.length)}, want ${grouped(max)}`)
    if (rules.uniqueItems === true) {
      outer: for (let second = 1; second < value.length; second++) {
        for (let first = 0; first < second; first++) {
          if (!same(value[first], value[second])) continue
          fail(`items at ${first} and ${second} are equal`)
          break outer
        }
      }
    }
    const isModern = this.#draft >= 2020
    const given = isModern ? rules.prefixItems : rules.items
    const tuple: unknown[] = Array.isArray(given) ? given : []
    const rest = !isModern && Array.isArray(rules.items) ? rules.additionalItems : rules.items
    value.forEach((each, index) => {
      const inner = index < tuple.length ? tuple[index] : rest
      if (inner === undefined) return
      result.items = index + 1
      if (inner === false && index >= tuple.length && Array.isArray(rules.items)) return
      // Upstream counts what follows a tuple from nought again.
      result.failures.push(...apply(inner, each, [...at, String(index < tuple.length ? index : index - tuple.length)]).failures)
    })
    if (!isModern && Array.isArray(rules.items) && rest === false && value.length > tuple.length)
      fail(`last ${value.length - tuple.length} additionalItem(s) not allowed`)
    if (rules.contains !== undefined && this.#draft >= 6) {
      const looked = value.map((each, index) => apply(rules.contains, each, [...at, String(index)]).failures)
      const matched = looked.flatMap((failures, index) => (failures.length === 0 ? [index] : []))
      const least = this.#draft >= 2019 ? numberOf(rules.minContains) : undefined
      const most = this.#draft >= 2019 ? numberOf(rules.maxContains) : undefined
      if (least === undefined && matched.length === 0) fail('no items match contains schema', looked.flat())
      else if (least !== undefined && matched.length < least) {
        fail(
          matched.length === 0
            ? `min ${least} items required to match contains schema, but none matched`
            : `min ${least} items required to match contains schema, but matched ${matched.length} items at ${matched.join(' ')}`,
          looked.flat(),
        )
      }
      if (most !== undefined && matched.length > most)
        fail(`max ${most} items required to match contains schema, but matched ${matched.length} items at ${matched.join(' ')}`)
    }
  }

  #string(rules: Schema, value: string, fail: (message: string) => void): void {
    const length = [...value].length
    const min = numberOf(rules.minLength)
    const max = numberOf(rules.maxLength)
    if (min !== undefined && length < min) fail(`minLength: got ${grouped(length)}, want ${grouped(min)}`)
    if (max !== undefined && length > max) fail(`maxLength: got ${grouped(length)}, want ${grouped(max)}`)
    if (typeof rules.pattern === 'string' && !compilePattern(rules.pattern).test(value)) fail(`${quote(value)} does not match pattern ${quote(rules.pattern)}`)
  }

  #number(rules: Schema, value: number, fail: (message: string) => void): void {
    const limit = (keyword: string): number | undefined => numberOf(rules[keyword])
    const show = (each: number): string => printed(sprintf('%v', [each]))
    const multiple = limit('multipleOf')
    const [isAbove, isBelow] = [rules.exclusiveMinimum === true, rules.exclusiveMaximum === true]
    const [min, max] = [isAbove ? undefined : limit('minimum'), isBelow ? undefined : limit('maximum')]
    const [above, below] = [limit(isAbove ? 'minimum' : 'exclusiveMinimum'), limit(isBelow ? 'maximum' : 'exclusiveMaximum')]
    if (min !== undefined && value < min) fail(`minimum: got ${show(value)}, want ${show(min)}`)
    if (max !== undefined && value > max) fail(`maximum: got ${show(value)}, want ${show(max)}`)
    if (above !== undefined && value <= above) fail(`exclusiveMinimum: got ${show(value)}, want ${show(above)}`)
    if (below !== undefined && value >= below) fail(`exclusiveMaximum: got ${show(value)}, want ${show(below)}`)
    if (multiple !== undefined && multiple !== 0 && !Number.isInteger(value / multiple)) fail(`multipleOf: got ${show(value)}, want ${show(multiple)}`)
  }

  #combined(
    rules: Schema,
    value: unknown,
    at: readonly string[],
    result: Result,
    fail: (message: string, causes?: readonly Failure[]) => void,
    apply: Apply,
    absorb: (from: Result) => void,
  ): void {
    if (rules.not !== undefined && apply(rules.not, value, at).failures.length === 0) fail("'not' failed")
    if (Array.isArray(rules.allOf)) {
      const results = rules.allOf.map((each) => apply(each, value, at))
      const failures = results.flatMap((each) => each.failures)
      if (failures.length > 0) fail("'allOf' failed", failures)
      else for (const each of results) absorb(each)
    }
    if (Array.isArray(rules.anyOf)) {
      const results = rules.anyOf.map((each) => apply(each, value, at))
      const valid = results.filter(({ failures }) => failures.length === 0)
      if (valid.length === 0)
        fail(
          "'anyOf' failed",
          results.flatMap(({ failures }) => failures),
        )
      for (const each of valid) absorb(each)
    }
    if (Array.isArray(rules.oneOf)) {
      const results = rules.oneOf.map((each) => apply(each, value, at))
      const valid = results.flatMap(({ failures }, index) => (failures.length === 0 ? [index] : []))
      if (valid.length === 0)
        fail(
          "'oneOf' failed, none matched",
          results.flatMap(({ failures }) => failures),
        )
      else if (valid.length > 1) fail(`'oneOf' failed, subschemas ${valid[0]}, ${valid[1]} matched`)
      else absorb(results[valid[0]!]!)
    }
    if (rules.if !== undefined && this.#draft >= 7) {
      const condition = apply(rules.if, value, at)
      if (condition.failures.length === 0) absorb(condition)
      const branch = condition.failures.length === 0 ? rules.then : rules.else
      if (branch !== undefined) {
        const inner = apply(branch, value, at)
        result.failures.push(...inner.failures)
        absorb(inner)
      }
    }
  }

  #unevaluated(rules: Schema, value: unknown, at: readonly string[], result: Result, apply: Apply): void {
    if (rules.unevaluatedProperties !== undefined && isDictionary(value)) {
      const left = Object.keys(value)
        .filter((name) => !result.properties.has(name))
        .sort(compareText)
      for (const name of left) result.failures.push(...apply(rules.unevaluatedProperties, value[name], [...at, name]).failures)
    }
    if (rules.unevaluatedItems !== undefined && Array.isArray(value)) {
      value.forEach((each, index) => {
        if (index >= result.items) result.failures.push(...apply(rules.unevaluatedItems, each, [...at, String(index)]).failures)
      })
    }
  }
}

type Apply = (schema: unknown, value: unknown, at: readonly string[]) => Result
