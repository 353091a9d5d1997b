/**
 * Requests no faster than a rate, but for as many at once as its burst: a bucket of tokens (client-go's flowcontrol). Watches are not
 * limited, as there.
 */
import { type Clock, sleep } from '#base/clock.ts'
import type { RawRequest, Transport } from './types.ts'

export interface RequestLimit {
  /** A second. Nought: client-go's default of five. */
  readonly qps: number
  readonly burst: number
}

const defaultLimit: RequestLimit = { qps: 5, burst: 10 }

export function limitedTransport(transport: Transport, limit: RequestLimit, clock: Clock): Transport {
  const qps = limit.qps || defaultLimit.qps
  const burst = Math.max(1, limit.burst || defaultLimit.burst)
  /** When the bucket will be full again: those that wait have taken their tokens already. */
  let fullAt = clock.now()
  const pauseMs = 1000 / qps
  async function turn(signal: AbortSignal | undefined): Promise<void> {
    const now = clock.now()
    fullAt = Math.max(fullAt, now) + pauseMs
    const waitMs = fullAt - now - burst * pauseMs
    if (waitMs > 0) await sleep(clock, waitMs, signal)
  }
  return {
    async request(raw) {
      if (!isWatch(raw)) await turn(raw.signal)
      return transport.request(raw)
    },
    close: () => transport.close(),
  }
}

const isWatch = ({ path }: RawRequest): boolean => /[?&]watch=(true|1)(&|$)/.test(path)
