/** Pods as policies see them. */
import type { Pod } from '#api/gen/core/v1.ts'
import { parseIpSloppy } from '#apimachinery/ip.ts'
import { type IpFamily, ipFamily } from '../ip.ts'
import type { NamedPort, PolicyPod, Protocol } from './types.ts'

/** Nothing for pods without an address of their own in the family: not yet, no longer, or the node's. */
export function policyPodOf(pod: Pod, family: IpFamily): PolicyPod | undefined {
  const { spec, status, metadata } = pod
  const given = [status?.podIP ?? '', ...(status?.podIPs ?? []).map(({ ip }) => ip ?? '')].find((each) => ipFamily(each) === family)
  const address = given && parseIpSloppy(given)
  if (!address || spec.hostNetwork || status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined
  const containers = [...spec.containers, ...(spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always')]
  const ports = containers
    .flatMap((each) => each.ports ?? [])
    .flatMap(({ name, protocol, containerPort }): NamedPort[] =>
      name ? [{ name, protocol: (protocol ?? 'TCP').toLowerCase() as Protocol, port: containerPort }] : [],
    )
  return { namespace: metadata.namespace ?? '', name: metadata.name, labels: metadata.labels ?? {}, address, nodeName: spec.nodeName ?? '', ports }
}

/** Whether a change of a pod may change what policies mean; most changes of status do not. */
export function samePolicyPod(a: PolicyPod | undefined, b: PolicyPod | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
