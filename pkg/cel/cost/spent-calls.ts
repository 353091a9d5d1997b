/** What a call has cost, by its arguments (the receiver first) and its result. */
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { isKubernetesValue, regexSizeOf, valueSizeOf } from '../library/sizes.ts'

export type Spent = (args: readonly unknown[], result: unknown) => number

const perCharacter = 0.1
const perPatternCharacter = 0.25

/** Upstream's traits.Sizer: characters, bytes, items, entries; 1 of anything else. */
export function actualSize(value: unknown): number {
  if (typeof value === 'string') return characters(value)
  if (Array.isArray(value)) return value.length
  if (value instanceof Uint8Array) return value.length
  if (value instanceof Map) return value.size
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Duration || value instanceof UnsignedInt) return 1
  if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) return Object.keys(value).length
  return valueSizeOf(value)
}

function characters(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) count--
  return count
}

const walked = (size: number, factor = 1): number => Math.ceil(size * factor * perCharacter)

/** Of everything in it; a short text counts nothing. */
function traversal(value: unknown): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * perCharacter)
  if (value instanceof Uint8Array) return Math.floor(value.length * perCharacter)
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + traversal(each), 0)
  if (value instanceof Map) return [...value].reduce((sum, [key, each]) => sum + traversal(key) + traversal(each), 0)
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.entries(value).reduce((sum, [key, each]) => sum + traversal(key) + traversal(each), 0)
  return 1
}

const first: Spent = ([value]) => walked(actualSize(value))
const firstTwice: Spent = ([value]) => walked(actualSize(value), 2)
const searched = (text: unknown, patternSize: number): number => walked(1 + actualSize(text)) * Math.ceil(patternSize * perPatternCharacter)

const isScalar = (value: unknown): boolean => typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number'

function compared([left, right]: readonly unknown[]): number {
  if (isScalar(left) || isScalar(right)) return Math.min(actualSize(left), actualSize(right), 1)
  if (isKubernetesValue(left)) return 1
  return walked(Math.min(actualSize(left), actualSize(right)))
}
/** Only texts and bytes take longer the longer they are. */
function ordered(args: readonly unknown[]): number {
  return args.every((each) => typeof each === 'string' || each instanceof Uint8Array) ? compared(args) : 1
}

function within(twice: boolean): Spent {
  return ([range, other]) => {
    const size = actualSize(range)
    return walked(size + size) + (twice ? walked(size) + 1 : 0) + (typeof other === 'string' ? walked(actualSize(other)) : 0)
  }
}

function selfCompared([list]: readonly unknown[]): number {
  const item: unknown = Array.isArray(list) ? list[0] : undefined
  const factor = typeof item === 'string' || item instanceof Uint8Array ? 2 + perCharacter : 2
  return Math.floor(actualSize(list) ** 2 * factor) + 11
}

const resultSized: Spent = (_, result) => actualSize(result) + 11
const setsCost =
  (factor: number): Spent =>
  ([left, right]) =>
    1 + actualSize(left) * actualSize(right) * factor
const each = (names: string, spent: Spent): Record<string, Spent> => Object.fromEntries(names.split(' ').map((name) => [name, spent]))

const calls: Readonly<Record<string, Spent>> = {
  check: () => 350_000,
  ...each('fieldSelector labelSelector', ([, selector]) => 10 + walked(actualSize(selector)) + Math.ceil(actualSize(selector) * 0.5) * 50),
  ...each('isSorted sum max min indexOf lastIndexOf', ([value]) => traversal(value)),
  ...each(
    'url lowerAscii upperAscii substring trim jsonpatch.escapeKey cidr isIP isCIDR quantity isQuantity semver isSemver startsWith endsWith strings.quote',
    first,
  ),
  ...each('replace split ip.isCanonical', firstTwice),
  join: (_, result) => walked(actualSize(result), 2),
  ...each('find findAll matches', ([text, pattern]) => searched(text, actualSize(pattern))),
  // The method of a CIDR gives a part of it; the function parses.
  ip: ([value]) => (typeof value === 'string' ? walked(actualSize(value)) : 1),
  containsIP: within(false),
  containsCIDR: within(true),
  validate: ([format, text]) => searched(text, regexSizeOf(format)),
  contains: ([text, part]) => (typeof text === 'string' ? walked(actualSize(text)) * walked(actualSize(part)) : 1),
  format: ([text]) => (typeof text === 'string' ? walked(actualSize(text)) : 1),
  bytes: ([value]) => (typeof value === 'string' ? walked(actualSize(value)) : 1),
  string: ([value]) => (value instanceof Uint8Array ? walked(value.length) : 1),
  in: ([, list]) => (Array.isArray(list) ? list.length : 1),
  ...each('== !=', compared),
  ...each('< <= > >=', ordered),
  '+': ([left, right]) => (typeof left === 'string' || left instanceof Uint8Array ? walked(actualSize(left) + actualSize(right)) : 1),
  ...each('sets.contains sets.intersects', setsCost(1)),
  'sets.equivalent': setsCost(2),
  slice: resultSized,
  'lists.range': resultSized,
  reverse: (args, result) => (Array.isArray(args[0]) ? resultSized(args, result) : 1),
  flatten: ([list, depth]) => Math.floor(actualSize(list) * Number(depth ?? 1)) + 11,
  ...each('distinct sort', selfCompared),
}

/** Undefined: whatever it is called with, 1. */
export function spentOnCalls(name: string): Spent | undefined {
  return Object.hasOwn(calls, name) ? calls[name] : undefined
}
