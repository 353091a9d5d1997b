/**
 * Each API server's Lease in kube-system, by which the others know that it is there, and the end of those whose server is not.
 * Upstream: pkg/controlplane/apiserver (APIServerIdentity), pkg/controlplane/controller/apiserverleasegc.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Lease } from '#api/gen/coordination/v1.ts'
import { leases } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339Micro, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'

export interface IdentityLeaseOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly hostname: string
  readonly signal: AbortSignal
}

const namespace = 'kube-system'
const identityLabel = 'apiserver.kubernetes.io/identity'
const component = 'kube-apiserver'
const leaseSeconds = 3600
const renewMs = 10_000
const collectMs = 3_600_000

/** "apiserver-" and a digest of the host's name in base 32. */
export function apiServerId(hostname: string): string {
  return `apiserver-${base32(createHash('sha256').update(hostname).digest().subarray(0, 16))}`
}

/** Renews the Lease until the signal; what fails is tried again at the next time. */
export async function keepIdentityLease({ client, clock, log, hostname, signal }: IdentityLeaseOptions): Promise<void> {
  const name = apiServerId(hostname)
  const holderIdentity = `${name}_${randomUUID()}`
  const labels = { [identityLabel]: component, 'kubernetes.io/hostname': hostname }
  while (!signal.aborted) {
    const spec = { holderIdentity, leaseDurationSeconds: leaseSeconds, renewTime: rfc3339Micro(clock.now()) }
    try {
      const found = await client.get(leases, { namespace, name }).catch(undefinedWhenNotFound)
      if (found) await client.update(leases, { ...found, metadata: { ...found.metadata, labels: { ...found.metadata.labels, ...labels } }, spec })
      else await client.create(leases, { metadata: { namespace, name, labels }, spec })
    } catch (error) {
      if (!signal.aborted) log.warn('cannot renew the lease of this API server', { lease: name, error })
    }
    await sleep(clock, renewMs, signal).catch(() => undefined)
  }
}

/** Deletes the Leases of API servers that were not renewed in their time; every hour, as upstream. */
export async function collectIdentityLeases({ client, clock, log, signal }: Omit<IdentityLeaseOptions, 'hostname'>): Promise<void> {
  while (!signal.aborted) {
    try {
      const { items } = await client.list(leases, { namespace, labelSelector: `${identityLabel}=${component}` })
      for (const lease of items) if (isExpired(lease, clock.now())) await collect(lease, client)
    } catch (error) {
      if (!signal.aborted) log.warn('cannot look for leases of API servers that are gone', { error })
    }
    await sleep(clock, collectMs, signal).catch(() => undefined)
  }
}

async function collect({ metadata: { name, uid, resourceVersion } }: Lease, client: Client): Promise<void> {
  // One that was renewed meanwhile is not the one that we saw.
  const preconditions = { uid, ...(resourceVersion ? { resourceVersion } : {}) }
  await client.delete(leases, { namespace, name }, { preconditions }).catch(undefinedWhenNotFound)
}

function isExpired({ spec }: Lease, nowMs: number): boolean {
  if (!spec?.renewTime || spec.leaseDurationSeconds === undefined) return true
  return Date.parse(spec.renewTime) + spec.leaseDurationSeconds * 1000 < nowMs
}

function undefinedWhenNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}

function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  bits = bits.padEnd(Math.ceil(bits.length / 5) * 5, '0')
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('')
}
