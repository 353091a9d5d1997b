/** Keywords of objects: which properties, how many, what is in them, what they bring along. */
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { compareText } from '#template/values.ts'
import { grouped, numberOf, quote, quotes } from './display.ts'
import { ungrouped } from './failures.ts'
import type { Look, Schema } from './types.ts'

export function checkObject({ rules, draft, at, result, fail, apply }: Look, value: Record<string, unknown>): void {
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
    if (rules.propertyNames !== undefined && draft >= 6) {
      // Upstream forgets here where it was.
      const inner = apply(rules.propertyNames, name, [])
      if (inner.failures.length > 0) fail(`invalid propertyName ${quote(name)}`, ungrouped(inner.failures), [])
    }
  }
  if (extra.length > 0) fail(`additional properties ${quotes(extra)} not allowed`)
  for (const keyword of draft >= 2019 ? ['dependencies', 'dependentRequired', 'dependentSchemas'] : ['dependencies']) {
    for (const [name, dependent] of Object.entries((rules[keyword] ?? {}) as Schema)) {
      if (!Object.hasOwn(value, name)) continue
      if (Array.isArray(dependent)) {
        const missing = (dependent as string[]).filter((each) => !Object.hasOwn(value, each))
        if (missing.length > 0) fail(`properties ${quotes(missing)} required, if ${quote(name)} exists`)
      } else result.failures.push(...apply(dependent, value, at).failures)
    }
  }
}
