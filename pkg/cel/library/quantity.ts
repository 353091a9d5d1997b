/** Kubernetes' quantity library. */
import type { Environment } from '@marcbachmann/cel-js'
import { addQuantities, canonicalQuantity, compareQuantities, isQuantity, subtractQuantities } from '#apimachinery/quantity.ts'
import { CelError } from '../types.ts'

class Quantity {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  compareTo(other: unknown): number {
    return compareQuantities(this.text, (other as Quantity).text)
  }
  toString(): string {
    return canonicalQuantity(this.text)
  }
}

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

function numberOf({ text }: Quantity): number {
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)(\D*)$/.exec(text)
  return match ? Number(match[1]) * (suffixes[match[2]!] ?? 1) : Number.NaN
}

const isWhole = (quantity: Quantity): boolean => Number.isInteger(numberOf(quantity)) && Math.abs(numberOf(quantity)) < 2 ** 63

/** A value of the type, as variables may hold it. */
export function quantityOf(text: string): Quantity {
  if (!isQuantity(text)) throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
  return new Quantity(text)
}

export function registerQuantity(environment: Environment): void {
  const sync = { async: false }
  const name = 'kubernetes.Quantity'
  environment
    .registerType(name, { ctor: Quantity, fields: {} } as never)
    .registerFunction(`quantity(string): ${name}`, quantityOf, sync)
    .registerFunction('isQuantity(string): bool', (text: string) => isQuantity(text), sync)
    .registerFunction(`${name}.isInteger(): bool`, isWhole, sync)
    .registerFunction(
      `${name}.asInteger(): int`,
      (quantity: Quantity) => {
        if (!isWhole(quantity)) throw new CelError('cannot convert value to integer')
        return BigInt(numberOf(quantity))
      },
      sync,
    )
    .registerFunction(`${name}.asApproximateFloat(): double`, numberOf, sync)
    .registerFunction(`${name}.sign(): int`, (quantity: Quantity) => BigInt(Math.sign(compareQuantities(quantity.text, '0'))), sync)
    .registerFunction(`${name}.add(${name}): ${name}`, (a: Quantity, b: Quantity) => new Quantity(addQuantities(a.text, b.text)), sync)
    .registerFunction(`${name}.add(int): ${name}`, (a: Quantity, b: bigint) => new Quantity(addQuantities(a.text, String(b))), sync)
    .registerFunction(`${name}.sub(${name}): ${name}`, (a: Quantity, b: Quantity) => new Quantity(subtractQuantities(a.text, b.text)), sync)
    .registerFunction(`${name}.sub(int): ${name}`, (a: Quantity, b: bigint) => new Quantity(subtractQuantities(a.text, String(b))), sync)
    .registerFunction(`${name}.isLessThan(${name}): bool`, (a: Quantity, b: Quantity) => a.compareTo(b) < 0, sync)
    .registerFunction(`${name}.isGreaterThan(${name}): bool`, (a: Quantity, b: Quantity) => a.compareTo(b) > 0, sync)
    .registerFunction(`${name}.compareTo(${name}): int`, (a: Quantity, b: Quantity) => BigInt(Math.sign(a.compareTo(b))), sync)
    .registerOperator(`${name} == ${name}`, (a: Quantity, b: Quantity) => a.compareTo(b) === 0)
}
