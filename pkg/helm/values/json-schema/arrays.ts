/** Keywords of arrays: how many items, what they are, what is among them. */
import { grouped, numberOf, same } from './display.ts'
import type { Look } from './types.ts'

export function checkArray({ rules, draft, at, result, fail, apply }: Look, value: readonly unknown[]): void {
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
  const isModern = draft >= 2020
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
  if (rules.contains !== undefined && draft >= 6) {
    const looked = value.map((each, index) => apply(rules.contains, each, [...at, String(index)]).failures)
    const matched = looked.flatMap((failures, index) => (failures.length === 0 ? [index] : []))
    const least = draft >= 2019 ? numberOf(rules.minContains) : undefined
    const most = draft >= 2019 ? numberOf(rules.maxContains) : undefined
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
