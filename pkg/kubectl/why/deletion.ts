/** Why something that was deleted is still there. */
import { humanDuration } from '#api/ages.ts'
import type { Finder, Finding } from './types.ts'

const finalizerMeanings: Readonly<Record<string, string>> = {
  'kubernetes.io/pvc-protection': 'a pod still uses the claim',
  'kubernetes.io/pv-protection': 'the volume is still bound to a claim',
  foregroundDeletion: 'the objects that it owns are deleted first',
  'customresourcecleanup.apiextensions.k8s.io': 'the objects of its kind are deleted first',
  'batch.kubernetes.io/job-tracking': 'the Job controller has not counted the pod yet',
  'resource.kubernetes.io/delete-protection': 'a pod still uses the resource claim',
  orphan: 'the objects that it owns are being set free first',
  'service.kubernetes.io/load-balancer-cleanup': 'the load balancer outside of the cluster is being removed',
}

export const whyDeleting: Finder = async (object, reader) => {
  const { metadata, kind, spec = {}, status = {} } = object
  if (!metadata.deletionTimestamp) return []
  const because: Finding[] = []
  for (const finalizer of metadata.finalizers ?? []) {
    const meaning = finalizerMeanings[finalizer]
    because.push({
      text: `The finalizer ${finalizer} holds it${meaning ? `: ${meaning}` : ': a controller has to remove it, and has not'}.`,
      ...(meaning ? {} : { advice: `See that the controller that owns ${finalizer} is running; without it the finalizer has to be removed by hand.` }),
    })
  }
  if (kind === 'Namespace') {
    if (spec.finalizers?.length > 0) because.push({ text: 'The namespace controller still removes what is in it.' })
    for (const { type, status: value, message } of status.conditions ?? [])
      if (value === 'True' && /^Namespace(Deletion|Content|Finalizers)/.test(type)) because.push({ text: sentence(message ?? type) })
    for (const { metadata: its, status: state } of await reader.list('apiregistration.k8s.io/v1', 'APIService', undefined))
      if (state?.conditions?.some((each: any) => each.type === 'Available' && each.status === 'False'))
        because.push({
          text: `The API service ${its.name} does not answer, so nobody knows what of it is in the namespace.`,
          advice: 'Bring its server up, or delete the APIService.',
        })
  }
  if (kind === 'PersistentVolumeClaim') {
    const users = (await reader.list('v1', 'Pod', metadata.namespace)).filter((pod) =>
      pod.spec.volumes?.some((each: any) => each.persistentVolumeClaim?.claimName === metadata.name),
    )
    for (const pod of users)
      because.push({ text: `Pod ${pod.metadata.name} still uses the claim.`, advice: `Delete pod ${pod.metadata.name}, or what owns it.` })
  }
  if (kind === 'Pod') {
    const left = Date.parse(metadata.deletionTimestamp) - reader.now()
    if (left > 0) because.push({ text: `Its containers have ${humanDuration(left)} left to end by themselves.` })
    else if (spec.nodeName) {
      const node = await reader.get('v1', 'Node', undefined, spec.nodeName)
      if (!node)
        because.push({
          text: `Its node ${spec.nodeName} does not exist any more, so no kubelet tells that it ended.`,
          advice: 'The pod garbage collector removes it soon; --force does so at once.',
        })
      else if (!isReady(node)) because.push({ text: `Its node ${spec.nodeName} is not ready, so its kubelet does not tell that it ended.` })
    }
  }
  const since = humanDuration(Math.max(0, reader.now() - Date.parse(metadata.deletionTimestamp)))
  return [{ text: `${kind} ${metadata.name} is being deleted, for ${since}.`, because }]
}

export function isReady(object: any): boolean {
  return (object.status?.conditions ?? []).some(({ type, status }: any) => type === 'Ready' && status === 'True')
}

export function sentence(text: string): string {
  // A probe that says nothing leaves its colon.
  const trimmed = text.trim().replace(/:$/, '')
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
