/** /api, /apis and the lists below them. */
import type { ApiRequest, ApiResponse } from '../types.ts'
import { negotiate } from '../negotiation.ts'
import { APIGroupListSchema, APIGroupSchema, APIResourceListSchema, APIVersionsSchema } from '#apimachinery/gen/meta-v1.ts'
import { encoded } from '../registry/output.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import type { ServedGroup } from './groups.ts'
import { apiResources } from './resources.ts'

function answer(request: ApiRequest, object: object, schema: StructSchema): ApiResponse {
  return encoded(200, negotiate(request, { transforms: false, protobuf: true }), object, schema)
}

export function apiVersions(request: ApiRequest, serverAddress: string): ApiResponse {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress }]
  return answer(request, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs }, APIVersionsSchema)
}

export function groupList(request: ApiRequest, groups: readonly ServedGroup[]): ApiResponse {
  return answer(request, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupFacts) }, APIGroupListSchema)
}

export function oneGroup(request: ApiRequest, group: ServedGroup): ApiResponse {
  return answer(request, { kind: 'APIGroup', apiVersion: 'v1', ...groupFacts(group) }, APIGroupSchema)
}

function groupFacts({ name, versions }: ServedGroup) {
  const listed = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: listed, preferredVersion: listed[0] }
}

export function resourceList(request: ApiRequest, group: ServedGroup, version: ServedGroup['versions'][number]): ApiResponse {
  const groupVersion = group.name === '' ? version.version : `${group.name}/${version.version}`
  // The core list has no apiVersion of its own, as ever upstream.
  return answer(
    request,
    { kind: 'APIResourceList', ...(group.name === '' ? {} : { apiVersion: 'v1' }), groupVersion, resources: apiResources(version.definitions) },
    APIResourceListSchema,
  )
}
