/** topologyManagerPolicyOptions and cpuManagerPolicyOptions, read as upstream reads them. */
import { maxNumaNodes } from './numa-set.ts'

export interface TopologyOptions {
  readonly preferClosest: boolean
  readonly maxNodes: number
}

const defaultMaxNodes = 8

/** Go's strconv.ParseBool. */
export function boolOption(name: string, value: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false
  throw new Error(`bad value for option ${JSON.stringify(name)}: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
}

/** Throws when an option is not known, or its value is none. */
export function topologyOptions(given: Readonly<Record<string, string>> = {}): TopologyOptions {
  let options: TopologyOptions = { preferClosest: false, maxNodes: defaultMaxNodes }
  for (const [name, value] of Object.entries(given)) {
    if (name === 'prefer-closest-numa-nodes') options = { ...options, preferClosest: boolOption(name, value) }
    else if (name === 'max-allowable-numa-nodes') options = { ...options, maxNodes: maxNodesOption(name, value) }
    else throw new Error(`unknown Topology Manager Policy option: ${JSON.stringify(name)}`)
  }
  return options
}

function maxNodesOption(name: string, value: string): number {
  if (!/^[+-]?\d+$/.test(value))
    throw new Error(`unable to convert policy option to integer ${JSON.stringify(name)}: strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`)
  const count = Number(value)
  if (count < defaultMaxNodes) throw new Error(`the minimum value of ${JSON.stringify(name)} should not be less than ${defaultMaxNodes}`)
  return Math.min(count, maxNumaNodes)
}
