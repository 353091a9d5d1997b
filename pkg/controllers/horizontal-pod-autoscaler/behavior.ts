/** How fast and how far a wish for replicas is followed: stabilisation windows, policies, bounds. */
import type { HPAScalingRules, HorizontalPodAutoscalerBehavior } from '#api/gen/autoscaling/v2.ts'
import type { Tolerances } from './calculator.ts'
import { type AutoscalerSettings, defaultAutoscalerSettings } from './settings.ts'

export interface Change {
  readonly atMs: number
  readonly replicas: number
}

/** What one autoscaler remembers; lost when the controller restarts, as upstream. */
export interface Memory {
  /** When it is looked at next; a change of it does not hasten that. */
  dueMs: number
  recommendations: Change[]
  ups: Change[]
  downs: Change[]
}

export const newMemory = (dueMs = 0): Memory => ({ dueMs, recommendations: [], ups: [], downs: [] })

export interface Bounds {
  readonly min: number
  readonly max: number
}

export interface Verdict {
  readonly replicas: number
  readonly reason: string
  readonly message: string
}

/** As the API's defaults fill in rules that a user began; without any, growth may also double from a small number at once. */
const upDefaults: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
}
const downDefaults: HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
}

export function rulesOf(
  behavior: HorizontalPodAutoscalerBehavior | undefined,
  { downscaleStabilizationMs }: AutoscalerSettings = defaultAutoscalerSettings,
): { up: HPAScalingRules; down: HPAScalingRules } {
  const stabilizationWindowSeconds = downscaleStabilizationMs / 1000
  return { up: { ...upDefaults, ...behavior?.scaleUp }, down: { ...downDefaults, stabilizationWindowSeconds, ...behavior?.scaleDown } }
}

export function tolerancesOf(behavior: HorizontalPodAutoscalerBehavior | undefined, { tolerance }: AutoscalerSettings): Tolerances {
  const of = (rules: HPAScalingRules | undefined): number => (rules?.tolerance === undefined ? tolerance : quantityNumber(rules.tolerance))
  return { up: of(behavior?.scaleUp), down: of(behavior?.scaleDown) }
}

function quantityNumber(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text)
}

/** The least that growing, or the most that shrinking, has seemed right within the windows. Notes the wish. */
export function stabilise(
  memory: Memory,
  behavior: HorizontalPodAutoscalerBehavior | undefined,
  current: number,
  desired: number,
  nowMs: number,
  settings: AutoscalerSettings = defaultAutoscalerSettings,
): Verdict {
  const { up, down } = rulesOf(behavior, settings)
  let [lowest, highest] = [desired, desired]
  const [upSince, downSince] = [nowMs - up.stabilizationWindowSeconds! * 1000, nowMs - down.stabilizationWindowSeconds! * 1000]
  for (const { atMs, replicas } of memory.recommendations) {
    if (atMs > upSince) lowest = Math.min(lowest, replicas)
    if (atMs > downSince) highest = Math.max(highest, replicas)
  }
  const kept = Math.min(upSince, downSince)
  memory.recommendations = [...memory.recommendations.filter(({ atMs }) => atMs > kept), { atMs: nowMs, replicas: desired }]
  const replicas = Math.min(Math.max(current, lowest), highest)
  if (replicas === desired) return { replicas, reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
  return desired >= current
    ? { replicas, reason: 'ScaleUpStabilized', message: 'recent recommendations were lower than current one, applying the lowest recent recommendation' }
    : { replicas, reason: 'ScaleDownStabilized', message: 'recent recommendations were higher than current one, applying the highest recent recommendation' }
}

const inRange = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' }
const tooMany = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }
const tooFew = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' }
const tooFast = { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' }
const tooFastDown = { reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' }

/** Within what the policies allow for their periods, and between the least and the most. */
export function limit(
  memory: Memory,
  behavior: HorizontalPodAutoscalerBehavior | undefined,
  { min, max }: Bounds,
  current: number,
  desired: number,
  nowMs: number,
): Verdict {
  const { up, down } = rulesOf(behavior)
  if (desired > current) {
    const fastest = behavior ? Math.max(current, upLimit(memory, up, current, nowMs)) : Math.max(2 * current, 4)
    const [most, why] = max > fastest ? ([fastest, tooFast] as const) : ([max, tooMany] as const)
    if (desired > most) return { replicas: most, ...why }
  } else if (desired < current) {
    const slowest = behavior ? Math.min(current, downLimit(memory, down, current, nowMs)) : 0
    const [least, why] = min < slowest ? ([slowest, tooFastDown] as const) : ([min, tooFew] as const)
    if (desired < least) return { replicas: least, ...why }
  } else if (desired > max) return { replicas: max, ...tooMany }
  else if (desired < min) return { replicas: min, ...tooFew }
  return { replicas: desired, ...inRange }
}

function upLimit(memory: Memory, { selectPolicy, policies }: HPAScalingRules, current: number, nowMs: number): number {
  if (selectPolicy === 'Disabled') return current
  const proposals = (policies ?? []).map(({ type, value, periodSeconds }) => {
    const from = startOfPeriod(memory, current, periodSeconds, nowMs)
    return type === 'Pods' ? from + value : Math.ceil(from * (1 + value / 100))
  })
  return selectPolicy === 'Min' ? Math.min(...proposals) : Math.max(...proposals)
}

function downLimit(memory: Memory, { selectPolicy, policies }: HPAScalingRules, current: number, nowMs: number): number {
  if (selectPolicy === 'Disabled') return current
  const proposals = (policies ?? []).map(({ type, value, periodSeconds }) => {
    const from = startOfPeriod(memory, current, periodSeconds, nowMs)
    return type === 'Pods' ? from - value : Math.trunc(from * (1 - value / 100))
  })
  return selectPolicy === 'Min' ? Math.max(...proposals) : Math.min(...proposals)
}

function startOfPeriod({ ups, downs }: Memory, current: number, periodSeconds: number, nowMs: number): number {
  const sum = (changes: readonly Change[]): number =>
    changes.filter(({ atMs }) => atMs > nowMs - periodSeconds * 1000).reduce((all, { replicas }) => all + replicas, 0)
  return current - sum(ups) + sum(downs)
}

/** A policy's period is half an hour at most. */
const longestPeriodMs = 1_800_000

export function noteScale(memory: Memory, from: number, to: number, nowMs: number): void {
  const recent = (changes: readonly Change[]): Change[] => changes.filter(({ atMs }) => atMs > nowMs - longestPeriodMs)
  memory.ups = recent(memory.ups)
  memory.downs = recent(memory.downs)
  if (to > from) memory.ups.push({ atMs: nowMs, replicas: to - from })
  else memory.downs.push({ atMs: nowMs, replicas: from - to })
}
