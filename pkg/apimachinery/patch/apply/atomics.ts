/** What a configuration would replace as a whole. */
import { isObject } from '../../json-value.ts'
import { fieldElement, printPath } from './field-set.ts'
import { type MergeType, resolve } from './merge-type.ts'

/** Paths: ".spec.selector", ".spec.containers[0].args". */
export function atomicsIn(type: MergeType, value: unknown, path: readonly string[] = []): string[] {
  if (value === null || value === undefined) return []
  const atom = resolve(type, value)
  if (atom.kind === 'map' && isObject(value)) {
    const inner = Object.entries(value).flatMap(([key, each]) => {
      // Only what is declared is looked into.
      const field = atom.field(key)
      return field === undefined ? [] : atomicsIn(field, each, [...path, fieldElement(key)])
    })
    return atom.relation === 'atomic' ? [printPath(path), ...inner] : inner
  }
  if (atom.kind !== 'list' || !Array.isArray(value)) return []
  const inner = value.flatMap((each, index) => atomicsIn(atom.element, each, [...path, `i:${index}`]))
  return atom.relation === 'atomic' ? [printPath(path), ...inner] : inner
}
