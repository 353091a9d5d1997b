/** Settings of upstream's that this kubelet cannot honour yet: refused at the start, never taken and forgotten. */
import type { CompleteConfiguration } from './defaults.ts'

const refusals: readonly (readonly [field: string, refused: (configuration: CompleteConfiguration) => boolean, why: string])[] = [
  ['cgroupDriver', (c) => c.cgroupDriver !== 'cgroupfs', 'only "cgroupfs" is supported'],
  ['qosReserved', (c) => Object.keys(c.qosReserved ?? {}).length > 0, 'reservations by QoS class are not supported'],
  ['cgroupsPerQOS', (c) => !c.cgroupsPerQOS, 'pods always have cgroups by QoS class'],
  ['readOnlyPort', (c) => (c.readOnlyPort ?? 0) !== 0, 'there is no port without authentication'],
  ['tracing', (c) => c.tracing !== undefined, 'tracing is not supported'],
  ['enforceNodeAllocatable', (c) => c.enforceNodeAllocatable.some((each) => each.includes('reserved')), 'only "pods" and "none" are supported'],
  ['memoryReservationPolicy', (c) => c.memoryReservationPolicy !== 'None', 'only "None" is supported'],
]

export function unsupportedSettings(configuration: CompleteConfiguration): string[] {
  return refusals.filter(([, refused]) => refused(configuration)).map(([field, , why]) => `${field} is not supported by this kubelet as it is set: ${why}`)
}
