/** Upstream's fitsRequest: every resource that is short is named. */
import type { Batch, Verdict } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import type { FitArgs } from './score.ts'

const verdictLimit = 1024
const made = new Map<string, Verdict>()

export function filterFit(pod: PodInfo, { nodes, verdicts, length }: Batch, args: FitArgs): void {
  const { cpu, memory, ephemeralStorage, scalars } = pod
  for (let i = 0; i < length; i++) {
    if (verdicts[i] !== undefined) continue
    const node = nodes[i]!
    const fits =
      node.pods.size < node.podLimit &&
      (cpu === 0 || cpu <= node.cpu - node.usedCpu) &&
      (memory === 0 || memory <= node.memory - node.usedMemory) &&
      (ephemeralStorage === 0 || ephemeralStorage <= node.ephemeralStorage - node.usedEphemeralStorage) &&
      (scalars.size === 0 || missing(scalars, node, args).length === 0)
    if (!fits) verdicts[i] = why(pod, node, args)
  }
}

function why(pod: PodInfo, node: NodeInfo, args: FitArgs): Verdict {
  const reasons: string[] = []
  let resolvable = true
  const check = (name: string, wanted: number, all: number, used: number) => {
    if (wanted === 0 || wanted <= all - used) return
    reasons.push(`Insufficient ${name}`)
    // More than the whole node: nobody's leaving helps.
    if (wanted > all) resolvable = false
  }
  if (node.pods.size >= node.podLimit) reasons.push('Too many pods')
  check('cpu', pod.cpu, node.cpu, node.usedCpu)
  check('memory', pod.memory, node.memory, node.usedMemory)
  check('ephemeral-storage', pod.ephemeralStorage, node.ephemeralStorage, node.usedEphemeralStorage)
  for (const name of missing(pod.scalars, node, args)) check(name, pod.scalars.get(name)!, node.scalars.get(name) ?? 0, node.usedScalars.get(name) ?? 0)
  return verdict(reasons, resolvable)
}

function missing(scalars: ReadonlyMap<string, number>, node: NodeInfo, { ignoredResources, ignoredResourceGroups }: FitArgs): string[] {
  const names: string[] = []
  for (const [name, amount] of scalars) {
    if (ignoredResources.has(name) || ignoredResourceGroups.has(name.split('/')[0]!)) continue
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
