/**
 * Leader election on a coordination.k8s.io Lease (client-go's leaderelection): whoever renews it leads; one that
 * is not renewed for its duration, by the observer's own clock, may be taken over.
 */
import type { Lease } from '#api/gen/coordination/v1.ts'
import { leases } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339Micro, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from './types.ts'

/** --leader-elect-lease-duration, -renew-deadline and -retry-period. Defaults: 15, 10 and 2 seconds. */
export interface LeaseTimes {
  readonly leaseDurationMs?: number
  readonly renewDeadlineMs?: number
  readonly retryPeriodMs?: number
}

export interface LeaderElectionOptions extends LeaseTimes {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly namespace: string
  readonly name: string
  /** Unique to this process. */
  readonly identity: string
  readonly random?: () => number
}

/**
 * Waits to become the leader, runs `lead` with a signal that aborts when leadership is lost, and returns when either
 * ends. Gives the lease up on the way out, so that the next leader need not wait.
 */
export async function runWithLease(options: LeaderElectionOptions, signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { clock, log, renewDeadlineMs = 10_000, retryPeriodMs = 2_000, random = Math.random } = options
  const elector = new Elector(options)
  while (!signal.aborted && !(await elector.tryAcquireOrRenew())) await sleep(clock, retryPeriodMs * (1 + random() * 1.2), signal)
  if (signal.aborted) return
  log.info('became leader', { lease: `${options.namespace}/${options.name}`, identity: options.identity })
  const lost = new AbortController()
  const renewing = (async () => {
    let renewedAt = clock.now()
    while (!signal.aborted && !lost.signal.aborted) {
      await sleep(clock, retryPeriodMs, AbortSignal.any([signal, lost.signal]))
      if (signal.aborted || lost.signal.aborted) break
      if (await elector.tryAcquireOrRenew()) renewedAt = clock.now()
      else if (clock.now() - renewedAt >= renewDeadlineMs) {
        log.error('failed to renew the lease in time', { lease: `${options.namespace}/${options.name}` })
        lost.abort()
      }
    }
  })()
  try {
    await lead(AbortSignal.any([signal, lost.signal]))
  } finally {
    const held = !lost.signal.aborted
    lost.abort()
    await renewing
    if (held) await elector.release()
  }
}

class Elector {
  readonly #options: LeaderElectionOptions
  /** What we last saw of the lease, and when by our clock: another's clock is not to be trusted. */
  #observed: string | undefined
  #observedAt = 0

  constructor(options: LeaderElectionOptions) {
    this.#options = options
  }

  async tryAcquireOrRenew(): Promise<boolean> {
    const { client, clock, log, namespace, name, identity, leaseDurationMs = 15_000 } = this.#options
    const now = rfc3339Micro(clock.now())
    const leaseDurationSeconds = Math.ceil(leaseDurationMs / 1000)
    try {
      const lease = await this.#get()
      if (!lease) {
        const spec = { holderIdentity: identity, leaseDurationSeconds, acquireTime: now, renewTime: now, leaseTransitions: 0 }
        await client.create(leases, { metadata: { namespace, name }, spec })
        return true
      }
      const holder = lease.spec?.holderIdentity ?? ''
      const seen = `${holder} ${lease.spec?.renewTime}`
      if (seen !== this.#observed) {
        this.#observed = seen
        this.#observedAt = clock.now()
      }
      const mine = holder === identity
      if (!mine && holder !== '' && clock.now() - this.#observedAt < (lease.spec?.leaseDurationSeconds ?? leaseDurationSeconds) * 1000) return false
      await client.update(leases, {
        ...lease,
        spec: {
          ...lease.spec,
          holderIdentity: identity,
          leaseDurationSeconds,
          acquireTime: mine ? lease.spec?.acquireTime : now,
          renewTime: now,
          leaseTransitions: (lease.spec?.leaseTransitions ?? 0) + (mine ? 0 : 1),
        },
      })
      return true
    } catch (error) {
      log.debug('could not take the lease', { lease: `${namespace}/${name}`, error })
      return false
    }
  }

  async release(): Promise<void> {
    const { client, clock, identity } = this.#options
    try {
      const lease = await this.#get()
      if (lease?.spec?.holderIdentity !== identity) return
      const now = rfc3339Micro(clock.now())
      await client.update(leases, { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now } })
    } catch {
      // It will expire by itself.
    }
  }

  async #get(): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options
    try {
      return await client.get(leases, { namespace, name })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
}
