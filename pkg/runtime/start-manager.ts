/** A controller manager as a process has it: the controllers that are wanted, under a lease where several compete. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import { type LeaseTimes, runWithLease } from '#client/lease.ts'
import type { Client } from '#client/types.ts'
import { createManager, type Manager } from './manager.ts'
import { assertControllerNames, isControllerSelected } from './select.ts'
import type { Controller } from './types.ts'

export interface StartManagerOptions {
  readonly client: Client
  /** The client of a controller's own service account; absent: `client` for all of them. */
  readonly clientOf?: (account: string) => Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Shared caches, when others in this process have them. */
  readonly informers?: InformerFactory
  /** Compete for the lease kube-system/NAME under this identity; absent: run at once. */
  readonly leaderIdentity?: string
  /** The lease, where it is not kube-system/NAME of the usual times. */
  readonly election?: LeaseTimes & { readonly name?: string; readonly namespace?: string }
  /** Every so long, and up to twice as long, each controller looks at all that it watches anew (--min-resync-period); absent: never. */
  readonly resyncMs?: number
  /** Between the starts of two controllers (--controller-start-interval). */
  readonly startIntervalMs?: number
  /** --controllers: "*" for all, NAME for one, -NAME for all but one; default all. */
  readonly wanted?: readonly string[]
  /** Whose lease it is, and what the metrics call it. */
  readonly name: string
  readonly controllers: readonly Controller[]
}

export interface RunningManager {
  readonly manager: Manager
  /** Of the controllers that were wanted. */
  readonly names: readonly string[]
  /** Whether they work here. */
  leads(): boolean
  /** Resolves when every controller works; where another process leads, not before that ends. */
  readonly ready: Promise<void>
  /** Resolves when all has come to rest: after the signal, or when the lease is lost. */
  readonly done: Promise<void>
  /** The controllers' metrics, and whether this process leads. */
  metricsText(): string
}

/** Throws where `wanted` names a controller that is not there. */
export function startManager(options: StartManagerOptions): RunningManager {
  const { client, clientOf, clock, log, signal, informers, leaderIdentity, election = {}, wanted = ['*'], name, controllers: all } = options
  assertControllerNames(
    wanted,
    all.map((each) => each.name),
  )
  const controllers = all.filter((each) => isControllerSelected(each.name, wanted))
  const { resyncMs, startIntervalMs } = options
  const manager = createManager({
    client,
    ...(clientOf ? { clientOf } : {}),
    clock,
    log,
    controllers,
    name,
    ...(informers ? { informers } : {}),
    ...(resyncMs === undefined ? {} : { resyncMs }),
    ...(startIntervalMs === undefined ? {} : { startIntervalMs }),
  })
  let leads = false
  const lead = async (leading: AbortSignal): Promise<void> => {
    leads = true
    try {
      await manager.run(leading)
    } finally {
      leads = false
    }
  }
  const done = leaderIdentity
    ? runWithLease({ client, clock, log, namespace: 'kube-system', name, ...election, identity: leaderIdentity }, signal, lead)
    : lead(signal)
  return {
    manager,
    names: controllers.map((each) => each.name),
    leads: () => leads,
    ready: manager.ready,
    done,
    metricsText: () => manager.metricsText() + (leaderIdentity ? leadership(election.name ?? name, leads) : ''),
  }
}

function leadership(lease: string, leads: boolean): string {
  const name = 'leader_election_master_status'
  return [
    `# HELP ${name} Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.`,
    `# TYPE ${name} gauge`,
    `${name}{name="${lease}"} ${leads ? 1 : 0}`,
    '',
  ].join('\n')
}
