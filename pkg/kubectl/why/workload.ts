/** Why a workload has fewer pods than it wants: to its pods, to what keeps them from being made, to what owns it. */
import { formatLabelSelector } from '#apimachinery/labels.ts'
import { isReady, sentence, whyDeleting } from './deletion.ts'
import { warnings, whyPod } from './pod.ts'
import { type Finder, type Finding, maxAlike, type Reader } from './types.ts'

export const whyWorkload: Finder = async (object, reader) => {
  const { kind, metadata, spec = {}, status = {} } = object
  const name = `${kind} ${metadata.name}`
  const findings: Finding[] = []
  if (kind === 'Deployment' && spec.paused)
    findings.push({ text: `${name} is paused, so changes are not rolled out.`, advice: `kubectl rollout resume deployment/${metadata.name}` })
  if ((kind === 'Job' || kind === 'CronJob') && spec.suspend) findings.push({ text: `${name} is suspended.` })
  const wanted = kind === 'DaemonSet' ? (status.desiredNumberScheduled ?? 0) : kind === 'Job' ? undefined : (spec.replicas ?? 1)
  const ready = kind === 'DaemonSet' ? (status.numberReady ?? 0) : (status.readyReplicas ?? 0)
  if (wanted === 0) return [...findings, { text: kind === 'DaemonSet' ? `${name} fits no node.` : `${name} is scaled to zero.` }]
  const pods = await podsBelow(object, reader)
  const bad = pods.filter((pod) => !isReady(pod) && pod.status?.phase !== 'Succeeded')
  const causes = await alike(bad, reader)
  const refusals = await refused(object, reader)
  const failed = (status.conditions ?? []).filter(
    ({ type, status: value }: any) => (type === 'Progressing' && value === 'False') || ((type === 'ReplicaFailure' || type === 'Failed') && value === 'True'),
  )
  for (const { message, reason } of failed) refusals.push({ text: sentence(message || reason) })
  const because = unique([...refusals, ...causes])
  if (wanted !== undefined && ready >= wanted && because.length === 0) return findings
  if (wanted === undefined && because.length === 0) return findings
  findings.push({ text: wanted === undefined ? `${name} has not finished.` : `${name} has ${ready} of ${wanted} pods ready.`, because })
  return findings
}

/** Pods of it, or of what it owns. */
async function podsBelow({ metadata, spec }: any, reader: Reader): Promise<readonly any[]> {
  if (!spec?.selector) return []
  const selector = formatLabelSelector(spec.selector.matchLabels || spec.selector.matchExpressions ? spec.selector : { matchLabels: spec.selector })
  return reader.list('v1', 'Pod', metadata.namespace, selector)
}

/** Pods in the same trouble are told once. */
async function alike(pods: readonly any[], reader: Reader): Promise<Finding[]> {
  const groups = new Map<string, { finding: Finding; count: number }>()
  for (const pod of pods.slice(0, 50)) {
    for (const finding of [...(await whyDeleting(pod, reader)), ...(await whyPod(pod, reader))]) {
      const key = JSON.stringify(finding)
        .replaceAll(pod.metadata.name, '')
        .replaceAll(pod.spec.nodeName ?? '\u0000', '')
      const known = groups.get(key)
      if (known) known.count++
      else groups.set(key, { finding, count: 1 })
    }
  }
  return [...groups.values()]
    .slice(0, maxAlike)
    .map(({ finding, count }) => (count === 1 ? finding : { ...finding, text: `${finding.text} (and ${count - 1} more like it)` }))
}

/** Quotas and admission refuse pods where the workload, or the ReplicaSet below it, makes them. */
async function refused(object: any, reader: Reader): Promise<Finding[]> {
  const makers = [object]
  if (object.kind === 'Deployment') {
    const sets = await reader.list('apps/v1', 'ReplicaSet', object.metadata.namespace)
    makers.push(...sets.filter((set) => set.metadata.ownerReferences?.some(({ uid }: any) => uid === object.metadata.uid) && (set.spec.replicas ?? 0) > 0))
  }
  const found: Finding[] = []
  for (const maker of makers) {
    for (const { text } of await warnings(maker, reader)) {
      found.push({ text, ...(/exceeded quota/.test(text) ? { advice: 'Raise the quota, ask for less, or remove other pods in the namespace.' } : {}) })
    }
  }
  return found
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((each) => [each.text, each])).values()]
}
