/** Owner references: who controls an object, and how a controller says so. */
import { apiVersionOf, type KubeObject, type OwnerReference, parseApiVersion, type ResourceRef } from '#apimachinery/object.ts'

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((each) => each.controller === true)
}

export function controllerRef(owner: KubeObject, resource: ResourceRef): OwnerReference {
  const { name, uid } = owner.metadata
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid, controller: true, blockOwnerDeletion: true }
}

/** The key of the object's controller when it is of this kind; for mapping an object's change to its controller. */
export function controllerKey(object: KubeObject, resource: ResourceRef): string | undefined {
  const reference = controllerOf(object)
  if (!reference || reference.kind !== resource.kind || parseApiVersion(reference.apiVersion).group !== resource.group) return undefined
  return `${object.metadata.namespace}/${reference.name}`
}

/** Index values: the uid of an object's controller, or "orphan/NAMESPACE" when it has none. */
export function controllerIndex(object: KubeObject): readonly string[] {
  const reference = controllerOf(object)
  return [reference ? reference.uid : `orphan/${object.metadata.namespace}`]
}
