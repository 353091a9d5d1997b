/** The order of values that CEL can compare. */
import { CelError } from '../types.ts'

interface Comparable {
  compareTo(other: unknown): number
}

export function compare(a: unknown, b: unknown): number {
  if (typeof a === 'object' && a !== null && 'compareTo' in a) return (a as Comparable).compareTo(b)
  const [left, right] = [plain(a), plain(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function plain(value: unknown): number | bigint | string {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Date) return value.getTime()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (typeof value === 'object' && value !== null) {
    const primitive = value.valueOf()
    if (typeof primitive === 'number' || typeof primitive === 'bigint') return primitive
  }
  throw new CelError('no such overload')
}

/** Equal as CEL has it: numbers across their types, lists and maps by content. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if ((typeof a === 'bigint' || typeof a === 'number') && (typeof b === 'bigint' || typeof b === 'number')) return Number(a) === Number(b)
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, index) => equal(each, b[index]))
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if ('compareTo' in a) return a.constructor === b.constructor && (a as Comparable).compareTo(b) === 0
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime()
  const [left, right] = [Object.entries(a), b as Record<string, unknown>]
  return left.length === Object.keys(right).length && left.every(([key, each]) => Object.hasOwn(right, key) && equal(each, right[key]))
}
