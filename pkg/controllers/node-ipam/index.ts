/** Node IPAM: every node has a range of pod addresses of its own. In: nodes. Out: spec.podCIDR. Upstream: pkg/controller/nodeipam (RangeAllocator). */
import type { Node } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { numberToIp, parseCidr } from '#apimachinery/ip.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'

/** Only where there is a cluster range to share out. */
export function nodeIpamController({ podCidr, nodeCidrMaskSize }: ControllerSettings): Controller | undefined {
  const cluster = podCidr ? parseCidr(podCidr) : undefined
  if (!cluster) return undefined
  const maskSize = nodeCidrMaskSize ?? (cluster.family === 4 ? 24 : 64)
  const bits = cluster.family === 4 ? 32 : 128
  const step = 1n << BigInt(bits - maskSize)
  const count = 1n << BigInt(maskSize - cluster.prefixLength)
  /** Given out, and perhaps not in the cache yet. */
  const given = new Map<string, string>()

  function nextFree(taken: ReadonlySet<string>): string | undefined {
    for (let index = 0n; index < count; index++) {
      const range = `${numberToIp(cluster!.network + index * step, cluster!.family)}/${maskSize}`
      if (!taken.has(range)) return range
    }
    return undefined
  }

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
        ...given.values(),
        ...cache(nodes)
          .list()
          .flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])),
      ])
      const range = given.get(name) ?? nextFree(taken)
      if (!range) {
        events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
        throw new Error('CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range')
      }
      given.set(name, range)
      await client.patch(nodes, { name }, { spec: { podCIDR: range, podCIDRs: [range] } }, { type: 'strategic' })
    },
  }
}
