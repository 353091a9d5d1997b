/** Runs controllers on the fake client and a fake clock, for tests. */
import assert from 'node:assert/strict'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient, type FakeClient, type FakeClientOptions } from '#client/fake/fake-client.ts'
import type { Client } from '#client/types.ts'
import { createManager, type Manager } from './manager.ts'
import { limitedToRole } from './role-testing.ts'
import type { Controller } from './types.ts'

export interface ControllerTest {
  readonly client: FakeClient
  readonly clock: FakeClock
  readonly manager: Manager
  /** Starts the controllers (once) and lets them come to rest at the present time. */
  settled(): Promise<void>
  /** Lets time pass. */
  advance(durationMs: number): Promise<void>
}

export interface ControllerTestOptions extends FakeClientOptions {
  readonly controllers: readonly Controller[]
  readonly clock?: FakeClock
  /** Stands between the controllers and the fake, for faults. */
  readonly wrap?: (client: FakeClient) => Client
}

/** `t`: the test context; everything stops when the test ends. */
export function testControllers(
  t: { after(fn: () => unknown): void },
  { controllers, wrap = (client) => client, ...options }: ControllerTestOptions,
): ControllerTest {
  const clock = options.clock ?? new FakeClock()
  const client = createFakeClient({ ...options, clock })
  const wrapped = wrap(client)
  const refusals: string[] = []
  const clientOf = (account: string): Client => limitedToRole(wrapped, account, (what) => refusals.push(what))
  const manager = createManager({ client: wrapped, clientOf, clock, log: silentLogger, controllers })
  const abort = new AbortController()
  t.after(() => {
    abort.abort()
    assert.deepEqual([...new Set(refusals)], [], "each controller does what its account's role allows")
  })
  let started = false
  return {
    client,
    clock,
    manager,
    async settled() {
      if (!started) {
        started = true
        void manager.run(abort.signal)
      }
      // Retries wait some milliseconds, and each write comes back as an event: until no write happens any more.
      for (let before = -1; before !== client.actions.length; ) {
        before = client.actions.length
        await settle()
        await clock.advance(50)
      }
    },
    advance: (durationMs) => clock.advance(durationMs),
  }
}
