/** Whether an object has become what it should be, as sigs.k8s.io/cli-utils (kstatus) reckons it. */

export type StatusName = 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'NotFound' | 'Unknown'

export interface Readiness {
  readonly status: StatusName
  readonly message: string
}

export type Judge = (object: any, nowMs: number) => Readiness

const current = (message: string): Readiness => ({ status: 'Current', message })
const inProgress = (message: string): Readiness => ({ status: 'InProgress', message })
const failed = (message: string): Readiness => ({ status: 'Failed', message })

const conditionsOf = (object: any): any[] => (Array.isArray(object.status?.conditions) ? object.status.conditions : [])
const count = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise)

/** The first of a row of shortfalls; `undefined` when nothing lacks. */
const firstOf = (checks: readonly (readonly [boolean, string])[]): Readiness | undefined => {
  const found = checks.find(([lacks]) => lacks)
  return found && inProgress(found[1])
}

function statefulSet({ spec = {}, status = {} }: any): Readiness {
  if (spec.updateStrategy?.type === 'OnDelete') return current('StatefulSet is using the ondelete update strategy')
  const wanted = count(spec.replicas, 1)
  const [ready, present, updated, replicas] = [status.readyReplicas, status.currentReplicas, status.updatedReplicas, status.replicas].map((each) => count(each))
  const partition = count(spec.updateStrategy?.rollingUpdate?.partition, -1)
  const lacking = firstOf([
    [wanted > replicas!, `Replicas: ${replicas}/${wanted}`],
    [wanted > ready!, `Ready: ${ready}/${wanted}`],
    [replicas! > wanted, `Pending termination: ${replicas! - wanted}`],
  ])
  if (lacking) return lacking
  if (partition !== -1) {
    if (updated! < wanted - partition) return inProgress(`updated: ${updated}/${wanted - partition}`)
    return current(`Partition rollout complete. updated: ${updated}`)
  }
  return (
    firstOf([
      [wanted > present!, `current: ${present}/${wanted}`],
      [(status.currentRevision ?? '') !== (status.updateRevision ?? ''), 'Waiting for updated revision to match current'],
    ]) ?? current(`All replicas scheduled as expected. Replicas: ${replicas}`)
  )
}

function deployment(object: any): Readiness {
  const { spec = {}, status = {} } = object
  let progressing = count(spec.progressDeadlineSeconds, 0x7fffffff) === 0x7fffffff
  let available = false
  for (const { type, status: state, reason } of conditionsOf(object)) {
    if (type === 'Progressing') {
      if (reason === 'ProgressDeadlineExceeded') return failed('Progress deadline exceeded')
      if (state === 'True' && reason === 'NewReplicaSetAvailable') progressing = true
    }
    if (type === 'Available' && state === 'True') available = true
  }
  const wanted = count(spec.replicas, 1)
  const [replicas, updated, ready, atHand] = [status.replicas, status.updatedReplicas, status.readyReplicas, status.availableReplicas].map((each) =>
    count(each),
  )
  return (
    firstOf([
      [wanted > replicas!, `Replicas: ${replicas}/${wanted}`],
      [wanted > updated!, `Updated: ${updated}/${wanted}`],
      [replicas! > wanted, `Pending termination: ${replicas! - wanted}`],
      [updated! > atHand!, `Available: ${atHand}/${updated}`],
      [wanted > ready!, `Ready: ${ready}/${wanted}`],
      [!progressing, 'ReplicaSet not Available'],
      [!available, 'Deployment not Available'],
    ]) ?? current(`Deployment is available. Replicas: ${replicas}`)
  )
}

function replicaSet(object: any): Readiness {
  const { spec = {}, status = {} } = object
  const isFailing = conditionsOf(object).some(({ type, status: state }) => type === 'ReplicaFailure' && state === 'True')
  const wanted = count(spec.replicas, 1)
  const [replicas, ready, available, labelled] = [status.replicas, status.readyReplicas, status.availableReplicas, status.fullyLabeledReplicas].map((each) =>
    count(each),
  )
  return (
    firstOf([
      [isFailing, 'Replica Failure condition. Check Pods'],
      [wanted > labelled!, `Labelled: ${labelled}/${wanted}`],
      [wanted > available!, `Available: ${available}/${wanted}`],
      [wanted > ready!, `Ready: ${ready}/${wanted}`],
      [replicas! > wanted, `Pending termination: ${replicas! - wanted}`],
    ]) ?? current(`ReplicaSet is available. Replicas: ${replicas}`)
  )
}

function daemonSet({ kind, metadata, status = {} }: any): Readiness {
  const wanted = count(status.desiredNumberScheduled, -1)
  const [present, updated, available, ready] = [status.currentNumberScheduled, status.updatedNumberScheduled, status.numberAvailable, status.numberReady].map(
    (each) => count(each),
  )
  return (
    firstOf([
      [metadata.generation === undefined, `${kind} metadata.generation not found`],
      [status.observedGeneration === undefined, `${kind} status.observedGeneration not found`],
      [wanted === -1, 'Missing .status.desiredNumberScheduled'],
      [wanted > present!, `Current: ${present}/${wanted}`],
      [wanted > updated!, `Updated: ${updated}/${wanted}`],
      [wanted > available!, `Available: ${available}/${wanted}`],
      [wanted > ready!, `Ready: ${ready}/${wanted}`],
    ]) ?? current(`All replicas scheduled as expected. Replicas: ${wanted}`)
  )
}

const scheduleWindowMs = 15_000

function pod(object: any, nowMs: number): Readiness {
  const { status = {}, metadata } = object
  switch (status.phase ?? '') {
    case 'Succeeded':
      return current('Pod has completed successfully')
    case 'Failed':
      return current('Pod has completed, but not successfully')
    case 'Running': {
      if (conditionsOf(object).some((each) => each.type === 'Ready' && each.status === 'True')) return current('Pod is Ready')
      const looping = (status.containerStatuses ?? []).filter((each: any) => each.state?.waiting?.reason === 'CrashLoopBackOff')
      if (looping.length > 0) return failed(`Containers in CrashLoop state: ${looping.map((each: any) => each.name).join(',')}`)
      return inProgress('Pod is running but is not Ready')
    }
    case 'Pending': {
      const unschedulable = conditionsOf(object).some((each) => each.type === 'PodScheduled' && each.status === 'False' && each.reason === 'Unschedulable')
      if (!unschedulable) return inProgress('Pod is in the Pending phase')
      return Date.parse(metadata.creationTimestamp) > nowMs - scheduleWindowMs ? inProgress('Pod has not been scheduled') : failed('Pod could not be scheduled')
    }
    case '':
      return inProgress('Pod phase not available')
    default:
      // Upstream keeps the error beside the status, and its waiter does not tell it.
      return { status: 'Unknown', message: '' }
  }
}

function job(object: any): Readiness {
  const { spec = {}, status = {} } = object
  const completions = count(spec.completions, count(spec.parallelism, 1))
  const ended = jobEnd(object, completions)
  if (ended) return ended
  if (!status.startTime) return inProgress('Job not started')
  return current(`Job in progress. success:${count(status.succeeded)}, active: ${count(status.active)}, failed: ${count(status.failed)}`)
}

function jobEnd(object: any, completions: number): Readiness | undefined {
  for (const { type, status } of conditionsOf(object)) {
    if (type === 'Complete' && status === 'True') return current(`Job Completed. succeeded: ${count(object.status.succeeded)}/${completions}`)
    if (type === 'Failed' && status === 'True') return failed(`Job Failed. failed: ${count(object.status.failed)}/${completions}`)
  }
  return undefined
}

function crd(object: any): Readiness {
  for (const { type, status, reason, message = '' } of conditionsOf(object)) {
    if (type === 'NamesAccepted' && status === 'False') return failed(message)
    if (type === 'Established') {
      if (status === 'False' && reason !== 'Installing') return failed(message)
      if (status === 'True') return current('CRD is established')
    }
  }
  return inProgress('Install in progress')
}

const always = (): Readiness => current('Resource is always ready')

const byKind: Readonly<Record<string, Judge>> = {
  '/Service': ({ spec = {} }) =>
    spec.type === 'LoadBalancer' && !spec.clusterIP ? inProgress('ClusterIP not set. Service type: LoadBalancer') : current('Service is ready'),
  '/Pod': pod,
  '/Secret': always,
  '/ConfigMap': always,
  '/PersistentVolumeClaim': ({ status = {} }) =>
    status.phase === 'Bound' ? current('PVC is Bound') : inProgress(`PVC is not Bound. phase: ${status.phase ?? 'unknown'}`),
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'policy/PodDisruptionBudget': () => current('AllowedDisruptions has been computed.'),
  'batch/CronJob': always,
  'batch/Job': job,
  'apiextensions.k8s.io/CustomResourceDefinition': crd,
}

const groupKind = ({ apiVersion, kind }: any): string => `${apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''}/${kind}`

function generic(object: any): Readiness | undefined {
  const { metadata, status, kind } = object
  if (metadata.deletionTimestamp) return { status: 'Terminating', message: 'Resource scheduled for deletion' }
  if (metadata.generation !== undefined && status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation)
    return inProgress(`${kind} generation is ${metadata.generation}, but latest observed generation is ${status.observedGeneration}`)
  for (const { type, status: state, message = '' } of conditionsOf(object)) {
    if (state !== 'True') continue
    if (type === 'Reconciling') return inProgress(message)
    if (type === 'Stalled') return failed(message)
  }
  return undefined
}

const keepsPods = new Set(['apps/StatefulSet', 'apps/ReplicaSet'])

/** Whether what an object is waited for may turn on its pods: kstatus looks at those of these two alone. */
export const isJudgedByPods = (object: any): boolean => keepsPods.has(groupKind(object))

/**
 * What is in progress has failed when pods of it have. Those that go away or find no node do not count: the first are
 * replaced, and for the others a node may come.
 */
export function withPods(state: Readiness, pods: readonly any[], nowMs: number): Readiness {
  if (state.status !== 'InProgress') return state
  const isUnschedulable = (each: any): boolean =>
    conditionsOf(each).some(({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable')
  const failing = pods.filter((each) => (generic(each) ?? pod(each, nowMs)).status === 'Failed' && !each.metadata.deletionTimestamp && !isUnschedulable(each))
  return failing.length > 0 ? failed(`${failing.length} pods have failed`) : state
}

/** What --wait asks of an object. */
export const readinessOf: Judge = (object, nowMs) => {
  const found = generic(object) ?? byKind[groupKind(object)]?.(object, nowMs)
  if (found) return found
  const ready = conditionsOf(object).find(({ type, status }) => type === 'Ready' && ['True', 'False', 'Unknown'].includes(status))
  if (!ready) return current('Resource is current')
  return ready.status === 'True' ? current('Resource is Ready') : inProgress(ready.message ?? '')
}

/** --wait-for-jobs: a Job has to end. */
export const withJobsDone: Judge = (object, nowMs) => (groupKind(object) === 'batch/Job' ? jobDone(object) : readinessOf(object, nowMs))

function jobDone(object: any): Readiness {
  return jobEnd(object, count(object.spec?.completions, count(object.spec?.parallelism, 1))) ?? inProgress('Job in progress')
}

function podDone({ metadata, status = {} }: any): Readiness {
  if (status.phase === 'Succeeded') return current(`pod ${metadata.name} succeeded`)
  if (status.phase === 'Failed') return failed(`pod ${metadata.name} failed`)
  return inProgress('Pod in progress')
}

/** A hook: a Job or Pod has to end well, all else is there at once. */
export const hookDone: Judge = (object) => {
  const kind = groupKind(object)
  return kind === 'batch/Job' ? jobDone(object) : kind === '/Pod' ? podDone(object) : current('Resource is current')
}
