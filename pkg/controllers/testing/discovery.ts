/** Answers discovery for a fixed set of resources, for the fake client. */
import type { ResourceRef } from '#apimachinery/object.ts'
import type { RawRequest, RawResponse } from '#client/types.ts'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

export function serveDiscovery(resources: () => readonly ResourceRef[]): (request: RawRequest) => Promise<RawResponse> {
  return async ({ path }) => {
    const wantsCore = path === '/api'
    const groups = Map.groupBy(
      resources().filter(({ group }) => (group === '') === wantsCore),
      ({ group }) => group,
    )
    const items = [...groups].map(([name, all]) => ({
      metadata: { name },
      versions: [
        {
          version: all[0]!.version,
          freshness: 'Current',
          resources: all.map(({ plural, kind, namespaced }) => ({
            resource: plural,
            responseKind: { kind },
            scope: namespaced ? 'Namespaced' : 'Cluster',
            verbs,
          })),
        },
      ],
    }))
    const text = JSON.stringify({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items })
    return { status: 200, headers: {}, bytes: async () => Buffer.from(text), text: async () => text, stream: async function* () {} }
  }
}
