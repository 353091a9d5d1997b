/**
 * All containers of a pod are begun anew, in the sandbox and with the volumes that they had, when one of them ends in a way that its rules
 * name so (KEP-5532, RestartAllContainersOnContainerExits). They are removed from the runtime first: what is left of the run before would
 * be taken for one of the next. Pure.
 */
import type { Container, ContainerRestartRule, ContainerStatus, Pod, PodSpec, PodStatus } from '#api/gen/core/v1.ts'
import { type ContainerRecord, latest, type PodRuntimeStatus } from './pod-runtime.ts'

export const allContainersRestarting = 'AllContainersRestarting'
/** Of a container that is gone for the sake of all: upstream's reason and message, of its state and of its last one. */
export const restartReason = 'RestartingAllContainers'
export const restartMessage = 'The container is removed because RestartAllContainers in place'

/** The first rule that speaks of this exit code. */
export function ruleFor({ restartPolicyRules }: Container, exitCode: number): ContainerRestartRule | undefined {
  return restartPolicyRules?.find(({ exitCodes }) => {
    const listed = exitCodes?.values?.includes(exitCode) ?? false
    return exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' ? !listed : false
  })
}

const restartsAll = (container: Container, exitCode: number): boolean => ruleFor(container, exitCode)?.action === 'RestartAllContainers'

/** Those that begin anew; ephemeral ones never do. */
const containersOfRun = ({ initContainers = [], containers = [] }: PodSpec): readonly Container[] => [...initContainers, ...containers]

/** Whether any container may ask for it: only such pods have the condition. */
export function mayRestartAll({ spec }: Pod): boolean {
  return containersOfRun(spec).some(({ restartPolicyRules }) => restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'))
}

/** Whether one of them has asked for it, and some are still to be removed: as the runtime says, or as was told before that. */
export function isRestartingAll(pod: Pod, runtime: PodRuntimeStatus, told: PodStatus | undefined): boolean {
  if (!mayRestartAll(pod)) return false
  const names = new Set(containersOfRun(pod.spec).map(({ name }) => name))
  if (!runtime.containers.some(({ name }) => names.has(name))) return false
  if (told?.conditions?.some(({ type, status }) => type === allContainersRestarting && status === 'True')) return true
  return containersOfRun(pod.spec).some((container) => {
    const record = latest(runtime, container.name)
    return record?.state === 'exited' && restartsAll(container, record.exitCode)
  })
}

/** What is to be removed, in this order: those that asked go last, so that a kubelet that dies meanwhile finds why it was at it. */
export function containersToReset({ spec }: Pod, { containers: records }: PodRuntimeStatus): { readonly record: ContainerRecord; readonly asked: boolean }[] {
  const all = containersOfRun(spec).flatMap((container) =>
    records
      .filter(({ name }) => name === container.name)
      .map((record) => ({ record, asked: record.state === 'exited' && restartsAll(container, record.exitCode) })),
  )
  return [...all.filter(({ asked }) => !asked), ...all.filter(({ asked }) => asked)]
}

/** What is told of a container that has been removed so; one that waited has nothing to be begun anew. */
export function resetStatus(old: ContainerStatus): Pick<ContainerStatus, 'state' | 'lastState' | 'restartCount'> | undefined {
  if (old.state.waiting) return undefined
  const why = { reason: restartReason, message: restartMessage }
  return { state: { waiting: why }, lastState: { terminated: { ...why, exitCode: 137 } }, restartCount: old.restartCount + 1 }
}
