/** What `--wait=legacy` takes for ready: Helm 3's own rules (pkg/kube/ready.go). Kinds without a rule are ready once they are there. */
import { pods, replicaSets } from '#api/gen/resources.ts'
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import type { Client } from '#client/types.ts'
import type { Readiness } from './readiness.ts'

const ready: Readiness = { status: 'Current', message: '' }
const notYet = (message: string): Readiness => ({ status: 'InProgress', message })

/** What one look at a kind is given. */
interface Look {
  readonly client: Client
  /** --wait-for-jobs. */
  readonly jobs: boolean
}

type Rule = (live: any, look: Look) => Readiness | Promise<Readiness>

const isObserved = ({ metadata, status = {} }: any): boolean => (status.observedGeneration ?? 0) === (metadata.generation ?? 0)
const unobserved = notYet('Its controller has not looked at its last change yet')

/** Of a count or a percentage; what is neither counts as `total`. */
function scaled(value: number | string | undefined, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value
  if (value === undefined) return 0
  return /^\d+%$/.test(value) ? round((Number.parseInt(value, 10) * total) / 100) : total
}

/** As many as may be away while a Deployment rolls out. */
function mostAway({ strategy = {} }: any, replicas: number): number {
  if (strategy.type !== 'RollingUpdate' || replicas === 0) return 0
  const surge = scaled(strategy.rollingUpdate?.maxSurge, replicas, Math.ceil)
  const away = scaled(strategy.rollingUpdate?.maxUnavailable, replicas, Math.floor)
  return Math.min(surge === 0 && away === 0 ? 1 : away, replicas)
}

const withoutHash = ({ metadata = {}, ...template }: any): string => {
  const labels = Object.entries(metadata.labels ?? {}).filter(([name]) => name !== 'pod-template-hash')
  return stable({ ...template, metadata: { ...metadata, labels: Object.fromEntries(labels) } })
}

/** JSON whose keys are in order. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )
}

async function newReplicaSet(deployment: any, client: Client): Promise<any> {
  const { namespace, uid } = deployment.metadata
  const { items } = await client.list(replicaSets, { namespace, labelSelector: selectorFromLabelSelector(deployment.spec.selector).toString() })
  const wanted = withoutHash(deployment.spec.template)
  return items
    .filter(
      ({ metadata, spec }: any) => metadata.ownerReferences?.some((each: any) => each.uid === uid && each.controller) && withoutHash(spec.template) === wanted,
    )
    .toSorted((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1))[0]
}

const deployment: Rule = async (live, { client }) => {
  const { spec } = live
  if (spec.paused) return ready
  const set: any = await newReplicaSet(live, client)
  if (!set) return notYet('Its new ReplicaSet is not made yet')
  if (!isObserved(set) || !isObserved(live)) return unobserved
  const wanted = (spec.replicas ?? 1) - mostAway(spec, spec.replicas ?? 1)
  const there = set.status?.readyReplicas ?? 0
  return there < wanted ? notYet(`Ready: ${there}/${wanted}`) : ready
}

const daemonSet: Rule = (live) => {
  const { spec, status = {} } = live
  if (!isObserved(live)) return unobserved
  if (spec.updateStrategy?.type !== 'RollingUpdate') return ready
  const wanted = status.desiredNumberScheduled ?? 0
  const updated = status.updatedNumberScheduled ?? 0
  if (updated !== wanted) return notYet(`Updated: ${updated}/${wanted}`)
  const enough = wanted - scaled(spec.updateStrategy.rollingUpdate?.maxUnavailable, wanted, Math.ceil)
  const there = status.numberReady ?? 0
  return there < enough ? notYet(`Ready: ${there}/${enough}`) : ready
}

const statefulSet: Rule = (live) => {
  const { spec, status = {} } = live
  if (!isObserved(live)) return unobserved
  if (spec.updateStrategy?.type !== 'RollingUpdate') return ready
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0
  const replicas = spec.replicas ?? 1
  const [updated, there] = [status.updatedReplicas ?? 0, status.readyReplicas ?? 0]
  if (updated < replicas - partition) return notYet(`Updated: ${updated}/${replicas - partition}`)
  if (there !== replicas) return notYet(`Ready: ${there}/${replicas}`)
  return partition === 0 && status.currentRevision !== status.updateRevision ? notYet('Its update is not through yet') : ready
}

const podReady: Rule = ({ status = {} }) =>
  (status.conditions ?? []).some((each: any) => each.type === 'Ready' && each.status === 'True') ? ready : notYet('Pod is not ready')

/** Sets that no rollout tells of: their pods do. */
const setOfPods: Rule = async (live, look) => {
  if (!isObserved(live)) return unobserved
  const { selector = {} } = live.spec
  const labelSelector = selectorFromLabelSelector(live.kind === 'ReplicationController' ? { matchLabels: selector } : selector).toString()
  const { items } = await look.client.list(pods, { namespace: live.metadata.namespace, labelSelector })
  for (const pod of items) if ((await podReady(pod, look)).status !== 'Current') return notYet(`Pod ${pod.metadata.name} is not ready`)
  return ready
}

const service: Rule = ({ spec, status = {} }) => {
  if (spec.type === 'ExternalName') return ready
  if (!spec.clusterIP) return notYet('It has no cluster address')
  const isOpen = spec.type !== 'LoadBalancer' || spec.externalIPs?.length > 0 || status.loadBalancer?.ingress
  return isOpen ? ready : notYet('It has no address of a load balancer')
}

const job: Rule = ({ metadata, spec, status = {} }, { jobs }) => {
  if (!jobs) return ready
  if ((status.failed ?? 0) > (spec.backoffLimit ?? 6)) return { status: 'Failed', message: `job is failed: ${metadata.namespace}/${metadata.name}` }
  return spec.completions !== undefined && (status.succeeded ?? 0) < spec.completions
    ? notYet(`Succeeded: ${status.succeeded ?? 0}/${spec.completions}`)
    : ready
}

/** Names that collide count as ready: it is not for Helm to fail because of them. */
const crd: Rule = ({ status = {} }) =>
  (status.conditions ?? []).some(
    ({ type, status: state }: any) => (type === 'Established' && state === 'True') || (type === 'NamesAccepted' && state === 'False'),
  )
    ? ready
    : notYet('It is not established yet')

const rules: Readonly<Record<string, Rule>> = {
  'v1/Pod': podReady,
  'v1/PersistentVolumeClaim': ({ status = {} }) => (status.phase === 'Bound' ? ready : notYet(`PVC is not Bound. phase: ${status.phase ?? ''}`)),
  'v1/Service': service,
  'v1/ReplicationController': setOfPods,
  'apps/v1/ReplicaSet': setOfPods,
  'apps/v1/Deployment': deployment,
  'apps/v1/DaemonSet': daemonSet,
  'apps/v1/StatefulSet': statefulSet,
  'batch/v1/Job': job,
  'apiextensions.k8s.io/v1/CustomResourceDefinition': crd,
}

/** Whether there is a rule, and so a reason to read the object. */
export const hasLegacyRule = ({ apiVersion, kind }: any, jobs: boolean): boolean => Object.hasOwn(rules, `${apiVersion}/${kind}`) && (jobs || kind !== 'Job')

/** `Failed` ends the waiting with its message. */
export async function legacyReadiness(live: any, look: Look): Promise<Readiness> {
  return (await rules[`${live.apiVersion}/${live.kind}`]?.(live, look)) ?? ready
}
