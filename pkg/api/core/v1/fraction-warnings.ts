/** Parts of a byte: taken, since they were before, but warned of. */
import type { FieldPath } from '#apimachinery/field-error.ts'
import { Quantity } from '#apimachinery/quantity.ts'

export function fractionWarnings(amounts: Readonly<Record<string, string>> | undefined, names: readonly string[], at: FieldPath): string[] {
  return names.flatMap((name) => {
    const amount = amounts?.[name]
    if (amount === undefined || Quantity.parse(amount).milliValue() % 1000 === 0) return []
    return [`${at.key(name)}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`]
  })
}
