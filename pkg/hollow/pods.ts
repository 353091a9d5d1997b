/** Pods on simulated nodes: Running and Ready, ended, and gone, when their annotations say so. One status write for each. */
import type { ContainerStatus, Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { numberToIp, parseCidr } from '#apimachinery/ip.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Controller, input, output, type ReconcileResult } from '#runtime/types.ts'

const annotation = (name: string): string => `hollow.k8ts.local/${name}`
/** Real nodes have the first sixteen /24 of the pod range, of IPv6 the first sixteen /64. */
const realAddresses = 16n * 256n
const realNetworks = 16n << 64n

export function hollowPods({ prefix, podCidr }: { readonly prefix: string; readonly podCidr: string }): Controller {
  const addressOf = addresses(podCidr)
  return {
    name: 'hollow-kubelet',
    workers: 32,
    inputs: [input(pods, { keys: (pod) => (pod.spec.nodeName?.startsWith(prefix) ? [keyOf(pod)] : []) })],
    outputs: [output(pods, 'object', { shared: true }), output(pods, 'status', { shared: true })],
    async reconcile(key, { cache, client, clock }): Promise<ReconcileResult | undefined> {
      const pod = cache(pods).byKey(key)
      if (!pod?.spec.nodeName?.startsWith(prefix)) return undefined
      const { namespace, name, uid, deletionTimestamp } = pod.metadata
      if (deletionTimestamp) {
        await client.delete(pods, splitKey(key), { gracePeriodSeconds: 0, preconditions: { uid } }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
        return undefined
      }
      if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return undefined
      const { status, nextMs } = statusOf(pod, clock.now(), addressOf)
      if (status) await client.patch(pods, { namespace, name }, { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' })
      return nextMs === undefined ? undefined : { requeueAfterMs: nextMs }
    },
  }
}

/** What the pod is by now, if that is news; and when it will be something else. */
export function statusOf(pod: Pod, nowMs: number, addressOf: () => string): { readonly status?: object; readonly nextMs?: number } {
  const startedMs = pod.status?.startTime ? Date.parse(pod.status.startTime) : nowMs
  const readyMs = startedMs + seconds(pod, 'ready-after-seconds', 0)
  const endMs = startedMs + seconds(pod, 'ends-after-seconds', Number.POSITIVE_INFINITY)
  const next = [readyMs, endMs].filter((at) => at > nowMs && Number.isFinite(at)).sort((a, b) => a - b)[0]
  const later = next === undefined || nowMs >= endMs ? {} : { nextMs: next - nowMs }
  const exitCode = Number(pod.metadata.annotations?.[annotation('exit-code')] ?? 0)
  const ended = nowMs >= endMs
  const ready = !ended && nowMs >= readyMs
  const phase = ended ? (exitCode === 0 ? 'Succeeded' : 'Failed') : 'Running'
  const wasReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  if (pod.status?.phase === phase && wasReady === ready) return later
  const at = rfc3339(nowMs)
  const startedAt = rfc3339(startedMs)
  const condition = (type: string, is: boolean) => ({ type, status: is ? 'True' : 'False', lastTransitionTime: at })
  const state = ended ? { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt: at } } : { running: { startedAt } }
  const podIP = pod.status?.podIP || addressOf()
  const status = {
    phase,
    startTime: startedAt,
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: [
      condition('PodReadyToStartContainers', !ended),
      condition('Initialized', true),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses: pod.spec.containers.map(
      ({ name, image }) => ({ name, image, imageID: '', ready, started: !ended, restartCount: 0, state }) as unknown as ContainerStatus,
    ),
  }
  return { status, ...later }
}

function seconds(pod: Pod, name: string, standard: number): number {
  const text = pod.metadata.annotations?.[annotation(name)]
  if (text === undefined) return standard
  const value = Number(text)
  return text === 'never' || !Number.isFinite(value) ? Number.POSITIVE_INFINITY : value * 1000
}

/** One after another, and from the beginning again: nothing answers there, so that two may have one. */
export function addresses(podCidr: string): () => string {
  const { family, network, prefixLength } = parseCidr(podCidr) ?? parseCidr('0.0.0.0/16')!
  const first = network + (family === 4 ? realAddresses : realNetworks)
  const last = network + (1n << BigInt((family === 4 ? 32 : 128) - prefixLength)) - 1n
  const usable = last - first
  let count = 0n
  return () => numberToIp(first + (count++ % usable), family)
}
