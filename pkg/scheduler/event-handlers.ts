/** Feeds the queue and the cluster's state from the informers, and names each change for the queueing hints. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import {
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  deviceClasses,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  resourceClaims,
  resourceSlices,
  services,
  statefulSets,
  storageClasses,
  volumeAttachments,
} from '#api/gen/resources.ts'
import { type KubeObject, keyOf, type ResourceRef } from '#apimachinery/object.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import { type ClusterEvent, labelOf } from './framework/events.ts'
import type { SchedulerMetrics } from './metrics.ts'
import type { Nominator } from './nominator.ts'
import type { SchedulingQueue } from './queue.ts'
import type { ClusterState } from './state/cluster-state.ts'
import type { Objects } from './state/objects.ts'
import { podInfoOf } from './state/pod-info.ts'

export interface Sinks {
  readonly cluster: ClusterState
  readonly queue: SchedulingQueue
  readonly nominator: Nominator
  /** Whether the pod is for one of our profiles. */
  readonly isOurs: (pod: Pod) => boolean
  readonly metrics: Pick<SchedulerMetrics, 'handled'>
}

export function objectsFrom(informers: InformerFactory): Objects {
  return {
    namespaces: informers.informer(namespaces),
    claims: informers.informer(persistentVolumeClaims),
    volumes: informers.informer(persistentVolumes),
    storageClasses: informers.informer(storageClasses),
    csiNodes: informers.informer(csiNodes),
    csiDrivers: informers.informer(csiDrivers),
    csiCapacities: informers.informer(csiStorageCapacities),
    budgets: informers.informer(podDisruptionBudgets),
    services: informers.informer(services),
    replicationControllers: informers.informer(replicationControllers),
    replicaSets: informers.informer(replicaSets),
    statefulSets: informers.informer(statefulSets),
    resourceClaims: informers.informer(resourceClaims),
    resourceSlices: informers.informer(resourceSlices),
    deviceClasses: informers.informer(deviceClasses),
  }
}

/** Answers how to stop listening. */
export function listen(informers: InformerFactory, sinks: Sinks): () => void {
  const { cluster, queue, metrics } = sinks
  const timed = (label: string, work: () => void): void => {
    const begun = performance.now()
    work()
    metrics.handled(label, (performance.now() - begun) / 1000)
  }
  const changes = <T extends KubeObject>(of: ResourceRef<T>, event: ClusterEvent) =>
    informers.informer(of).addHandler({
      onAdd: (object) => timed(labelOf(event), () => queue.changed(event, object)),
      onUpdate: (before, object) => timed(labelOf(event, before), () => queue.changed(event, object, before)),
    })
  const removals = [
    changes(namespaces, 'Namespace/Update'),
    changes(persistentVolumeClaims, 'PersistentVolumeClaim/Change'),
    changes(persistentVolumes, 'PersistentVolume/Change'),
    changes(storageClasses, 'StorageClass/Change'),
    changes(csiNodes, 'CSINode/Change'),
    changes(csiDrivers, 'CSIDriver/Change'),
    changes(csiStorageCapacities, 'CSIStorageCapacity/Change'),
    changes(resourceClaims, 'ResourceClaim/Change'),
    // A claim that goes gives its devices back.
    informers.informer(resourceClaims).addHandler({ onDelete: (claim) => queue.changed('ResourceClaim/Change', { ...claim, status: {} }, claim) }),
    changes(resourceSlices, 'ResourceSlice/Change'),
    changes(deviceClasses, 'DeviceClass/Change'),
    informers.informer(nodes).addHandler({
      onAdd: (node) =>
        timed('NodeAdd', () => {
          cluster.setNode(node)
          queue.changed('Node/Add', node)
        }),
      onUpdate: (before, node) => {
        cluster.setNode(node)
        for (const event of nodeEvents(before, node)) timed(labelOf(event, before), () => queue.changed(event, node, before))
      },
      onDelete: (node) =>
        timed('NodeDelete', () => {
          cluster.removeNode(node.metadata.name)
          queue.changed('Node/Delete', node)
        }),
    }),
    informers.informer(volumeAttachments).addHandler({ onDelete: (attachment) => queue.changed('VolumeAttachment/Delete', attachment) }),
    informers.informer(pods).addHandler({
      onAdd: (pod) => timed(`${kindOf(pod)}Add`, () => onPod(sinks, pod)),
      onUpdate: (before, pod) => timed(`${kindOf(pod)}Update`, () => onPod(sinks, pod, before)),
      onDelete: (pod) => timed(`${kindOf(pod)}Delete`, () => onGone(sinks, pod)),
    }),
  ]
  return () => {
    for (const remove of removals) remove()
  }
}

function kindOf({ spec }: Pod): string {
  return spec.nodeName ? 'AssignedPod' : 'UnschedulablePod'
}

function nodeEvents(before: Node, { metadata, spec, status }: Node): ClusterEvent[] {
  const events: ClusterEvent[] = []
  if (differ(before.status?.allocatable, status?.allocatable)) events.push('Node/UpdateAllocatable')
  if (differ(before.metadata.labels, metadata.labels)) events.push('Node/UpdateLabel')
  if ((before.spec?.unschedulable && !spec?.unschedulable) || differ(before.spec?.taints, spec?.taints)) events.push('Node/UpdateTaint')
  if (differ(before.status?.declaredFeatures, status?.declaredFeatures)) events.push('Node/UpdateDeclaredFeature')
  return events
}

function onPod(sinks: Sinks, pod: Pod, before?: Pod): void {
  const { cluster, queue, nominator } = sinks
  const key = keyOf(pod)
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (before && before.metadata.uid !== pod.metadata.uid) onGone(sinks, before)
  if (pod.spec.nodeName) {
    queue.delete(key)
    nominator.delete(key)
    if (ended) onGone(sinks, pod)
    else onPlaced(sinks, pod, before)
    return
  }
  if (ended || pod.metadata.deletionTimestamp || !sinks.isOurs(pod)) {
    // The room of one that we have bound and that goes before it starts is free; so is what was promised.
    if (cluster.placedOn(key)) onGone(sinks, pod)
    queue.delete(key)
    leaveNominated(sinks, before)
    nominator.delete(key)
    return
  }
  // We have bound it and wait for the news to arrive.
  if (cluster.placedOn(key)) return
  if (before) onChanged(sinks, pod, before)
  else {
    if (pod.status?.nominatedNodeName) nominator.set(podInfoOf(pod), pod.status.nominatedNodeName)
    queue.add(pod)
  }
}

function onChanged(sinks: Sinks, pod: Pod, before: Pod): void {
  const { queue, nominator } = sinks
  const key = keyOf(pod)
  const nominated = pod.status?.nominatedNodeName
  // What we have promised and not written yet stands.
  if (nominated) {
    if (nominator.nodeOf(key) !== nominated) nominator.set(podInfoOf(pod), nominated)
  } else if (before.status?.nominatedNodeName) nominator.delete(key)
  queue.update(pod, before, podEvents(before, pod))
  if (before.status?.nominatedNodeName !== nominated) leaveNominated(sinks, before)
}

/** Pods of no more importance counted one that was promised a node as if it stood there. */
function leaveNominated({ queue }: Sinks, before: Pod | undefined): void {
  if (!before?.status?.nominatedNodeName) return
  const { priority } = podInfoOf(before)
  queue.changed('AssignedPod/Delete', before, undefined, (info) => info.priority <= priority)
}

/** How a waiting pod changed, for the hints (upstream's PodSchedulingPropertiesChange). */
function podEvents(before: Pod, pod: Pod): ClusterEvent[] {
  const events: ClusterEvent[] = []
  if (differ(before.metadata.labels, pod.metadata.labels)) events.push('UnschedulablePod/UpdateLabel')
  if (differ(resourcesOf(before), resourcesOf(pod))) events.push('UnschedulablePod/ScaleDown')
  if ((before.spec.schedulingGates ?? []).length > 0 && (pod.spec.schedulingGates ?? []).length === 0) events.push('UnschedulablePod/GatesEliminated')
  if ((before.spec.tolerations ?? []).length !== (pod.spec.tolerations ?? []).length) events.push('UnschedulablePod/UpdateToleration')
  const claimsOf = ({ status }: Pod): unknown => [status?.resourceClaimStatuses, status?.extendedResourceClaimStatus]
  if (differ(claimsOf(before), claimsOf(pod))) events.push('UnschedulablePod/GeneratedResourceClaim')
  return events.length > 0 ? events : ['UnschedulablePod/Update']
}

function onPlaced({ cluster, queue }: Sinks, pod: Pod, before: Pod | undefined): void {
  const node = cluster.placedOn(keyOf(pod))
  if (node && node.name === pod.spec.nodeName && before?.spec.nodeName && !matters(before, pod)) return
  cluster.place(pod, pod.spec.nodeName!)
  if (!before?.spec.nodeName) queue.changed('AssignedPod/Add', pod)
  else if (differ(before.metadata.labels, pod.metadata.labels)) queue.changed('AssignedPod/UpdateLabel', pod, before)
  else if (differ(resourcesOf(before), resourcesOf(pod))) queue.changed('AssignedPod/ScaleDown', pod, before)
}

/** Most updates are of a status that scheduling does not read. */
function matters(before: Pod, pod: Pod): boolean {
  const { metadata, status } = pod
  return (
    metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    status?.startTime !== before.status?.startTime ||
    differ([before.metadata.labels, resourcesOf(before)], [metadata.labels, resourcesOf(pod)])
  )
}

function resourcesOf({ spec, status }: Pod): unknown {
  return [
    spec.containers.map(({ resources }) => resources),
    status?.containerStatuses?.map(({ resources, allocatedResources }) => [resources, allocatedResources]),
  ]
}

function onGone(sinks: Sinks, pod: Pod): void {
  const { cluster, queue, nominator } = sinks
  const key = keyOf(pod)
  queue.delete(key)
  if (!pod.spec.nodeName && nominator.nodeOf(key)) leaveNominated(sinks, pod)
  nominator.delete(key)
  if (!cluster.placedOn(key)) return
  cluster.remove(key)
  queue.changed('AssignedPod/Delete', pod)
}

function differ(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) !== JSON.stringify(b)
}
