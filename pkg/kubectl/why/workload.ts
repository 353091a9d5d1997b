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
  if (kind === 'Job') return whyJob(object, reader)
  if (kind === 'DaemonSet' && status.observedGeneration === undefined) return [...findings, unmade(object)]
  const wanted: number = kind === 'DaemonSet' ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1)
  const ready = kind === 'DaemonSet' ? (status.numberReady ?? 0) : (status.readyReplicas ?? 0)
  if (wanted === 0) return [...findings, { text: kind === 'DaemonSet' ? `${name} fits no node.` : `${name} is scaled to zero.` }]
  const pods = await podsBelow(object, reader)
  const causes = await alike(pods.filter(unwell), reader)
  // What was refused before matters no longer once all are there.
  const whole = ready >= wanted && (kind !== 'Deployment' || (status.updatedReplicas ?? 0) >= wanted)
  const told = whole ? [] : await refused(object, reader)
  for (const { type, status: value, reason, message } of status.conditions ?? []) {
    if (type === 'Progressing' && value === 'False')
      told.push({ text: `Its rollout is past its deadline of ${spec.progressDeadlineSeconds ?? 600}s: ${sentence(message || reason)}`, ...undo(metadata.name) })
    if (type === 'ReplicaFailure' && value === 'True') told.push(refusal(sentence(message || reason)))
  }
  const because = unique([...told, ...causes])
  if (ready >= wanted && because.length === 0) return findings
  const text =
    ready < wanted
      ? `${name} has ${ready} of ${wanted} pods ready.`
      : whole
        ? `${name} has all its ${wanted} pods ready, but not all is well.`
        : `${name} has all its ${wanted} pods ready, but the new ones do not come up.`
  findings.push({ text, because: because.length === 0 && pods.length === 0 ? [unmade(object)] : because })
  return findings
}

function undo(name: string): { advice: string } {
  return { advice: `Mend the cause below, or go back: kubectl rollout undo deployment/${name}` }
}

/** Not a pod, and nobody says why: then whoever should make them does not run. */
function unmade({ kind, status }: any): Finding {
  const seen = status?.observedGeneration !== undefined || status?.startTime !== undefined
  return {
    text: seen ? 'None of its pods has been made yet.' : `The controller of ${kind}s has not looked at it yet.`,
    advice: 'See that the controller manager is running.',
  }
}

function unwell(pod: any): boolean {
  if (pod.status?.phase === 'Succeeded') return false
  return !isReady(pod) || (pod.status.containerStatuses ?? []).some(({ restartCount }: any) => restartCount > 0)
}

const jobFailures: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'its pods failed more often than backoffLimit allows',
  DeadlineExceeded: 'it ran longer than activeDeadlineSeconds allows',
  PodFailurePolicy: 'a rule of its podFailurePolicy ended it',
  FailedIndexes: 'some of its indexes failed',
  MaxFailedIndexesExceeded: 'more of its indexes failed than maxFailedIndexes allows',
}

async function whyJob(job: any, reader: Reader): Promise<readonly Finding[]> {
  const { metadata, spec = {}, status = {} } = job
  const name = `Job ${metadata.name}`
  const condition = (type: string): any => (status.conditions ?? []).find((each: any) => each.type === type && each.status === 'True')
  if (condition('Complete')) return []
  if (spec.suspend) return [{ text: `${name} is suspended.`, advice: `kubectl patch job/${metadata.name} -p '{"spec":{"suspend":false}}'` }]
  const failed = condition('Failed') ?? condition('FailureTarget')
  const causes = await alike((await podsBelow(job, reader)).filter(unwell), reader)
  if (failed) {
    const meaning = jobFailures[failed.reason]
    return [{ text: `${name} has failed${meaning ? `: ${meaning}` : ''}${failed.message ? ` (${failed.message})` : ''}.`, because: causes }]
  }
  const because = unique([...(await refused(job, reader)), ...causes])
  if (because.length === 0 && !status.startTime) because.push(unmade(job))
  return because.length === 0 ? [] : [{ text: `${name} has not finished.`, because }]
}

export const whyCronJob: Finder = async (cronJob, reader) => {
  const { metadata, spec = {} } = cronJob
  if (spec.suspend)
    return [{ text: `CronJob ${metadata.name} is suspended.`, advice: `kubectl patch cronjob/${metadata.name} -p '{"spec":{"suspend":false}}'` }]
  const because = await warnings(cronJob, reader)
  const own = (await reader.list('batch/v1', 'Job', metadata.namespace)).filter((job) =>
    job.metadata.ownerReferences?.some(({ uid }: any) => uid === metadata.uid),
  )
  const latest = own.toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))[0]
  if (latest) because.push(...(await whyJob(latest, reader)))
  return because.length === 0 ? [] : [{ text: `CronJob ${metadata.name} has troubles.`, because }]
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
    for (const { text } of await warnings(maker, reader)) found.push(refusal(text.replace('(combined from similar events): ', '')))
  }
  return found
}

const refusals: readonly (readonly [RegExp, string])[] = [
  [/exceeded quota/, 'Raise the quota, ask for less, or remove other pods in the namespace.'],
  [
    /failed quota[\s\S]*must specify/,
    'The quota counts what the pod does not name: give its containers requests and limits, or the namespace a LimitRange with defaults.',
  ],
  [/(maximum|minimum) (cpu|memory|ephemeral-storage|storage) usage per/, "Stay within the namespace's LimitRange, or change it."],
  [/violates PodSecurity/, "Give the pod the securityContext that the namespace's Pod Security level asks for, or loosen its label."],
  [/serviceaccount "[^"]*" not found/, 'Create the service account, or name one that there is.'],
  [/no PriorityClass with name/, 'Create the priority class, or name one that there is.'],
  [/admission webhook|failed calling webhook/, 'A webhook refuses it or does not answer: see what it asks for, and that its service runs.'],
  [/ValidatingAdmissionPolicy/, 'A policy of the cluster refuses it: do what its message asks.'],
  [/is forbidden/, 'Admission refuses it: do what the message asks.'],
]

function refusal(text: string): Finding {
  const advice = refusals.find(([words]) => words.test(text))?.[1]
  return advice ? { text, advice } : { text }
}

/** The same refusal is told of each try, and only the names drawn for the pods part. */
function unique(findings: readonly Finding[]): Finding[] {
  const essence = (text: string): string => text.replace(/^Error creating: /, '').replace(/pods "[^"]*"/, 'pods')
  const seen = new Map<string, Finding>()
  for (const each of findings) if (!seen.has(essence(each.text))) seen.set(essence(each.text), each)
  return [...seen.values()]
}
