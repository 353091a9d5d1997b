/**
 * Node IPAM: every node has a range of pod addresses of its own, one of each family of the cluster.
 * In: nodes. Out: spec.podCIDR, spec.podCIDRs. Upstream: pkg/controller/nodeipam (RangeAllocator).
 */
import type { Node } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { type Cidr, numberToIp, parseCidr } from '#apimachinery/ip.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'

/** Only where there is a cluster range to share out. */
export function nodeIpamController({ podCidr, nodeCidrMaskSize }: ControllerSettings): Controller | undefined {
  const clusters = (podCidr ?? '').split(',').flatMap((each) => parseCidr(each.trim()) ?? [])
  if (clusters.length === 0) return undefined
  /** Given out, and perhaps not in the cache yet. */
  const given = new Map<string, readonly string[]>()

  return {
    name: 'node-ipam-controller',
    eventSource: 'cidrAllocator',
    // One at a time, so that no range is given twice.
    workers: 1,
    inputs: [input(nodes, { keys: ({ metadata, spec }: Node) => (spec?.podCIDR && !given.has(metadata.name) ? [] : [metadata.name]) })],
    outputs: [output(nodes, 'spec.podCIDR')],
    async reconcile(name, { client, cache, events }) {
      const node = cache(nodes).byKey(name)
      if (!node || node.spec?.podCIDR) {
        given.delete(name)
        return
      }
      const taken = new Set([
        ...[...given.values()].flat(),
        ...cache(nodes)
          .list()
          .flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])),
      ])
      const ranges = given.get(name) ?? clusters.flatMap((cluster) => nextFree(cluster, nodeCidrMaskSize ?? (cluster.family === 4 ? 24 : 64), taken) ?? [])
      if (ranges.length < clusters.length) {
        events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
        throw new Error('CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range')
      }
      given.set(name, ranges)
      await client.patch(nodes, { name }, { spec: { podCIDR: ranges[0]!, podCIDRs: [...ranges] } }, { type: 'strategic' })
    },
  }
}

function nextFree({ family, network, prefixLength }: Cidr, maskSize: number, taken: ReadonlySet<string>): string | undefined {
  const step = 1n << BigInt((family === 4 ? 32 : 128) - maskSize)
  const count = 1n << BigInt(maskSize - prefixLength)
  for (let index = 0n; index < count; index++) {
    const range = `${numberToIp(network + index * step, family)}/${maskSize}`
    if (!taken.has(range)) return range
  }
  return undefined
}
