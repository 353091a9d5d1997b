/** Paths that are no resources: what is served, how well, and which version. */
import { jsonResponse, nobodysPath, notAllowedHere, pathNotFound, textResponse } from '../response.ts'
import type { DefinitionTable } from '../registry/definitions.ts'
import type { Metrics } from '../metrics.ts'
import type { Router } from '../router.ts'
import type { ApiRequest, Handler } from '../types.ts'
import { aggregatedResponse, aggregatedVersion } from './aggregated.ts'
import { type Aggregated, groupsOf, type ServedGroup } from './groups.ts'
import { type HealthCheck, healthHandler, singleCheck } from './health.ts'
import { apiVersions, groupList, oneGroup, resourceList } from './legacy.ts'
import { openApiHandler } from './openapi.ts'
import { versionInfo } from './version.ts'

export interface DiscoveryOptions {
  readonly definitions: DefinitionTable
  readonly isReady: () => boolean
  readonly isStopping: () => boolean
  /** Beside the server's own. */
  readonly checks: () => readonly HealthCheck[]
  readonly metrics: Metrics
  readonly aggregated: () => Aggregated | undefined
}

export function mountDiscovery(router: Router, options: DiscoveryOptions): Handler {
  const { definitions, isReady, isStopping, checks, metrics, aggregated } = options
  let groups: readonly ServedGroup[] = []
  let generation = ''
  const current = (): readonly ServedGroup[] => {
    const now = `${definitions.generation}/${aggregated()?.generation ?? 0}`
    if (generation !== now) {
      groups = groupsOf(definitions.all(), aggregated()?.versions())
      generation = now
    }
    return groups
  }
  const core = () => current().filter(({ name }) => name === '')
  const named = () => current().filter(({ name }) => name !== '')

  router.exact('/api', async (request) => {
    const version = aggregatedVersion(request)
    return version ? aggregatedResponse(request, version, core()) : apiVersions(request, request.headers.host ?? '')
  })
  router.exact('/apis', async (request) => {
    const version = aggregatedVersion(request)
    return version ? aggregatedResponse(request, version, named()) : groupList(request, named())
  })
  router.prefix('/openapi', openApiHandler(definitions, versionInfo.gitVersion, aggregated))
  router.exact('/version', async () => jsonResponse(200, versionInfo))
  router.exact('/metrics', async () => textResponse(200, metrics.text(), { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }))

  const ping: HealthCheck = { name: 'ping', check: () => undefined }
  const log: HealthCheck = { name: 'log', check: () => undefined }
  const store: HealthCheck = { name: 'etcd', check: () => (isReady() || !isStopping() ? undefined : 'the store is not open') }
  const bootstrapped: HealthCheck = { name: 'poststarthook/start-system-namespaces-controller', check: () => (isReady() ? undefined : 'not finished') }
  const informers: HealthCheck = { name: 'informer-sync', check: () => (isReady() ? undefined : 'caches are not loaded') }
  const stopping: HealthCheck = { name: 'shutdown', check: () => (isStopping() ? 'process is shutting down' : undefined) }
  const more = () => [bootstrapped, ...checks()]
  const endpoints: Readonly<Record<string, () => readonly HealthCheck[]>> = {
    '/healthz': () => [ping, log, store, ...more()],
    '/livez': () => [ping, log, store, ...more()],
    '/readyz': () => [ping, log, store, { ...store, name: 'etcd-readiness' }, informers, ...more(), stopping],
  }
  for (const [path, those] of Object.entries(endpoints)) router.exact(path, healthHandler(path.slice(1), those))
  const oneCheck = (path: string): HealthCheck | undefined => {
    const endpoint = Object.keys(endpoints).find((each) => path.startsWith(`${each}/`))
    return endpoint ? endpoints[endpoint]!().find(({ name }) => path === `${endpoint}/${name}`) : undefined
  }
  const checkPaths = () => Object.entries(endpoints).flatMap(([path, those]) => those().map(({ name }) => `${path}/${name}`))

  /** /api/v1, /apis/GROUP and /apis/GROUP/VERSION come and go with the kinds. */
  const dynamic: Handler = async (request: ApiRequest) => {
    const segments = request.path.split('/').filter((each) => each !== '')
    if (segments.length === 0) return jsonResponse(200, { paths: [...allPaths(router, current()), ...checkPaths()].sort() })
    const check = oneCheck(request.path)
    if (check) return singleCheck(check)(request)
    if (request.method !== 'GET' && request.method !== 'HEAD' && segments.length === (segments[0] === 'api' ? 2 : 3)) throw notAllowedHere()
    if (segments[0] === 'api' && segments.length === 2) return forVersion(request, core()[0], segments[1]!)
    if (segments[0] !== 'apis') return pathNotFound()
    const group = named().find(({ name }) => name === segments[1])
    if (!group) return pathNotFound()
    if (segments.length === 2) return oneGroup(request, group)
    return segments.length === 3 ? forVersion(request, group, segments[2]!) : pathNotFound()
  }
  return dynamic
}

function forVersion(request: ApiRequest, group: ServedGroup | undefined, version: string) {
  const served = group?.versions.find((each) => each.version === version)
  if (group && served) return resourceList(request, group, served)
  throw nobodysPath()
}

function allPaths(router: Router, groups: readonly ServedGroup[]): string[] {
  const dynamic = groups.flatMap(({ name, versions }) =>
    name === '' ? versions.map(({ version }) => `/api/${version}`) : [`/apis/${name}`, ...versions.map(({ version }) => `/apis/${name}/${version}`)],
  )
  return [...new Set([...router.paths(), ...dynamic])].sort()
}
