/**
 * Whether each APIService can be used, told in its condition Available. Upstream: kube-aggregator's local and remote
 * AvailableConditionControllers.
 */
import type { APIService } from '#api/gen/apiregistration/v1.ts'
import { apiServices, endpointSlices, services } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { WorkQueue } from '#client/workqueue.ts'
import type { ReadAccess } from '../cached-reader.ts'
import { slicesOf } from '../service-endpoints.ts'
import { availability, local, passed, type Verdict, withVerdict } from './conditions.ts'
import type { RemoteApi } from './remote.ts'

export interface AvailabilityOptions extends ReadAccess {
  readonly clock: Clock
  readonly log: Logger
  readonly remote: (service: APIService) => RemoteApi
  /** Counts a fall into unavailability, by name and reason. */
  readonly fell: (name: string, reason: string) => void
}

/** What nothing tells of is looked at again so often. */
const resyncMs = 30_000
const attempts = 5

/** Call before the informers start; runs until the signal aborts. */
export function startAvailability(options: AvailabilityOptions, signal: AbortSignal): void {
  const { informers, clock, log } = options
  const informer = informers.informer(apiServices)
  const queue = new WorkQueue({ clock, baseDelayMs: 5, maxDelayMs: resyncMs })
  signal.addEventListener('abort', () => queue.close(), { once: true })
  const enqueue = ({ metadata }: APIService) => queue.add(metadata.name)
  informer.addHandler({ onAdd: enqueue, onUpdate: (_, service) => enqueue(service) })
  const enqueueOf = (namespace: string | undefined, name: string | undefined) => {
    for (const service of informer.list()) if (service.spec.service?.name === name && service.spec.service?.namespace === namespace) enqueue(service)
  }
  const ofService = ({ metadata }: { metadata: { namespace?: string; name?: string } }) => enqueueOf(metadata.namespace, metadata.name)
  informers.informer(services).addHandler({ onAdd: ofService, onUpdate: (_, each) => ofService(each), onDelete: ofService })
  const ofSlice = ({ metadata }: { metadata: { namespace?: string; labels?: Record<string, string> } }) =>
    enqueueOf(metadata.namespace, metadata.labels?.['kubernetes.io/service-name'])
  informers.informer(endpointSlices).addHandler({ onAdd: ofSlice, onUpdate: (_, each) => ofSlice(each), onDelete: ofSlice })

  async function work(): Promise<void> {
    for (;;) {
      const name = await queue.take()
      if (name === undefined) return
      try {
        const service = informer.get(undefined, name)
        const verdict = service && (await reconcile(service, options))
        if (verdict?.reason === 'FailedDiscoveryCheck') queue.addRateLimited(name)
        else {
          queue.forget(name)
          if (service?.spec.service) queue.addAfter(name, resyncMs)
        }
      } catch (error) {
        if (!signal.aborted && !isConflict(error) && !isNotFound(error)) log.warn('the availability of an APIService cannot be told', { name, error })
        queue.addRateLimited(name)
      }
      queue.done(name)
    }
  }
  for (let worker = 0; worker < attempts; worker++) void work()
}

async function reconcile(service: APIService, options: AvailabilityOptions): Promise<Verdict> {
  const verdict = service.spec.service ? await judge(service, options) : local
  const before = availability(service)
  const conditions = withVerdict(service, verdict, options.clock.now())
  if (semanticEqual(service.status.conditions ?? [], conditions)) return verdict
  await options.client.update(apiServices, { ...service, status: { ...service.status, conditions } }, { subresource: 'status' })
  if (before?.status !== verdict.status) {
    options.log.info('the availability of an APIService changed', { name: service.metadata.name, status: verdict.status, reason: verdict.reason })
    if (verdict.status !== 'True') options.fell(service.metadata.name, verdict.reason)
  }
  return verdict
}

async function judge(apiService: APIService, { informers, remote }: AvailabilityOptions): Promise<Verdict> {
  const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message })
  const { name = '', namespace = '', port = 443 } = apiService.spec.service!
  const where = `service/${name} in ${JSON.stringify(namespace)}`
  const service = informers.informer(services).get(namespace, name)
  if (!service) return no('ServiceNotFound', `${where} is not present`)
  if (service.spec?.type === 'ClusterIP') {
    const found = service.spec.ports?.find((each) => each.port === port)
    if (!found) return no('ServicePortError', `${where} is not listening on port ${port}`)
    const slices = slicesOf(informers.informer(endpointSlices).list(namespace), name)
    if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpointslices for ${where}`)
    const portName = found.name ?? ''
    const active = slices.some(
      ({ endpoints, ports }) =>
        (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) && (ports ?? []).some((each) => (each.name ?? '') === portName && each.port),
    )
    if (!active) return no('MissingEndpoints', `endpointslices for ${where} have no addresses with port name ${JSON.stringify(portName)}`)
  }
  const failure = await discoveryFailure(remote(apiService))
  return failure === undefined ? passed : no('FailedDiscoveryCheck', failure)
}

/** Asked several times at once, because one of several endpoints may be ill; one good answer suffices. */
async function discoveryFailure(api: RemoteApi): Promise<string | undefined> {
  const check = async (): Promise<void> => {
    const address = await api.address(api.path)
    try {
      const { status } = await api.fetch(api.path)
      if (status < 200 || status >= 300) throw new Error(`bad status from ${address}: ${status}`)
    } catch (error) {
      throw new Error(`failing or missing response from ${address}: ${(error as Error).message}`, { cause: error })
    }
  }
  try {
    await Promise.any(Array.from({ length: attempts }, check))
    return undefined
  } catch (error) {
    return ((error as AggregateError).errors.at(-1) as Error).message
  }
}
