/** Kubernetes' semver library (semver 2.0.0). */
import type { Environment } from '@marcbachmann/cel-js'
import { CelError } from '../types.ts'

class Semver {
  readonly numbers: readonly bigint[]
  readonly before: readonly string[]
  readonly text: string
  constructor(numbers: readonly bigint[], before: readonly string[], text: string) {
    this.numbers = numbers
    this.before = before
    this.text = text
  }
  toString(): string {
    return this.text
  }
  compareTo(other: unknown): number {
    const { numbers, before } = other as Semver
    for (const [index, own] of this.numbers.entries()) if (own !== numbers[index]) return own < numbers[index]! ? -1 : 1
    if (this.before.length === 0 || before.length === 0) return this.before.length === before.length ? 0 : this.before.length === 0 ? 1 : -1
    for (const [index, own] of this.before.entries()) {
      const theirs = before[index]
      if (theirs === undefined) return 1
      const order = comparePart(own, theirs)
      if (order !== 0) return order
    }
    return this.before.length - before.length
  }
}

function comparePart(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (left && right) return Math.sign(Number(a) - Number(b))
  if (left !== right) return left ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

class SemverError extends Error {}

function numberIn(text: string, which: string): bigint {
  if (/\D/.test(text)) throw new SemverError(`Invalid character(s) found in ${which.toLowerCase()} number ${JSON.stringify(text)}`)
  if (text.length > 1 && text.startsWith('0')) throw new SemverError(`${which} number must not contain leading zeroes ${JSON.stringify(text)}`)
  if (text === '') throw new SemverError('strconv.ParseUint: parsing "": invalid syntax')
  return BigInt(text)
}

/** As blang/semver reads it, with its errors. Throws SemverError. */
function parse(text: string): Semver {
  if (text === '') throw new SemverError('Version string empty')
  const [major, minor, rest] = splitTwice(text)
  if (major === undefined || minor === undefined || rest === undefined) throw new SemverError('No Major.Minor.Patch elements found')
  const numbers = [numberIn(major, 'Major'), numberIn(minor, 'Minor')]
  const plus = rest.indexOf('+')
  const [core, build] = plus < 0 ? [rest] : [rest.slice(0, plus), rest.slice(plus + 1)]
  const dash = core.indexOf('-')
  const [patch, before] = dash < 0 ? [core] : [core.slice(0, dash), core.slice(dash + 1)]
  numbers.push(numberIn(patch, 'Patch'))
  for (const each of before?.split('.') ?? []) checkPrerelease(each)
  for (const each of build?.split('.') ?? []) {
    if (each === '') throw new SemverError('Build meta data is empty')
    if (/[^\dA-Za-z-]/.test(each)) throw new SemverError(`Invalid character(s) found in build meta data ${JSON.stringify(each)}`)
  }
  return new Semver(numbers, before?.split('.') ?? [], text)
}

function checkPrerelease(text: string): void {
  if (text === '') throw new SemverError('Prerelease is empty')
  if (/^\d+$/.test(text)) {
    if (text.length > 1 && text.startsWith('0')) throw new SemverError(`Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(text)}`)
  } else if (/[^\dA-Za-z-]/.test(text)) throw new SemverError(`Invalid character(s) found in prerelease ${JSON.stringify(text)}`)
}

/** Go's SplitN(text, ".", 3). */
function splitTwice(text: string): string[] {
  const [first, second, ...others] = text.split('.')
  return [first!, ...(second === undefined ? [] : [second]), ...(others.length === 0 ? [] : [others.join('.')])]
}

/** With a leading v, fewer than three numbers, and leading zeros let pass. */
function normal(text: string): string {
  const parts = splitTwice(text.replace(/^v/, '')).map((part) => (part.length > 1 ? part.replace(/^0+/, '').replace(/^(?!\d)/, '0') : part))
  if (parts.length < 3 && /[+-]/.test(parts.at(-1)!)) throw new SemverError('short version cannot contain PreRelease/Build meta data')
  while (parts.length < 3) parts.push('0')
  return parts.join('.')
}

function read(text: string, normalize: boolean): Semver | SemverError {
  try {
    return parse(normalize ? normal(text) : text)
  } catch (error) {
    if (error instanceof SemverError) return error
    throw error
  }
}

/** A value of the type, as variables may hold it. */
export function semverOf(text: string, normalize = false): Semver {
  const found = read(text, normalize)
  if (found instanceof SemverError) throw new CelError(found.message)
  return found
}

export function registerSemver(environment: Environment): void {
  const sync = { async: false }
  const name = 'kubernetes.Semver'
  environment
    .registerType(name, { ctor: Semver, fields: {} } as never)
    .registerFunction(`semver(string): ${name}`, (text: string) => semverOf(text), sync)
    .registerFunction(`semver(string, bool): ${name}`, semverOf, sync)
    .registerFunction('isSemver(string): bool', (text: string) => read(text, false) instanceof Semver, sync)
    .registerFunction('isSemver(string, bool): bool', (text: string, normalize: boolean) => read(text, normalize) instanceof Semver, sync)
    .registerFunction(`${name}.major(): int`, ({ numbers }: Semver) => numbers[0], sync)
    .registerFunction(`${name}.minor(): int`, ({ numbers }: Semver) => numbers[1], sync)
    .registerFunction(`${name}.patch(): int`, ({ numbers }: Semver) => numbers[2], sync)
    .registerFunction(`${name}.isLessThan(${name}): bool`, (a: Semver, b: Semver) => a.compareTo(b) < 0, sync)
    .registerFunction(`${name}.isGreaterThan(${name}): bool`, (a: Semver, b: Semver) => a.compareTo(b) > 0, sync)
    .registerFunction(`${name}.compareTo(${name}): int`, (a: Semver, b: Semver) => BigInt(Math.sign(a.compareTo(b))), sync)
    .registerOperator(`${name} == ${name}`, (a: Semver, b: Semver) => a.compareTo(b) === 0)
}
