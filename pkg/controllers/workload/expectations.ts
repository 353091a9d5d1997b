/**
 * What a controller has written and not yet seen come back in its cache: until it has, or five minutes went by, it
 * does not count, lest it make things twice (upstream's ControllerExpectations, by uid or name rather than number,
 * so that an event that comes twice is harmless).
 */
import type { Clock } from '#base/clock.ts'

const timeoutMs = 5 * 60_000

interface Expected {
  adds: number
  readonly deletions: Set<string>
  at: number
}

export class Expectations {
  readonly #clock: Clock
  readonly #expected = new Map<string, Expected>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True when all that was expected of the key has been seen, or has been waited for long enough. */
  satisfied(key: string): boolean {
    const expected = this.#expected.get(key)
    if (!expected) return true
    return (expected.adds <= 0 && expected.deletions.size === 0) || this.#clock.now() - expected.at > timeoutMs
  }

  expect(key: string, { adds = 0, deletions = [] }: { readonly adds?: number; readonly deletions?: Iterable<string> }): void {
    this.#expected.set(key, { adds, deletions: new Set(deletions), at: this.#clock.now() })
  }

  sawCreation(key: string, count = 1): void {
    const expected = this.#expected.get(key)
    if (expected) expected.adds -= count
  }

  sawDeletion(key: string, pod: string): void {
    this.#expected.get(key)?.deletions.delete(pod)
  }

  forget(key: string): void {
    this.#expected.delete(key)
  }
}
