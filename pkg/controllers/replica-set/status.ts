/** A ReplicaSet's status from its pods. */
import type { ReplicaSetCondition, ReplicaSetStatus } from '#api/gen/apps/v1.ts'
import type { Pod, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { selectorOf } from '#client/selector.ts'
import { conditionOf, withCondition, withoutCondition } from '../workload/conditions.ts'
import { isPodAvailable, isPodReady } from '../workload/pod-state.ts'

export interface StatusInput {
  readonly spec: { readonly replicas?: number; readonly minReadySeconds?: number }
  readonly template: PodTemplateSpec | undefined
  readonly previous: ReplicaSetStatus
  readonly generation: number | undefined
  readonly active: readonly Pod[]
  readonly terminating?: number
  /** Why pods could not be created or deleted. */
  readonly error?: unknown
  readonly nowMs: number
}

export function statusOf({ spec, template, previous, generation, active, terminating, error, nowMs }: StatusInput): ReplicaSetStatus {
  const labelled = selectorOf({ matchLabels: template?.metadata?.labels ?? {} })
  const ready = active.filter(isPodReady)
  const conditions = failureCondition(previous?.conditions, (spec.replicas ?? 1) - active.length, error, nowMs)
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => labelled(pod.metadata.labels)).length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, spec.minReadySeconds ?? 0, nowMs)).length,
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    observedGeneration: generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  } as ReplicaSetStatus
}

function failureCondition(conditions: readonly ReplicaSetCondition[] | undefined, missing: number, error: unknown, nowMs: number): ReplicaSetCondition[] {
  if (!error) return withoutCondition(conditions, 'ReplicaFailure')
  if (conditionOf(conditions, 'ReplicaFailure')) return [...conditions!]
  const reason = missing > 0 ? 'FailedCreate' : missing < 0 ? 'FailedDelete' : ''
  return withCondition(conditions, { type: 'ReplicaFailure', status: 'True', reason, message: (error as Error).message }, nowMs)
}
