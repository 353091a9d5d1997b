/** Why an object did not become ready: what its pods, their containers and its own conditions say. Not in the original. */
import { pods } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import type { ClusterObject } from './objects.ts'

const mostReasons = 5

const shorten = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text)

function containerReason({ name, state = {}, lastState = {}, restartCount = 0 }: any): string | undefined {
  const { waiting, terminated } = state
  const before = lastState.terminated
  if (waiting && waiting.reason !== 'PodInitializing' && waiting.reason !== 'ContainerCreating') {
    const last = before ? `; it ended before with ${before.reason ?? 'exit code'} ${before.exitCode}` : ''
    return `container ${name} waits: ${waiting.reason ?? ''}${waiting.message ? ` (${waiting.message})` : ''}${last}`
  }
  if (terminated && terminated.exitCode !== 0)
    return `container ${name} ended with exit code ${terminated.exitCode}${terminated.reason ? ` (${terminated.reason})` : ''}`
  return restartCount > 0 && before ? `container ${name} started again ${restartCount} times, last after exit code ${before.exitCode}` : undefined
}

function podReason(pod: any): string | undefined {
  const { status = {}, metadata } = pod
  const conditions: any[] = status.conditions ?? []
  const unscheduled = conditions.find(({ type, status: state }) => type === 'PodScheduled' && state === 'False')
  if (unscheduled) return `pod ${metadata.name} is not scheduled: ${unscheduled.message ?? unscheduled.reason ?? ''}`
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(containerReason).filter((each) => each !== undefined)
  if (containers.length > 0) return `pod ${metadata.name}: ${containers.join('; ')}`
  if (status.phase === 'Failed') return `pod ${metadata.name} failed: ${status.message ?? status.reason ?? ''}`
  const unready = conditions.find(({ type, status: state }) => type === 'Ready' && state === 'False')
  if (unready && status.phase !== 'Succeeded')
    return `pod ${metadata.name} is ${status.phase ?? 'new'} and not ready: ${unready.message ?? unready.reason ?? ''}`
  return status.phase ? undefined : `pod ${metadata.name} is not started: no node has taken it`
}

function selectorOf(live: any): string | undefined {
  const labels = live?.spec?.selector?.matchLabels ?? (live?.kind === 'ReplicationController' ? live.spec?.selector : undefined)
  if (!labels || Object.keys(labels).length === 0) return undefined
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

async function events(client: Client, { namespace, name }: ClusterObject, kind: string): Promise<string[]> {
  const fieldSelector = encodeURIComponent(`involvedObject.name=${name},involvedObject.kind=${kind},type=Warning`)
  const response = await client.request({ method: 'GET', path: `/api/v1/namespaces/${namespace}/events?fieldSelector=${fieldSelector}&limit=50` })
  if (response.status >= 400) return []
  const items: any[] = JSON.parse(await response.text()).items ?? []
  return items.slice(-2).map(({ reason, message }) => `${reason}: ${message}`)
}

/** Sentences, the most telling first; none when nothing more is known. */
export async function whyNotReady(client: Client, each: ClusterObject, live: any): Promise<string[]> {
  if (!live) return []
  if (live.kind === 'Pod') return [podReason(live)].filter((reason) => reason !== undefined).map(shorten)
  const reasons: string[] = []
  for (const { type, status, message } of live.status?.conditions ?? [])
    if (message && ((type === 'ReplicaFailure' && status === 'True') || (type === 'Failed' && status === 'True'))) reasons.push(message)
  const labelSelector = selectorOf(live)
  if (labelSelector && each.namespace) {
    const { items } = await client.list(pods, { namespace: each.namespace, labelSelector, limit: 100 })
    for (const pod of items) {
      const reason = podReason(pod)
      if (reason) reasons.push(reason)
    }
  }
  if (reasons.length === 0 && each.namespace) reasons.push(...(await events(client, each, live.kind)))
  return [...new Set(reasons)].slice(0, mostReasons).map(shorten)
}
