/** Describing deployments, replica sets, stateful sets, daemon sets, jobs, cron jobs. */
import { formatLabelSelector, selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { equalJson } from '#apimachinery/json-value.ts'
import { humanDuration } from '#api/ages.ts'
import type { Item } from '../../resources/types.ts'
import { listItems } from '../../resources/visit.ts'
import { builtIn } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'
import { describePodTemplate } from './pod-template.ts'
import { type Description, flatPairs, rfc1123 } from './text.ts'
import type { Describer } from './types.ts'

export const describeDeployment: Describer = async (out, item, invocation) => {
  const { metadata, spec, status = {} } = item.object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).line(0, 'CreationTimestamp:', rfc1123(metadata.creationTimestamp))
  out.map('Labels', metadata.labels).annotations(metadata.annotations).line(0, 'Selector:', formatLabelSelector(spec.selector))
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status
  out.line(
    0,
    'Replicas:',
    `${spec.replicas} desired | ${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`,
  )
  out.line(0, 'StrategyType:', spec.strategy.type).line(0, 'MinReadySeconds:', spec.minReadySeconds ?? 0)
  const { rollingUpdate } = spec.strategy
  if (rollingUpdate) out.line(0, 'RollingUpdateStrategy:', `${rollingUpdate.maxUnavailable} max unavailable, ${rollingUpdate.maxSurge} max surge`)
  describePodTemplate(out, spec.template)
  if (status.conditions?.length > 0) {
    out.line(0, 'Conditions:').line(1, 'Type', 'Status', 'Reason').line(1, '----', '------', '------')
    for (const { type, status: value, reason } of status.conditions) out.line(1, `${type} `, value, reason)
  }
  const sets = (
    await listItems(invocation, await builtIn(invocation, 'apps/v1', 'ReplicaSet'), item.namespace, { selector: formatLabelSelector(spec.selector) })
  ).filter(({ object }) => owns(item, object))
  // Of sets with the deployment's template, the oldest is the new one (upstream's findNewReplicaSet).
  const fresh = sets.toSorted(oldestFirst).find(({ object }) => equalJson(withoutHash(object.spec.template), withoutHash(spec.template)))
  const text = (list: readonly Item[]): string =>
    list.map(({ object }) => `${object.metadata.name} (${object.status?.replicas ?? 0}/${object.spec.replicas ?? 0} replicas created)`).join(', ') || '<none>'
  if (sets.length === 0) return
  out.line(0, 'OldReplicaSets:', text(sets.filter((set) => set !== fresh))).line(0, 'NewReplicaSet:', text(fresh ? [fresh] : []))
}

const owns = (item: Item, object: any): boolean =>
  object.metadata.ownerReferences?.some(({ controller, uid }: any) => controller && uid === item.object.metadata.uid) ?? false

const oldestFirst = ({ object: { metadata: a } }: Item, { object: { metadata: b } }: Item): number =>
  a.creationTimestamp === b.creationTimestamp ? (a.name < b.name ? -1 : 1) : a.creationTimestamp < b.creationTimestamp ? -1 : 1

function withoutHash(template: any): unknown {
  const { 'pod-template-hash': _, ...labels } = template.metadata?.labels ?? {}
  return { ...template, metadata: { ...template.metadata, labels } }
}

async function podCounts(invocation: Invocation, item: Item): Promise<string> {
  const { spec } = item.object
  const selector = formatLabelSelector(spec.selector)
  const counts = { Running: 0, Pending: 0, Succeeded: 0, Failed: 0 } as Record<string, number>
  for (const { object } of await listItems(invocation, await builtIn(invocation, 'v1', 'Pod'), item.namespace, { selector })) {
    if (owns(item, object)) counts[object.status?.phase ?? 'Pending'] = (counts[object.status?.phase ?? 'Pending'] ?? 0) + 1
  }
  return `${counts.Running} Running / ${counts.Pending} Waiting / ${counts.Succeeded} Succeeded / ${counts.Failed} Failed`
}

function controlledBy(out: Description, metadata: any): void {
  const owner = metadata.ownerReferences?.find(({ controller }: any) => controller)
  if (owner) out.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`)
}

export const describeReplicaSet: Describer = async (out, item, invocation) => {
  const { metadata, spec, status = {} } = item.object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).line(0, 'Selector:', formatLabelSelector(spec.selector))
  out.map('Labels', metadata.labels).annotations(metadata.annotations)
  controlledBy(out, metadata)
  out.line(0, 'Replicas:', `${status.replicas ?? 0} current / ${spec.replicas ?? 0} desired`).line(0, 'Pods Status:', await podCounts(invocation, item))
  describePodTemplate(out, spec.template)
  conditions(out, status.conditions)
}

export const describeReplicationController: Describer = async (out, item, invocation) => {
  const { metadata, spec, status = {} } = item.object
  out
    .line(0, 'Name:', metadata.name)
    .line(0, 'Namespace:', metadata.namespace)
    .line(0, 'Selector:', formatLabelSelector({ matchLabels: spec.selector ?? {} }))
  out.map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'Replicas:', `${status.replicas ?? 0} current / ${spec.replicas ?? 0} desired`)
  out.line(0, 'Pods Status:', await podCounts(invocation, { ...item, object: { ...item.object, spec: { ...spec, selector: { matchLabels: spec.selector } } } }))
  describePodTemplate(out, spec.template)
  conditions(out, status.conditions)
}

function conditions(out: Description, list: readonly any[] = []): void {
  if (list.length === 0) return
  out.line(0, 'Conditions:').line(1, 'Type', 'Status', 'Reason').line(1, '----', '------', '------')
  for (const { type, status, reason } of list) out.line(1, `${type} `, status, reason)
}

export const describeStatefulSet: Describer = async (out, item, invocation) => {
  const { metadata, spec, status = {} } = item.object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).line(0, 'CreationTimestamp:', rfc1123(metadata.creationTimestamp))
  out.line(0, 'Selector:', formatLabelSelector(spec.selector)).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'Replicas:', `${spec.replicas} desired | ${status.replicas ?? 0} total`).line(0, 'Update Strategy:', spec.updateStrategy.type)
  const { partition, maxUnavailable } = spec.updateStrategy.rollingUpdate ?? {}
  if (partition !== undefined) {
    out.line(1, 'Partition:', partition)
    if (maxUnavailable !== undefined) out.line(1, 'MaxUnavailable:', maxUnavailable)
  }
  out.line(0, 'Pods Status:', await podCounts(invocation, item))
  describePodTemplate(out, spec.template)
  const claims: any[] = spec.volumeClaimTemplates ?? []
  if (claims.length === 0) out.line(0, 'Volume Claims:', '<none>')
  else {
    out.line(0, 'Volume Claims:')
    for (const claim of claims) {
      out
        .line(1, 'Name:', claim.metadata.name)
        .line(1, 'StorageClass:', claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec.storageClassName ?? '')
        .map('Labels', claim.metadata.labels, 1)
        .map('Annotations', claim.metadata.annotations, 1)
      out.line(1, 'Capacity:', claim.spec.resources?.requests?.storage ?? '<default>').line(1, 'Access Modes:', `[${(claim.spec.accessModes ?? []).join(' ')}]`)
    }
  }
}

export const describeDaemonSet: Describer = async (out, item, invocation) => {
  const { metadata, spec, status = {} } = item.object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).line(0, 'Selector:', formatLabelSelector(spec.selector))
  out.line(0, 'Node-Selector:', flatPairs(spec.template.spec.nodeSelector)).map('Labels', metadata.labels).annotations(metadata.annotations)
  // These stand apart from the columns.
  out
    .line(0, `Desired Number of Nodes Scheduled: ${status.desiredNumberScheduled ?? 0}`)
    .line(0, `Current Number of Nodes Scheduled: ${status.currentNumberScheduled ?? 0}`)
    .line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status.updatedNumberScheduled ?? 0}`)
    .line(0, `Number of Nodes Scheduled with Available Pods: ${status.numberAvailable ?? 0}`)
    .line(0, `Number of Nodes Misscheduled: ${status.numberMisscheduled ?? 0}`)
  out.line(0, 'Pods Status:', await podCounts(invocation, item))
  describePodTemplate(out, spec.template)
}

export const describeJob: Describer = (out, { object }) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace)
  out.line(0, 'Selector:', spec.selector ? selectorFromLabelSelector(spec.selector).toString() : '')
  out.map('Labels', metadata.labels).annotations(metadata.annotations)
  controlledBy(out, metadata)
  if (spec.parallelism !== undefined) out.line(0, 'Parallelism:', spec.parallelism)
  out.line(0, 'Completions:', spec.completions ?? '<unset>')
  if (spec.completionMode) out.line(0, 'Completion Mode:', spec.completionMode)
  if (spec.suspend !== undefined) out.line(0, 'Suspend:', spec.suspend)
  if (spec.backoffLimit !== undefined) out.line(0, 'Backoff Limit:', spec.backoffLimit)
  if (spec.ttlSecondsAfterFinished !== undefined) out.line(0, 'TTL Seconds After Finished:', spec.ttlSecondsAfterFinished)
  if (status.startTime) out.line(0, 'Start Time:', rfc1123(status.startTime))
  if (status.completionTime) {
    out.line(0, 'Completed At:', rfc1123(status.completionTime))
    if (status.startTime) out.line(0, 'Duration:', humanDuration(Date.parse(status.completionTime) - Date.parse(status.startTime)))
  }
  if (spec.activeDeadlineSeconds !== undefined) out.line(0, 'Active Deadline Seconds:', `${spec.activeDeadlineSeconds}s`)
  const { active = 0, ready, succeeded = 0, failed = 0 } = status
  out.line(0, 'Pods Statuses:', `${active} Active${ready === undefined ? '' : ` (${ready} Ready)`} / ${succeeded} Succeeded / ${failed} Failed`)
  if (spec.completionMode === 'Indexed') out.line(0, 'Completed Indexes:', cappedIndexes(status.completedIndexes))
  describePodTemplate(out, spec.template)
}

/** Whole ranges, until they are longer than a reader cares for. */
function cappedIndexes(indexes = ''): string {
  if (indexes === '') return '<none>'
  const comma = indexes.indexOf(',', 50)
  return comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`
}

export const describeCronJob: Describer = (out, { object }) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'Schedule:', spec.schedule)
  out
    .line(0, 'Concurrency Policy:', spec.concurrencyPolicy)
    .line(0, 'Suspend:', spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False')
    .line(0, 'Time Zone:', spec.timeZone ?? '<unset>')
  out
    .line(0, 'Successful Job History Limit:', spec.successfulJobsHistoryLimit ?? '<unset>')
    .line(0, 'Failed Job History Limit:', spec.failedJobsHistoryLimit ?? '<unset>')
  out.line(0, 'Starting Deadline Seconds:', spec.startingDeadlineSeconds === undefined ? '<unset>' : `${spec.startingDeadlineSeconds}s`)
  const job = spec.jobTemplate.spec
  if (job.selector) out.line(0, 'Selector:', formatLabelSelector(job.selector))
  else out.line(0, 'Selector:', '<unset>')
  out.line(0, 'Parallelism:', job.parallelism ?? '<unset>').line(0, 'Completions:', job.completions ?? '<unset>')
  if (job.activeDeadlineSeconds !== undefined) out.line(0, 'Active Deadline Seconds:', `${job.activeDeadlineSeconds}s`)
  describePodTemplate(out, job.template)
  out.line(0, 'Last Schedule Time:', rfc1123(status.lastScheduleTime))
  out.line(0, 'Active Jobs:', (status.active ?? []).map(({ name }: any) => name).join(', ') || '<none>')
}
