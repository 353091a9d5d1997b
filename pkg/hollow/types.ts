/** What simulated nodes are made with. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'

export interface HollowOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly count: number
  /** "sim-": the nodes are sim-1, sim-2 … */
  readonly prefix: string
  /** "10.244.0.0/16": where pods' addresses come from. */
  readonly podCidr: string
}
