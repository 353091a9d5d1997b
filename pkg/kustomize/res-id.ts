/** What names an object while it is renamed: group, version, kind, name, namespace (sigs.k8s.io/kustomize `resid`). */
import { isClusterScoped } from './kinds.ts'
import type { Gvk } from './types.ts'

export interface ResId {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly name: string
  readonly namespace: string
}

export function groupVersionOf(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

export function idOf(object: any): ResId {
  return {
    ...groupVersionOf(String(object.apiVersion ?? '')),
    kind: String(object.kind ?? ''),
    name: String(object.metadata?.name ?? ''),
    namespace: String(object.metadata?.namespace ?? ''),
  }
}

/** "Deployment.v1.apps/web.[noNs]", as errors name an object. */
export function formatId(id: ResId): string {
  return `${formatGvk(id)}/${id.name || '[noName]'}.${id.namespace || '[noNs]'}`
}

export function formatGvk({ group, version, kind }: Gvk): string {
  return `${kind || '[noKind]'}.${version || '[noVer]'}.${group || '[noGrp]'}`
}

export function clusterScoped(id: ResId): boolean {
  return isClusterScoped(id.group === '' ? id.version : `${id.group}/${id.version}`, id.kind)
}

/** No namespace and "default" are one; what is certainly cluster-scoped has none. */
export function effectiveNamespace(id: ResId): string {
  return clusterScoped(id) ? '_non_namespaceable_' : id.namespace || 'default'
}

export function sameId(a: ResId, b: ResId): boolean {
  return sameGvkAndName(a, b) && effectiveNamespace(a) === effectiveNamespace(b)
}

export function sameGvkAndName(a: ResId, b: ResId): boolean {
  return a.name === b.name && a.kind === b.kind && a.version === b.version && a.group === b.group
}

/** Empty parts of the selector match anything. */
export function selectedByGvk(id: Gvk, selector: Gvk): boolean {
  return (
    (!selector.group || selector.group === id.group) && (!selector.version || selector.version === id.version) && (!selector.kind || selector.kind === id.kind)
  )
}

export function selectedById(id: ResId, selector: Gvk & { readonly name?: string; readonly namespace?: string }): boolean {
  if (selector.name && selector.name !== id.name) return false
  if (selector.namespace && effectiveNamespace({ ...id, namespace: selector.namespace }) !== effectiveNamespace(id)) return false
  return selectedByGvk(id, selector)
}
