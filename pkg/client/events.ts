/**
 * Records core/v1 Events about objects (client-go's tools/record): equal ones become one with a count, too many alike
 * one "(combined from similar events)", and a source that floods about one object is cut off.
 */
import type { Event, ObjectReference } from '#api/gen/core/v1.ts'
import { events } from '#api/gen/resources.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from './types.ts'

export type EventType = 'Normal' | 'Warning'

export interface EventRecorder {
  /** Records in the background; never throws. `about` is the object or a reference to it. */
  event(about: KubeObject | ObjectReference, type: EventType, reason: string, message: string, annotations?: Record<string, string>): void
  /** Resolves when all recorded so far is written or given up; for shutdown and tests. */
  flush(): Promise<void>
}

export interface EventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** "kubelet", "default-scheduler", "deployment-controller". */
  readonly component: string
  /** The node's name, for kubelets. */
  readonly host?: string
  /** So long normal ones wait before they are written: what they tell of goes on meanwhile. 0 by default. */
  readonly delayMs?: number
  /** Writes a second, after a burst; no limit unless it is above zero. */
  readonly qps?: number
  readonly burst?: number
}

/** client-go's defaults. */
const maxCacheEntries = 4096
const spamBurst = 25
const spamQps = 1 / 300
const maxSimilarEvents = 10
const similarIntervalMs = 600_000
const maxQueued = 1000
const maxAttempts = 12
const retryMs = 10_000

/** The first of equal events, and how often it was recorded by now. */
interface Logged {
  name: string
  readonly namespace: string
  count: number
  /** It is on the server; before that there is nothing to count on. */
  isWritten: boolean
}

interface Waiting {
  readonly event: Event
  readonly occurrence: Occurrence
}

/** Which of equal events this is. */
interface Occurrence {
  readonly logged: Logged
  readonly count: number
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options)
}

class Recorder implements EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #spam = new Bounded<{ tokens: number; at: number }>()
  readonly #similar = new Bounded<{ messages: Set<string>; lastAt: number }>()
  readonly #logged = new Bounded<Logged>()
  readonly #queue: Waiting[] = []
  #draining: Promise<void> | undefined
  #hurry = new AbortController()
  #tokens = Number.MAX_SAFE_INTEGER
  #pacedAt = 0
  readonly #nameOf: (object: string) => string

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#nameOf = uniqueEventNames(options.clock)
  }

  event(about: KubeObject | ObjectReference, type: EventType, reason: string, message: string, annotations?: Record<string, string>): void {
    const involvedObject = referenceTo(about)
    const { text, key } = this.#aggregate(involvedObject, type, reason, message)
    const event = this.#make(involvedObject, type, reason, text, annotations)
    // What is cut off is counted nevertheless, as upstream counts it: the next that is written says how often it was.
    const occurrence = this.#observe(key, event)
    if (this.#isSpam(involvedObject, type)) return
    if (this.#queue.length >= maxQueued) {
      this.#options.log.debug('an event was not recorded', { reason, object: involvedObject.name, error: 'too many wait' })
      return
    }
    this.#queue.push({ event, occurrence })
    this.#draining ??= this.#drain()
    // Whoever looks why something does not get on must find the reason.
    if (type === 'Warning') this.#hurry.abort()
  }

  async flush(): Promise<void> {
    while (this.#draining) {
      this.#hurry.abort()
      await this.#draining
    }
  }

  #make(involvedObject: ObjectReference, type: EventType, reason: string, message: string, annotations?: Record<string, string>): Event {
    const { clock, component, host } = this.#options
    const now = rfc3339(clock.now())
    const namespace = involvedObject.namespace || 'default'
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: this.#nameOf(involvedObject.name!), namespace, ...(annotations ? { annotations } : {}) } as Event['metadata'],
      involvedObject,
      reason,
      message,
      source: { component, ...(host ? { host } : {}) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    } as Event
  }

  /** A token bucket for each source, object and type: 25 at once, then one every five minutes. */
  #isSpam(object: ObjectReference, type: EventType): boolean {
    const now = this.#options.clock.now()
    const key = `${objectKey(object)}|${type}`
    const bucket = this.#spam.get(key) ?? { tokens: spamBurst, at: now }
    bucket.tokens = Math.min(spamBurst, bucket.tokens + ((now - bucket.at) / 1000) * spamQps)
    bucket.at = now
    this.#spam.set(key, bucket)
    if (bucket.tokens < 1) return true
    bucket.tokens -= 1
    return false
  }

  #aggregate(object: ObjectReference, type: EventType, reason: string, message: string): { text: string; key: string } {
    const now = this.#options.clock.now()
    const group = [objectKey(object), type, reason, this.#options.component, this.#options.host ?? ''].join('|')
    const found = this.#similar.get(group)
    const record = found && now - found.lastAt <= similarIntervalMs ? found : { messages: new Set<string>(), lastAt: now }
    record.lastAt = now
    record.messages.add(message)
    this.#similar.set(group, record)
    if (record.messages.size < maxSimilarEvents) return { text: message, key: `${group}|${object.fieldPath ?? ''}|${message}` }
    record.messages.delete(record.messages.values().next().value!)
    return { text: `(combined from similar events): ${message}`, key: group }
  }

  /** A bucket of tokens for all writes; those that wait stay in the queue, which has a bound. */
  async #pace(): Promise<void> {
    const { clock, qps = 0, burst = 1 } = this.#options
    if (qps <= 0) return
    const now = clock.now()
    this.#tokens = Math.min(Math.max(1, burst), this.#tokens + ((now - this.#pacedAt) / 1000) * qps)
    this.#pacedAt = now
    if (this.#tokens < 1) await sleep(clock, ((1 - this.#tokens) / qps) * 1000)
    this.#tokens -= 1
  }

  async #drain(): Promise<void> {
    const { clock, delayMs = 0 } = this.#options
    this.#hurry = new AbortController()
    if (delayMs > 0) await sleep(clock, delayMs, this.#hurry.signal)
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
        if ((this.#options.qps ?? 0) > 0) await this.#pace()
        await this.#write(next)
      }
    } finally {
      this.#draining = undefined
    }
  }

  #observe(key: string, { metadata }: Event): Occurrence {
    const logged = this.#logged.get(key) ?? { name: metadata.name, namespace: metadata.namespace!, count: 0, isWritten: false }
    logged.count++
    this.#logged.set(key, logged)
    return { logged, count: logged.count }
  }

  async #write(waiting: Waiting): Promise<void> {
    const { client, clock, log } = this.#options
    const { event } = waiting
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#createOrCount(client, waiting)
        return
      } catch (error) {
        const refused = error instanceof StatusError && error.code < 500 && error.code !== 429
        if (refused || attempt >= maxAttempts) {
          log.debug('an event was not recorded', { reason: event.reason, object: event.involvedObject.name, error })
          return
        }
        // The first wait draws lots, so that not all sources come at once.
        await sleep(clock, attempt === 1 ? retryMs * Math.random() : retryMs)
      }
    }
  }

  async #createOrCount(client: Client, { event, occurrence: { logged, count } }: Waiting): Promise<void> {
    if (logged.isWritten) {
      try {
        const patch = { count, message: event.message, lastTimestamp: event.lastTimestamp }
        await client.patch(events, { namespace: logged.namespace, name: logged.name }, patch, { type: 'strategic' })
        return
      } catch (error) {
        // The old one's time to live is over: begin anew.
        if (!(error instanceof StatusError && error.code === 404)) throw error
      }
    }
    await client.create(events, { ...event, count })
    logged.name = event.metadata.name
    logged.isWritten = true
  }
}

/** "OBJECT.NANOSECONDS" in hex, as upstream's names are; never the same twice of one source. */
export function uniqueEventNames(clock: Clock): (object: string) => string {
  // Our clock counts milliseconds; two sources that speak of one object in the same one need different names.
  const offset = BigInt(Math.floor(Math.random() * 1_000_000))
  let last = 0n
  return (object) => {
    const nanos = BigInt(clock.now()) * 1_000_000n + offset
    last = nanos > last ? nanos : last + 1n
    return `${object}.${last.toString(16)}`
  }
}

/** A map that forgets what was least lately set. */
class Bounded<V> {
  readonly #entries = new Map<string, V>()

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > maxCacheEntries) this.#entries.delete(this.#entries.keys().next().value!)
  }
}

/** Containers of one pod are one object here, as upstream has it. */
function objectKey({ kind, namespace, name, uid, apiVersion }: ObjectReference): string {
  return [kind, namespace, name, uid, apiVersion].join('/')
}

export function referenceTo(about: KubeObject | ObjectReference): ObjectReference {
  if (!('metadata' in about)) return about as ObjectReference
  const { apiVersion, kind, metadata } = about as KubeObject
  const { name, namespace, uid, resourceVersion } = metadata
  return { kind, ...(namespace ? { namespace } : {}), name, uid, apiVersion, resourceVersion } as ObjectReference
}
