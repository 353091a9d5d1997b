/** Why a HorizontalPodAutoscaler does not scale. */
import { sentence } from './deletion.ts'
import type { Finder, Finding } from './types.ts'

export const whyAutoscaler: Finder = async ({ metadata, spec = {}, status = {} }, reader) => {
  const { kind, name, apiVersion } = spec.scaleTargetRef ?? {}
  const because: Finding[] = []
  const target = kind && name && apiVersion ? await reader.get(apiVersion, kind, metadata.namespace, name) : undefined
  if (!target) because.push({ text: `Its target ${kind} ${name} does not exist, or may not be read.` })
  const conditions: readonly any[] = status.conditions ?? []
  if (conditions.length === 0) because.push({ text: 'No controller has looked at it yet.', advice: 'See that the controller manager is running.' })
  for (const { type, status: value, reason, message } of conditions) {
    if (type !== 'ScalingLimited' && value === 'False' && reason !== 'ScalingDisabled')
      because.push({ text: sentence(message || reason), ...adviceFor(message ?? '') })
    if (reason === 'ScalingDisabled') because.push({ text: 'Its target is scaled to zero, and it does not scale that.' })
    if (type === 'ScalingLimited' && value === 'True' && reason === 'TooManyReplicas')
      because.push({ text: `It would scale further, but maxReplicas is ${spec.maxReplicas}.`, advice: 'Raise maxReplicas, if the cluster has room.' })
  }
  return because.length === 0 ? [] : [{ text: `HorizontalPodAutoscaler ${metadata.name} does not scale freely.`, because }]
}

function adviceFor(message: string): { advice?: string } {
  if (/missing request for/.test(message)) return { advice: 'Give each container of its pods a request for that resource: utilization is a share of it.' }
  if (/custom\.metrics|external\.metrics|external metrics api|custom metrics api/i.test(message))
    return { advice: 'Install the adapter that serves these metrics.' }
  if (/metrics/.test(message)) return { advice: 'See that the metrics API answers: kubectl top pods; kubectl get apiservice v1beta1.metrics.k8s.io.' }
  return {}
}
