/**
 * The aggregation layer. In: APIServices, and the Services they name. Out: group versions that other servers serve,
 * as if this one did: their paths, their discovery, their OpenAPI. Upstream: kube-aggregator.
 */
import type { APIService } from '#api/gen/apiregistration/v1.ts'
import { apiServices } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { ReadAccess } from '../cached-reader.ts'
import type { Aggregated } from '../discovery/groups.ts'
import { type ServiceEndpoints, serviceEndpoints } from '../service-endpoints.ts'
import { startAvailability } from './availability.ts'
import { isAvailable } from './conditions.ts'
import { RemoteDiscoveries } from './discovery.ts'
import { type LocalServicesOptions, localServices } from './local-services.ts'
import { RemoteOpenApi } from './openapi.ts'
import { type ProxyCertificate, RemoteApi } from './remote.ts'

export { publishAuthenticationConfig } from './authentication-config.ts'
export { localServiceSeed } from './local-services.ts'

export interface AggregatorOptions extends ReadAccess {
  readonly clock: Clock
  readonly log: Logger
  readonly kinds: LocalServicesOptions['kinds']
  /** What this server shows to the extension servers; absent: nothing. */
  readonly proxyClient?: ProxyCertificate
  /** For tests: where Services lead. */
  readonly endpoints?: ServiceEndpoints
}

export interface Aggregator extends Aggregated {
  /** After the informers have synced; answers when every local APIService is there. */
  start(signal: AbortSignal): Promise<void>
  metrics(): string[]
}

/** Registers its informers: call before the factory starts. */
export function createAggregator(options: AggregatorOptions): Aggregator {
  const { informers, clock, log, proxyClient = {} } = options
  const endpoints = options.endpoints ?? serviceEndpoints(options)
  const informer = informers.informer(apiServices)
  const locals = localServices(options)
  const remotes = new Map<string, RemoteApi>()
  const falls = new Map<string, number>()
  const openApi = new RemoteOpenApi(clock)
  let generation = 0
  const discoveries = new RemoteDiscoveries({ clock, changed: () => void generation++ })

  const key = ({ group, version }: APIService['spec']): string => `${group ?? ''}/${version ?? ''}`
  function saw(service: APIService, before?: APIService): void {
    const { spec } = service
    if (!spec.service) {
      if (before?.spec.service) forget(before)
      return
    }
    const known = remotes.get(key(spec))
    const same = known !== undefined && semanticEqual(known.service.spec, spec)
    const api = new RemoteApi(service, endpoints, proxyClient)
    if (same && isAvailable(known.service) === isAvailable(service)) return
    remotes.set(key(spec), api)
    generation++
    openApi.forget(api.name)
    discoveries.set(api)
  }
  function forget(service: APIService): void {
    if (!remotes.delete(key(service.spec))) return
    generation++
    openApi.forget(service.metadata.name)
    discoveries.remove(service.metadata.name)
  }
  informer.addHandler({ onAdd: (service) => saw(service), onUpdate: (before, service) => saw(service, before), onDelete: forget })
  const available = (): RemoteApi[] => [...remotes.values()].filter(({ service }) => isAvailable(service))

  return {
    get generation() {
      return generation
    },
    handlerOf: (groupVersion) => {
      const api = remotes.get(groupVersion)
      return api && ((request) => api.handle(request))
    },
    get size() {
      return remotes.size
    },
    versions: () =>
      [...remotes.values()].map(({ service: { metadata, spec } }) => ({
        group: spec.group ?? '',
        version: spec.version ?? '',
        priority: { group: spec.groupPriorityMinimum, version: spec.versionPriority },
        ...discoveries.of(metadata.name),
      })),
    openApiV2: () => openApi.v2(available()),
    openApiV3: () => openApi.v3(available()),
    async start(signal) {
      signal.addEventListener('abort', () => discoveries.close(), { once: true })
      const remote = (service: APIService) => {
        const known = remotes.get(key(service.spec))
        return known && semanticEqual(known.service.spec, service.spec) ? known : new RemoteApi(service, endpoints, proxyClient)
      }
      const fell = (name: string, reason: string) => {
        const label = `name="${name}",reason="${reason}"`
        falls.set(label, (falls.get(label) ?? 0) + 1)
      }
      startAvailability({ ...options, log, remote, fell }, signal)
      await locals.start(signal)
    },
    metrics() {
      const lines = ['# TYPE aggregator_unavailable_apiservice gauge']
      for (const service of informer.list()) lines.push(`aggregator_unavailable_apiservice{name="${service.metadata.name}"} ${isAvailable(service) ? 0 : 1}`)
      lines.push('# TYPE aggregator_unavailable_apiservice_total counter')
      for (const [labels, count] of falls) lines.push(`aggregator_unavailable_apiservice_total{${labels}} ${count}`)
      return lines
    },
  }
}
