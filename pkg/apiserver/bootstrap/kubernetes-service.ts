/** The Service `kubernetes` and the endpoints behind it (controlplane's kubernetesservice and instance reconcilers). */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { endpointSlices, endpoints, services } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists, isConflict, isInvalid, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import { ensureDefaultServiceCidr } from './default-service-cidr.ts'
import { AddressRange } from '../services/address-range.ts'
import { serviceRanges } from '../services/families.ts'
import type { ServerLeases } from './server-leases.ts'

export interface KubernetesServiceOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly serviceCidr: string
  readonly advertise: { readonly address: string; readonly port: number } | undefined
  /** Who else is there: all of them are endpoints. */
  readonly leases: ServerLeases
  readonly signal: AbortSignal
}

export interface KubernetesEndpoint {
  /** This server is going: others are to be asked from now on. Throws nothing. */
  leave(): Promise<void>
}

const intervalMs = 10_000
/** A store that does not answer holds up nobody's end. */
const maxLeaveMs = 2_000
const key = { namespace: 'default', name: 'kubernetes' }

/** Resolves when all is there for the first time; goes on looking after it until the signal aborts. */
export async function keepKubernetesService(options: KubernetesServiceOptions): Promise<KubernetesEndpoint> {
  const leaving = new AbortController()
  const signal = AbortSignal.any([options.signal, leaving.signal])
  await reconcile(options)
  let following = follow({ ...options, signal })
  return {
    async leave() {
      leaving.abort()
      await following
      following = Promise.resolve()
      const over = new AbortController()
      await Promise.race([depart(options), sleep(options.clock, maxLeaveMs, over.signal)])
      over.abort()
    },
  }
}

async function depart(options: KubernetesServiceOptions): Promise<void> {
  const { advertise, leases, log } = options
  if (!isReachable(advertise)) return
  try {
    await leases.remove(advertise.address)
    const others = await leases.addresses()
    // Who is alone leaves all as it is: without any endpoint nobody would find it when it is back.
    if (others.length > 0) await writeEndpoints(options, others, advertise.port)
  } catch (error) {
    log.warn('this server could not be taken from the endpoints of the kubernetes Service', { error })
  }
}

async function follow(options: KubernetesServiceOptions): Promise<void> {
  const { clock, log, signal } = options
  for (;;) {
    await sleep(clock, intervalMs, signal)
    if (signal.aborted) return
    try {
      await reconcile(options)
    } catch (error) {
      log.warn('the kubernetes Service could not be reconciled', { error })
    }
  }
}

async function reconcile(options: KubernetesServiceOptions): Promise<void> {
  const { client, clock, serviceCidr, advertise, leases } = options
  await ensureDefaultServiceCidr(options)
  const targetPort = advertise?.port ?? 443
  const port = { name: 'https', port: 443, protocol: 'TCP', targetPort }
  await ensure({ client, clock }, services, {
    metadata: { ...key, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: new AddressRange(serviceRanges(serviceCidr)[0]!).first,
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [port],
    },
  })
  if (!isReachable(advertise)) return
  await leases.renew(advertise.address)
  const addresses = await leases.addresses()
  if (addresses.length === 0) throw new Error('no API server IP addresses were listed in storage, refusing to erase all endpoints for the kubernetes Service')
  await writeEndpoints(options, addresses, advertise.port)
}

type Advertised = NonNullable<KubernetesServiceOptions['advertise']>

/** Endpoints may not be in the loopback range: such a server is reached by this machine alone. */
function isReachable(advertise: KubernetesServiceOptions['advertise']): advertise is Advertised {
  return advertise !== undefined && !advertise.address.startsWith('127.')
}

async function writeEndpoints({ client, clock }: KubernetesServiceOptions, addresses: readonly string[], number: number): Promise<void> {
  const ports = [{ name: 'https', port: number, protocol: 'TCP' }]
  await ensure({ client, clock }, endpoints, {
    metadata: { ...key, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }],
  })
  await ensure({ client, clock }, endpointSlices, {
    metadata: { ...key, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: addresses[0]!.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports,
  })
}

/** Another server may be making the same at this moment: between its claim of the address and its Service there is nothing to be seen. */
const attempts = 20
const retryMs = 50

async function ensure(
  { client, clock }: { readonly client: Client; readonly clock: Clock },
  of: ResourceRef<any>,
  wanted: Record<string, unknown> & { metadata: { labels: Record<string, string> } },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ensureOnce(client, of, wanted)
    } catch (error) {
      if (attempt === attempts || !(isAlreadyExists(error) || isConflict(error) || isInvalid(error))) throw error
      await sleep(clock, retryMs)
    }
  }
}

async function ensureOnce(
  client: Client,
  of: ResourceRef<any>,
  wanted: Record<string, unknown> & { metadata: { labels: Record<string, string> } },
): Promise<void> {
  let current: KubeObject & Record<string, unknown>
  try {
    current = await client.get(of, key)
  } catch (error) {
    if (!isNotFound(error)) throw error
    await client.create(of, wanted as never)
    return
  }
  const { metadata, spec, ...rest } = wanted
  // Of a Service only the ports are ours to correct.
  const next: typeof current = { ...current, ...rest }
  if (spec) next.spec = { ...(current.spec as object), ports: (spec as { ports: unknown }).ports }
  next.metadata = { ...current.metadata, labels: { ...current.metadata.labels, ...metadata.labels } }
  if (!semanticEqual(next, current)) await client.update(of, next as never)
}
