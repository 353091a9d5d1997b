/** Evicts pods side by side, or deletes them, and waits until they are gone (kubectl's pkg/drain). */
import { isForbidden, isNotFound, isTooManyRequests, StatusError } from '#apimachinery/status-error.ts'
import { resourcePath } from '#client/paths.ts'
import { goDuration } from '../../printers/go-duration.ts'
import type { Item } from '../../resources/types.ts'
import { getItem } from '../../resources/visit.ts'
import { pause } from '../../resources/wait-gone.ts'
import { deleteObject, dryRunOf } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'
import { isDyingLong } from './judge.ts'

const retryMs = 5000
const pollMs = 1000

function deadlineOf({ flags, now }: Invocation): number {
  const timeoutMs = flags.duration('timeout')
  return timeoutMs > 0 ? now() + timeoutMs : Number.POSITIVE_INFINITY
}

/** Answers what failed, one text for each pod. */
export async function evictAll(invocation: Invocation, pods: readonly Item[]): Promise<string[]> {
  const deadline = deadlineOf(invocation)
  const failures = await Promise.all(pods.map((pod) => evict(invocation, pod, deadline)))
  return failures.filter((failure) => failure !== undefined)
}

/** Ends with the first that fails. */
export async function deleteAll(invocation: Invocation, pods: readonly Item[]): Promise<void> {
  const grace = invocation.flags.int('grace-period')
  const deadline = deadlineOf(invocation)
  for (const pod of pods) {
    try {
      await deleteObject(invocation, pod, { ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}), dryRun: dryRunOf(invocation) })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  if (dryRunOf(invocation) === 'none') await untilGone(invocation, pods, deadline, 'deleted')
}

/** Undefined when the pod is gone. */
async function evict(invocation: Invocation, pod: Item, deadline: number): Promise<string | undefined> {
  const { flags, session, out, err, now } = invocation
  const grace = flags.int('grace-period')
  const dryRun = dryRunOf(invocation) === 'server'
  const { namespace = '', name } = pod
  const named = `pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}`
  const deleteOptions = { ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}), ...(dryRun ? { dryRun: ['All'] } : {}) }
  for (let live = pod; ; ) {
    out(`evicting pod ${namespace}/${name}${dryRun ? ' (server dry run)' : ''}\n`)
    if (now() >= deadline) return `error when evicting ${named}: global timeout reached: ${goDuration(flags.duration('timeout'))}`
    try {
      await session.json({
        method: 'POST',
        path: resourcePath(pod.resource, { namespace, name, subresource: 'eviction' }),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions }),
      })
      break
    } catch (error) {
      if (isNotFound(error)) return undefined
      const isEnding =
        isForbidden(error) && error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true
      // What is deleted already in a namespace that goes away is only waited for.
      if (isEnding && live.object.metadata.deletionTimestamp) break
      if (!isEnding && !isTooManyRequests(error)) return `error when evicting ${named}: ${messageOf(error)}`
      const what = isEnding ? `pod ${JSON.stringify(name)} from terminating namespace ${JSON.stringify(namespace)}` : named
      err(`error when evicting ${what} (will retry after ${goDuration(retryMs)}): ${messageOf(error)}\n`)
      await pause(invocation, retryMs)
    }
    live = await getItem(invocation, pod.resource, namespace, name).catch(() => live)
  }
  if (dryRun) return undefined
  try {
    await untilGone(invocation, [pod], deadline, 'evicted')
    return undefined
  } catch (error) {
    return `error when waiting for pod ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)} to terminate: ${messageOf(error)}`
  }
}

/** Tells each that is gone: one of the same name with another uid is another pod. */
async function untilGone(invocation: Invocation, pods: readonly Item[], deadline: number, past: 'evicted' | 'deleted'): Promise<void> {
  const { out, now, flags } = invocation
  let pending = pods
  for (;;) {
    const left: Item[] = []
    for (const pod of pending) {
      const { resource, namespace, name } = pod
      let live: Item | undefined
      try {
        live = await getItem(invocation, resource, namespace, name)
      } catch (error) {
        if (!isNotFound(error)) {
          out(`pod/${name} ${past === 'evicted' ? 'eviction' : 'deletion'} failed\n`)
          throw error
        }
      }
      if (!live || live.object.metadata.uid !== pod.object.metadata.uid) out(`pod/${name} ${past}\n`)
      else if (isDyingLong(invocation, live.object))
        out(`pod ${JSON.stringify(name)} has DeletionTimestamp older than ${flags.int('skip-wait-for-delete-timeout')} seconds, skipping\n`)
      else left.push(pod)
    }
    if (left.length === 0) return
    pending = left
    if (now() + pollMs > deadline) throw new Error('context deadline exceeded')
    await pause(invocation, pollMs)
  }
}

export const messageOf = (error: unknown): string => (error as Error).message.replace(/^error: /, '')
