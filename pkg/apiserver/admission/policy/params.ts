/** The objects that a binding hands to its policy. */
import type { ParamKind, ParamRef } from '#api/gen/admissionregistration/v1.ts'
import { formatLabelSelector } from '#apimachinery/labels.ts'
import { type KubeObject, parseApiVersion, type ResourceRef } from '#apimachinery/object.ts'
import type { Client } from '#client/types.ts'
import { liveGet } from '../../cached-reader.ts'
import type { Kinds } from '../kinds.ts'

/** Undefined: the policy takes none. Throws Error where there is no such kind. */
export function paramKindOf(kinds: Kinds, kind: ParamKind | undefined): ResourceRef<KubeObject> | undefined {
  if (!kind) return undefined
  const { group, version } = parseApiVersion(kind.apiVersion ?? '')
  const found = kinds.all().find((each) => each.group === group && each.version === version && each.kind === kind.kind)
  if (!found) throw new Error(`failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind.kind}'`)
  const { plural, namespaced } = found
  return { group, version, plural, kind: found.kind, namespaced }
}

/** One undefined: the policy takes no parameters. Empty: there are none, and the binding lets that pass. Throws Error. */
export async function collectParams(
  client: Client,
  of: ResourceRef<KubeObject> | undefined,
  ref: ParamRef | undefined,
  requestNamespace: string,
): Promise<(KubeObject | undefined)[]> {
  if (!of || !ref) return [undefined]
  const { namespaced } = of
  if (ref.namespace && !namespaced) throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  const namespace = namespaced ? ref.namespace || requestNamespace : undefined
  if (namespaced && !namespace) throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
  const params = await read(client, of, ref, namespace)
  if (params.length === 0 && ref.parameterNotFoundAction === 'Deny') throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction')
  return params
}

async function read(client: Client, of: ResourceRef<KubeObject>, { name, selector }: ParamRef, namespace: string | undefined): Promise<KubeObject[]> {
  if (name) {
    const object = await liveGet(client, of, namespace, name)
    return object ? [object] : []
  }
  const { items } = await client.list(of, { namespace, labelSelector: formatLabelSelector(selector) })
  return items.map((each) => ({ ...each, kind: of.kind, apiVersion: of.group === '' ? of.version : `${of.group}/${of.version}` }))
}
