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

export interface KubernetesServiceOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly serviceCidr: string
  readonly advertise: { readonly address: string; readonly port: number } | undefined
  readonly signal: AbortSignal
}

const intervalMs = 10_000
const key = { namespace: 'default', name: 'kubernetes' }

/** Resolves when all is there for the first time; goes on looking after it until the signal aborts. */
export async function keepKubernetesService(options: KubernetesServiceOptions): Promise<void> {
  await reconcile(options)
  void follow(options)
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
  const { client, clock, serviceCidr, advertise } = options
  await ensureDefaultServiceCidr(options)
  const targetPort = advertise?.port ?? 443
  const port = { name: 'https', port: 443, protocol: 'TCP', targetPort }
  await ensure({ client, clock }, services, {
    metadata: { ...key, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { type: 'ClusterIP', clusterIP: new AddressRange(serviceCidr).first, sessionAffinity: 'None', ports: [port] },
  })
  // Endpoints may not be in the loopback range: such a server is reached by this machine alone.
  if (!advertise || advertise.address.startsWith('127.')) return
  const ports = [{ name: 'https', port: advertise.port, protocol: 'TCP' }]
  await ensure({ client, clock }, endpoints, {
    metadata: { ...key, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: advertise.address }], ports }],
  })
  await ensure({ client, clock }, endpointSlices, {
    metadata: { ...key, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [advertise.address], conditions: { ready: true } }],
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
