/** Why a pod is pending, crashing or not ready. */
import { isReady, sentence } from './deletion.ts'
import { schedulingFindings } from './scheduling.ts'
import { whyClaim } from './storage.ts'
import type { Finder, Finding, Reader } from './types.ts'

export const whyPod: Finder = async (pod, reader) => {
  const { metadata, spec, status = {} } = pod
  const name = `Pod ${metadata.name}`
  if (status.phase === 'Succeeded') return [{ text: `${name} has ended, and succeeded.` }]
  if (status.reason === 'Evicted') return [{ text: `${name} was evicted: ${sentence(status.message ?? 'its node was short of resources')}` }]
  if (!spec.nodeName) return [{ text: `${name} is not scheduled to a node.`, because: await unscheduled(pod, reader) }]
  const findings: Finding[] = []
  const node = await reader.get('v1', 'Node', undefined, spec.nodeName)
  if (!node) findings.push({ text: `Its node ${spec.nodeName} does not exist.` })
  else if (!isReady(node)) findings.push({ text: `Its node ${spec.nodeName} is not ready.`, because: nodeCauses(node) })
  findings.push(...(await containers(pod, reader)))
  const gates = (spec.readinessGates ?? []).filter(
    ({ conditionType }: any) => !status.conditions?.some(({ type, status: value }: any) => type === conditionType && value === 'True'),
  )
  for (const { conditionType } of gates) findings.push({ text: `Its readiness gate ${conditionType} is not true: a controller outside has to set it.` })
  if (findings.length === 0 && !isReady(pod)) findings.push(...(await warnings(pod, reader)))
  if (status.phase === 'Failed') return [{ text: `${name} has failed${status.message ? `: ${sentence(status.message)}` : '.'}`, because: findings }]
  if (findings.length === 0) return []
  const state = status.phase === 'Pending' ? 'is pending on' : isReady(pod) ? 'is ready, but not well, on' : 'is not ready on'
  return [{ text: `${name} ${state} node ${spec.nodeName}.`, because: findings }]
}

/** A container that was started again so lately is not taken for well, even while it runs. */
const recentMs = 10 * 60_000

async function unscheduled(pod: any, reader: Reader): Promise<Finding[]> {
  const { spec, status = {}, metadata } = pod
  const because: Finding[] = []
  for (const { name } of spec.schedulingGates ?? []) because.push({ text: `The scheduling gate ${name} holds it until a controller removes the gate.` })
  for (const volume of spec.volumes ?? []) {
    const claimName = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${metadata.name}-${volume.name}` : undefined)
    if (!claimName) continue
    const claim = await reader.get('v1', 'PersistentVolumeClaim', metadata.namespace, claimName)
    if (!claim) because.push({ text: `Its claim ${claimName} does not exist.`, advice: `Create the PersistentVolumeClaim ${claimName}.` })
    else because.push(...(await whyClaim(claim, reader)))
  }
  const condition = status.conditions?.find(({ type }: any) => type === 'PodScheduled')
  const message = condition?.message ?? (await reader.events(pod)).findLast(({ reason }) => reason === 'FailedScheduling')?.message
  if (message) because.push(...(await schedulingFindings(pod, message, reader)))
  if (because.length > 0) return because
  const scheduler = spec.schedulerName ?? 'default-scheduler'
  return [{ text: `No scheduler has looked at it yet; it asks for ${scheduler}.`, advice: `See that the scheduler ${scheduler} is running.` }]
}

export function nodeCauses(node: any): Finding[] {
  const because: Finding[] = []
  for (const { type, status, reason, message } of node.status?.conditions ?? []) {
    if (type === 'Ready' && status !== 'True') because.push({ text: `Ready is ${status}: ${sentence(message || reason || 'no reason is given')}` })
    if (type !== 'Ready' && status === 'True') because.push({ text: `${type}: ${sentence(message || reason || 'no reason is given')}` })
  }
  return because
}

async function containers(pod: any, reader: Reader): Promise<Finding[]> {
  const { spec, status = {} } = pod
  const findings: Finding[] = []
  for (const [list, statuses, word] of [
    [spec.initContainers ?? [], status.initContainerStatuses ?? [], 'Init container'],
    [spec.containers ?? [], status.containerStatuses ?? [], 'Container'],
  ] as const) {
    for (const container of list) {
      const its = statuses.find(({ name }: any) => name === container.name)
      if (!its) continue
      findings.push(...(await containerFindings(pod, container, its, word, reader)))
    }
    // What comes after cannot start before the init containers are through.
    if (findings.length > 0) break
  }
  return findings
}

async function containerFindings(pod: any, container: any, status: any, word: string, reader: Reader): Promise<Finding[]> {
  const { state = {}, lastState = {}, restartCount = 0, ready } = status
  const title = `${word} ${container.name}`
  const { waiting, terminated } = state
  if (waiting?.reason === 'CrashLoopBackOff') {
    const because = await endOf(pod, container.name, lastState.terminated ?? {}, true, reader)
    return [{ text: `${title} keeps crashing; it was started again ${times(restartCount)}.`, because }]
  }
  if (waiting && /Image|Registry/.test(waiting.reason ?? '')) {
    return [
      {
        text: `${title} waits for its image ${container.image}: ${sentence(waiting.message || waiting.reason)}`,
        advice: imageAdvice(waiting.reason, waiting.message),
      },
    ]
  }
  if (waiting && waiting.reason !== 'PodInitializing' && waiting.reason !== 'ContainerCreating')
    return [
      {
        text: `${title} waits: ${waiting.reason ?? 'no reason is given'}${waiting.message ? `: ${sentence(waiting.message)}` : '.'}`,
        ...missing(waiting.message),
      },
    ]
  if (waiting) {
    const told = await warnings(pod, reader)
    return told.length > 0 ? [{ text: `${title} is not created yet.`, because: told.map((each) => ({ ...each, ...missing(each.text) })) }] : []
  }
  if (terminated && !(terminated.exitCode === 0 && word === 'Init container')) {
    if (terminated.exitCode === 0) return []
    return [{ text: `${title} has ended with exit code ${terminated.exitCode}.`, because: await endOf(pod, container.name, terminated, false, reader) }]
  }
  const findings: Finding[] = []
  if (state.running && ready === false && word === 'Container') findings.push(await notReady(pod, container, status, reader))
  const ended = lastState.terminated
  if (state.running && restartCount > 0 && ended && reader.now() - Date.parse(ended.finishedAt ?? '') < recentMs) {
    const text = `${title} runs now, but was started again ${times(restartCount)}, lastly a short while ago.`
    findings.push({ text, because: await endOf(pod, container.name, ended, true, reader) })
  }
  return findings
}

function times(count: number): string {
  return count === 1 ? '1 time' : `${count} times`
}

function imageAdvice(reason: string, message = ''): string {
  if (reason === 'InvalidImageName') return 'Mend the name of the image: it cannot be read.'
  if (reason === 'ErrImageNeverPull')
    return 'Its imagePullPolicy is Never, and the node does not have the image: load it into the cluster, or let it be pulled.'
  if (/unauthorized|authentication|denied|forbidden|40[13]\b/i.test(message)) return 'Give the pod or its service account imagePullSecrets that may read it.'
  if (/no such host|dial tcp|i\/o timeout|connection refused|deadline exceeded/i.test(message))
    return 'The node does not reach the registry: check its network, or load the image into the cluster.'
  return 'Check the name and tag of the image, and that the node may pull it (imagePullSecrets), or load it into the cluster.'
}

function missing(message = ''): { advice?: string } {
  const match = /(configmap|secret) "([^"]+)" not found/i.exec(message)
  return match ? { advice: `Create the ${match[1]} ${match[2]}, or make it optional.` } : {}
}

async function endOf(pod: any, name: string, { exitCode, reason, signal, message }: any, previous: boolean, reader: Reader): Promise<Finding[]> {
  const because: Finding[] = []
  if (reason === 'OOMKilled')
    because.push({ text: 'It used more memory than its limit and was killed.', advice: 'Raise its memory limit, or make it use less.' })
  else if (exitCode === 137) because.push({ text: 'It was killed (exit code 137): by its liveness probe, or because it did not end in time.' })
  else if (exitCode === 0)
    because.push({
      text: 'It ended with exit code 0: it did its work, but its restartPolicy starts it again.',
      advice: 'What is to end belongs into a Job; a server must not go into the background.',
    })
  else if (exitCode !== undefined) because.push({ text: `It ended with exit code ${exitCode}${signal ? ` (signal ${signal})` : ''}.` })
  if (exitCode === 126 || exitCode === 127 || reason === 'StartError')
    because.push({ text: 'Its command could not be run: the program is not in the image or not executable.' })
  if (message) because.push({ text: `It said: ${sentence(message)}` })
  const killed = (await reader.events(pod)).findLast((event) => event.reason === 'Unhealthy' && /^(Liveness|Startup)/.test(event.message ?? ''))
  if (killed)
    because.push({
      text: sentence(killed.message),
      advice: 'Its probe has it restarted: give it more time (startupProbe, failureThreshold), or mend what it asks.',
    })
  const words = message ? '' : (await reader.lastWords(pod, name, previous)).trim()
  if (words !== '') because.push({ text: `Its last words: ${words.split('\n').slice(-3).join(' | ')}` })
  return because
}

async function notReady(pod: any, container: any, status: any, reader: Reader): Promise<Finding> {
  const events = await reader.events(pod)
  const told = (kind: string): any => events.findLast((event) => event.reason === 'Unhealthy' && event.message?.startsWith(kind))
  const starting = container.startupProbe && status.started === false
  const kind = starting ? 'Startup' : 'Readiness'
  const event = told(kind)
  if (!container.readinessProbe && !starting) return { text: `Container ${container.name} runs, but is not ready yet.` }
  return {
    text: `Container ${container.name} runs, but its ${kind.toLowerCase()} probe does not succeed.`,
    because: event ? [{ text: sentence(event.message) }] : [],
  }
}

/** What happened to it that somebody thought worth a warning, the newest first, each thing once. */
export async function warnings(object: any, reader: Reader): Promise<Finding[]> {
  const texts = (await reader.events(object)).filter(({ type }) => type === 'Warning').map(({ message, reason }) => sentence(message || reason))
  return [...new Set(texts.reverse())].slice(0, 3).map((text) => ({ text }))
}
