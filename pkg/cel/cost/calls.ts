/**
 * What calls cost at the most, before they are made: cel-go's own functions (checker/cost.go) and Kubernetes'
 * (pkg/cel/library/cost.go). Upstream warns that any change here changes which definitions are accepted.
 */
import type { CelType } from '../decl-type.ts'
import { add, endless, fixed, multiply, type Range, times, union } from './range.ts'

/** An argument, as far as it counts. */
export interface Operand {
  readonly type: CelType
  readonly size: Range
  /** Of a list's items, where they are texts. */
  readonly itemSize: Range
  readonly literal?: unknown
}
export interface CallCost {
  readonly cost: Range
  readonly size?: Range | undefined
}
interface Call {
  readonly name: string
  readonly target: Operand | undefined
  readonly args: readonly Operand[]
}

const perCharacter = 0.1
const perPatternCharacter = 0.25
const maxNamedFormatPattern = 128
const one: CallCost = { cost: fixed(1) }
const none = { min: 0, max: 0 }
/** Two checks an expression, no more. */
const authorizerCheck = 350_000

const walked = (size: Range, factor = 1): Range => times(size, factor * perCharacter)
const walkedArgument = ({ args: [arg] }: Call): CallCost => (arg ? { cost: walked(arg.size) } : one)
const walkedTarget = ({ target }: Call): CallCost => (target ? { cost: walked(target.size), size: target.size } : one)

function selector({ args: [arg] }: Call): CallCost {
  if (!arg) return one
  return { cost: add(fixed(10), walked(arg.size), times(times(arg.size, 0.5), 50)) }
}

function traversed({ target }: Call): CallCost {
  if (!target) return one
  const element = target.type.kind === 'list' ? target.type.element : undefined
  if (!element) return { cost: walked(target.size) }
  const isText = element.kind === 'string' || element.kind === 'bytes'
  return { cost: multiply(target.size, isText ? add(fixed(1), walked(target.itemSize)) : fixed(1)) }
}

function replace({ target, args }: Call): CallCost {
  const [from, to] = args
  if (!target || !from || !to) return one
  const size = target.size
  const most =
    from.size.min === 0
      ? { count: size.max + 1, kept: size.max }
      : to.size.max <= from.size.min
        ? { count: 0, kept: size.max }
        : { count: Math.ceil(size.max / from.size.min), kept: 0 }
  const least =
    from.size.max === 0
      ? { count: size.min + 1, kept: size.min }
      : from.size.max <= to.size.min
        ? { count: 0, kept: size.min }
        : { count: Math.ceil(size.min / from.size.max), kept: 0 }
  const result = add(multiply({ min: least.count, max: most.count }, to.size), { min: least.kept, max: most.kept })
  return { cost: walked(size, 2), size: result }
}

function split({ target, args }: Call): CallCost {
  if (!target) return one
  const limit = args[1]?.literal
  return { cost: walked(target.size, 2), size: { min: 0, max: typeof limit === 'bigint' && limit >= 0n ? Number(limit) : target.size.max } }
}

function join({ target, args: [separator] }: Call): CallCost {
  if (!target) return one
  const items = multiply(target.size, target.type.kind === 'list' && target.type.element ? target.itemSize : none)
  const between = { min: Math.max(target.size.min - 1, 0), max: Math.max(target.size.max - 1, 0) }
  const size = separator ? add(items, multiply(separator.size, between)) : items
  return { cost: walked(size), size }
}

function searched(text: Range, pattern: Range): Range {
  return multiply(walked(add(text, fixed(1))), times(pattern, perPatternCharacter))
}

function find({ target, args: [pattern] }: Call): CallCost {
  if (!target || !pattern) return one
  return { cost: searched(target.size, pattern.size), size: { min: 0, max: target.size.max } }
}

const address: Range = { min: 4, max: 16 }
function contains(twice: boolean) {
  return ({ args: [arg] }: Call): CallCost => {
    if (!arg) return one
    const compared = add(walked(add(address, address)), ...(twice ? [walked(address), fixed(1)] : []))
    return { cost: arg.type.kind === 'opaque' ? compared : add(compared, walked(arg.size)) }
  }
}

/** Of a map it is one look; of what may be either, both count. */
function inList({ args: [, list] }: Call): CallCost {
  if (list?.type.kind === 'list') return { cost: list.size }
  return list?.type.kind === 'dyn' ? { cost: union(fixed(1), list.size) } : one
}

function compared({ name, args }: Call): CallCost {
  const [left, right] = args as readonly [Operand, Operand]
  const kinds = [left.type.kind, right.type.kind]
  const isEquality = name === '==' || name === '!='
  if (isEquality && left.type.kind === 'opaque' && right.type.kind === 'opaque') return one
  const texts = kinds.every((kind) => kind === 'string' || kind === 'bytes' || kind === 'dyn')
  if (!isEquality && !texts) return one
  const smaller = Math.min(left.size.max, right.size.max)
  const cost = walked({ min: smaller > 0 ? 1 : 0, max: smaller })
  return { cost: !isEquality && kinds.every((kind) => kind === 'dyn') ? union(cost, fixed(1)) : cost }
}

function added({ args }: Call): CallCost {
  const [left, right] = args as readonly [Operand, Operand]
  const kinds = [left.type.kind, right.type.kind]
  const size = add(left.size, right.size)
  if (kinds.includes('string') || kinds.includes('bytes')) return { cost: walked(size), size }
  if (kinds.includes('list')) return { cost: fixed(1), size }
  return kinds.every((kind) => kind === 'dyn') ? { cost: union(walked(size), fixed(1)), size } : one
}

/** What cel-go's list extension makes anew: the cost of the call and of a list, and of going through it. */
function newList(factorOf: (call: Call) => number, squared = false) {
  return (call: Call): CallCost => {
    const size = call.target?.size ?? call.args[0]?.size ?? none
    const count = squared ? multiply(size, size) : size
    return { cost: add(times(count, factorOf(call)), fixed(11)), size: count }
  }
}

const newListOf = (size: Range): CallCost => ({ cost: add(size, fixed(11)), size })

function literalOr(operand: Operand | undefined, other: number): number {
  return typeof operand?.literal === 'bigint' ? Number(operand.literal) : other
}

/** Each item of one set with each of the other. */
function compareEach(factor: number) {
  return ({ args: [left, right] }: Call): CallCost => (left && right ? { cost: add(times(multiply(left.size, right.size), factor), fixed(1)) } : one)
}

function sorted({ target }: Call): number {
  const kind = target?.type.element?.kind
  return kind === 'string' || kind === 'bytes' ? 2 + perCharacter : 2
}

function flattened({ args: [depth] }: Call): number {
  return typeof depth?.literal === 'bigint' ? Number(depth.literal) : depth ? endless : 1
}

const fixedOne =
  'serviceAccount path group resource subresource namespace name allowed reason error errored masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery'

const costs: Readonly<Record<string, (call: Call) => CallCost>> = {
  ...Object.fromEntries(fixedOne.split(' ').map((name) => [name, () => one])),
  check: () => ({ cost: fixed(authorizerCheck) }),
  fieldSelector: selector,
  labelSelector: selector,
  ...Object.fromEntries('isSorted sum max min indexOf lastIndexOf'.split(' ').map((name) => [name, traversed])),
  ...Object.fromEntries('cidr isIP isCIDR quantity isQuantity semver isSemver'.split(' ').map((name) => [name, walkedArgument])),
  ...Object.fromEntries('lowerAscii upperAscii substring trim'.split(' ').map((name) => [name, walkedTarget])),
  url: ({ args: [arg] }) => (arg ? { cost: walked(arg.size), size: arg.size } : one),
  escapeKey: ({ args: [arg] }) => (arg ? { cost: walked(arg.size), size: arg.size } : one),
  'lists.range': ({ args: [count] }) => newListOf(fixed(literalOr(count, endless))),
  slice: ({ target, args: [from, to] }) => newListOf(fixed(Math.max(literalOr(to, target?.size.max ?? 0) - literalOr(from, 0), 0))),
  'sets.contains': compareEach(1),
  'sets.intersects': compareEach(1),
  'sets.equivalent': compareEach(2),
  'strings.quote': ({ args: [arg] }) => (arg ? { cost: walked(arg.size), size: { min: arg.size.min, max: arg.size.max * 2 + 2 } } : one),
  reverse: ({ target, args }) => (target?.type.kind === 'list' ? newList(() => 1)({ name: 'reverse', target, args }) : one),
  flatten: newList(flattened),
  distinct: newList(() => 2, true),
  sort: newList(sorted, true),
  replace,
  split,
  join,
  find,
  findAll: find,
  // The method of a CIDR gives a part of it; the function parses.
  ip: ({ target, args: [arg] }) => (target || !arg ? one : { cost: walked(arg.size) }),
  isCanonical: ({ args: [arg] }) => (arg ? { cost: walked(arg.size, 2) } : one),
  containsIP: contains(false),
  containsCIDR: contains(true),
  validate: ({ args: [arg] }) => (arg ? { cost: times(walked(arg.size), maxNamedFormatPattern * perPatternCharacter) } : one),
  format: ({ target }) => (target?.type.kind === 'string' || target?.type.kind === 'dyn' ? { cost: walked(target.size) } : one),
  bytes: ({ args: [arg] }) => (arg?.type.kind === 'string' ? { cost: walked(arg.size), size: { min: arg.size.min, max: arg.size.max * 4 } } : one),
  string: ({ args: [arg] }) => (arg?.type.kind === 'bytes' ? { cost: walked(arg.size), size: { min: Math.floor(arg.size.min / 4), max: arg.size.max } } : one),
  startsWith: walkedArgument,
  endsWith: walkedArgument,
  matches: ({ target, args: [pattern] }) => (target && pattern ? { cost: searched(target.size, pattern.size) } : one),
  contains: ({ target, args: [part] }) => (target && part && target.type.kind !== 'opaque' ? { cost: multiply(walked(target.size), walked(part.size)) } : one),
  in: inList,
  '==': compared,
  '!=': compared,
  '<': compared,
  '<=': compared,
  '>': compared,
  '>=': compared,
  '+': added,
}

/** Without what the arguments cost themselves. */
export function costOfCall(call: Call): CallCost {
  return Object.hasOwn(costs, call.name) ? costs[call.name]!(call) : one
}
