/** The doors beside an object's own that controllers use: status, scale, binding, eviction, token, finalize, approval. */
import type { ResourceRef } from '#apimachinery/object.ts'
import { conflict, notFound } from '#apimachinery/status-error.ts'
import type { DeleteOptions } from '../types.ts'

/** The object to store after `next` came through the door; throws NotFound for a door that the kind does not have. */
export function updateSubresource(of: ResourceRef, subresource: string, next: any, previous: any): any {
  switch (subresource) {
    case 'status':
      // The status door leaves spec alone; annotations may come through it, as with the real one.
      return { ...previous, metadata: { ...previous.metadata, annotations: next.metadata.annotations }, status: next.status }
    case 'scale':
      return { ...previous, spec: { ...previous.spec, replicas: next.spec?.replicas ?? 0 } }
    case 'finalize':
      return { ...previous, spec: { ...previous.spec, finalizers: next.spec?.finalizers ?? [] } }
    case 'approval':
      return { ...previous, status: { ...previous.status, conditions: next.status?.conditions } }
    default:
      throw notFound({ group: of.group, resource: `${of.plural}/${subresource}` }, previous.metadata.name)
  }
}

export interface CreatedThroughDoor {
  readonly answer: any
  readonly parent?: any
  readonly remove?: DeleteOptions
}

export function createSubresource(of: ResourceRef, subresource: string, object: any, parent: any): CreatedThroughDoor {
  if (subresource === 'binding') {
    if (parent.spec?.nodeName) {
      throw conflict(
        { group: '', resource: 'pods/binding' },
        parent.metadata.name,
        `pod ${parent.metadata.name} is already assigned to node "${parent.spec.nodeName}"`,
      )
    }
    const conditions = [...(parent.status?.conditions ?? []).filter((each: any) => each.type !== 'PodScheduled'), { type: 'PodScheduled', status: 'True' }]
    const { nominatedNodeName: _, ...status } = parent.status ?? {}
    const bound = { ...parent, spec: { ...parent.spec, nodeName: object.target.name }, status: { ...status, conditions } }
    return { answer: { kind: 'Status', status: 'Success' }, parent: bound }
  }
  if (subresource === 'eviction') return { answer: { kind: 'Status', status: 'Success' }, remove: object.deleteOptions ?? {} }
  if (subresource === 'token')
    return { answer: { ...object, status: { token: `token-of-${parent.metadata.name}`, expirationTimestamp: '2030-01-01T00:00:00Z' } } }
  throw notFound({ group: of.group, resource: `${of.plural}/${subresource}` }, parent.metadata.name)
}

/** Pods that no kubelet has are deleted at once. */
export function isUnscheduledOrZeroGrace(pod: any, { gracePeriodSeconds }: DeleteOptions): boolean {
  const grace = gracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  return grace === 0 || !pod.spec?.nodeName || ended
}
