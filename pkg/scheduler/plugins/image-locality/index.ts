/** Nodes that have the images already, weighed by size and by how widely an image is spread. */
import type { Plugin } from '../../framework/types.ts'

const megabyte = 1024 * 1024
const minThreshold = 23 * megabyte
const maxContainerThreshold = 1000 * megabyte

export const imageLocality: Plugin = {
  name: 'ImageLocality',
  score({ pod, cluster }, nodes, into) {
    const { containers, initContainers = [] } = pod.pod.spec
    const images = [...initContainers, ...containers].map(({ image }) => normalisedName(image ?? ''))
    const known = images.map((name) => [name, cluster.nodesWithImage(name)] as const).filter(([, count]) => count > 0)
    if (known.length === 0) return false
    const total = cluster.list().length
    const max = maxContainerThreshold * images.length
    for (let i = 0; i < nodes.length; i++) {
      let sum = 0
      for (const [name, count] of known) {
        const size = nodes[i]!.images.get(name)
        if (size !== undefined) sum += Math.floor(size * (count / total))
      }
      into[i] = Math.floor((100 * (Math.min(max, Math.max(minThreshold, sum)) - minThreshold)) / (max - minThreshold))
    }
    return true
  },
}

/** A name without a tag means ":latest". */
function normalisedName(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name
}
