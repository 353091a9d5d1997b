/** Defaults of pods, beyond those of every pod spec. */
import type { Pod } from '#api/gen/core/v1.ts'
import { hostPortsFromContainerPorts, requestsFromLimits } from '../pod-spec/container-defaults.ts'
import { defaultPodSpec } from '../pod-spec/defaults.ts'
import { defaultPodLevelRequests } from './pod-level-requests.ts'

export function defaultPod(pod: Pod): void {
  const { spec } = pod
  defaultPodSpec(spec)
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
  for (const container of containers) requestsFromLimits(container)
  defaultPodLevelRequests(spec)
  spec.enableServiceLinks ??= true
  if (spec.hostNetwork) hostPortsFromContainerPorts(containers)
}
