/** Tells running containers what they have been given: the pod's cgroup, then each container; or a restart where its policy asks. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { ms } from '../configuration/defaults.ts'
import type { KubeletContext } from '../context.ts'
import { containersOf } from '../runtime/containers.ts'
import { latest, type PodRuntimeStatus } from '../runtime/pod-runtime.ts'
import { containerResources } from '../runtime/container-resources.ts'
import { bytes } from '../runtime/resources.ts'
import type { ContainerEntry } from '../types.ts'
import { isSame } from './allocations.ts'

/** Updates in place what may be; answers the running containers that must restart instead. `pod` is the pod as allocated. */
export async function actuateResize(context: KubeletContext, pod: Pod, runtime: PodRuntimeStatus): Promise<ContainerEntry[]> {
  const { allocations, resizes, cri, cgroups, memoryCapacity, canLowerOomScore, log } = context
  const restart: ContainerEntry[] = []
  const update: ContainerEntry[] = []
  for (const entry of containersOf(pod)) {
    if (entry.kind !== 'regular' && entry.kind !== 'sidecar') continue
    if (latest(runtime, entry.container.name)?.state !== 'running') continue
    const told = allocations.actuated(pod, entry.container.name)
    if (!told || isSame(told, entry.container.resources ?? {})) continue
    if (mustRestart(entry.container, told)) restart.push(entry)
    else update.push(entry)
  }
  const toldPod = allocations.actuatedPod(pod)
  const isPodChanged = toldPod !== undefined && !isSame(toldPod, pod.spec.resources ?? {})
  if (update.length > 0 || isPodChanged) {
    try {
      // A parent's limits must be raised before its children's, and can only be lowered after them.
      if (isPodChanged) refusePodBelowUsage(context, pod, toldPod.limits?.memory)
      cgroups.ensure(pod)
      for (const { container } of update) {
        const { id } = latest(runtime, container.name)!
        await refuseBelowUsage(context, container, id, allocations.actuated(pod, container.name)?.limits?.memory)
        const { oomScoreAdj: _fixed, ...resources } = containerResources(pod, container, {
          memoryCapacity,
          canLowerOomScore,
          hugePages: context.hugePages,
          swap: context.swap,
          oomGroup: context.oomGroup,
          cpuCFSQuota: context.configuration.cpuCFSQuota,
          quotaPeriodMicroseconds: ms(context.configuration.cpuCFSQuotaPeriod) * 1000,
        })
        await cri.runtime.updateContainerResources(id, resources)
        allocations.actuate(pod, container.name, container.resources)
      }
      cgroups.ensure(pod)
      allocations.actuatePod(pod)
    } catch (error) {
      log.warn('cannot resize a pod in place', { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, error })
      resizes.failed(pod, (error as Error).message)
      return restart
    }
  }
  if (restart.length === 0) resizes.completed(pod)
  return restart
}

/** Asks for a restart only if a resource changed that its resizePolicy names so. */
function mustRestart({ resources, resizePolicy }: Container, told: NonNullable<Container['resources']>): boolean {
  return (resizePolicy ?? []).some(({ resourceName, restartPolicy }) => {
    const of = (from: Container['resources']) => [from?.requests?.[resourceName], from?.limits?.[resourceName]]
    return restartPolicy === 'RestartContainer' && !isSame(of(resources), of(told))
  })
}

/** Of the pod as a whole: the kernel would refuse it, or kill what runs. */
function refusePodBelowUsage({ cgroups }: KubeletContext, pod: Pod, before: string | undefined): void {
  const wanted = bytes(pod.spec.resources?.limits?.memory)
  if (wanted === 0 || (before !== undefined && wanted >= bytes(before))) return
  const used = cgroups.memoryUsage(pod)
  if (used !== undefined && used >= wanted) throw new Error(`attempting to set pod memory limit (${wanted}) below current usage (${used})`)
}

/** A limit below what is in use would kill the container at once. */
async function refuseBelowUsage({ cri }: KubeletContext, { name, resources }: Container, id: string, before: string | undefined): Promise<void> {
  const wanted = bytes(resources?.limits?.memory)
  if (wanted === 0 || wanted >= bytes(before)) return
  const { memory } = await cri.runtime.containerStats(id)
  const used = memory?.usageBytes?.value || memory?.workingSetBytes?.value || 0
  if (used >= wanted) throw new Error(`attempting to set container "${name}" memory limit (${wanted}) below current usage (${used})`)
}
