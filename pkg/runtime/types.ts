/**
 * A controller is a name, what it reads, what it writes, and one function that makes the world a little more like
 * the wish. It never sees queues, retries or watches: those are the manager's.
 */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { EventRecorder } from '#client/events.ts'
import type { Informer, InformerOptions } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import type { MetricSet } from '#base/metric-set.ts'

/** What a controller is given. The client writes; reading is from the caches. */
export interface ControllerContext {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly events: EventRecorder
  /** The cache of a declared input. Its objects are shared: never mutate them. */
  cache<T extends KubeObject>(of: ResourceRef<T>, scope?: InformerOptions): Informer<T>
  /** Asks for a key to be reconciled, now or later. */
  enqueue(key: string, afterMs?: number): void
  /** Aborts when the manager stops. */
  readonly signal: AbortSignal
}

/** Nothing: done until an input changes. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number
}

export type Change = 'add' | 'update' | 'delete'

export interface Input {
  readonly resource: ResourceRef
  readonly scope?: InformerOptions
  /** The keys that a change concerns. Absent: the cache is read, but a change wakes nobody. */
  readonly keys?: (object: any, change: Change, previous: any, context: ControllerContext) => readonly string[]
  readonly indexes?: Readonly<Record<string, (object: any) => readonly string[]>>
}

export interface Output {
  readonly resource: ResourceRef
  /** Which part: "object", "status", "scale" … */
  readonly part: string
  /** Exclusive (the default): no other controller may declare it. Shared: ownership is decided object by object. */
  readonly shared?: boolean
}

export interface Controller {
  readonly name: string
  /** The service account of kube-system as which it asks and writes (upstream's --use-service-account-credentials). Absent: the manager's own user. */
  readonly account?: string
  /** The component that its Events come from, where it differs from the name ("node-controller"). */
  readonly eventSource?: string
  readonly inputs: readonly Input[]
  readonly outputs: readonly Output[]
  /** How many keys are worked on at a time; upstream's --concurrent-*-syncs. Default 5. */
  readonly workers?: number
  /** What fails again and again is tried this often at least. Default some 17 minutes, as client-go's queues. */
  readonly maxRetryMs?: number
  /** It looks at all that it watches anew every so long; default: as its manager has it. */
  readonly resyncMs?: number
  /** What it reads may not be served: nobody waits for its start. */
  readonly isOptional?: boolean
  /** What it counts beyond what every controller does; under upstream's names. */
  readonly metrics?: MetricSet
  /** Called once when the caches have synced, before any reconcile; for state that is rebuilt from the caches. One that throws is called again after a while. */
  start?(context: ControllerContext): Promise<void> | void
  /** Throwing is a retry with back-off; a StatusError of a conflict is retried without being logged as an error. */
  reconcile(key: string, context: ControllerContext): Promise<ReconcileResult | undefined> | Promise<void>
}

/** Declares an input with the types of its resource. */
export function input<T extends KubeObject>(
  resource: ResourceRef<T>,
  options: {
    readonly scope?: InformerOptions
    readonly keys?: (object: T, change: Change, previous: T | undefined, context: ControllerContext) => readonly string[]
    readonly indexes?: Readonly<Record<string, (object: T) => readonly string[]>>
  } = {},
): Input {
  return { resource, ...options } as Input
}

export function output(resource: ResourceRef, part = 'object', options: { readonly shared?: boolean } = {}): Output {
  return { resource, part, ...options }
}
