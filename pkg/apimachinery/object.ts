/** What every API object has, and how a type of object is named. */
import type { ListMeta, ObjectMeta } from './gen/meta-v1.ts'

export type { LabelSelector, ListMeta, ObjectMeta, OwnerReference, Status } from './gen/meta-v1.ts'

/** An object in the shape of its JSON. Those read from a cache are shared: treat them as readonly. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
}

export interface KubeList<T> {
  apiVersion?: string
  kind?: string
  metadata: ListMeta
  items: T[]
}

/** An object as a writer gives it: what it leaves out, the API server fills in. */
export type Draft<T> = T extends readonly (infer E)[] ? Draft<E>[] : T extends object ? { [K in keyof T]?: Draft<T[K]> | undefined } : T

export interface GroupVersion {
  readonly group: string
  readonly version: string
}

/**
 * Names a served resource and carries its TypeScript type. Constants for the built-in ones are in
 * `#api/gen/resources.ts`; for a custom resource, write the literal.
 */
export interface ResourceRef<T extends KubeObject = KubeObject> extends GroupVersion {
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Phantom: never present at run time. */
  readonly type?: T
}

export interface ObjectKey {
  readonly namespace?: string | undefined
  readonly name: string
}

/** "v1" or "apps/v1". */
export function apiVersionOf({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`
}

export function parseApiVersion(apiVersion: string): GroupVersion {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

/** As Go prints a GroupVersionKind: "/v1, Kind=Pod". */
export function gvkText({ apiVersion = '', kind = '' }: KubeObject): string {
  const { group, version } = parseApiVersion(apiVersion)
  return `${group}/${version}, Kind=${kind}`
}

/** "namespace/name", or "name" for what is in no namespace: the key of queues and caches. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata
  return namespace ? `${namespace}/${name}` : (name ?? '')
}

export function splitKey(key: string): ObjectKey {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
