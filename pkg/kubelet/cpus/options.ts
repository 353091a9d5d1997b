/** cpuManagerPolicyOptions, as 1.36 has them: those that are alpha are behind a gate that is off. */
import { boolOption } from '../topology/options.ts'

export interface CpuOptions {
  /** Only whole cores: a container whose CPUs would leave a core shared is refused. */
  readonly fullCores: boolean
  /** Over as few nodes as can hold them, equally many on each. */
  readonly distribute: boolean
  /** What shares does not run on what is reserved. */
  readonly strictReservation: boolean
  /** Out of one last-level cache where possible. */
  readonly alignUncore: boolean
}

const names = {
  'full-pcpus-only': 'fullCores',
  'distribute-cpus-across-numa': 'distribute',
  'strict-cpu-reservation': 'strictReservation',
  'prefer-align-cpus-by-uncorecache': 'alignUncore',
} as const
const alpha = ['align-by-socket', 'distribute-cpus-across-cores']

/** Throws upstream's error for an option that is not known, is not on, or has a wrong value. */
export function cpuOptions(given: Readonly<Record<string, string>> = {}): CpuOptions {
  const options = { fullCores: false, distribute: false, strictReservation: false, alignUncore: false }
  for (const [name, value] of Object.entries(given)) {
    if (alpha.includes(name)) throw new Error(`CPU Manager Policy Alpha-level Options not enabled, but option ${JSON.stringify(name)} provided`)
    if (!Object.hasOwn(names, name)) throw new Error(`unknown CPU Manager Policy option: ${JSON.stringify(name)}`)
    options[names[name as keyof typeof names]] = boolOption(name, value)
  }
  if (options.distribute && options.alignUncore) {
    throw new Error('static policy options PreferAlignCpusByUncoreCacheOption and DistributeCPUsAcrossNUMAOption can not be used at the same time')
  }
  return options
}
