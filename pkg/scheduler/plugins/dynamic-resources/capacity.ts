/** How much of a device that several may share a request takes, by the device's policy (KEP-5075, consumable capacity). */
import type { CapacityRequestPolicy, CapacityRequirements, Device, DeviceCapacity } from '#api/gen/resource/v1.ts'
import { addQuantities, compareQuantities, Quantity } from '#apimachinery/quantity.ts'

export type Amounts = Readonly<Record<string, string>>

/** What is taken of each capacity; undefined: the device has not, or does not give, what is asked for. */
export function consumption(device: Device, wanted: CapacityRequirements | undefined, used: Amounts): Amounts | undefined {
  const requests = wanted?.requests ?? {}
  const capacity = device.capacity ?? {}
  if (Object.keys(requests).some((name) => !capacity[name])) return undefined
  const taken: Record<string, string> = {}
  for (const [name, of] of Object.entries(capacity)) {
    const amount = rounded(requests[name], of)
    if (violates(amount, of.requestPolicy)) return undefined
    if (compareQuantities(addQuantities(used[name] ?? '0', amount), of.value) > 0) return undefined
    taken[name] = amount
  }
  return taken
}

export function sum(a: Amounts, b: Amounts): Amounts {
  const all: Record<string, string> = { ...a }
  for (const [name, amount] of Object.entries(b)) all[name] = addQuantities(all[name] ?? '0', amount)
  return all
}

function rounded(wanted: string | undefined, { value, requestPolicy: policy }: DeviceCapacity): string {
  if (wanted === undefined) return policy?.default ?? value
  const { min, step } = policy?.validRange ?? {}
  if (min !== undefined) {
    if (compareQuantities(wanted, min) < 0) return min
    if (step === undefined) return wanted
    const [from, by] = [whole(min), whole(step)]
    const steps = (whole(wanted) - from + by - 1n) / by
    return String(from + steps * by)
  }
  return policy?.validValues?.find((each) => compareQuantities(wanted, each) <= 0) ?? wanted
}

function violates(amount: string, policy: CapacityRequestPolicy | undefined): boolean {
  if (!policy || (typeof policy.default === 'string' && compareQuantities(amount, policy.default) === 0)) return false
  const { validRange, validValues = [] } = policy
  if (validRange) {
    const { min = '0', max, step } = validRange
    if (max !== undefined && compareQuantities(amount, max) > 0) return true
    return step !== undefined && (whole(amount) - whole(min)) % whole(step) !== 0n
  }
  return validValues.length > 0 && !validValues.some((each) => compareQuantities(amount, each) === 0)
}

function whole(quantity: string): bigint {
  return Quantity.parse(quantity).at(0)
}
