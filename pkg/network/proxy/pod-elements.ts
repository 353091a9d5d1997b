/** What the pods of the node itself add: host ports, and the addresses that may reach themselves through a Service. */
import type { Pod } from '#api/gen/core/v1.ts'
import type { IpFamily } from '../ip.ts'
import { addressesOf } from './endpoints.ts'
import type { Elements } from './types.ts'

const nothing: Elements = new Map()

export function podElements(pod: Pod, family: IpFamily): Elements {
  const [address] = addressesOf([pod.status?.podIP, ...(pod.status?.podIPs ?? []).map(({ ip }) => ip)], family)
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (pod.spec.hostNetwork || over || !address) return nothing
  const elements = new Map<string, string>([[`hairpin ${address} . ${address}`, '']])
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always')]
  for (const { hostPort, hostIP, containerPort, protocol } of containers.flatMap((each) => each.ports ?? [])) {
    if (!hostPort) continue
    const key = `${(protocol ?? 'TCP').toLowerCase()} . ${hostPort}`
    const target = `${address} . ${containerPort}`
    const [own] = addressesOf([hostIP], family)
    if (!hostIP || own === (family === 4 ? '0.0.0.0' : '::')) elements.set(`host-ports ${key}`, target)
    else if (own) elements.set(`host-ip-ports ${own} . ${key}`, target)
  }
  return elements
}
