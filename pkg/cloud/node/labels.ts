/** The labels that tell of a node's machine and place, with the names they had before. */
import type { Node } from '#api/gen/core/v1.ts'
import type { InstanceMetadata } from '../types.ts'

/** The older name first: it is the one that is believed. */
const pairs = {
  zone: ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  region: ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  instanceType: ['beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type'],
} as const

const kubernetesOwn = /(^|\.)(kubernetes|k8s)\.io\//

/** What a new node gets of its instance; a provider's own labels neither replace any nor are Kubernetes'. */
export function instanceLabels({ metadata }: Node, found: InstanceMetadata): { labels: Record<string, string>; discarded: string[] } {
  const labels: Record<string, string> = {}
  const discarded: string[] = []
  for (const [field, names] of Object.entries(pairs)) {
    const value = found[field as keyof typeof pairs]
    if (value) for (const name of names) labels[name] = value
  }
  for (const [name, value] of Object.entries(found.additionalLabels ?? {})) {
    const present = metadata.labels?.[name]
    if (kubernetesOwn.test(name) || (present !== undefined && present !== value)) discarded.push(name)
    else if (present === undefined) labels[name] = value
  }
  return { labels, discarded }
}

/** What has to change that both names say the same. */
export function repairedLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const changes: Record<string, string> = {}
  for (const [older, newer] of Object.values(pairs)) {
    const value = labels[older]
    if (value !== undefined && labels[newer] !== value) changes[newer] = value
  }
  return changes
}
