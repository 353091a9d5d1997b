/** Counts the ends of containers, once each: as a pod's status begins to tell of them (upstream: status_manager.go). */
import type { ContainerStatus, PodStatus } from '#api/gen/core/v1.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'

const lists = {
  initContainerStatuses: 'init_container',
  containerStatuses: 'container',
  ephemeralContainerStatuses: 'ephemeral_container',
} as const

export function countTerminations({ terminatedContainers }: Pick<KubeletMetrics, 'terminatedContainers'>, before: PodStatus | undefined, now: PodStatus): void {
  for (const [list, container_type] of Object.entries(lists) as [keyof typeof lists, string][]) {
    const known = new Map((before?.[list] ?? []).map((each: ContainerStatus) => [each.name, each]))
    for (const { name, state } of now[list] ?? []) {
      const end = state.terminated
      if (end && !known.get(name)?.state.terminated) terminatedContainers.add({ container_type, exit_code: String(end.exitCode), reason: end.reason ?? '' })
    }
  }
}
