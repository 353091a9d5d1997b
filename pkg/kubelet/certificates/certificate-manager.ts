/**
 * Keeps one certificate of the kubelet current: asks for it by a CertificateSigningRequest, waits until it is approved and signed, and
 * asks for the next before it ends (client-go's certificate manager; documentation "Configure Certificate Rotation for the Kubelet").
 */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { requestCertificate } from '#client/certificates/request-certificate.ts'
import type { RequestedSubject } from '#client/certificates/signing-request.ts'
import type { Client } from '#client/types.ts'
import { type KeyPair, readKeyPair, rotateAt, writeKeyPair } from './key-pair.ts'

export interface CertificateManagerOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly signerName: 'kubernetes.io/kube-apiserver-client-kubelet' | 'kubernetes.io/kubelet-serving'
  readonly usages: readonly string[]
  readonly subject: RequestedSubject
  /** Where the current pair is kept. */
  readonly path: string
  /** What is in use while there is nothing at `path`; replaced in its turn. */
  readonly initial?: KeyPair | undefined
  readonly onCurrent: (pair: KeyPair) => void
  readonly random?: () => number
}

/** Upstream's: how long an answer is waited for before another request is made. */
const answerWithinMs = 15 * 60_000
const pollMs = 1_000
const firstRetryMs = 2_000
const maxRetryMs = 32_000
/** Timers count in 32 bits. */
const maxSleepMs = 86_400_000

export async function keepCertificate(options: CertificateManagerOptions): Promise<void> {
  const { clock, log, signal, signerName, path, initial, onCurrent, random = Math.random } = options
  const stored = readKeyPair(path, clock.now())
  if (stored) onCurrent(stored)
  const current = stored ?? initial
  let dueAt = current ? rotateAt(current, random()) : clock.now()
  let retryMs = firstRetryMs
  while (!signal.aborted) {
    for (let left = dueAt - clock.now(); left > 0 && !signal.aborted; left = dueAt - clock.now()) await sleep(clock, Math.min(left, maxSleepMs), signal)
    if (signal.aborted) return
    try {
      const issued = await requestCertificate({ ...options, generateName: 'csr-', withinMs: answerWithinMs, pollMs })
      writeKeyPair(path, issued)
      onCurrent(issued)
      log.info('a certificate has been issued', { signerName })
      dueAt = rotateAt(issued, random())
      retryMs = firstRetryMs
    } catch (error) {
      if (signal.aborted) return
      log.warn('no certificate has been issued', { signerName, error })
      dueAt = clock.now() + retryMs
      retryMs = Math.min(maxRetryMs, retryMs * 2)
    }
  }
}
