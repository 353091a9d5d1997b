/** What to do with one object, by what is true of it and its owners right now (upstream's attemptToDeleteItem). */
import type { KubeObject, OwnerReference, ResourceRef } from '#apimachinery/object.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { ControllerContext } from '#runtime/types.ts'
import type { GraphNode, OwnerGraph } from './graph.ts'

export interface AttemptOptions {
  readonly graph: OwnerGraph
  readonly context: ControllerContext
  readonly resourceOf: (apiVersion: string, kind: string) => ResourceRef | undefined
  /** Uids known not to exist. */
  readonly absent: { has(key: string): boolean; add(key: string): void }
  readonly enqueue: (node: GraphNode) => void
}

type Owners = { readonly solid: OwnerReference[]; readonly dangling: OwnerReference[]; readonly waiting: OwnerReference[] }

export async function attempt(node: GraphNode, options: AttemptOptions): Promise<void> {
  const { graph, context, enqueue } = options
  const { client } = context
  if (node.orphaning) return orphan(node, graph, client)
  if (node.beingDeleted && !node.deletingDependents) return
  const resource = node.resource ?? options.resourceOf(node.apiVersion, node.kind)
  if (!resource) throw new Error(`no resource serves ${node.apiVersion} ${node.kind}`)
  const latest = await live(client, resource, node)
  if (!latest || latest.metadata.uid !== node.uid) {
    // Only ever named by others: those that named it have a dangling owner.
    for (const dependent of node.virtual ? [...node.dependents] : []) enqueue(dependent)
    options.absent.add(absentKey(node, node.namespace))
    return
  }
  if (node.virtual) return
  if (node.deletingDependents) return letDependentsGo(node, resource, options)
  const owners = await classify(node, latest.metadata.ownerReferences ?? [], options)
  if (owners.solid.length === 0 && owners.dangling.length === 0 && owners.waiting.length === 0) return
  if (owners.solid.length > 0) {
    if (owners.dangling.length > 0 || owners.waiting.length > 0) await dropOwners(node, resource, latest, [...owners.dangling, ...owners.waiting], client)
    return
  }
  const circular = [...node.dependents].some(({ deletingDependents }) => deletingDependents)
  if (owners.waiting.length > 0 && node.dependents.size > 0) {
    // A circle of objects that wait for one another would wait for ever.
    if (circular) await unblock(node, resource, latest, client)
    return remove(node, resource, 'Foreground', latest, client)
  }
  // How its own dependents go is as it says itself.
  const finalizers = latest.metadata.finalizers ?? []
  const policy = finalizers.includes('orphan') ? 'Orphan' : finalizers.includes('foregroundDeletion') ? 'Foreground' : 'Background'
  return remove(node, resource, policy, latest, client)
}

async function live(
  client: Client,
  resource: ResourceRef,
  { namespace, name }: { namespace?: string | undefined; name: string },
): Promise<KubeObject | undefined> {
  try {
    return await client.get(resource, resource.namespaced ? { namespace, name } : { name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function classify(node: GraphNode, references: readonly OwnerReference[], options: AttemptOptions): Promise<Owners> {
  const owners: Owners = { solid: [], dangling: [], waiting: [] }
  for (const reference of references) {
    const state = await ownerState(node, reference, options)
    owners[state].push(reference)
  }
  return owners
}

async function ownerState(node: GraphNode, reference: OwnerReference, { context, resourceOf, absent, graph }: AttemptOptions): Promise<keyof Owners> {
  if (absent.has(absentKey(reference, node.namespace)) || absent.has(absentKey(reference, undefined))) return 'dangling'
  const resource = resourceOf(reference.apiVersion, reference.kind)
  if (!resource) throw new Error(`unable to get REST mapping for ${reference.apiVersion}/${reference.kind}.`)
  // An owner in a namespace cannot own what is in none.
  if (resource.namespaced && node.namespace === undefined) return 'solid'
  const known = graph.get(reference.uid)
  if (known && !known.virtual && known.namespace === (resource.namespaced ? node.namespace : undefined)) {
    return known.deletingDependents && reference.blockOwnerDeletion ? 'waiting' : known.deletingDependents ? 'waiting' : 'solid'
  }
  // It may not own what is in another namespace than its own: to the object there is no such owner.
  if (known && !known.virtual && resource.namespaced && known.namespace !== node.namespace) sayOwnerIsElsewhere(node, reference, context)
  const owner = await live(context.client, resource, { namespace: node.namespace, name: reference.name })
  if (!owner || owner.metadata.uid !== reference.uid) {
    absent.add(absentKey(reference, resource.namespaced ? node.namespace : undefined))
    return 'dangling'
  }
  const deleting = owner.metadata.deletionTimestamp !== undefined && (owner.metadata.finalizers ?? []).includes('foregroundDeletion')
  return deleting ? 'waiting' : 'solid'
}

function sayOwnerIsElsewhere({ apiVersion, kind, namespace, name, uid }: GraphNode, owner: OwnerReference, { events }: ControllerContext): void {
  const subject = { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) }
  const identity = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace ?? ''}, name: ${owner.name}, uid: ${owner.uid}]`
  events.event(subject, 'Warning', 'OwnerRefInvalidNamespace', `ownerRef ${identity} does not exist in namespace ${JSON.stringify(namespace ?? '')}`)
}

export function absentKey(
  { uid, apiVersion, kind, name }: { uid: string; apiVersion: string; kind: string; name: string },
  namespace: string | undefined,
): string {
  return [uid, apiVersion, kind, namespace ?? '', name].join('|')
}

/** Foreground: the dependents that block go first, then the finalizer. */
async function letDependentsGo(node: GraphNode, resource: ResourceRef, { graph, context, enqueue }: AttemptOptions): Promise<void> {
  const blocking = graph.blockingDependents(node)
  if (blocking.length === 0) return removeFinalizer(node, resource, 'foregroundDeletion', context.client)
  for (const dependent of blocking) if (!dependent.deletingDependents) enqueue(dependent)
}

/** Orphan: the dependents forget their owner, then the finalizer goes. */
async function orphan(node: GraphNode, graph: OwnerGraph, client: Client): Promise<void> {
  void graph
  for (const dependent of [...node.dependents]) {
    if (!dependent.resource) continue
    const latest = await live(client, dependent.resource, dependent)
    if (!latest || latest.metadata.uid !== dependent.uid) continue
    const dropped = (latest.metadata.ownerReferences ?? []).filter(({ uid }) => uid === node.uid)
    if (dropped.length > 0) await dropOwners(dependent, dependent.resource, latest, dropped, client)
  }
  await removeFinalizer(node, node.resource!, 'orphan', client)
}

async function dropOwners(node: GraphNode, resource: ResourceRef, latest: KubeObject, dropped: readonly OwnerReference[], client: Client): Promise<void> {
  const gone = new Set(dropped.map(({ uid }) => uid))
  const ownerReferences = (latest.metadata.ownerReferences ?? []).filter(({ uid }) => !gone.has(uid))
  await patchMetadata(node, resource, latest, { ownerReferences }, client)
}

async function unblock(node: GraphNode, resource: ResourceRef, latest: KubeObject, client: Client): Promise<void> {
  const ownerReferences = (latest.metadata.ownerReferences ?? []).map((each) => ({ ...each, blockOwnerDeletion: false }))
  await patchMetadata(node, resource, latest, { ownerReferences }, client)
}

async function removeFinalizer(node: GraphNode, resource: ResourceRef, finalizer: string, client: Client): Promise<void> {
  const latest = await live(client, resource, node)
  if (!latest || latest.metadata.uid !== node.uid) return
  const current = latest.metadata.finalizers ?? []
  if (!current.includes(finalizer)) return
  await patchMetadata(node, resource, latest, { finalizers: current.filter((each) => each !== finalizer) }, client)
}

/** A merge patch bound to the version that was read: a change meanwhile is a conflict and a retry. */
async function patchMetadata({ namespace, name }: GraphNode, resource: ResourceRef, latest: KubeObject, change: object, client: Client): Promise<void> {
  const { uid, resourceVersion } = latest.metadata
  try {
    await client.patch(resource, resource.namespaced ? { namespace, name } : { name }, { metadata: { uid, resourceVersion, ...change } }, { type: 'merge' })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function remove(
  { namespace, name, uid }: GraphNode,
  resource: ResourceRef,
  propagationPolicy: 'Foreground' | 'Background' | 'Orphan',
  latest: KubeObject,
  client: Client,
): Promise<void> {
  try {
    // Bound to the owners we judged by: one that was adopted meanwhile is not to be deleted.
    const { resourceVersion } = latest.metadata
    const preconditions = { uid, ...(resourceVersion ? { resourceVersion } : {}) }
    await client.delete(resource, resource.namespaced ? { namespace, name } : { name }, { propagationPolicy, preconditions })
  } catch (error) {
    if (isNotFound(error)) return
    if (isConflict(error)) throw error
    throw error
  }
}
