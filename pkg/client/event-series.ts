/**
 * Records events.k8s.io/v1 Events (client-go's tools/events): what is said again of the same objects for the same reason becomes a series
 * of the first, whose count is written with the second and then from time to time only.
 */
import type { ObjectReference } from '#api/gen/core/v1.ts'
import type { Event } from '#api/gen/events/v1.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists, isNotFound, StatusError } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339Micro, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { type EventType, referenceTo, uniqueEventNames } from './events.ts'
import type { Client } from './types.ts'

/** The same objects as the core API's, under the newer names. */
export const newerEvents: ResourceRef<Event> = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true }

/** What is said; `action` is what the reporter did or tried, `related` another object that it did it for. */
export interface ActionEvent {
  readonly type: EventType
  readonly reason: string
  readonly action: string
  readonly note: string
  readonly related?: KubeObject | undefined
}

export interface ActionEventRecorder {
  /** Records in the background; never throws. */
  record(regarding: KubeObject, event: ActionEvent): void
  /** Resolves when all recorded so far is written or given up; for shutdown and tests. */
  flush(): Promise<void>
}

export interface ActionEventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** "default-scheduler". */
  readonly reportingController: string
  /** Whose process it is: the instance is "CONTROLLER-HOST". */
  readonly host: string
}

/** client-go's. */
const finishMs = 6 * 60_000
const refreshMs = 30 * 60_000
const maxAttempts = 12
const retryMs = 10_000
const jitter = 0.25
/** client-go's queue has no bound here and writes without end at once; what comes when this is full is dropped. */
const maxQueued = 10_000
const maxWriters = 16
const maxRemembered = 10_000

interface Remembered {
  event: Event
  lastAt: number
  /** Counted beyond what is written. */
  isBehind: boolean
}

export function createActionEventRecorder(options: ActionEventRecorderOptions): ActionEventRecorder {
  return new SeriesRecorder(options)
}

class SeriesRecorder implements ActionEventRecorder {
  readonly #options: ActionEventRecorderOptions
  readonly #remembered = new Map<string, Remembered>()
  readonly #queue: Event[] = []
  readonly #writers = new Set<Promise<void>>()
  readonly #nameOf: (object: string) => string
  /** A look for what has ended is due. */
  #isSweeping = false
  #refreshedAt: number

  constructor(options: ActionEventRecorderOptions) {
    this.#options = options
    this.#nameOf = uniqueEventNames(options.clock)
    this.#refreshedAt = options.clock.now()
  }

  record(regarding: KubeObject, said: ActionEvent): void {
    const now = this.#options.clock.now()
    const event = this.#make(regarding, said, now)
    const key = keyOf(event)
    const known = this.#remembered.get(key)
    if (!known) {
      this.#remember(key, event, now)
      return
    }
    known.lastAt = now
    const { series } = known.event
    known.event = { ...known.event, series: { count: (series?.count ?? 1) + 1, lastObservedTime: rfc3339Micro(now) } }
    if (series) known.isBehind = true
    else this.#write(known.event)
  }

  async flush(): Promise<void> {
    while (this.#writers.size > 0) await Promise.all(this.#writers)
  }

  #remember(key: string, event: Event, now: number): void {
    this.#remembered.set(key, { event, lastAt: now, isBehind: false })
    if (this.#remembered.size > maxRemembered) this.#forget(this.#remembered.keys().next().value!)
    this.#sweepLater()
    this.#write(event)
  }

  #sweepLater(): void {
    if (this.#isSweeping || this.#remembered.size === 0) return
    this.#isSweeping = true
    this.#options.clock.after(finishMs, () => this.#finish())
  }

  #forget(key: string): void {
    const known = this.#remembered.get(key)
    this.#remembered.delete(key)
    if (known?.isBehind) this.#write(known.event)
  }

  /** What has not been said for a while has ended: its count is written for good. What goes on is kept from being forgotten by the server. */
  #finish(): void {
    const now = this.#options.clock.now()
    const isRefresh = now - this.#refreshedAt >= refreshMs
    if (isRefresh) this.#refreshedAt = now
    for (const [key, known] of this.#remembered) {
      if (now - known.lastAt >= finishMs) this.#forget(key)
      else if (isRefresh && known.event.series) {
        known.isBehind = false
        this.#write(known.event)
      }
    }
    this.#isSweeping = false
    this.#sweepLater()
  }

  #make(about: KubeObject, { type, reason, action, note, related }: ActionEvent, now: number): Event {
    const { reportingController, host } = this.#options
    const regarding = referenceTo(about)
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: this.#nameOf(regarding.name!), namespace: regarding.namespace || 'default' } as Event['metadata'],
      eventTime: rfc3339Micro(now),
      reportingController,
      reportingInstance: `${reportingController}-${host}`,
      action,
      reason,
      regarding,
      ...(related ? { related: referenceTo(related) } : {}),
      note,
      type,
    } as Event
  }

  #write(event: Event): void {
    if (this.#queue.length >= maxQueued) {
      this.#options.log.debug('an event was not recorded', { reason: event.reason, object: event.regarding?.name, error: 'too many wait' })
      return
    }
    this.#queue.push(event)
    if (this.#writers.size >= maxWriters) return
    const writer: Promise<void> = this.#drain().finally(() => this.#writers.delete(writer))
    this.#writers.add(writer)
  }

  async #drain(): Promise<void> {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) await this.#attempt(next)
  }

  async #attempt(event: Event): Promise<void> {
    const { clock, log } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#createOrPatch(event)
        return
      } catch (error) {
        // The first of a series may be on its way still: its patch found nothing, and then it was there.
        const isEarly = event.series && isAlreadyExists(error)
        const isRefused = error instanceof StatusError && error.code < 500 && error.code !== 429
        if ((isRefused && !isEarly) || attempt >= maxAttempts) {
          log.debug('an event was not recorded', { reason: event.reason, object: event.regarding?.name, error })
          return
        }
        await sleep(clock, retryMs * (1 + jitter * Math.random()))
      }
    }
  }

  async #createOrPatch(event: Event): Promise<void> {
    const { client } = this.#options
    if (event.series) {
      try {
        const { namespace, name } = event.metadata
        await client.patch(newerEvents, { namespace, name }, { series: event.series }, { type: 'strategic' })
        return
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
    await client.create(newerEvents, event)
  }
}

/** All but the note and the times; the objects are those of one version. */
function keyOf({ type, action, reason, reportingController, reportingInstance, regarding, related }: Event): string {
  return [type, action, reason, reportingController, reportingInstance, referenceText(regarding), referenceText(related)].join('|')
}

function referenceText(reference: ObjectReference | undefined): string {
  if (!reference) return ''
  const { kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath } = reference
  return [kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath].join('/')
}
