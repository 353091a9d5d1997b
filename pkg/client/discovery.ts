/** Which resources the server has: aggregated discovery in two requests, or the older documents where it is not served. */
import type { APIGroupList, APIResourceList } from '#apimachinery/gen/meta-v1.ts'
import { apiVersionOf, parseApiVersion, type ResourceRef } from '#apimachinery/object.ts'
import { groupVersionPath } from './paths.ts'
import { failureOf } from './response-error.ts'
import type { Client, RawRequest } from './types.ts'

export interface DiscoveredResource extends ResourceRef {
  readonly verbs: readonly string[]
}

export interface Discovery {
  /** Each resource in its group's preferred version; no subresources. */
  readonly resources: readonly DiscoveredResource[]
  /** By "group/version": why it could not be discovered. */
  readonly failures: ReadonlyMap<string, Error>
}

const aggregatedAccept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

export async function discover(client: Client): Promise<Discovery> {
  const resources: DiscoveredResource[] = []
  const failures = new Map<string, Error>()
  await Promise.all(
    ['/api', '/apis'].map(async (path) => {
      const document = await getJson(client, path, aggregatedAccept)
      if (document.kind === 'APIGroupDiscoveryList') readAggregated(document, resources, failures)
      else await readPlain(client, document, resources, failures)
    }),
  )
  return { resources, failures }
}

function readAggregated(document: any, resources: DiscoveredResource[], failures: Map<string, Error>): void {
  for (const { metadata, versions = [] } of document.items ?? []) {
    const group: string = metadata?.name ?? ''
    const preferred = versions[0]
    if (!preferred) continue
    if (preferred.freshness === 'Stale')
      failures.set(
        apiVersionOf({ group, version: preferred.version }),
        new Error(`stale GroupVersion discovery: ${apiVersionOf({ group, version: preferred.version })}`),
      )
    // A resource that the preferred version lacks is taken from the version that has it.
    const seen = new Set<string>()
    for (const { version, resources: listed = [] } of versions) {
      for (const { resource, scope, responseKind, verbs = [] } of listed) {
        if (seen.has(resource)) continue
        seen.add(resource)
        resources.push({ group, version, plural: resource, kind: responseKind?.kind ?? '', namespaced: scope === 'Namespaced', verbs })
      }
    }
  }
}

async function readPlain(client: Client, document: any, resources: DiscoveredResource[], failures: Map<string, Error>): Promise<void> {
  const groups: string[][] =
    document.kind === 'APIVersions'
      ? [document.versions ?? []]
      : ((document as APIGroupList).groups ?? []).map(({ preferredVersion, versions }) => {
          const all = versions.map(({ groupVersion }) => groupVersion)
          return preferredVersion?.groupVersion ? [preferredVersion.groupVersion, ...all.filter((each) => each !== preferredVersion.groupVersion)] : all
        })
  await Promise.all(
    groups.map(async (versions) => {
      const seen = new Set<string>()
      for (const groupVersion of versions) {
        try {
          const { group, version } = parseApiVersion(groupVersion)
          const list: APIResourceList = await getJson(client, groupVersionPath({ group, version }))
          for (const { name, kind, namespaced, verbs } of list.resources) {
            if (name.includes('/') || seen.has(name)) continue
            seen.add(name)
            resources.push({ group, version, plural: name, kind, namespaced, verbs })
          }
        } catch (error) {
          failures.set(groupVersion, error as Error)
        }
      }
    }),
  )
}

async function getJson(client: Client, path: string, accept = 'application/json'): Promise<any> {
  const request: RawRequest = { method: 'GET', path, headers: { accept } }
  const response = await client.request(request)
  if (response.status >= 400) throw await failureOf(request, response)
  return JSON.parse(await response.text())
}
