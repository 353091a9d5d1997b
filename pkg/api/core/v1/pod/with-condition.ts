/** How a component other than the kubelet gives a pod a condition: as a strategic merge patch of its status. */
import { rfc3339 } from '#base/clock.ts'
import type { Pod, PodCondition } from '../../../gen/core/v1.ts'

export type ConditionWords = Pick<PodCondition, 'type' | 'status'> & { readonly reason: string; readonly message: string }

/**
 * The `status` of the patch; undefined when the pod has the very condition. The condition stays at its place, or comes after all others, as
 * upstream's PatchPodStatus has it; a transition is one of the status alone.
 */
export function withPodCondition({ metadata: { generation }, status }: Pod, words: ConditionWords, nowMs: number): object | undefined {
  const current = status?.conditions ?? []
  const before = current.find(({ type }) => type === words.type)
  if (before?.status === words.status && before.reason === words.reason && before.message === words.message) return undefined
  const lastTransitionTime = before?.status === words.status && before.lastTransitionTime ? before.lastTransitionTime : rfc3339(nowMs)
  const types = before ? current.map(({ type }) => type) : [...current.map(({ type }) => type), words.type]
  return {
    conditions: [{ ...words, ...(generation === undefined ? {} : { observedGeneration: generation }), lastTransitionTime }],
    '$setElementOrder/conditions': types.map((type) => ({ type })),
  }
}
