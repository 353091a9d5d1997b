/**
 * Requests no faster than a rate, but for as many at once as its burst: a bucket of tokens (client-go's flowcontrol). Watches are not
 * limited, as there.
 */
import { fractionFlag, integerFlag } from '#apimachinery/flag-values.ts'
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

type LimitFlags = Readonly<Record<'kube-api-qps' | 'kube-api-burst', string>> & { readonly given: ReadonlySet<string> }

/** As `--kube-api-qps` and `--kube-api-burst` say; undefined: no limit. A rate below zero is none at all, as client-go has it. */
export function requestLimitOf(flags: LimitFlags, defaults: RequestLimit): RequestLimit | undefined {
  const [qps, burst] = [flags.given.has('kube-api-qps'), flags.given.has('kube-api-burst')]
  if (!qps && !burst) return undefined
  const limit = {
    qps: qps ? fractionFlag(flags, 'kube-api-qps') : defaults.qps,
    burst: burst ? integerFlag(flags, 'kube-api-burst') : defaults.burst,
  }
  return limit.qps < 0 ? undefined : limit
}
