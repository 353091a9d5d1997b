/** Paths that are no resources: what is served, how well, and which version. */
import { indentedResponse, nobodysPath, notAllowedHere, pathNotFound } from '../response.ts'
import type { DefinitionTable } from '../registry/definitions.ts'
import type { Metrics } from '../metrics.ts'
import type { Router } from '../router.ts'
import type { ApiRequest, Handler } from '../types.ts'
import { aggregatedResponse, aggregatedVersion } from './aggregated.ts'
import { type Aggregated, groupsOf, type ServedGroup } from './groups.ts'
import { type HealthCheck, healthHandler, HealthResults, singleCheck } from './health.ts'
import { apiVersions, groupList, oneGroup, resourceList } from './legacy.ts'
import { openApiHandler } from './openapi.ts'
import { versionInfo } from './version.ts'
import { flagzHandler, statuszHandler } from './zpages.ts'
import type { Clock } from '#base/clock.ts'

export interface DiscoveryOptions {
  readonly definitions: DefinitionTable
  readonly isReady: () => boolean
  readonly isStopping: () => boolean
  /** Beside the server's own. */
  readonly checks: () => readonly HealthCheck[]
  /** Of what values are kept by, which a server that has lost it should not be ended for: not of /livez. */
  readonly storageChecks: readonly HealthCheck[]
  /** Paths with fixed answers that the server has beside these. */
  readonly documents: () => readonly string[]
  readonly metrics: Metrics
  readonly aggregated: () => Aggregated | undefined
  readonly clock: Clock
  /** What the server was started with: /flagz. */
  readonly flags: Readonly<Record<string, string>>
}

export function mountDiscovery(router: Router, options: DiscoveryOptions): Handler {
  const { definitions, isReady, isStopping, checks, storageChecks, documents, metrics, aggregated, clock, flags } = options
  const startedAtMs = clock.now()
  const healthResults = new HealthResults()
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
  router.exact('/version', async () => indentedResponse(versionInfo))
  const { goVersion, gitVersion } = versionInfo
  const binaryVersion = gitVersion.replace(/^v/, '').replace(/\+.*/, '')
  router.exact(
    '/statusz',
    statuszHandler(() => ({ startedAtMs, nowMs: clock.now(), goVersion, binaryVersion })),
  )
  router.exact('/flagz', flagzHandler(flags))
  const measured = (of: { text(): string; reset(): void }): Handler => {
    const headers = { 'process-start-time-unix': String(Math.floor(startedAtMs / 1000)), 'cache-control': 'no-cache, private' }
    return async ({ method }) => {
      if (method !== 'DELETE') return { status: 200, headers: { 'content-type': metricsType, ...headers }, body: of.text() }
      of.reset()
      return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: 'metrics reset\n' }
    }
  }
  router.exact('/metrics', measured(metrics))
  router.exact('/metrics/slis', measured(healthResults))

  const ping: HealthCheck = { name: 'ping', check: () => undefined }
  const log: HealthCheck = { name: 'log', check: () => undefined }
  // The server speaks to itself within the process: there is no certificate that could run out.
  const loopback: HealthCheck = { name: 'loopback-serving-certificate', check: () => undefined }
  const store: HealthCheck = { name: 'etcd', check: () => (isReady() || !isStopping() ? undefined : 'the store is not open') }
  const bootstrapped: HealthCheck = { name: 'poststarthook/start-system-namespaces-controller', check: () => (isReady() ? undefined : 'not finished') }
  const informers: HealthCheck = { name: 'informer-sync', check: () => (isReady() ? undefined : 'caches are not loaded') }
  const stopping: HealthCheck = { name: 'shutdown', check: () => (isStopping() ? 'process is shutting down' : undefined) }
  const more = () => (checks().length > 0 ? checks() : [bootstrapped])
  const endpoints: Readonly<Record<string, () => readonly HealthCheck[]>> = {
    '/healthz': () => [ping, log, loopback, store, ...storageChecks, ...more()],
    '/livez': () => [ping, log, loopback, store, ...more()],
    '/readyz': () => [ping, log, store, { ...store, name: 'etcd-readiness' }, ...storageChecks, informers, ...more(), stopping],
  }
  for (const [path, those] of Object.entries(endpoints)) router.exact(path, healthHandler(path.slice(1), those, healthResults))
  const oneCheck = (path: string): HealthCheck | undefined => {
    const endpoint = Object.keys(endpoints).find((each) => path.startsWith(`${each}/`))
    return endpoint ? endpoints[endpoint]!().find(({ name }) => path === `${endpoint}/${name}`) : undefined
  }
  const checkPaths = () => Object.entries(endpoints).flatMap(([path, those]) => those().map(({ name }) => `${path}/${name}`))

  /** /api/v1, /apis/GROUP and /apis/GROUP/VERSION come and go with the kinds. */
  const dynamic: Handler = async (request: ApiRequest) => {
    const segments = request.path.split('/').filter((each) => each !== '')
    if (segments.length === 0 || request.path === '/index.html')
      return indentedResponse({ paths: allPaths([...router.paths(), ...checkPaths(), ...documents()], current()) })
    const check = oneCheck(request.path)
    if (check) return singleCheck(check)(request)
    if (request.method !== 'GET' && isGroupVersion(segments)) throw notAllowedHere()
    if (segments[0] === 'api' && segments.length === 2) return forVersion(request, core()[0], segments[1]!)
    if (documents().some((path) => request.path.startsWith(`${path}/`)) || segments[0] === 'version') throw nobodysPath()
    if (segments[0] !== 'apis') return pathNotFound()
    const group = named().find(({ name }) => name === segments[1])
    if (!group) return pathNotFound()
    if (segments.length === 2) return oneGroup(request, group)
    return segments.length === 3 ? forVersion(request, group, segments[2]!) : pathNotFound()
  }
  return dynamic
}

const metricsType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'

/** /api/VERSION and /apis/GROUP/VERSION, which take no method but GET. */
function isGroupVersion([first, ...rest]: readonly string[]): boolean {
  return (first === 'api' && rest.length === 1) || (first === 'apis' && rest.length === 2)
}

function forVersion(request: ApiRequest, group: ServedGroup | undefined, version: string) {
  const served = group?.versions.find((each) => each.version === version)
  if (group && served) return resourceList(request, group, served)
  throw nobodysPath()
}

/** What / lists: upstream leaves out what is for debugging, and what is below a group version. */
function allPaths(mounted: readonly string[], groups: readonly ServedGroup[]): string[] {
  const dynamic = groups.flatMap(({ name, versions }) =>
    name === '' ? versions.map(({ version }) => `/api/${version}`) : [`/apis/${name}`, ...versions.map(({ version }) => `/apis/${name}/${version}`)],
  )
  const listed = mounted.filter((path) => !/^\/(debug|apis|openapi)\//.test(path) && path !== '/openapi')
  return [...new Set([...listed, ...dynamic, '/apis/', '/openapi/v2', '/openapi/v3', '/openapi/v3/'])].sort()
}
