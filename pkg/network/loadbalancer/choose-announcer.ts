/**
 * Which node announces a load balancer's address. Every node decides for itself, from the same facts: the ready node of the highest
 * score, the score being a hash of node and Service. So Services are spread over nodes, and a lost node's alone move.
 */
import { createHash } from 'node:crypto'
import { keyOf } from '#apimachinery/object.ts'
import type { Node, Service } from '#api/gen/core/v1.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import { nodesWithEndpoints } from '#api/discovery/nodes-with-endpoints.ts'

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'

export function chooseAnnouncer(service: Service, nodes: readonly Node[], slices: readonly EndpointSlice[]): string | undefined {
  const able = nodes.filter(isAble).map(({ metadata }) => metadata.name)
  // Traffic that must not leave the node it arrives at is wanted where its endpoints are.
  const local = service.spec.externalTrafficPolicy === 'Local' ? nodesWithEndpoints(slices) : undefined
  const candidates = local ? able.filter((name) => local.has(name)) : able
  const key = keyOf(service)
  return candidates.sort((a, b) => (score(key, a) < score(key, b) ? 1 : -1))[0]
}

function isAble({ metadata, status }: Node): boolean {
  if (metadata.deletionTimestamp || metadata.labels?.[excludeLabel] !== undefined) return false
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
}

function score(service: string, node: string): string {
  return createHash('sha256').update(`${node} ${service}`).digest('hex')
}
