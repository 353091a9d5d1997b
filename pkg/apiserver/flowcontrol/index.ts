/**
 * API Priority and Fairness. In: each request that is not long-running, FlowSchemas, PriorityLevelConfigurations. Out: a
 * seat, now or later, or a refusal. Upstream: k8s.io/apiserver/pkg/util/flowcontrol.
 */
import type { FlowSchema, PriorityLevelConfiguration } from '#api/gen/flowcontrol/v1.ts'
import type { Clock } from '#base/clock.ts'
import type { RequestInfo, UserInfo } from '../types.ts'
import { applyShares, Borrowing } from './borrowing.ts'
import { mandatory, suggested } from './defaults.ts'
import { estimateWork, type ResourceFacts } from './estimate.ts'
import { type Admission, PriorityLevel, type Rejection, type Seat } from './level.ts'
import { distinguisherOf, inOrder, matches, schemaFor, type UserSchema } from './match.ts'
import { RetryAfter } from './retry-after.ts'
import { FlowControlMetrics } from './metrics.ts'

export interface FlowControlOptions {
  readonly clock: Clock
  /** Seats of the whole server (upstream: max-requests-inflight and max-mutating-requests-inflight together, 600). */
  readonly seats: number
  readonly facts: (info: RequestInfo) => ResourceFacts | undefined
}

export interface Classified {
  readonly schema: FlowSchema
  readonly level: PriorityLevel
}

export interface Asking {
  readonly info: RequestInfo
  readonly user: UserInfo
  readonly query: URLSearchParams
  readonly receivedAtMs: number
  readonly signal: AbortSignal
}

const adjustMs = 10_000
/** A request may wait for a quarter of the time it has. */
const waitLimitMs = 15_000

export class FlowControl {
  readonly #options: FlowControlOptions
  readonly #levels = new Map<string, PriorityLevel>()
  readonly #retryAfter = new Map<string, RetryAfter>()
  readonly #borrowing = new Borrowing()
  readonly metrics: FlowControlMetrics
  #schemas: readonly FlowSchema[] = []
  /** An authenticator that knows its user again gives the same object. */
  #byUser = new WeakMap<UserInfo, readonly UserSchema[]>()
  #catchAll: FlowSchema = mandatory.schemas.find(({ metadata }) => metadata.name === 'catch-all')!

  constructor(options: FlowControlOptions) {
    this.#options = options
    this.metrics = new FlowControlMetrics(this)
    this.configure([...mandatory.schemas, ...suggested.schemas], [...mandatory.levels, ...suggested.levels])
  }

  get levels(): readonly PriorityLevel[] {
    return [...this.#levels.values()]
  }

  get clock(): Clock {
    return this.#options.clock
  }

  demand(name: string): number {
    return this.#borrowing.smoothedDemand(name)
  }

  /** Takes what is configured now; the mandatory objects are there even where their objects are not. */
  configure(schemas: readonly FlowSchema[], configured: readonly PriorityLevelConfiguration[]): void {
    const wanted = new Map(mandatory.levels.map((each) => [each.metadata.name, each]))
    for (const each of configured) wanted.set(each.metadata.name, each)
    for (const config of wanted.values()) {
      const level = this.#levels.get(config.metadata.name)
      if (level) level.configure(config)
      else this.#levels.set(config.metadata.name, new PriorityLevel(config, this.#options.clock))
    }
    for (const [name, level] of this.#levels) {
      level.quiescing = !wanted.has(name)
      // Those that are gone stay until what waits in them has been served.
      if (level.quiescing && level.waiting === 0 && level.executing === 0) this.#levels.delete(name)
    }
    const all = new Map(mandatory.schemas.map((each) => [each.metadata.name, each]))
    for (const each of schemas) all.set(each.metadata.name, each)
    this.#catchAll = all.get('catch-all')!
    const usable = (schema: FlowSchema): boolean => this.#levels.get(schema.spec.priorityLevelConfiguration.name)?.quiescing === false
    this.#schemas = inOrder([...all.values()].filter(usable))
    this.#byUser = new WeakMap()
    applyShares(
      this.levels.filter(({ quiescing }) => !quiescing),
      this.#options.seats,
    )
  }

  /** Shares the seats anew every ten seconds, until the signal aborts. */
  start(signal: AbortSignal): void {
    const next = (): void => {
      if (signal.aborted) return
      this.#borrowing.adjust(
        this.levels.filter(({ quiescing }) => !quiescing),
        this.#options.seats,
      )
      timer = this.#options.clock.after(adjustMs, next)
    }
    let timer = this.#options.clock.after(adjustMs, next)
    signal.addEventListener('abort', () => timer.cancel(), { once: true })
  }

  classify(user: UserInfo, info: RequestInfo): Classified {
    for (const each of this.#schemasOf(user))
      if (matches(each, info)) return { schema: each.schema, level: this.#levels.get(each.schema.spec.priorityLevelConfiguration.name)! }
    return { schema: this.#catchAll, level: this.#levels.get('catch-all')! }
  }

  #schemasOf(user: UserInfo): readonly UserSchema[] {
    let found = this.#byUser.get(user)
    if (!found) {
      found = this.#schemas.map((schema) => schemaFor(schema, user)).filter((each) => each !== undefined)
      this.#byUser.set(user, found)
    }
    return found
  }

  admit({ schema, level }: Classified, asking: Asking): Seat | Rejection | Promise<Seat | Rejection> {
    const { info, user, query, receivedAtMs, signal } = asking
    const work = level.isExempt ? oneSeat : estimateWork(info, query, this.#options.facts, widestAt(level))
    const request: Admission = {
      schemaName: schema.metadata.name,
      distinguisher: distinguisherOf(schema, user, info),
      work,
      arrivedMs: receivedAtMs,
      asked: asking,
    }
    return level.admit(request, waitLimitMs, signal)
  }

  /** Counts a refusal, and says how many seconds to stay away. */
  refused({ schema, level }: Classified, why: Rejection): number {
    let retryAfter = this.#retryAfter.get(level.name)
    if (!retryAfter) {
      retryAfter = new RetryAfter()
      this.#retryAfter.set(level.name, retryAfter)
    }
    retryAfter.record(this.#options.clock.now())
    this.metrics.rejected(schema.metadata.name, level.name, why)
    return retryAfter.seconds
  }
}

/** No request may take so much of a level that its flow's hand of queues could not be served (upstream: 15 % of the seats). */
function widestAt({ nominalSeats, config }: PriorityLevel): number {
  const handSize = config.spec.limited?.limitResponse.queuing?.handSize
  return handSize ? Math.max(1, Math.min(Math.ceil(nominalSeats * 0.15), Math.floor(nominalSeats / handSize))) : 0
}

const oneSeat = { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 }
