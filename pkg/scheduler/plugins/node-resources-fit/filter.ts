/** Upstream's fitsRequest: every resource that is short is named. */
import type { Batch, Verdict } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import { leftToDevices } from '../dynamic-resources/extended.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import type { FitArgs } from './score.ts'

const verdictLimit = 1024
const made = new Map<string, Verdict>()
const common: (Verdict | undefined)[] = []

/** `devices`: resources that device classes stand for; nodes without a plugin for them leave them to DynamicResources. */
export function filterFit(pod: PodInfo, { nodes, verdicts, length }: Batch, args: FitArgs, devices: ReadonlyMap<string, unknown> = none): void {
  const { cpu, memory, ephemeralStorage, scalars } = pod
  for (let i = 0; i < length; i++) {
    if (verdicts[i] !== undefined) continue
    const node = nodes[i]!
    const fits =
      node.podCount < node.podLimit &&
      (cpu === 0 || cpu <= node.cpu - node.usedCpu) &&
      (memory === 0 || memory <= node.memory - node.usedMemory) &&
      (ephemeralStorage === 0 || ephemeralStorage <= node.ephemeralStorage - node.usedEphemeralStorage) &&
      (scalars.size === 0 || missing(scalars, node, args, devices).length === 0)
    if (!fits) verdicts[i] = why(pod, node, args, devices)
  }
}

/** What is short, as bits: thousands of nodes share a few combinations. */
const pods = 1
const cpuBit = 2
const memoryBit = 4
const ephemeralBit = 8
const unresolvable = 16
const names = ['', 'cpu', 'memory', 'ephemeral-storage']

function why(pod: PodInfo, node: NodeInfo, args: FitArgs, devices: ReadonlyMap<string, unknown>): Verdict {
  let bits = node.podCount >= node.podLimit ? pods : 0
  bits |= short(pod.cpu, node.cpu, node.usedCpu, cpuBit)
  bits |= short(pod.memory, node.memory, node.usedMemory, memoryBit)
  bits |= short(pod.ephemeralStorage, node.ephemeralStorage, node.usedEphemeralStorage, ephemeralBit)
  if (pod.scalars.size === 0) {
    const known = common[bits] ?? verdict(reasonsOf(bits), (bits & unresolvable) === 0)
    common[bits] = known
    return known
  }
  const scarce = missing(pod.scalars, node, args, devices)
  const hopeless = scarce.some((name) => pod.scalars.get(name)! > (node.scalars.get(name) ?? 0))
  return verdict([...reasonsOf(bits), ...scarce.map((name) => `Insufficient ${name}`)], (bits & unresolvable) === 0 && !hopeless)
}

/** More than the whole node: nobody's leaving helps. */
function short(wanted: number, all: number, used: number, bit: number): number {
  if (wanted === 0 || wanted <= all - used) return 0
  return wanted > all ? bit | unresolvable : bit
}

function reasonsOf(bits: number): string[] {
  const reasons = bits & pods ? ['Too many pods'] : []
  for (let bit = 1; bit < names.length; bit++) if (bits & (1 << bit)) reasons.push(`Insufficient ${names[bit]}`)
  return reasons
}

const none: ReadonlyMap<string, unknown> = new Map()

function missing(
  scalars: ReadonlyMap<string, number>,
  node: NodeInfo,
  { ignoredResources, ignoredResourceGroups }: FitArgs,
  devices: ReadonlyMap<string, unknown>,
): string[] {
  const names: string[] = []
  for (const [name, amount] of scalars) {
    if (ignoredResources.has(name) || ignoredResourceGroups.has(name.split('/')[0]!)) continue
    if (devices.size > 0 && devices.has(name) && leftToDevices(name, node)) continue
    if (amount > (node.scalars.get(name) ?? 0) - (node.usedScalars.get(name) ?? 0)) names.push(name)
  }
  return names
}

/** A few texts stand for thousands of nodes. */
function verdict(reasons: readonly string[], resolvable: boolean): Verdict {
  const key = `${resolvable}|${reasons.join('|')}`
  let found = made.get(key)
  if (!found) {
    if (made.size >= verdictLimit) made.clear()
    found = { plugin: 'NodeResourcesFit', reasons, resolvable }
    made.set(key, found)
  }
  return found
}
