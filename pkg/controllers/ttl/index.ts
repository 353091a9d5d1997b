/**
 * TTL: tells kubelets how long they may keep Secrets and ConfigMaps, by the size of the cluster (node.alpha.kubernetes.io/ttl, seconds).
 * In: nodes. Out: their annotation. Upstream: pkg/controller/ttl.
 */
import { nodes } from '#api/gen/resources.ts'
import { type Controller, input, output } from '#runtime/types.ts'

const annotation = 'node.alpha.kubernetes.io/ttl'
/** Sizes overlap, so that a cluster at a border does not change all its nodes again and again. */
const boundaries = [
  { least: 0, most: 100, seconds: 0 },
  { least: 90, most: 500, seconds: 15 },
  { least: 450, most: 1000, seconds: 30 },
  { least: 900, most: 2000, seconds: 60 },
  { least: 1800, most: Number.POSITIVE_INFINITY, seconds: 300 },
] as const

export function ttlController(): Controller {
  let step = 0
  return {
    name: 'ttl-controller',
    account: 'ttl-controller',
    inputs: [input(nodes, { keys: (node, change) => (change === 'delete' ? [] : [node.metadata.name]) })],
    outputs: [output(nodes, 'ttl annotation')],
    async reconcile(name, { cache, client }) {
      const node = cache(nodes).byKey(name)
      if (!node) return
      const count = cache(nodes).list().length
      while (count > boundaries[step]!.most) step++
      while (count < boundaries[step]!.least) step--
      const wanted = String(boundaries[step]!.seconds)
      if (node.metadata.annotations?.[annotation] === wanted) return
      await client.patch(nodes, { name }, { metadata: { annotations: { [annotation]: wanted } } }, { type: 'strategic' })
    },
  }
}
