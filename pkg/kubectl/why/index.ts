/** From an object to the causes of its trouble: in flows an object and a reader of the cluster, out flow sentences. */
import { whyAutoscaler } from './autoscaler.ts'
import { heldByBudgets, whyBudget } from './budget.ts'
import { whyDeleting } from './deletion.ts'
import { nodeCauses, warnings, whyPod } from './pod.ts'
import { whyIngress, whyService } from './service.ts'
import { whyClaim, whyVolume } from './storage.ts'
import type { Finder, Finding, Reader } from './types.ts'
import { whyCronJob, whyWorkload } from './workload.ts'

const finders: Readonly<Record<string, Finder>> = {
  Pod: whyPod,
  Deployment: whyWorkload,
  ReplicaSet: whyWorkload,
  StatefulSet: whyWorkload,
  DaemonSet: whyWorkload,
  Job: whyWorkload,
  ReplicationController: whyWorkload,
  Service: whyService,
  Ingress: whyIngress,
  PersistentVolumeClaim: whyClaim,
  PersistentVolume: whyVolume,
  CronJob: whyCronJob,
  HorizontalPodAutoscaler: whyAutoscaler,
  PodDisruptionBudget: whyBudget,
  async Node(node, reader) {
    const because = nodeCauses(node)
    if (node.spec.unschedulable)
      because.push(
        { text: 'It is cordoned: no new pods are put on it.', advice: `kubectl uncordon ${node.metadata.name}` },
        ...(await heldByBudgets(node, reader)),
      )
    return because.length === 0 ? [] : [{ text: `Node ${node.metadata.name} has troubles.`, because }]
  },
}

/** Conditions that controllers of many kinds keep, custom resources and their definitions among them. */
const good = new Set(['Ready', 'Available', 'NamesAccepted', 'Established'])
const troubles = new Set(['Stalled', 'Reconciling', 'Degraded', 'NonStructuralSchema'])

export async function why(object: any, reader: Reader): Promise<readonly Finding[]> {
  const finder = finders[object.kind]
  const found = [...(await whyDeleting(object, reader)), ...(finder ? await finder(object, reader) : [])]
  if (finder || found.length > 0) return found
  const bad = (object.status?.conditions ?? []).filter(({ type, status }: any) => (status === 'True' ? troubles.has(type) : good.has(type)))
  const because = bad.map(({ type, message, reason }: any): Finding => ({ text: `${type}: ${message || reason || 'no reason is given'}` }))
  because.push(...(await warnings(object, reader)))
  return because.length === 0 ? [] : [{ text: `${object.kind} ${object.metadata.name} is in trouble.`, because }]
}

/** Indented sentences, with what to do below them. */
export function whyText(findings: readonly Finding[], level = 0): string {
  const margin = '  '.repeat(level)
  return findings
    .map(({ text, because = [], advice }) => `${margin}${text}\n${whyText(because, level + 1)}${advice ? `${margin}  → ${advice}\n` : ''}`)
    .join('')
}
