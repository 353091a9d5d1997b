/** Kubernetes' semver library (semver 2.0.0). */
import type { Environment } from '@marcbachmann/cel-js'
import { CelError } from '../types.ts'

const form = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/

class Semver {
  readonly numbers: readonly bigint[]
  readonly before: readonly string[]
  constructor(numbers: readonly bigint[], before: readonly string[]) {
    this.numbers = numbers
    this.before = before
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

function read(text: string): Semver | undefined {
  const match = form.exec(text)
  return match ? new Semver([BigInt(match[1]!), BigInt(match[2]!), BigInt(match[3]!)], match[4]?.split('.') ?? []) : undefined
}

/** With a leading v, fewer than three numbers, and leading zeros let pass. */
function normal(text: string): string {
  const [numbers = '', ...rest] = text.replace(/^v/, '').split(/(?=[-+])/)
  const parts = numbers.split('.').map((each) => each.replace(/^0+(?=\d)/, ''))
  while (parts.length < 3) parts.push('0')
  return [parts.join('.'), ...rest].join('')
}

/** A value of the type, as variables may hold it. */
export function semverOf(text: string): Semver {
  const found = read(text)
  if (!found) throw new CelError('No Major.Minor.Patch elements found')
  return found
}

export function registerSemver(environment: Environment): void {
  const sync = { async: false }
  const name = 'kubernetes.Semver'
  environment
    .registerType(name, { ctor: Semver, fields: {} } as never)
    .registerFunction(`semver(string): ${name}`, semverOf, sync)
    .registerFunction(`semver(string, bool): ${name}`, (text: string, normalize: boolean) => semverOf(normalize ? normal(text) : text), sync)
    .registerFunction('isSemver(string): bool', (text: string) => read(text) !== undefined, sync)
    .registerFunction('isSemver(string, bool): bool', (text: string, normalize: boolean) => read(normalize ? normal(text) : text) !== undefined, sync)
    .registerFunction(`${name}.major(): int`, ({ numbers }: Semver) => numbers[0], sync)
    .registerFunction(`${name}.minor(): int`, ({ numbers }: Semver) => numbers[1], sync)
    .registerFunction(`${name}.patch(): int`, ({ numbers }: Semver) => numbers[2], sync)
    .registerFunction(`${name}.isLessThan(${name}): bool`, (a: Semver, b: Semver) => a.compareTo(b) < 0, sync)
    .registerFunction(`${name}.isGreaterThan(${name}): bool`, (a: Semver, b: Semver) => a.compareTo(b) > 0, sync)
    .registerFunction(`${name}.compareTo(${name}): int`, (a: Semver, b: Semver) => BigInt(Math.sign(a.compareTo(b))), sync)
    .registerOperator(`${name} == ${name}`, (a: Semver, b: Semver) => a.compareTo(b) === 0)
}
