/** apidiscovery.k8s.io/v2: all groups, versions and resources in one answer (KEP-3352). */
import { createHash } from 'node:crypto'
import type { ResourceDefinition } from '#api/types.ts'
import type { ApiRequest, ApiResponse } from '../types.ts'
import type { ServedGroup } from './groups.ts'
import { subresourcesOf, verbsOf } from './resources.ts'

/** "v2" when the client takes that form (1.36 has no other any more). */
export function aggregatedVersion({ headers }: ApiRequest): string | undefined {
  for (const clause of (headers.accept ?? '').split(',')) {
    const parts = new Map(clause.split(';').map((part) => part.trim().split('=') as [string, string]))
    if (!parts.has('application/json') || parts.get('g') !== 'apidiscovery.k8s.io' || parts.get('as') !== 'APIGroupDiscoveryList') {
      if (clause.trim().startsWith('application/json') || clause.trim() === '*/*') return undefined
      continue
    }
    const version = parts.get('v')
    if (version === 'v2') return version
  }
  return undefined
}

export function aggregatedResponse(request: ApiRequest, version: string, groups: readonly ServedGroup[]): ApiResponse {
  const body = JSON.stringify({
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(discoveryOf),
  })
  const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`
  const headers = { etag, vary: 'Accept', 'cache-control': 'public' }
  if (request.headers['if-none-match'] === etag) return { status: 304, headers }
  return { status: 200, headers: { ...headers, 'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` }, body }
}

function discoveryOf({ name, versions }: ServedGroup): object {
  return {
    metadata: name ? { name } : {},
    versions: versions.map(({ version, definitions, remote }) => ({
      version,
      resources:
        remote?.resources ??
        [...definitions]
          .sort((a, b) => (a.plural < b.plural ? -1 : 1))
          .map((definition) => {
            const { plural, group, kind, namespaced, singular, shortNames, categories } = definition
            const subresources = subresourcesOf(definition).map((each) => ({
              subresource: each.name,
              responseKind: responseKind(definition, each),
              verbs: each.verbs,
            }))
            return {
              resource: plural,
              responseKind: responseKind(definition, { group, version, kind }),
              scope: namespaced ? 'Namespaced' : 'Cluster',
              singularResource: singular,
              verbs: verbsOf(definition),
              ...(shortNames?.length ? { shortNames } : {}),
              ...(categories?.length ? { categories } : {}),
              ...(subresources.length > 0 ? { subresources } : {}),
            }
          }),
      freshness: remote?.freshness ?? 'Current',
    })),
  }
}

interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** Built-in kinds leave out a group and version that are the list's own; custom ones never do. */
function responseKind(definition: ResourceDefinition, { group, version, kind }: Kind): Kind {
  const isOwn = group === definition.group && version === definition.version
  return isOwn && !definition.custom ? { group: '', version: '', kind } : { group, version, kind }
}
