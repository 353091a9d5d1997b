/**
 * Node IPAM: every node has a range of pod addresses of its own, of each of the cluster's address families. In: nodes. Out:
 * spec.podCIDR and spec.podCIDRs. Upstream: pkg/controller/nodeipam (RangeAllocator).
 */
import type { Node } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { CidrSet } from './cidr-set.ts'
import { rangeMetrics } from './metrics.ts'

/** Only where there is a cluster range to share out. Throws when the mask does not fit the range. */
export function nodeIpamController({ podCidr, serviceCidr, nodeCidrMaskSize, nodeCidrMaskSizeIpv6 }: ControllerSettings): Controller | undefined {
  const ranges = (podCidr ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
  if (ranges.length === 0) return undefined
  const sets = ranges.map((range) => new CidrSet(range, range.includes(':') && ranges.length > 1 ? nodeCidrMaskSizeIpv6 : nodeCidrMaskSize))
  const metrics = rangeMetrics(ranges, sets)
  for (const range of (serviceCidr ?? '').split(',')) for (const set of sets) set.occupy(range)
  /** What each node has, as far as we know: given out and perhaps not in the cache yet, or its own. */
  const held = new Map<string, readonly string[]>()

  const release = (name: string): void => {
    for (const cidr of held.get(name) ?? []) for (const set of sets) set.release(cidr)
    held.delete(name)
  }
  const hold = (name: string, cidrs: readonly string[]): void => {
    release(name)
    held.set(name, cidrs)
    for (const cidr of cidrs) for (const set of sets) set.occupy(cidr)
  }
  const isKnown = ({ metadata, spec }: Node): boolean => String(held.get(metadata.name)) === String(cidrsOf(spec)) && cidrsOf(spec).length > 0

  return {
    name: 'node-ipam-controller',
    account: 'node-controller',
    metrics,
    eventSource: 'cidrAllocator',
    // One at a time, so that no range is given twice.
    workers: 1,
    inputs: [input(nodes, { keys: (node: Node, change) => (change !== 'delete' && isKnown(node) ? [] : [node.metadata.name]) })],
    outputs: [output(nodes, 'spec.podCIDR')],
    // All that nodes have is known before the first new range is chosen.
    start({ cache }: ControllerContext) {
      for (const { metadata, spec } of cache(nodes).list()) if (cidrsOf(spec).length > 0) hold(metadata.name, cidrsOf(spec))
    },
    async reconcile(name, { client, cache, events }) {
      const node = cache(nodes).byKey(name)
      if (!node) {
        release(name)
        return
      }
      const own = cidrsOf(node.spec)
      if (own.length > 0) {
        if (!isKnown(node)) hold(name, own)
        return
      }
      const cidrs = held.get(name) ?? allocate(sets)
      if (!cidrs) {
        events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
        throw new Error('CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range')
      }
      held.set(name, cidrs)
      await client.patch(nodes, { name }, { spec: { podCIDR: cidrs[0], podCIDRs: cidrs } }, { type: 'strategic' })
    },
  }
}

function cidrsOf(spec: Node['spec']): readonly string[] {
  return spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])
}

/** One of each set, or nothing of any. */
function allocate(sets: readonly CidrSet[]): readonly string[] | undefined {
  const cidrs = sets.map((set) => set.allocate())
  if (cidrs.every((cidr) => cidr !== undefined)) return cidrs
  for (const cidr of cidrs) if (cidr !== undefined) for (const set of sets) set.release(cidr)
  return undefined
}
