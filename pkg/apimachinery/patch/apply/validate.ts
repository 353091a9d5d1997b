/** Whether an applied configuration fits its type; messages are structured-merge-diff's. */
import { goSyntax, goText, goTypeOf } from '../../go-text.ts'
import { isObject, type JsonObject } from '../../json-value.ts'
import { fieldElement, printPath } from './field-set.ts'
import { ItemError, itemElement } from './list-items.ts'
import { type ListType, type MapType, type MergeType, resolve, type ScalarType } from './merge-type.ts'

/** Messages, none when it fits: ".spec.foo: field not declared in schema". */
export function validateApplied(type: MergeType, value: unknown, path: readonly string[] = [], allowDuplicates = false): string[] {
  if (value === null || value === undefined) return []
  const atom = resolve(type, value)
  if (atom.kind === 'map') return isObject(value) ? mapErrors(atom, value, path, allowDuplicates) : [at(path, `expected map, got ${describe(value)}`)]
  if (atom.kind === 'list') return Array.isArray(value) ? listErrors(atom, value, path, allowDuplicates) : [at(path, `expected list, got ${describe(value)}`)]
  return scalarErrors(atom, value).map((message) => at(path, message))
}

/** As structured-merge-diff writes several. */
export function together(errors: readonly string[]): string {
  return errors.length === 1 ? errors[0]! : `errors:\n${errors.map((error) => `  ${error}`).join('\n')}`
}

/** Each kind of scalar prints the wrong value in a way of its own. */
function scalarErrors({ of }: ScalarType, value: unknown): string[] {
  switch (of) {
    case 'numeric':
      return typeof value === 'number' || typeof value === 'bigint' ? [] : [`expected numeric (int or float), got ${goTypeOf(value)}`]
    case 'string':
      return typeof value === 'string' ? [] : [`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`expected boolean, got ${describe(value)}`]
    case 'untyped':
      return typeof value === 'object' ? [`expected any scalar, got ${describe(value)}`] : []
    case 'any':
      return []
  }
}

function at(path: readonly string[], message: string): string {
  return path.length === 0 ? message : `${printPath(path)}: ${message}`
}

function describe(value: unknown): string {
  return `&{${goText(value)}}`
}

function mapErrors(type: MapType, value: JsonObject, path: readonly string[], allowDuplicates: boolean): string[] {
  const errors: string[] = []
  for (const [key, inner] of Object.entries(value)) {
    const innerType = type.field(key) ?? type.rest
    const innerPath = [...path, fieldElement(key)]
    // After one that is unknown the others are not looked at.
    if (innerType === undefined) return [...errors, at(innerPath, 'field not declared in schema')]
    errors.push(...validateApplied(innerType, inner, innerPath, allowDuplicates))
  }
  return errors
}

function listErrors(type: ListType, value: readonly unknown[], path: readonly string[], allowDuplicates: boolean): string[] {
  const seen = new Set<string>()
  return value.flatMap((item, index) => {
    if (type.relation === 'atomic') return validateApplied(type.element, item, [...path, `i:${index}`], allowDuplicates)
    try {
      const element = itemElement(type, item)
      const again = seen.has(element) && !allowDuplicates ? [at(path, `duplicate entries for key ${printPath([element])}`)] : []
      seen.add(element)
      return [...again, ...validateApplied(type.element, item, [...path, element], allowDuplicates)]
    } catch (error) {
      if (error instanceof ItemError) return [at(path, `element ${index}: ${error.message}`)]
      throw error
    }
  })
}
