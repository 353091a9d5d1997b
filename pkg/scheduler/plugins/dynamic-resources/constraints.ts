/** What the devices of a claim must have in common, or must not: matchAttribute, distinctAttribute. */
import type { Device, DeviceAttribute, DeviceConstraint } from '#api/gen/resource/v1.ts'

export class Constraints {
  readonly #constraints: readonly DeviceConstraint[]
  /** For each device taken: the value that each constraint saw, undefined where it has no say. */
  readonly #taken: (readonly (string | undefined)[])[] = []

  constructor(constraints: readonly DeviceConstraint[]) {
    this.#constraints = constraints
  }

  /** False: with this device one would be broken; then nothing has changed. `name`: "gpu" or "gpu/large". */
  add(request: string, name: string, device: Device, driver: string): boolean {
    const values: (string | undefined)[] = []
    for (const [index, { requests = [], matchAttribute, distinctAttribute }] of this.#constraints.entries()) {
      if (requests.length > 0 && !requests.includes(request) && !requests.includes(name)) {
        values.push(undefined)
        continue
      }
      const value = attributeOf(device, driver, matchAttribute ?? distinctAttribute ?? '')
      if (value === undefined) return false
      const others = this.#taken.map((each) => each[index]).filter((each) => each !== undefined)
      if (matchAttribute === undefined ? others.includes(value) : others.some((each) => each !== value)) return false
      values.push(value)
    }
    this.#taken.push(values)
    return true
  }

  removeLast(): void {
    this.#taken.pop()
  }
}

/** The driver's own attributes may be named without its domain. */
function attributeOf({ attributes = {} }: Device, driver: string, name: string): string | undefined {
  const slash = name.indexOf('/')
  const own = slash >= 0 && name.slice(0, slash) === driver ? attributes[name.slice(slash + 1)] : undefined
  const found = attributes[name] ?? own
  return found && typed(found)
}

function typed({ string, int, bool, version }: DeviceAttribute): string | undefined {
  if (string !== undefined) return `string ${string}`
  if (int !== undefined) return `int ${int}`
  if (bool !== undefined) return `bool ${bool}`
  return version === undefined ? undefined : `version ${version}`
}
