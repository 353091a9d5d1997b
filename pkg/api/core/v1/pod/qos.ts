/** The quality-of-service class of a pod (the documentation page "Pod Quality of Service Classes"). */
import type { Container, PodSpec, ResourceRequirements } from '#api/gen/core/v1.ts'

const qosResources = ['cpu', 'memory']

export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  if (hasResources(spec.resources)) return classOf([spec.resources!])
  const containers: Container[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  return classOf(containers.map(({ resources }) => resources))
}

function hasResources(resources: ResourceRequirements | undefined): boolean {
  return resources !== undefined && (amounts(resources.requests).length > 0 || amounts(resources.limits).length > 0)
}

function classOf(all: readonly ResourceRequirements[]): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  if (all.every(({ requests, limits }) => amounts(requests).length === 0 && amounts(limits).length === 0)) return 'BestEffort'
  const guaranteed = all.every(({ requests, limits }) =>
    qosResources.every((name) => isPositive(limits?.[name]) && (requests?.[name] ?? limits?.[name]) === limits?.[name]),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

function amounts(list: Readonly<Record<string, string>> | undefined): string[] {
  return qosResources.filter((name) => isPositive(list?.[name]))
}

function isPositive(amount: string | undefined): boolean {
  return amount !== undefined && Number.parseFloat(amount) > 0
}
