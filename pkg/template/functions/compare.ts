/** eq and lt, with Go's rules for kinds. */
import { printValue, sprintf } from '../print/print.ts'
import { GoObject, type Value } from '../types.ts'
import { asBigInt, compareText, integerKinds, kindOf, typeOf, unsignedKinds } from '../values.ts'

type BasicKind = 'bool' | 'complex' | 'int' | 'uint' | 'float' | 'string' | 'none'

function basicKind(value: Value): BasicKind {
  const kind = kindOf(value)
  if (integerKinds.has(kind)) return 'int'
  if (unsignedKinds.has(kind)) return 'uint'
  if (kind === 'float64') return 'float'
  if (kind === 'complex128') return 'complex'
  return kind === 'bool' || kind === 'string' ? kind : 'none'
}

const isNil = (value: Value): boolean => value === undefined || value === null
const areBothIntegers = (a: BasicKind, b: BasicKind): boolean => (a === 'int' && b === 'uint') || (a === 'uint' && b === 'int')
const incompatible = (a: Value, b: Value): Error => new Error(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`)

/** True when the first equals one of the others. Throws when the types cannot be compared. */
export function equal(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison')
  const kind = basicKind(first)
  for (const other of others) {
    const otherKind = basicKind(other)
    if (kind !== otherKind) {
      if (areBothIntegers(kind, otherKind)) {
        if (asBigInt(first) === asBigInt(other)) return true
      } else if (!isNil(first) && !isNil(other)) throw incompatible(first, other)
    } else if (kind === 'int' || kind === 'uint') {
      if (asBigInt(first) === asBigInt(other)) return true
    } else if (kind === 'complex') {
      if (printValue(first) === printValue(other)) return true
    } else if (kind !== 'none') {
      if (first === other) return true
    } else if (equalNonBasic(first, other)) return true
  }
  return false
}

function equalNonBasic(first: Value, other: Value): boolean {
  if (!isNil(first) && !isNil(other) && kindOf(first) !== kindOf(other)) {
    throw new Error(`non-comparable types ${describe(first)}: ${typeOf(first)}, ${typeOf(other)}: ${printValue(other)}`)
  }
  if (isNil(first) || isNil(other)) return isNil(first) === isNil(other)
  if (first instanceof GoObject && other instanceof GoObject && first.kind === 'struct') return first.print() === other.print()
  if (first instanceof GoObject && first.kind === 'ptr') return first === other
  throw new Error(`non-comparable type ${describe(other)}: ${typeOf(other)}`)
}

/** Go prints a reflect.Value by %s here, which shows its elements as %s would. */
const describe = (value: Value): string => (value === undefined || value === null ? '<nil>' : sprintf('%s', [value]))

export function less(a: Value, b: Value): boolean {
  const [kind, otherKind] = [basicKind(a), basicKind(b)]
  if (kind === 'none' || otherKind === 'none') throw new Error('invalid type for comparison')
  if (kind !== otherKind && !areBothIntegers(kind, otherKind)) throw incompatible(a, b)
  switch (kind) {
    case 'bool':
    case 'complex':
      throw new Error('invalid type for comparison')
    case 'string':
      return compareText(a as string, b as string) < 0
    case 'float':
      return (a as number) < (b as number)
  }
  return asBigInt(a)! < asBigInt(b)!
}
