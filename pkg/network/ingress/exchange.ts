/** What is remembered of one request for the access log and the metrics. */
import type { RequestFacts } from './answer/answers.ts'
import type { Backend, Endpoint, Location } from './types.ts'

export interface UpstreamTry {
  readonly endpoint: Endpoint
  status: number
  /** Until the answer's head was there, and until its end. */
  headerMs: number
  totalMs: number
  bytes: number
}

export interface Exchange {
  readonly facts: RequestFacts
  readonly requestId: string
  readonly httpVersion: string
  /** Milliseconds since the epoch, and of a clock that never goes back. */
  readonly arrivedAt: number
  readonly startedMs: number
  requestBytes: number
  location?: Location
  backend?: Backend
  isCanary: boolean
  readonly tries: UpstreamTry[]
  status: number
  bodyBytes: number
  durationMs: number
}

/** Told of each request once, at its end. */
export type Observer = (exchange: Exchange) => void
