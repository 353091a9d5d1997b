/**
 * One priority level: so many seats, and queues for the requests that find none, served so that no flow starves
 * another. Upstream: fairqueuing/queueset (KEP-1040). While seats are free a request costs two comparisons.
 */
import type { PriorityLevelConfiguration } from '#api/gen/flowcontrol/v1.ts'
import type { Clock, Timer } from '#base/clock.ts'
import type { RequestInfo, UserInfo } from '../types.ts'
import type { WorkEstimate } from './estimate.ts'
import { Dealer } from './shuffle.ts'

export type Rejection = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled'

export interface Admission {
  readonly schemaName: string
  readonly distinguisher: string
  readonly work: WorkEstimate
  readonly arrivedMs: number
  /** Of the dump of requests, the details. */
  readonly asked: { readonly info: RequestInfo; readonly user: UserInfo }
}

interface Waiting extends Admission {
  settle(rejected?: Rejection): void
}

interface Queue {
  readonly waiting: Waiting[]
  waitingSeats: number
  executing: number
  seatsInUse: number
  /** In virtual seat-seconds: where the next request of this queue would begin. */
  nextDispatch: number
}

/** A seat taken; `done` gives it back. */
export interface Seat {
  done(): void
}

/** What a request is guessed to take, until it is known (upstream: 3 ms). */
const estimatedSeconds = 0.003

export class PriorityLevel {
  name: string
  uid: string
  config: PriorityLevelConfiguration
  quiescing = false
  nominalSeats = 1
  minSeats = 1
  maxSeats = 1
  currentSeats = 1
  seatsInUse = 0
  executing = 0
  waiting = 0
  waitingSeats = 0
  dispatched = 0
  readonly dispatchedBySchema = new Map<string, number>()
  readonly rejected: Record<Rejection, number> = { 'concurrency-limit': 0, 'queue-full': 0, 'time-out': 0, cancelled: 0 }
  /** The most seats that were wanted at once since `takeDemand`. */
  #peakDemand = 0
  #demandArea = 0
  #demandSquares = 0
  #demandSinceMs: number
  #demandChangedMs: number
  #demand = 0
  readonly #clock: Clock
  #queues: Queue[] = []
  #dealer: Dealer | undefined
  #virtualTime = 0
  #virtualAtMs: number
  #turn = 0
  /** Queues with a request that waits or runs. */
  #active = 0
  readonly running = new Set<Admission>()

  constructor(config: PriorityLevelConfiguration, clock: Clock) {
    this.#clock = clock
    this.#demandSinceMs = this.#demandChangedMs = this.#virtualAtMs = clock.now()
    this.name = config.metadata.name
    this.uid = config.metadata.uid ?? ''
    this.config = config
    this.configure(config)
  }

  get isExempt(): boolean {
    return this.config.spec.type === 'Exempt'
  }

  get queues(): readonly Queue[] {
    return this.#queues
  }

  get virtualTime(): number {
    return this.#virtualTime
  }

  configure(config: PriorityLevelConfiguration): void {
    const before = this.config.spec.limited?.limitResponse.queuing
    this.config = config
    this.uid = config.metadata.uid ?? ''
    const queuing = config.spec.limited?.limitResponse.queuing
    if (!queuing) this.#dealer = undefined
    else if (!this.#dealer || before?.queues !== queuing.queues || before?.handSize !== queuing.handSize)
      this.#dealer = new Dealer(queuing.queues, queuing.handSize)
    const wanted = queuing?.queues ?? 0
    while (this.#queues.length < wanted) this.#queues.push({ waiting: [], waitingSeats: 0, executing: 0, seatsInUse: 0, nextDispatch: 0 })
    // Queues that are no longer dealt are kept until they have emptied.
    while (this.#queues.length > wanted && this.#queues.at(-1)!.waiting.length === 0 && this.#queues.at(-1)!.executing === 0) this.#queues.pop()
  }

  /** New limits may let some in. */
  limit(seats: { nominal: number; min: number; max: number; current: number }): void {
    this.nominalSeats = seats.nominal
    this.minSeats = seats.min
    this.maxSeats = seats.max
    this.currentSeats = seats.current
    if (this.waiting > 0) this.#dispatch()
  }

  /** At once when there is a seat and nobody waits; else a promise, which gives a seat or says why not. */
  admit(request: Admission, waitLimitMs: number, signal: AbortSignal): Seat | Rejection | Promise<Seat | Rejection> {
    const { initialSeats } = request.work
    if (this.isExempt) return this.#start(request, undefined)
    if (this.waiting === 0 && this.#fits(initialSeats)) return this.#start(request, this.#dealer && this.#shortest(request))
    if (!this.#dealer) return this.#reject('concurrency-limit')
    const queue = this.#shortest(request)
    const limit = this.config.spec.limited?.limitResponse.queuing?.queueLengthLimit ?? 0
    if (queue.waiting.length >= limit) return this.#reject('queue-full')
    return this.#enqueue(request, queue, waitLimitMs, signal)
  }

  #enqueue(request: Admission, queue: Queue, waitLimitMs: number, signal: AbortSignal): Promise<Seat | Rejection> {
    return new Promise((resolve) => {
      let timer: Timer | undefined
      const settle = (rejected?: Rejection): void => {
        timer?.cancel()
        signal.removeEventListener('abort', cancelled)
        queue.waiting.splice(queue.waiting.indexOf(waiting), 1)
        queue.waitingSeats -= request.work.initialSeats
        this.#left(queue)
        this.waiting--
        this.waitingSeats -= request.work.initialSeats
        resolve(rejected ? this.#reject(rejected) : this.#start(request, queue))
      }
      const waiting: Waiting = { ...request, settle }
      const cancelled = (): void => settle('cancelled')
      this.#joins(queue)
      queue.waiting.push(waiting)
      queue.waitingSeats += request.work.initialSeats
      this.waiting++
      this.waitingSeats += request.work.initialSeats
      this.#noteDemand()
      signal.addEventListener('abort', cancelled, { once: true })
      timer = this.#clock.after(waitLimitMs, () => settle('time-out'))
      this.#dispatch()
    })
  }

  /** A queue that was idle begins where the others are now, not where it ended. */
  #joins(queue: Queue): void {
    if (queue.waiting.length > 0 || queue.executing > 0) return
    queue.nextDispatch = Math.max(queue.nextDispatch, this.#advance())
    this.#active++
  }

  #left(queue: Queue): void {
    if (queue.waiting.length > 0 || queue.executing > 0) return
    this.#advance()
    this.#active--
  }

  #fits(seats: number): boolean {
    // A request wider than the level runs alone.
    return this.seatsInUse === 0 || this.seatsInUse + seats <= this.currentSeats
  }

  #shortest({ schemaName, distinguisher }: Admission): Queue {
    let best: Queue | undefined
    let bestSeats = Number.POSITIVE_INFINITY
    for (const index of this.#dealer!.hand(schemaName, distinguisher)) {
      const queue = this.#queues[index]!
      const seats = queue.seatsInUse + queue.waitingSeats
      if (seats < bestSeats) {
        best = queue
        bestSeats = seats
      }
    }
    return best!
  }

  #start(request: Admission, queue: Queue | undefined): Seat {
    const { initialSeats, finalSeats, additionalLatencyMs } = request.work
    const startedMs = this.#clock.now()
    this.seatsInUse += initialSeats
    this.executing++
    this.dispatched++
    this.dispatchedBySchema.set(request.schemaName, (this.dispatchedBySchema.get(request.schemaName) ?? 0) + 1)
    this.running.add(request)
    if (queue) {
      this.#joins(queue)
      queue.executing++
      queue.seatsInUse += initialSeats
      queue.nextDispatch += estimatedSeconds * initialSeats
    }
    this.#noteDemand()
    let isDone = false
    const free = (seats: number): void => {
      this.seatsInUse -= seats
      if (queue) queue.seatsInUse -= seats
      this.#noteDemand()
      if (this.waiting > 0) this.#dispatch()
    }
    return {
      done: () => {
        if (isDone) return
        isDone = true
        this.executing--
        this.running.delete(request)
        if (queue) {
          queue.executing--
          this.#left(queue)
          // What it really took, in place of the guess.
          queue.nextDispatch += ((this.#clock.now() - startedMs) / 1000 - estimatedSeconds) * initialSeats
        }
        if (finalSeats === 0) return free(initialSeats)
        this.seatsInUse += finalSeats - initialSeats
        if (queue) queue.seatsInUse += finalSeats - initialSeats
        this.#clock.after(additionalLatencyMs, () => free(finalSeats))
      },
    }
  }

  /** While the head of the queue whose turn it is finds its seats. */
  #dispatch(): void {
    while (this.waiting > 0) {
      const queue = this.#next()
      const head = queue.waiting[0]!
      if (!this.#fits(head.work.initialSeats)) return
      head.settle()
    }
  }

  /** The queue whose head would be finished first; those that are even take turns. */
  #next(): Queue {
    this.#advance()
    let best: Queue | undefined
    let bestFinish = Number.POSITIVE_INFINITY
    const count = this.#queues.length
    for (let step = 1; step <= count; step++) {
      const index = (this.#turn + step) % count
      const queue = this.#queues[index]!
      const head = queue.waiting[0]
      if (!head) continue
      const finish = queue.nextDispatch + estimatedSeconds * head.work.initialSeats
      if (finish < bestFinish) {
        best = queue
        bestFinish = finish
      }
    }
    this.#turn = this.#queues.indexOf(best!)
    return best!
  }

  /** Virtual time runs at the rate at which each busy queue is served. */
  #advance(): number {
    const now = this.#clock.now()
    const rate = this.#active === 0 ? 1 : Math.min(this.seatsInUse + this.waitingSeats, this.currentSeats) / this.#active
    this.#virtualTime += ((now - this.#virtualAtMs) / 1000) * rate
    this.#virtualAtMs = now
    return this.#virtualTime
  }

  #reject(why: Rejection): Rejection {
    this.rejected[why]++
    return why
  }

  #noteDemand(): void {
    const demand = this.seatsInUse + this.waitingSeats
    if (demand > this.#peakDemand) this.#peakDemand = demand
    const now = this.#clock.now()
    const span = now - this.#demandChangedMs
    if (span > 0) {
      this.#demandArea += this.#demand * span
      this.#demandSquares += this.#demand * this.#demand * span
      this.#demandChangedMs = now
    }
    this.#demand = demand
  }

  /** The demand since it was asked for last. */
  takeDemand(): { readonly peak: number; readonly average: number; readonly deviation: number } {
    this.#noteDemand()
    const span = Math.max(1, this.#clock.now() - this.#demandSinceMs)
    const average = this.#demandArea / span
    const deviation = Math.sqrt(Math.max(0, this.#demandSquares / span - average * average))
    const peak = this.#peakDemand
    this.#peakDemand = this.seatsInUse + this.waitingSeats
    this.#demandArea = this.#demandSquares = 0
    this.#demandSinceMs = this.#demandChangedMs = this.#clock.now()
    return { peak, average, deviation }
  }
}
