/** Keeps the certificates of a machine that has joined current for as long as its agent runs. */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { NodeCertificateRequest } from './certificate.ts'

export interface KeptPair {
  readonly certificate: string
  readonly key: string
}

type Kind = NodeCertificateRequest['kind']

export interface KeepCertificatesOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Whether the one in use will do for a good while yet. */
  readonly lasts: (kind: Kind) => boolean
  /** Asks the cluster for the next. */
  readonly request: (kind: Kind) => Promise<KeptPair>
  /** Keeps it, and shows it from now on. */
  readonly use: (kind: Kind, pair: KeptPair) => void
}

const lookAgainMs = 6 * 3_600_000
const firstRetryMs = 2_000
const maxRetryMs = 300_000

/**
 * Looks at once and then every six hours; what is missing or ends soon is asked for, again after a pause when the cluster does not give it.
 * One of the two does not wait for the other. Resolves when the signal aborts.
 */
export async function keepCertificates(options: KeepCertificatesOptions): Promise<void> {
  await Promise.all([keep('serving', options), keep('client', options)])
}

async function keep(kind: Kind, { clock, log, signal, lasts, request, use }: KeepCertificatesOptions): Promise<void> {
  for (let attempt = 0; !signal.aborted; ) {
    try {
      if (!lasts(kind)) {
        use(kind, await request(kind))
        log.info('this node has a new certificate of the cluster', { kind })
      }
      attempt = 0
      await sleep(clock, lookAgainMs, signal)
    } catch (error) {
      if (signal.aborted) return
      const consequence = kind === 'serving' ? 'kubectl logs and exec do not reach this node without one' : 'this node is shut out when the present one ends'
      log.warn('no new certificate yet', { kind, consequence, error, attempt })
      await sleep(clock, Math.min(firstRetryMs * 2 ** Math.min(attempt, 10), maxRetryMs), signal)
      attempt++
    }
  }
}
