/** Discovery: everything the server has, from its aggregated documents, or the older ones. */
import { apiVersionOf, parseApiVersion } from '#apimachinery/object.ts'
import { unauthorized } from '#apimachinery/status-error.ts'
import { failureOf } from '#client/response-error.ts'
import type { Client, RawRequest } from '#client/types.ts'
import { createCatalog } from './catalog.ts'
import type { ApiResource, Catalog } from './types.ts'

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

export interface Gathered {
  readonly resources: ApiResource[]
  readonly groupVersions: { group: string; version: string; preferred: boolean }[]
  readonly failures: Map<string, Error>
}

export async function readCatalog(client: Client, warn?: (text: string) => void): Promise<Catalog> {
  const parts = await Promise.all(
    ['/api', '/apis'].map(async (path): Promise<Gathered> => {
      const into: Gathered = { resources: [], groupVersions: [], failures: new Map() }
      const document = await getJson(client, path, accept)
      if (document.kind === 'APIGroupDiscoveryList') readAggregated(document, into)
      else await readPlain(client, document, into)
      return into
    }),
  )
  return createCatalog(
    {
      resources: parts.flatMap(({ resources }) => resources),
      groupVersions: parts.flatMap(({ groupVersions }) => groupVersions),
      failures: new Map(parts.flatMap(({ failures }) => [...failures])),
    },
    warn,
  )
}

function readAggregated(document: any, into: Gathered): void {
  for (const { metadata, versions = [] } of document.items ?? []) {
    const group: string = metadata?.name ?? ''
    for (const [index, { version, resources = [], freshness }] of versions.entries()) {
      const preferred = index === 0
      into.groupVersions.push({ group, version, preferred })
      if (freshness === 'Stale')
        into.failures.set(apiVersionOf({ group, version }), new Error(`stale GroupVersion discovery: ${apiVersionOf({ group, version })}`))
      for (const { resource, scope, responseKind, singularResource = '', shortNames = [], categories = [], verbs = [], subresources = [] } of resources) {
        into.resources.push({
          group,
          version,
          plural: resource,
          kind: responseKind?.kind ?? '',
          namespaced: scope === 'Namespaced',
          singular: singularResource,
          shortNames,
          categories,
          verbs,
          subresources: subresources.map((each: any) => each.subresource),
          preferred,
        })
      }
    }
  }
}

async function readPlain(client: Client, document: any, into: Gathered): Promise<void> {
  const groups: string[][] =
    document.kind === 'APIVersions'
      ? [document.versions ?? []]
      : (document.groups ?? []).map(({ preferredVersion, versions }: any) => {
          const all: string[] = versions.map(({ groupVersion }: any) => groupVersion)
          const first = preferredVersion?.groupVersion
          return first ? [first, ...all.filter((each) => each !== first)] : all
        })
  await Promise.all(
    groups.flatMap((versions) =>
      versions.map(async (groupVersion, index) => {
        const { group, version } = parseApiVersion(groupVersion)
        into.groupVersions.push({ group, version, preferred: index === 0 })
        try {
          const list = await getJson(client, group === '' ? `/api/${version}` : `/apis/${groupVersion}`)
          const all: any[] = list.resources ?? []
          for (const { name, kind, namespaced, verbs, singularName = '', shortNames = [], categories = [] } of all) {
            if (name.includes('/')) continue
            const subresources = all.filter((each) => each.name.startsWith(`${name}/`)).map((each) => each.name.slice(name.length + 1))
            into.resources.push({
              group,
              version,
              plural: name,
              kind,
              namespaced,
              verbs,
              singular: singularName,
              shortNames,
              categories,
              subresources,
              preferred: index === 0,
            })
          }
        } catch (error) {
          into.failures.set(groupVersion, error as Error)
        }
      }),
    ),
  )
}

async function getJson(client: Client, path: string, accepted = 'application/json'): Promise<any> {
  const request: RawRequest = { method: 'GET', path, headers: { accept: accepted } }
  const response = await client.request(request)
  // Upstream's discovery does not read the answer's own words.
  if (response.status === 401) throw unauthorized('the server has asked for the client to provide credentials')
  if (response.status >= 400) throw await failureOf(request, response)
  return JSON.parse(await response.text())
}
