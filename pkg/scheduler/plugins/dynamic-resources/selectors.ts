/** CEL selectors of devices: compiled once, asked once a device and request (k8s.io/dynamic-resource-allocation/cel). */
import type { Device, DeviceAttribute, DeviceSelector } from '#api/gen/resource/v1.ts'
import { compileDeviceSelector } from '#cel/device-selector.ts'
import { quantityOf } from '#cel/library/quantity.ts'
import { semverOf } from '#cel/library/semver.ts'
import { newBudget } from '#cel/program.ts'
import { type CelProgram, perCallLimit } from '#cel/types.ts'

/** As many as upstream's cache holds. */
const maxPrograms = 10
const programs = new Map<string, CelProgram>()

/** Throws what upstream says of an expression that does not compile or fails; `of`: "class gpu" or "claim ns/name". */
export function selectorsMatch(selectors: readonly DeviceSelector[] | undefined, device: Device, driver: string, of: string): boolean {
  for (const [index, { cel }] of (selectors ?? []).entries()) {
    const expression = cel?.expression ?? ''
    let program: CelProgram
    try {
      program = programOf(expression)
    } catch (error) {
      throw new Error(`${of}: selector #${index}: CEL compile error: ${(error as Error).message}`, { cause: error })
    }
    try {
      if (program.evaluate({ device: celDevice(device, driver) }, newBudget(perCallLimit)) !== true) return false
    } catch (error) {
      throw new Error(`${of}: selector #${index}: CEL runtime error: ${(error as Error).message}`, { cause: error })
    }
  }
  return true
}

function programOf(expression: string): CelProgram {
  const known = programs.get(expression)
  if (known) return known
  const program = compileDeviceSelector(expression)
  if (programs.size >= maxPrograms) programs.delete(programs.keys().next().value!)
  programs.set(expression, program)
  return program
}

function celDevice(device: Device, driver: string): object {
  return {
    driver,
    allowMultipleAllocations: device.allowMultipleAllocations ?? false,
    attributes: byDomain(device.attributes, driver, attributeValue),
    capacity: byDomain(device.capacity, driver, ({ value }) => quantityOf(value)),
  }
}

/** "vendor.example/model" and, without a domain, the driver's own. */
function byDomain<V>(of: Readonly<Record<string, V>> | undefined, driver: string, celOf: (value: V) => unknown): Map<string, object> {
  const found = new Map<string, Record<string, unknown>>()
  for (const [name, value] of Object.entries(of ?? {})) {
    const slash = name.indexOf('/')
    const domain = slash < 0 ? driver : name.slice(0, slash)
    found.set(domain, { ...found.get(domain), [name.slice(slash + 1)]: celOf(value) })
  }
  // A domain that the device says nothing of is empty, and no error. The library knows maps by their constructor: no class of our own.
  const domains = new Map<string, object>(found)
  domains.get = (domain) => found.get(domain) ?? {}
  domains.has = () => true
  return domains
}

function attributeValue({ int, bool, string, version }: DeviceAttribute): unknown {
  return version !== undefined ? semverOf(version) : int !== undefined ? BigInt(int) : (bool ?? string)
}
