/** Defaults of pods, beyond those of every pod spec. */
import type { Pod } from '#api/gen/core/v1.ts'
import { hostPortsFromContainerPorts, requestsFromLimits } from '../pod-spec/container-defaults.ts'
import { defaultPodSpec, dropInitContainerAnnotations } from '../pod-spec/defaults.ts'
import { defaultPodLevelRequests } from './pod-level-requests.ts'

/** The one address of old kubelets and the addresses say the same; where they do not, the one counts. */
function keepBothAddresses(status: Pod['status'] | undefined): void {
  if (status?.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }]
  else if (status?.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip
}

export function defaultPod(pod: Pod): void {
  const { spec, status } = pod
  keepBothAddresses(status)
  dropInitContainerAnnotations(pod.metadata)
  defaultPodSpec(spec)
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
  for (const container of containers) requestsFromLimits(container)
  defaultPodLevelRequests(spec)
  // Of pods only: a template keeps what it has.
  if (spec.terminationGracePeriodSeconds! < 0) spec.terminationGracePeriodSeconds = 1
  spec.enableServiceLinks ??= true
  if (spec.hostNetwork) hostPortsFromContainerPorts(containers)
  alignAddresses(pod.status)
}

/** The one address and the first of all are the same; where they differ the one counts, since that is what older kubelets know. */
function alignAddresses(status: Pod['status'] | undefined): void {
  if (!status) return
  const { podIP, podIPs = [] } = status
  if (podIP && podIPs[0]?.ip !== podIP) status.podIPs = [{ ip: podIP }]
  else if (podIPs[0]) status.podIP = podIPs[0].ip
}
