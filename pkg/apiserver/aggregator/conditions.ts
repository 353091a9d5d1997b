/** The condition Available of an APIService. */
import type { APIService, APIServiceCondition } from '#api/gen/apiregistration/v1.ts'
import { rfc3339 } from '#base/clock.ts'

export interface Verdict {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

export const passed: Verdict = { status: 'True', reason: 'Passed', message: 'all checks passed' }
export const local: Verdict = { status: 'True', reason: 'Local', message: 'Local APIServices are always available' }

export function availability({ status }: APIService): APIServiceCondition | undefined {
  return status.conditions?.find(({ type }) => type === 'Available')
}

export function isAvailable(service: APIService): boolean {
  return availability(service)?.status === 'True'
}

/** The conditions with the verdict in them; the time of transition moves only when the status does. */
export function withVerdict(service: APIService, verdict: Verdict, nowMs: number): APIServiceCondition[] {
  const before = availability(service)
  const lastTransitionTime = before?.status === verdict.status && before.lastTransitionTime ? before.lastTransitionTime : rfc3339(nowMs)
  const condition: APIServiceCondition = { type: 'Available', ...verdict, lastTransitionTime }
  const others = service.status.conditions ?? []
  return before ? others.map((each) => (each === before ? condition : each)) : [...others, condition]
}
