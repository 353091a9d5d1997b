/** Where traffic may go that must not leave the node it arrives at (externalTrafficPolicy Local). */
import type { Endpoint, EndpointSlice } from '#api/gen/discovery/v1.ts'

/** Names of the nodes with a ready endpoint; when no node has one, of those with an endpoint that still serves as it terminates. */
export function nodesWithEndpoints(slices: readonly EndpointSlice[]): ReadonlySet<string> {
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? [])
  const ready = endpoints.filter(({ conditions }) => conditions?.ready ?? true)
  return namesOf(ready.length > 0 ? ready : endpoints.filter(({ conditions }) => conditions?.serving ?? false))
}

function namesOf(endpoints: readonly Endpoint[]): ReadonlySet<string> {
  return new Set(endpoints.map(({ nodeName }) => nodeName ?? ''))
}
