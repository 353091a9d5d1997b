/** Defaults must themselves be what the schema wants, and whole after pruning. */
import { type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import { equalJson } from '#apimachinery/json-value.ts'
import { applyDefaults } from '../schema/defaulting.ts'
import { prune } from '../schema/prune.ts'
import { additionalOf, itemsOf, type Schema } from '../schema/types.ts'
import { validateValue } from '../schema/validate-value.ts'

export function validateDefaults(schema: Schema, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (schema.default !== undefined) errors.push(...checkDefault(schema, at.child('default')))
  for (const [key, each] of Object.entries(schema.properties ?? {})) errors.push(...validateDefaults(each, at.child('properties').key(key)))
  const [items, rest] = [itemsOf(schema), additionalOf(schema)]
  if (items) errors.push(...validateDefaults(items, at.child('items')))
  if (rest) errors.push(...validateDefaults(rest, at.child('additionalProperties')))
  return errors
}

function checkDefault(schema: Schema, at: FieldPath): FieldError[] {
  const pruned = structuredClone(schema.default)
  prune(pruned, schema, undefined, schema['x-kubernetes-embedded-resource'] === true)
  if (!equalJson(pruned, schema.default)) return [invalidValue(at, schema.default, 'must not have unknown fields')]
  applyDefaults(pruned, schema, false)
  return validateValue(pruned, schema, undefined, at.toString())
}
