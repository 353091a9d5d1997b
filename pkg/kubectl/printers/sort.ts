/** --sort-by: objects by what a path finds in them; those without come first. */
import { isQuantity, Quantity } from '#apimachinery/quantity.ts'
import { CommandError } from '../errors.ts'
import { compileJsonPath, relaxedPath } from '../jsonpath/evaluate.ts'

export function sortByPath<T>(items: readonly T[], objectOf: (item: T) => unknown, sortBy: string): T[] {
  let field: string
  try {
    field = relaxedPath(sortBy)
  } catch {
    field = sortBy
  }
  const path = compileJsonPath(field, { allowMissingKeys: true })
  const keyed = items.map((item) => ({ item, key: path.find(objectOf(item))[0]?.[0] }))
  if (items.length > 0 && keyed.every(({ key }) => key === undefined)) {
    throw new CommandError(`error: couldn't find any field with path ${JSON.stringify(field)} in the list of objects`)
  }
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item)
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  if (typeof a === 'string' && typeof b === 'string') {
    if (isQuantity(a) && isQuantity(b)) return Quantity.parse(a).compare(Quantity.parse(b))
    return a < b ? -1 : a > b ? 1 : 0
  }
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'object') throw new CommandError(`error: unsortable type: ${Array.isArray(a) ? '[]interface {}' : 'map[string]interface {}'}`)
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0
}
