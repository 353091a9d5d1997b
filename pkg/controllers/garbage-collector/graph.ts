/**
 * Who owns whom, by uid, over every kind (upstream's GraphBuilder). A node is an object that was seen, or one that is
 * only named as an owner ("virtual") and may turn out not to exist.
 */
import type { KubeObject, OwnerReference, ResourceRef } from '#apimachinery/object.ts'

export interface GraphNode {
  readonly uid: string
  /** Absent for a virtual node until its kind is known. */
  resource: ResourceRef | undefined
  apiVersion: string
  kind: string
  namespace: string | undefined
  name: string
  owners: readonly OwnerReference[]
  readonly dependents: Set<GraphNode>
  /** Only named by its dependents so far. */
  virtual: boolean
  beingDeleted: boolean
  /** Waits for its dependents: the finalizer foregroundDeletion. */
  deletingDependents: boolean
  /** Leaves its dependents: the finalizer orphan. */
  orphaning: boolean
}

export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>()

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  get size(): number {
    return this.#nodes.size
  }

  /** An object was seen; answers its node and the uids of owners that changed. */
  observe(resource: ResourceRef, object: KubeObject): { readonly node: GraphNode; readonly ownersChanged: boolean } {
    const { uid, namespace, name, ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata
    let node = this.#nodes.get(uid)
    if (!node) {
      node = makeNode(uid, object.apiVersion!, object.kind!, namespace, name)
      this.#nodes.set(uid, node)
    }
    Object.assign(node, {
      resource,
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace,
      name,
      virtual: false,
      beingDeleted: deletionTimestamp !== undefined,
      deletingDependents: deletionTimestamp !== undefined && finalizers.includes('foregroundDeletion'),
      orphaning: deletionTimestamp !== undefined && finalizers.includes('orphan'),
    })
    const ownersChanged = JSON.stringify(node.owners) !== JSON.stringify(ownerReferences)
    if (ownersChanged) this.#setOwners(node, ownerReferences)
    return { node, ownersChanged }
  }

  /** An object is gone; answers those that named it as owner. */
  remove(uid: string): GraphNode[] {
    const node = this.#nodes.get(uid)
    if (!node) return []
    this.#setOwners(node, [])
    const dependents = [...node.dependents]
    this.#nodes.delete(uid)
    return dependents
  }

  /** Dependents whose reference makes the owner wait for them. */
  blockingDependents(node: GraphNode): GraphNode[] {
    return [...node.dependents].filter(({ owners }) => owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion === true))
  }

  #setOwners(node: GraphNode, owners: readonly OwnerReference[]): void {
    for (const { uid } of node.owners) {
      const owner = this.#nodes.get(uid)
      owner?.dependents.delete(node)
      if (owner?.virtual && owner.dependents.size === 0) this.#nodes.delete(uid)
    }
    node.owners = owners
    for (const { uid, apiVersion, kind, name } of owners) {
      let owner = this.#nodes.get(uid)
      if (!owner) {
        owner = { ...makeNode(uid, apiVersion, kind, node.namespace, name), virtual: true }
        this.#nodes.set(uid, owner)
      }
      owner.dependents.add(node)
    }
  }
}

function makeNode(uid: string, apiVersion: string, kind: string, namespace: string | undefined, name: string): GraphNode {
  return {
    uid,
    resource: undefined,
    apiVersion,
    kind,
    namespace,
    name,
    owners: [],
    dependents: new Set(),
    virtual: false,
    beingDeleted: false,
    deletingDependents: false,
    orphaning: false,
  }
}
