/**
 * x-kubernetes-validations (KEP-2876): each rule is compiled once with its schema, and evaluated on every value the
 * schema describes; transition rules see the value that was there before, where it can be told which that is.
 */
import { type FieldError, FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import { equalJson } from '#apimachinery/json-value.ts'
import { declTypeOf } from '#cel/decl-type.ts'
import { newBudget } from '#cel/program.ts'
import { type Budget, perObjectLimit } from '#cel/types.ts'
import { toCelBySchema } from '#cel/values.ts'
import { additionalOf, isMap, itemsOf, type Schema } from '../schema/types.ts'
import { correlate } from '../schema/validate-value.ts'
import { type CompiledRule, compileRule } from './compile.ts'
import { runRule } from './run.ts'

export interface Rules {
  /** What the rules say; no more than a hint when `errors` already say that the value is not even of its type. */
  validate(object: unknown, old: unknown, errors: readonly FieldError[], at?: FieldPath): FieldError[]
}

interface Node {
  readonly schema: Schema
  readonly isResource: boolean
  readonly rules: readonly CompiledRule[]
  readonly properties: ReadonlyMap<string, Node>
  readonly rest: Node | undefined
  readonly items: Node | undefined
}

const blocking: ReadonlySet<FieldError['reason']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])
const unchecked = 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'
const nowhere = new FieldPath('<nil>')

export function compileRules(schema: Schema, isResource = true): Rules {
  const root = nodeOf(schema, isResource)
  if (!root) return { validate: () => [] }
  return {
    validate: (object, old, errors, at) => {
      if (errors.some(({ reason }) => blocking.has(reason))) return [invalidValue(nowhere, null, unchecked)]
      const found: FieldError[] = []
      check(root, object, old, at, newBudget(perObjectLimit), found)
      return found
    },
  }
}

/** Undefined where neither the schema nor anything below it has rules. */
function nodeOf(schema: Schema, isResource: boolean): Node | undefined {
  const validations = schema['x-kubernetes-validations'] ?? []
  const type = validations.length > 0 ? declTypeOf(schema, isResource) : undefined
  const rules = validations.map((rule) => compileRule(rule, type))
  const properties = new Map<string, Node>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = nodeOf(property, property['x-kubernetes-embedded-resource'] === true)
    if (node) properties.set(name, node)
  }
  const below = (each: Schema | undefined) => each && nodeOf(each, each['x-kubernetes-embedded-resource'] === true)
  const [rest, items] = [below(additionalOf(schema)), below(itemsOf(schema))]
  if (rules.length === 0 && properties.size === 0 && !rest && !items) return undefined
  return { schema, isResource, rules, properties, rest, items }
}

/** False when the budget is spent: nothing further is to be evaluated. */
function check(node: Node, value: unknown, old: unknown, at: FieldPath | undefined, budget: Budget, errors: FieldError[]): boolean {
  if (value === undefined || value === null) return true
  const { schema, rules, isResource } = node
  if (rules.length > 0) {
    const self = toCelBySchema(value, schema, isResource)
    const oldSelf = old === undefined || old === null ? undefined : toCelBySchema(old, schema, isResource)
    const unchanged = oldSelf !== undefined && equalJson(value, old)
    for (const rule of rules) if (!runRule(rule, { value, self, oldSelf, unchanged, type: schema.type ?? '', at, budget }, errors)) return false
  }
  if (Array.isArray(value)) {
    const before = Array.isArray(old) ? correlate(schema, old) : undefined
    const { items } = node
    return !items || value.every((each, index) => check(items, each, before?.(each), (at ?? new FieldPath()).index(index), budget, errors))
  }
  if (!isMap(value)) return true
  const before = isMap(old) ? old : undefined
  return Object.keys(value).every((key) => {
    const named = node.properties.get(key)
    if (named) return check(named, value[key], before?.[key], (at ?? new FieldPath()).child(key), budget, errors)
    if (!node.rest || Object.hasOwn(schema.properties ?? {}, key)) return true
    return check(node.rest, value[key], before?.[key], (at ?? new FieldPath()).key(key), budget, errors)
  })
}
