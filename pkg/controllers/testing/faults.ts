/**
 * Runs controllers against trouble, and holds them to what an undisturbed run gives: their process killed after any of its writes,
 * conflicts and lost answers, watches cut, caches late. What a kind promises is checked after every write.
 * A random run is decided by its seed; K8TS_FAULT_SEED=N runs that one alone, K8TS_FAULT_RUNS=N that many new ones.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { conflict, serviceUnavailable } from '#apimachinery/status-error.ts'
import { type Clock, sleep } from '#base/clock.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient, type FakeClient } from '#client/fake/fake-client.ts'
import { type InterceptedCall, intercept } from '#client/interceptor.ts'
import type { Client, RawRequest, RawResponse } from '#client/types.ts'
import { createManager } from '#runtime/manager.ts'
import { limitedToRole } from '#runtime/role-testing.ts'
import type { Controller } from '#runtime/types.ts'

export interface Scenario {
  readonly name: string
  /** Made anew for every process. */
  readonly controllers: () => readonly Controller[]
  /** What the controllers deal with and trouble never reaches: kubelets, drivers. */
  readonly world?: () => readonly Controller[]
  readonly seconds?: number
  /** When trouble ends; what makes many calls at a time fails nearly always until then, and waits long. Default seven tenths of `seconds`. */
  readonly troubledSeconds?: number
  /** What the server answers beyond objects: discovery, metrics. */
  request?(request: RawRequest, client: FakeClient): Promise<RawResponse>
  /** What the server makes of writes: reviews that it answers. Trouble comes on top. */
  serve?(client: Client): Client
  seed(client: FakeClient): void
  /** Called at every second: what users do. */
  drive?(client: FakeClient, second: number): Promise<void>
  /** Throws when what must hold at every moment does not. */
  invariant?(client: FakeClient): void
  /** What has to be the same in the end. */
  outcome(client: FakeClient): unknown
}

export interface Trouble {
  readonly name: string
  /** The process is killed after every so many writes: 1 is the worst. */
  readonly killAfterWrites?: number
  readonly seed?: number
}

const restartMs = 300
const writes = new Set(['create', 'update', 'patch', 'delete', 'deleteCollection'])
const fixedSeeds = [1, 2, 3]

/** One test without trouble and one for each kind of trouble. */
export function faultTests(scenario: Scenario): void {
  let undisturbed: Promise<unknown> | undefined
  const expected = (): Promise<unknown> => {
    undisturbed ??= run(scenario, { name: 'none' })
    return undisturbed
  }
  for (const trouble of troubles())
    test(`${scenario.name}: ${trouble.name}`, async (t) => {
      if (trouble.seed !== undefined) t.diagnostic(`K8TS_FAULT_SEED=${trouble.seed}`)
      const found = await run(scenario, trouble)
      if (!isDeepStrictEqual(found, await expected())) assert.deepEqual(found, await expected())
    })
}

function troubles(): Trouble[] {
  const random = (seed: number): Trouble => ({ name: `conflicts, lost answers, cut watches and late caches (seed ${seed})`, seed })
  const { K8TS_FAULT_SEED: one, K8TS_FAULT_RUNS: runs } = process.env
  if (one !== undefined) return [random(Number(one))]
  if (runs !== undefined) return Array.from({ length: Number(runs) }, () => random(Math.floor(Math.random() * 2 ** 31)))
  const kills = [1, 2, 3].map((count): Trouble => ({ name: `killed after every ${count === 1 ? 'write' : `${count} writes`}`, killAfterWrites: count }))
  return [...kills, ...fixedSeeds.map(random)]
}

async function run(scenario: Scenario, trouble: Trouble): Promise<unknown> {
  const { controllers, world = () => [], seconds = 240, seed, drive, invariant, outcome, request, serve = (client) => client } = scenario
  const clock = new FakeClock()
  const client: FakeClient = createFakeClient({ clock, ...(request ? { request: (each: RawRequest) => request(each, client) } : {}) })
  let broken: unknown
  /** Sees every write that happened, whoever made it. */
  const watched = intercept(serve(client), {
    after: ({ verb }) => {
      if (!writes.has(verb) || broken) return
      try {
        invariant?.(client)
      } catch (error) {
        broken = error
      }
    },
  })
  const stop = new AbortController()
  seed(client)
  start(watched, clock, world(), stop.signal)
  const random = randomOf(trouble.seed ?? 1)
  let troubled = true
  // Back-offs draw lots too.
  const chance = Math.random
  Math.random = randomOf(trouble.seed ?? 1)
  startProcess()

  function startProcess(): void {
    if (stop.signal.aborted) return
    const life = new AbortController()
    const via = trouble.killAfterWrites
      ? mortal(
          watched,
          trouble.killAfterWrites,
          () => troubled,
          () => {
            life.abort()
            clock.after(restartMs, startProcess)
          },
        )
      : trouble.seed !== undefined
        ? unreliable(watched, clock, random, () => troubled)
        : watched
    const clientOf = (account: string): Client =>
      limitedToRole(via, account, (what) => {
        broken ??= new Error(what)
      })
    start(via, clock, controllers(), AbortSignal.any([life.signal, stop.signal]), clientOf)
  }

  try {
    await settle()
    for (let second = 0; second < seconds && !broken; second++) {
      troubled = second < (scenario.troubledSeconds ?? seconds * 0.7)
      if (trouble.seed !== undefined && troubled && random() < 0.05) client.store.cutWatches()
      await drive?.(client, second)
      await clock.advance(1000)
    }
    if (broken) throw broken
    return JSON.parse(JSON.stringify(outcome(client)))
  } finally {
    stop.abort()
    await settle()
    Math.random = chance
  }
}

function start(
  client: Client,
  clock: FakeClock,
  controllers: readonly Controller[],
  signal: AbortSignal,
  clientOf = (_account: string): Client => client,
): void {
  if (controllers.length > 0) void createManager({ client, clientOf, clock, log: silentLogger, controllers }).run(signal)
}

/** Dies after so many writes that took effect: the answer of the last is lost, and nothing is written any more. Events are no writes that matter. */
export function mortal(client: Client, writesLeft: number, troubled: () => boolean, die: () => void): Client {
  let left = writesLeft
  let dead = false
  const refuse = (): void => {
    if (dead) throw new Error('the process is dead')
  }
  return intercept(client, {
    before: refuse,
    after: ({ verb, resource }) => {
      refuse()
      if (!troubled() || !writes.has(verb) || resource?.plural === 'events') return
      left--
      if (left > 0) return
      dead = true
      die()
      refuse()
    },
  })
}

/** Fails one call in ten before it happens, loses the answer of one in ten, and brings watch events late. */
export function unreliable(client: Client, clock: Clock, random: () => number, troubled: () => boolean): Client {
  const before = ({ verb }: InterceptedCall): void => {
    if (!troubled() || random() > 0.1) return
    throw verb !== 'update' || random() < 0.5 ? serviceUnavailable('no answer') : conflict({ group: '', resource: 'things' }, 'x', 'changed meanwhile')
  }
  const after = (): void => {
    if (troubled() && random() < 0.1) throw serviceUnavailable('the answer is lost')
  }
  const flaky = intercept(client, { before, after })
  return {
    ...flaky,
    async *watch(of, options) {
      for await (const event of flaky.watch(of, options)) {
        if (troubled() && random() < 0.2) await sleep(clock, Math.floor(random() * 1500), options?.signal)
        yield event
      }
    },
  }
}

/** A small generator of chance that a seed decides (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
