/** When a taint that drives away has to be obeyed, and how a pod is sent off; for nodes' taints and devices'. */
import { type TaintLike, type TolerationLike, toleratesTaint } from '#api/core/v1/placement/tolerations.ts'
import { withPodCondition } from '#api/core/v1/pod/with-condition.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'

type TimedTaint = TaintLike & { readonly timeAdded?: string }
type TimedToleration = TolerationLike & { readonly tolerationSeconds?: number }

/** Now, at a time, or never (undefined). The shortest toleration counts, from when the taint came, or from `notBeforeMs` if that is later. */
export function evictionTime(
  taints: readonly TimedTaint[],
  tolerations: readonly TimedToleration[] | undefined,
  notBeforeMs: number,
  nowMs: number,
): number | undefined {
  let earliest: number | undefined
  for (const taint of taints) {
    const matching = (tolerations ?? []).filter((each) => toleratesTaint(each, taint))
    if (matching.length === 0) return nowMs
    const limits = matching.map(({ tolerationSeconds }) => tolerationSeconds).filter((each) => each !== undefined)
    if (limits.length === 0) continue
    const since = Math.max(taint.timeAdded ? Date.parse(taint.timeAdded) : nowMs, notBeforeMs)
    const at = since + Math.max(0, Math.min(...limits)) * 1000
    earliest = earliest === undefined ? at : Math.min(earliest, at)
  }
  return earliest
}

export interface EvictionWords {
  readonly event: { readonly reason: string; readonly message: string }
  readonly condition: { readonly reason: string; readonly message: string }
}

/** Tells why in an Event and in the pod's DisruptionTarget condition, then deletes it. A pod that is gone meanwhile is no error. */
export async function evict(pod: Pod, { event, condition }: EvictionWords, { client, clock, events }: ControllerContext): Promise<void> {
  const key = splitKey(keyOf(pod))
  const { uid } = pod.metadata
  events.event(pod, 'Normal', event.reason, event.message)
  const status = withPodCondition(pod, { type: 'DisruptionTarget', status: 'True', ...condition }, clock.now())
  try {
    if (status) await client.patch(pods, key, { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' })
    await client.delete(pods, key, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
