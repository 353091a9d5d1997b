/** The scale of what an autoscaler points at, whatever its kind. */
import type { CrossVersionObjectReference } from '#api/gen/autoscaling/v2.ts'
import type { Scale } from '#api/gen/autoscaling/v1.ts'
import { parseApiVersion, type ResourceRef } from '#apimachinery/object.ts'
import type { Client } from '#client/types.ts'

export interface Target {
  readonly of: ResourceRef<Scale>
  readonly scale: Scale
}

/** No kind of that name is served. */
export class UnknownKindError extends Error {
  override readonly name = 'UnknownKindError'
}

export async function scaleOf(client: Client, namespace: string, reference: CrossVersionObjectReference): Promise<Target> {
  const { group, version } = parseApiVersion(reference.apiVersion ?? 'v1')
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const response = await client.request({ method: 'GET', path, headers: { accept: 'application/json' } })
  const resources: any[] = response.status === 200 ? (JSON.parse(await response.text()).resources ?? []) : []
  const found = resources.find(({ name, kind }) => kind === reference.kind && !name.includes('/'))
  if (!found) throw new UnknownKindError(`unable to determine resource for scale target reference: no matches for kind "${reference.kind}" in group "${group}"`)
  const of: ResourceRef<Scale> = { group, version, plural: found.name, kind: reference.kind, namespaced: true }
  return { of, scale: await client.get(of, { namespace, name: reference.name }, { subresource: 'scale' }) }
}
