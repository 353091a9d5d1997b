/** What Kubernetes promises at every moment, whatever happens to its components. */
import assert from 'node:assert/strict'
import type { Pod } from '#api/gen/core/v1.ts'
import { deployments, jobs, nodes, pods, replicaSets, statefulSets } from '#api/gen/resources.ts'
import { type KubeObject, keyOf } from '#apimachinery/object.ts'
import { amountOf, podRequests } from '#scheduler/state/resources.ts'
import type { Invariant, View } from './history.ts'

export const isActive = ({ metadata, status }: Pod): boolean => !metadata.deletionTimestamp && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
const isReady = ({ status }: Pod): boolean => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
/** The controller, if it is of this kind. */
export const ownerOf = ({ metadata }: KubeObject, kind: string) => metadata.ownerReferences?.find((owner) => owner.controller && owner.kind === kind)
const ownedBy = (view: View, uid: string): Pod[] =>
  view.all(pods).filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid))

/** Made anew for each run: some remember what was. */
export function allInvariants(): Invariant[] {
  return [boundOnce, nodesNotOverfull, noPodSurplus, deploymentBounds(), statefulSetIdentity, jobCounts(), deletionIsFinal]
}

/** A pod's node is decided once and for all. */
const boundOnce: Invariant = ({ of, object, before }) => {
  if (of !== pods || !before) return
  const [was, is] = [before as Pod, object as Pod]
  if (was.metadata.uid !== is.metadata.uid || !was.spec.nodeName) return
  assert.equal(is.spec.nodeName, was.spec.nodeName, `pod ${keyOf(is)} was moved`)
}

/** What stands on a node has room there. */
const nodesNotOverfull: Invariant = ({ of, object, verb }, view) => {
  const { spec } = object as Pod
  if (of !== pods || verb === 'delete' || !spec.nodeName) return
  const node = view.get(nodes, undefined, spec.nodeName)
  if (!node) return
  const cpu = view
    .all(pods)
    .filter((pod) => pod.spec.nodeName === spec.nodeName && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed')
    .reduce((sum, pod) => sum + (podRequests(pod).get('cpu') ?? 0), 0)
  const allocatable = amountOf('cpu', node.status?.allocatable?.cpu ?? '0')
  assert.ok(cpu <= allocatable, `node ${spec.nodeName}: ${cpu} of ${allocatable} milli CPUs are promised`)
}

/** A ReplicaSet never has more pods than were ever asked of it. */
const noPodSurplus: Invariant = ({ of, object, verb }, view) => {
  if (of !== pods || verb !== 'add') return
  const owner = object.metadata.ownerReferences?.find(({ controller, kind }) => controller && kind === 'ReplicaSet')
  const set = owner && view.get(replicaSets, object.metadata.namespace, owner.name)
  if (!set || set.metadata.uid !== owner.uid) return
  const most = Number(set.metadata.annotations?.['deployment.kubernetes.io/max-replicas'] ?? set.spec.replicas ?? 1)
  const count = ownedBy(view, owner.uid).filter(isActive).length
  assert.ok(count <= most, `ReplicaSet ${keyOf(set)} has ${count} pods, ${most} at most were asked for`)
}

/** maxSurge at every moment; maxUnavailable from when all were available on. */
function deploymentBounds(): Invariant {
  const settled = new Set<string>()
  return ({ of }, view) => {
    if (of !== pods) return
    for (const deployment of view.all(deployments)) {
      const { replicas = 1, strategy, selector } = deployment.spec
      const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {}
      if (typeof maxSurge !== 'number' || typeof maxUnavailable !== 'number' || deployment.metadata.deletionTimestamp) continue
      const own = view
        .all(pods)
        .filter(({ metadata }) => metadata.namespace === deployment.metadata.namespace && matches(selector?.matchLabels ?? {}, metadata.labels ?? {}))
      const active = own.filter(isActive)
      assert.ok(active.length <= replicas + maxSurge, `Deployment ${keyOf(deployment)}: ${active.length} pods, ${replicas} and ${maxSurge} more are allowed`)
      const available = active.filter(isReady).length
      if (available >= replicas) settled.add(deployment.metadata.uid)
      if (!settled.has(deployment.metadata.uid)) continue
      assert.ok(available >= replicas - maxUnavailable, `Deployment ${keyOf(deployment)}: ${available} available, ${replicas - maxUnavailable} are promised`)
    }
  }
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** One pod an ordinal, of the ordinals that there are, and each with the set's name. */
const statefulSetIdentity: Invariant = ({ of, object, verb }, view) => {
  if (of !== pods || verb !== 'add') return
  const owner = object.metadata.ownerReferences?.find(({ controller, kind }) => controller && kind === 'StatefulSet')
  const set = owner && view.get(statefulSets, object.metadata.namespace, owner.name)
  if (!set) return
  const ordinals = ownedBy(view, owner.uid)
    .filter(isActive)
    .map(({ metadata }) => Number(metadata.name.slice(owner.name.length + 1)))
  assert.equal(new Set(ordinals).size, ordinals.length, `StatefulSet ${keyOf(set)} has two pods of one ordinal: ${ordinals}`)
  assert.ok(
    ordinals.every((each) => Number.isInteger(each) && each >= 0),
    `StatefulSet ${keyOf(set)}: ${ordinals}`,
  )
}

/** A Job counts each pod that succeeded once, takes none back, and starts no more than it may. */
function jobCounts(): Invariant {
  const succeeded = new Map<string, Set<string>>()
  return ({ of, object, before }, view) => {
    if (of === pods) {
      const owner = object.metadata.ownerReferences?.find(({ controller, kind }) => controller && kind === 'Job')
      if (!owner) return
      const known = succeeded.get(owner.uid) ?? new Set()
      succeeded.set(owner.uid, known)
      if ((object as Pod).status?.phase === 'Succeeded') known.add(object.metadata.uid)
      const job = view.get(jobs, object.metadata.namespace, owner.name)
      const active = ownedBy(view, owner.uid).filter(isActive).length
      if (job) assert.ok(active <= (job.spec.parallelism ?? 1), `Job ${keyOf(job)}: ${active} pods at once, ${job.spec.parallelism ?? 1} are allowed`)
    }
    if (of !== jobs) return
    const counted = (object as any).status?.succeeded ?? 0
    const real = succeeded.get(object.metadata.uid)?.size ?? 0
    assert.ok(counted <= real, `Job ${keyOf(object)} counts ${counted} completions of ${real}`)
    assert.ok(counted >= ((before as any)?.status?.succeeded ?? 0), `Job ${keyOf(object)} takes completions back`)
  }
}

/** Who is going does not come back. */
const deletionIsFinal: Invariant = ({ object, before, verb }) => {
  if (verb !== 'update' || !before?.metadata.deletionTimestamp || before.metadata.uid !== object.metadata.uid) return
  assert.ok(object.metadata.deletionTimestamp, `${keyOf(object)} was being deleted and is not any more`)
}
