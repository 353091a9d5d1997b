/** What is done to both control planes, and what is compared afterwards. */
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/types.ts'

export interface Scenario {
  /** Its namespace too, and the beginning of the name of what it makes outside of one. */
  readonly name: string
  readonly steps: readonly Step[]
  /** Reasons of events that depend on who was quicker, and are not compared. */
  readonly racingEvents?: readonly string[]
  /** Fields that other scenarios do not look at. */
  readonly shows?: readonly string[]
  /** How long upstream's may do nothing before it goes on by itself; to record. Default: some seconds. */
  readonly quietMs?: number
}

export interface Step {
  /** Says what the step shows; the record is by it. */
  readonly name: string
  readonly act: (at: Place) => Promise<unknown>
}

/** A control plane, and the time there. */
export interface World {
  readonly client: Client
  readonly clock: Clock
}

export interface Place extends World {
  readonly namespace: string
}

/** By "KIND NAME": what a step left behind; several of one generated name are counted apart. */
export type Snapshot = Readonly<Record<string, unknown>>

/** Of each step, against the one before: which of its lines are gone, and what came ("KIND NAME" and the object). */
export type Recorded = Readonly<Record<string, { readonly gone: readonly number[]; readonly came: readonly (readonly [string, unknown])[] }>>
