/** The conditions that the kubelet owns: PodReadyToStartContainers, Initialized, ContainersReady, Ready, PodScheduled, AllContainersRestarting. */
import type { ContainerStatus, Pod, PodCondition, PodPhase } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import { isSidecar } from '../runtime/containers.ts'
import { allContainersRestarting, mayRestartAll } from '../runtime/restart-all.ts'

export interface ConditionInput {
  readonly pod: Pod
  readonly phase: PodPhase
  readonly statuses: readonly ContainerStatus[]
  readonly sandboxReady: boolean
  /** All containers are being removed, to begin anew. */
  readonly restartingAll: boolean
  readonly previous: readonly PodCondition[]
  readonly nowMs: number
  /** Why the node ends the pod for its own sake. */
  readonly disruption?: string | undefined
}

type Verdict = Pick<PodCondition, 'status'> & Partial<Pick<PodCondition, 'reason' | 'message'>>

/** Conditions of others (readiness gates, disruption) are not ours to write and are left out; the patch merges by type. */
export function podConditions(input: ConditionInput): PodCondition[] {
  const { pod, previous, sandboxReady, nowMs } = input
  const containers = containersReady(input)
  const verdicts: [PodCondition['type'], Verdict][] = [
    ['PodReadyToStartContainers', { status: sandboxReady ? 'True' : 'False' }],
    ['Initialized', initialized(input)],
    ['Ready', ready(input, containers)],
    ['ContainersReady', containers],
    ['PodScheduled', { status: 'True' }],
  ]
  if (mayRestartAll(pod)) verdicts.push([allContainersRestarting, restarting(input)])
  if (input.disruption !== undefined) verdicts.push(['DisruptionTarget', { status: 'True', reason: 'TerminationByKubelet', message: input.disruption }])
  return verdicts.map(([type, verdict]) => {
    const before = previous.find((each) => each.type === type)
    const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : rfc3339(nowMs)
    return {
      type,
      // Upstream does not tell it of this one.
      ...(type === allContainersRestarting ? {} : { observedGeneration: pod.metadata.generation }),
      lastProbeTime: null as never,
      lastTransitionTime: lastTransitionTime ?? rfc3339(nowMs),
      ...verdict,
    }
  })
}

function terminal(phase: PodPhase): Verdict | undefined {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  return undefined
}

function containersReady({ pod, phase, statuses }: ConditionInput): Verdict {
  const end = terminal(phase)
  if (end) return end
  const looked = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers].map(({ name }) => name)
  const unknown = looked.filter((name) => !statuses.some((each) => each.name === name))
  const unready = looked.filter((name) => statuses.some((each) => each.name === name && !each.ready))
  return notAll('ContainersNotReady', [
    ['unknown', unknown],
    ['unready', unready],
  ])
}

function ready({ pod, previous }: ConditionInput, containers: Verdict): Verdict {
  if (containers.status !== 'True') return containers
  const unmet: string[] = []
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    // A gate is another's to set: the API's own state counts, never our copy.
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType) ?? previous.find(({ type }) => type === conditionType)
    if (!condition) unmet.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`)
    else if (condition.status !== 'True') unmet.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`)
  }
  return unmet.length > 0 ? { status: 'False', reason: 'ReadinessGatesNotReady', message: unmet.join(', ') } : { status: 'True' }
}

function initialized({ pod, phase, statuses }: ConditionInput): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' }
  const find = (name: string) => statuses.find((each) => each.name === name)
  if (pod.spec.containers.some(({ name }) => find(name)?.state.running || find(name)?.state.terminated || find(name)?.lastState.terminated))
    return { status: 'True' }
  const inits = pod.spec.initContainers ?? []
  const unknown = inits.filter(({ name }) => !find(name)).map(({ name }) => name)
  const incomplete = inits.filter((init) => (isSidecar(init) ? find(init.name)?.started === false : find(init.name)?.ready === false)).map(({ name }) => name)
  return notAll('ContainersNotInitialized', [
    ['unknown', unknown],
    ['incomplete', incomplete],
  ])
}

function restarting({ phase, restartingAll }: ConditionInput): Verdict {
  const end = terminal(phase)
  if (end) return end
  return restartingAll ? { status: 'True', reason: 'RestartAllContainersStarted', message: 'container exited with restart policy rule' } : { status: 'False' }
}

function notAll(reason: string, groups: readonly [string, readonly string[]][]): Verdict {
  const texts = groups.filter(([, names]) => names.length > 0).map(([what, names]) => `containers with ${what} status: [${names.join(' ')}]`)
  return texts.length > 0 ? { status: 'False', reason, message: texts.join(', ') } : { status: 'True' }
}
