/** RollingUpdate of a DaemonSet: which old pods go now, and on which nodes a new one may stand beside the old. */
import type { DaemonSet } from '#api/gen/apps/v1.ts'
import { templateGenerationKey } from '#api/apps/v1/template-generation.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { scaledValue } from '../deployment/arithmetic.ts'
import { isPodAvailable } from '../workload/pod-state.ts'
import { revisionHashLabel } from '../workload/revisions.ts'

export const generationLabel = 'pod-template-generation'

export interface UpdatePlan {
  readonly remove: Pod[]
  readonly createOn: string[]
}

export function surgeOf({ spec }: DaemonSet, desired: number): number {
  return spec.updateStrategy?.type === 'OnDelete' ? 0 : scaledValue(spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, desired, true)
}

export function planUpdate(set: DaemonSet, byNode: ReadonlyMap<string, readonly Pod[]>, hash: string, desired: number, nowMs: number): UpdatePlan {
  if ((set.spec.updateStrategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return { remove: [], createOn: [] }
  const surge = surgeOf(set, desired)
  const unavailable = scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired, true)
  const available = (pod: Pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs) && !pod.metadata.deletionTimestamp
  const pairs = [...byNode].map(([node, pods]) => {
    const alive = pods.filter(({ metadata }) => !metadata.deletionTimestamp)
    return { node, fresh: alive.find((pod) => isCurrent(pod, hash, set)), old: alive.find((pod) => !isCurrent(pod, hash, set)) }
  })
  return surge > 0 ? withSurge(pairs, surge, available) : withoutSurge(pairs, unavailable, available)
}

/** By the template's hash, or by the generation that the set says it is at: the pods of a set of the name that has gone say the same. */
export function isCurrent({ metadata }: Pod, hash: string, set?: DaemonSet): boolean {
  const generation = set?.metadata.annotations?.[templateGenerationKey]
  return metadata.labels?.[revisionHashLabel] === hash || (generation !== undefined && metadata.labels?.[generationLabel] === generation)
}

interface Pair {
  readonly node: string
  readonly fresh: Pod | undefined
  readonly old: Pod | undefined
}

function withoutSurge(pairs: readonly Pair[], maxUnavailable: number, available: (pod: Pod) => boolean): UpdatePlan {
  let unavailable = 0
  const broken: Pod[] = []
  const candidates: Pod[] = []
  for (const { fresh, old } of pairs) {
    if ((!fresh && !old) || (fresh && old)) unavailable++
    else if (fresh) unavailable += available(fresh) ? 0 : 1
    else if (old && !available(old)) {
      unavailable++
      broken.push(old)
    } else if (old) candidates.push(old)
  }
  return { remove: [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))], createOn: [] }
}

function withSurge(pairs: readonly Pair[], maxSurge: number, available: (pod: Pod) => boolean): UpdatePlan {
  let surging = 0
  const remove: Pod[] = []
  const broken: string[] = []
  const candidates: string[] = []
  for (const { node, fresh, old } of pairs) {
    if (!old) continue
    if (!fresh) (available(old) ? candidates : broken).push(node)
    else if (available(fresh)) remove.push(old)
    else surging++
  }
  return { remove, createOn: [...broken, ...candidates.slice(0, Math.max(0, maxSurge - surging))] }
}
