import assert from 'node:assert/strict'
import type { Store, StoreEvent, StoreWatch, WriteResult } from '../types.ts'

/** A fresh, empty store and what a test may do with its surroundings. */
export interface StoreUnderTest {
  readonly store: Store
  /** Moves the store's clock; absent: the driver's time is real. */
  readonly advance?: (durationMs: number) => Promise<void>
  /** Closes the store and opens what it left; absent: nothing outlives a close. */
  readonly reopen?: () => Promise<Store>
  /** Whatever is to be done after the test, besides closing the store. */
  readonly dispose?: () => Promise<void> | void
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (value: Uint8Array): string => new TextDecoder().decode(value)

/** A put that must succeed; answers its revision. */
export async function put(store: Store, key: string, value: string, expectRevision = 0, ttlSeconds?: number): Promise<number> {
  return revisionOf(await store.put(key, bytes(value), { expectRevision, ttlSeconds }))
}

export async function remove(store: Store, key: string, expectRevision: number): Promise<number> {
  return revisionOf(await store.delete(key, { expectRevision }))
}

function revisionOf(result: WriteResult): number {
  assert.ok(result.ok, 'the precondition should hold')
  return result.revision
}

/** key=value@revision of a range, for comparing. */
export async function listing(store: Store, prefix: string, revision?: number): Promise<string[]> {
  const { entries } = await store.range(prefix, { revision })
  return entries.map(({ key, value, revision: at }) => `${key}=${text(value)}@${at}`)
}

export interface Recording extends StoreWatch {
  readonly events: StoreEvent[]
  readonly error: Error | undefined
  /** Resolves when there are so many events or the watch failed. */
  until(count: number): Promise<readonly StoreEvent[]>
  failed(): Promise<Error>
}

export async function record(store: Store, prefix: string, afterRevision: number): Promise<Recording> {
  const events: StoreEvent[] = []
  let error: Error | undefined
  let check = () => {}
  const when = (done: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      check = () => done() && resolve()
      check()
    })
  const watch = await store.watch({
    prefix,
    afterRevision,
    onEvents: (more) => {
      events.push(...more)
      check()
    },
    onError: (reason) => {
      error = reason
      check()
    },
  })
  return {
    events,
    get error() {
      return error
    },
    close: () => watch.close(),
    async until(count) {
      await when(() => events.length >= count || error !== undefined)
      if (error) throw error
      return events
    },
    async failed() {
      await when(() => error !== undefined)
      return error!
    },
  }
}

export function assertInOrder(events: readonly StoreEvent[]): void {
  for (let i = 1; i < events.length; i++) assert.ok(events[i]!.revision > events[i - 1]!.revision, 'revisions of events must rise')
}
