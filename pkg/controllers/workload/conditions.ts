/** Lists of conditions, one a type. */
import { rfc3339 } from '#base/clock.ts'

export interface ConditionLike {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
  lastUpdateTime?: string
}

export function conditionOf<C extends ConditionLike>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((each) => each.type === type)
}

/**
 * The list with this condition in it. One with the same status and reason stays as it is (its message too, as upstream);
 * one with the same status keeps its transition time.
 */
export function withCondition<C extends ConditionLike>(conditions: readonly C[] | undefined, next: Omit<C, 'lastTransitionTime'>, nowMs: number): C[] {
  const list = [...(conditions ?? [])]
  const current = list.find((each) => each.type === next.type)
  if (current && current.status === next.status && current.reason === next.reason) return list
  const lastTransitionTime = current?.status === next.status ? current.lastTransitionTime : rfc3339(nowMs)
  return [...list.filter((each) => each !== current), { ...next, lastTransitionTime } as unknown as C]
}

export function withoutCondition<C extends ConditionLike>(conditions: readonly C[] | undefined, type: string): C[] {
  return (conditions ?? []).filter((each) => each.type !== type)
}
