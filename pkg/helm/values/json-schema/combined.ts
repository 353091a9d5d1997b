/** Keywords that hold other schemas against the same value, and what they have left unseen. */
import { compareText, isDictionary } from '#template/values.ts'
import type { Look, Result } from './types.ts'

/** What a part has seen counts as seen. */
export function absorb(into: Result, { properties, items }: Result): void {
  for (const name of properties) into.properties.add(name)
  into.items = Math.max(into.items, items)
}

export function checkCombined({ rules, draft, at, result, fail, apply }: Look, value: unknown): void {
  if (rules.not !== undefined && apply(rules.not, value, at).failures.length === 0) fail("'not' failed")
  if (Array.isArray(rules.allOf)) {
    const results = rules.allOf.map((each) => apply(each, value, at))
    const failures = results.flatMap((each) => each.failures)
    if (failures.length > 0) fail("'allOf' failed", failures)
    else for (const each of results) absorb(result, each)
  }
  if (Array.isArray(rules.anyOf)) {
    const results = rules.anyOf.map((each) => apply(each, value, at))
    const valid = results.filter(({ failures }) => failures.length === 0)
    if (valid.length === 0)
      fail(
        "'anyOf' failed",
        results.flatMap(({ failures }) => failures),
      )
    for (const each of valid) absorb(result, each)
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
    else absorb(result, results[valid[0]!]!)
  }
  if (rules.if !== undefined && draft >= 7) {
    const condition = apply(rules.if, value, at)
    if (condition.failures.length === 0) absorb(result, condition)
    const branch = condition.failures.length === 0 ? rules.then : rules.else
    if (branch !== undefined) {
      const inner = apply(branch, value, at)
      result.failures.push(...inner.failures)
      absorb(result, inner)
    }
  }
}

export function checkUnevaluated({ rules, at, result, apply }: Look, value: unknown): void {
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
