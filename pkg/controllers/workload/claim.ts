/**
 * Adoption and release: a controller owns the objects that its selector matches and nobody else controls
 * (upstream's ControllerRefManager).
 */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isInvalid, isNotFound } from '#apimachinery/status-error.ts'
import type { LabelPredicate } from '#client/selector.ts'
import type { Client } from '#client/types.ts'
import { controllerOf, controllerRef } from './owner.ts'

export interface ClaimOptions<T extends KubeObject> {
  readonly client: Client
  /** The kind of what is claimed. */
  readonly resource: ResourceRef<T>
  readonly owner: KubeObject
  readonly ownerResource: ResourceRef
  readonly matches: LabelPredicate
  /** Adopt at all? Default yes. */
  readonly mayAdopt?: (object: T) => boolean
  readonly finalizers?: readonly string[]
}

/** Those of `candidates` that are the owner's now. */
export async function claim<T extends KubeObject>(candidates: readonly T[], options: ClaimOptions<T>): Promise<T[]> {
  const { owner, matches, mayAdopt = () => true } = options
  const claimed: T[] = []
  let adoptable: Promise<void> | undefined
  for (const object of candidates) {
    const controller = controllerOf(object)
    if (controller && controller.uid !== owner.metadata.uid) continue
    if (controller) {
      if (matches(object.metadata.labels)) claimed.push(object)
      else if (!owner.metadata.deletionTimestamp) await release(object, options)
      continue
    }
    if (owner.metadata.deletionTimestamp || object.metadata.deletionTimestamp) continue
    if (!matches(object.metadata.labels) || !mayAdopt(object)) continue
    adoptable ??= assertAlive(options)
    await adoptable
    if (await adopt(object, options)) claimed.push(object)
  }
  return claimed
}

/** The cache may be late: look whether the owner still is, as itself, and is not being deleted, before it adopts anything. */
async function assertAlive({ client, owner, ownerResource }: ClaimOptions<any>): Promise<void> {
  const { namespace, name, uid } = owner.metadata
  const fresh = await client.get(ownerResource, { namespace, name })
  if (fresh.metadata.uid !== uid) {
    throw new Error(`original ${ownerResource.kind} ${namespace}/${name} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`)
  }
  if (fresh.metadata.deletionTimestamp) {
    throw new Error(`can't adopt ${ownerResource.kind}: ${namespace}/${name} has just been deleted at ${fresh.metadata.deletionTimestamp}`)
  }
}

async function adopt(object: KubeObject, { client, resource, owner, ownerResource, finalizers = [] }: ClaimOptions<any>): Promise<boolean> {
  const { namespace, name, uid } = object.metadata
  const patch = { metadata: { uid, ownerReferences: [controllerRef(owner, ownerResource)], ...(finalizers.length > 0 ? { finalizers } : {}) } }
  try {
    await client.patch(resource, { namespace, name }, patch, { type: 'strategic' })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function release(object: KubeObject, { client, resource, owner, finalizers = [] }: ClaimOptions<any>): Promise<void> {
  const { namespace, name, uid } = object.metadata
  const patch = {
    metadata: {
      uid,
      ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }],
      ...(finalizers.length > 0 ? { '$deleteFromPrimitiveList/finalizers': finalizers } : {}),
    },
  }
  try {
    await client.patch(resource, { namespace, name }, patch, { type: 'strategic' })
  } catch (error) {
    // Gone already, or not ours any more.
    if (!isNotFound(error) && !isInvalid(error)) throw error
  }
}
