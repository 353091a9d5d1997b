/** Parts of a byte: taken, since they were before, but warned of. */
import type { FieldPath } from '#apimachinery/field-error.ts'
import { Quantity } from '#apimachinery/quantity.ts'

export function fractionWarnings(amounts: Readonly<Record<string, string>> | undefined, names: readonly string[], at: FieldPath): string[] {
  return names.flatMap((name) => {
    const amount = amounts?.[name]
    if (amount === undefined || !isFraction(Quantity.parse(amount))) return []
    return [`${at.key(name)}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`]
  })
}

/** In thousandths, as upstream counts them: in an int64, which of some that are beyond it keeps the lower digits. */
function isFraction(quantity: Quantity): boolean {
  const thousandths = quantity.at(-3)
  const isWithin = BigInt.asIntN(64, thousandths) === thousandths
  if (isWithin) return thousandths % 1000n !== 0n
  return BigInt.asIntN(64, quantity.unscaled) !== quantity.unscaled && BigInt.asIntN(64, thousandths) % 1000n !== 0n
}
