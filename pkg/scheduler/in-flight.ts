/**
 * What happens while a pod is being tried: a change that comes too late for the try must not be missed by the pod when it is
 * refused (the queue's inFlightEvents). Without extenders nothing can happen meanwhile, and this costs nothing.
 */
import { type ClusterEvent, labelOf } from './framework/events.ts'

interface Happened {
  readonly event: ClusterEvent
  readonly after: unknown
  readonly before: unknown
}

/** More than so many are not remembered one by one. */
const maxEvents = 1_000

export class InFlight {
  readonly #pods = new Map<string, Happened[] | 'too many'>()

  begin(key: string): void {
    this.#pods.set(key, nothing)
  }

  /** What happened since `begin`; the pod is no longer watched over. */
  done(key: string): readonly Happened[] | 'too many' {
    const happened = this.#pods.get(key)
    if (happened === undefined) return nothing
    this.#pods.delete(key)
    return happened
  }

  /** False: the pod is not being tried. */
  note(key: string, events: readonly ClusterEvent[], after: unknown, before: unknown): boolean {
    if (!this.#pods.has(key)) return false
    for (const event of events) this.#add(key, { event, after, before })
    return true
  }

  noteAll(event: ClusterEvent, after: unknown, before: unknown): void {
    if (this.#pods.size === 0) return
    for (const key of this.#pods.keys()) this.#add(key, { event, after, before })
  }

  /** Pods ("PodPopped") and events, by upstream's names. */
  counts(): Map<string, number> {
    const counts = new Map([['PodPopped', this.#pods.size]])
    for (const happened of this.#pods.values()) {
      if (happened === 'too many') continue
      for (const { event, before } of happened) counts.set(labelOf(event, before), (counts.get(labelOf(event, before)) ?? 0) + 1)
    }
    return counts
  }

  #add(key: string, happened: Happened): void {
    const known = this.#pods.get(key)!
    if (known === 'too many') return
    if (known.length >= maxEvents) this.#pods.set(key, 'too many')
    else if (known === nothing) this.#pods.set(key, [happened])
    else known.push(happened)
  }
}

const nothing: Happened[] = []
