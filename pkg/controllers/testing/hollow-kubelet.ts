/** A kubelet without containers, for scenario tests: binds pods, makes them Ready, lets deleted ones go. */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Controller, input, output, type ReconcileResult } from '#runtime/types.ts'

export interface HollowKubeletOptions {
  /** How long from creation to Ready; undefined for a pod that never gets there. */
  readonly readyAfterMs?: (pod: Pod) => number | undefined
  /** How long a deleted pod takes to go. */
  readonly goneAfterMs?: number
  /** Assign pods to this node, as a scheduler would. */
  readonly nodeName?: string
  readonly nodeOf?: (pod: Pod) => string | undefined
  /** False where a scheduler runs. */
  readonly bind?: boolean
}

export function hollowKubelet({ readyAfterMs = () => 0, goneAfterMs = 0, nodeName = 'node-1', nodeOf, bind = true }: HollowKubeletOptions = {}): Controller {
  return {
    name: 'hollow-kubelet',
    inputs: [input(pods, { keys: (pod) => [keyOf(pod)] })],
    outputs: [output(pods, 'object', { shared: true }), output(pods, 'status', { shared: true })],
    async reconcile(key, { cache, client, clock }): Promise<ReconcileResult | undefined> {
      const pod = cache(pods).byKey(key)
      if (!pod) return undefined
      const { deletionTimestamp, uid, creationTimestamp } = pod.metadata
      if (deletionTimestamp) {
        const leftMs = Date.parse(deletionTimestamp) + goneAfterMs - clock.now()
        if (leftMs > 0) return { requeueAfterMs: leftMs }
        await client.delete(pods, splitKey(key), { gracePeriodSeconds: 0, preconditions: { uid } }).catch(ignoreNotFound)
        return undefined
      }
      if (!pod.spec.nodeName && !bind) return undefined
      if (!pod.spec.nodeName) {
        await client.create(pods, { metadata: splitKey(key), target: { kind: 'Node', name: nodeOf?.(pod) ?? nodeName } } as any, { subresource: 'binding' })
        return undefined
      }
      if (pod.status?.phase === 'Running' || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return undefined
      const delayMs = readyAfterMs(pod)
      if (delayMs === undefined) return undefined
      const leftMs = Date.parse(creationTimestamp!) + delayMs - clock.now()
      if (leftMs > 0) return { requeueAfterMs: leftMs }
      await client.update(pods, { ...pod, status: runningStatus(pod, clock.now()) }, { subresource: 'status' })
      return undefined
    },
  }
}

export function runningStatus(pod: Pod, nowMs: number, podIP = '10.244.0.9'): Pod['status'] {
  const at = rfc3339(nowMs)
  return {
    ...pod.status,
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
    hostIP: '10.0.0.1',
    startTime: at,
    conditions: [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: at },
      { type: 'Ready', status: 'True', lastTransitionTime: at },
    ],
  }
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
