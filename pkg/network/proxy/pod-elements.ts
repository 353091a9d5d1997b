/** What the pods of the node itself add: host ports, and the addresses that may reach themselves through a Service. */
import type { Pod } from '#api/gen/core/v1.ts'
import { type IpFamily, ipAt, parseIpRange } from '../ip.ts'
import { addressesOf } from './endpoints.ts'
import type { Elements } from './types.ts'

const nothing: Elements = new Map()

/** Of a wide range the first so many; a pod beyond them brings its own. */
const maxRangeElements = 1024

/**
 * What lets every address of the node's range reach itself through a Service, in the rules from their start: a pod that
 * comes or goes then changes nothing, and costs no transaction.
 */
export function podRangeElements(podCidr: string): Elements {
  const { first, last } = parseIpRange(podCidr)
  const size = Number(last - first + 1n < maxRangeElements ? last - first + 1n : maxRangeElements)
  return new Map(Array.from({ length: size }, (_, index) => [hairpin(ipAt(podCidr, index)), '']))
}

export function podElements(pod: Pod, family: IpFamily): Elements {
  const [address] = addressesOf([pod.status?.podIP, ...(pod.status?.podIPs ?? []).map(({ ip }) => ip)], family)
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (pod.spec.hostNetwork || over || !address) return nothing
  const elements = new Map<string, string>([[hairpin(address), '']])
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

const hairpin = (address: string): string => `hairpin ${address} . ${address}`
