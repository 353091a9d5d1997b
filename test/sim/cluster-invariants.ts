/** What the controllers beside the workloads' promise at every moment: DaemonSets, CronJobs, volumes, and who must never be collected. */
import assert from 'node:assert/strict'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/gen/core/v1.ts'
import { cronJobs, jobs, persistentVolumeClaims, persistentVolumes, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { Invariant, View } from './history.ts'
import { isActive, ownerOf } from './invariants.ts'

/** Made anew for each run. */
export function clusterInvariants(): Invariant[] {
  return [onePodANode, forbidIsKept, bindingIsOneToOne, livingOwnersKeepTheirs]
}

/** A DaemonSet without surge never has two pods for one node. */
const onePodANode: Invariant = ({ of, object, verb }, view) => {
  const owner = ownerOf(object, 'DaemonSet')
  if (of !== pods || verb !== 'add' || !owner) return
  const nodes = view
    .all(pods)
    .filter((pod) => ownerOf(pod, 'DaemonSet')?.uid === owner.uid && isActive(pod))
    .map(targetOf)
  assert.equal(new Set(nodes).size, nodes.length, `DaemonSet ${owner.name} has two pods for one node: ${nodes}`)
}

function targetOf({ spec }: Pod): string {
  const [term] = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return term?.matchFields?.[0]?.values?.[0] ?? ''
}

/** A CronJob that forbids concurrency has one Job at work at a time. */
const forbidIsKept: Invariant = ({ of, object, verb }, view) => {
  const owner = ownerOf(object, 'CronJob')
  if (of !== jobs || verb !== 'add' || !owner) return
  const cronJob = view.get(cronJobs, object.metadata.namespace, owner.name)
  if (cronJob?.spec.concurrencyPolicy !== 'Forbid') return
  const atWork = view
    .all(jobs)
    .filter((job) => ownerOf(job, 'CronJob')?.uid === owner.uid && !job.metadata.deletionTimestamp)
    .filter(({ status }) => !status?.conditions?.some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True'))
  assert.ok(atWork.length <= 1, `CronJob ${keyOf(cronJob)} has ${atWork.length} Jobs at work: ${atWork.map(({ metadata }) => metadata.name)}`)
}

/** A claim keeps its volume, a volume its claim, and no two share one. */
const bindingIsOneToOne: Invariant = ({ of, object, before, verb }, view) => {
  if (verb === 'delete' || (of !== persistentVolumes && of !== persistentVolumeClaims)) return
  if (of === persistentVolumeClaims) {
    const [is, was] = [object as PersistentVolumeClaim, before as PersistentVolumeClaim | undefined]
    if (was?.spec.volumeName && was.metadata.uid === is.metadata.uid)
      assert.equal(is.spec.volumeName, was.spec.volumeName, `claim ${keyOf(is)} changed its volume`)
    const shared = view.all(persistentVolumeClaims).filter(({ spec }) => is.spec.volumeName && spec.volumeName === is.spec.volumeName)
    assert.ok(shared.length <= 1, `volume ${is.spec.volumeName} serves ${shared.map(keyOf)}`)
    return
  }
  const [is, was] = [(object as PersistentVolume).spec.claimRef, (before as PersistentVolume | undefined)?.spec.claimRef]
  if (is?.uid && was?.uid) assert.equal(is.uid, was.uid, `volume ${object.metadata.name} changed its claim`)
}

/** Nothing with an owner that lives and is not going is deleted by the collector: only what nobody else deletes is held to it. */
const livingOwnersKeepTheirs: Invariant = ({ object, of, verb }, view) => {
  if (verb !== 'delete' || object.metadata.labels?.['sim.k8ts/kept'] === undefined) return
  const living = (object.metadata.ownerReferences ?? []).filter(({ uid }) => alive(view, uid))
  assert.equal(living.length, 0, `${of.plural} ${keyOf(object)} was deleted though ${living.map(({ kind, name }) => `${kind} ${name}`)} lives`)
}

function alive(view: View, uid: string): boolean {
  const owner = view.byUid(uid)
  return owner !== undefined && !owner.metadata.deletionTimestamp
}
