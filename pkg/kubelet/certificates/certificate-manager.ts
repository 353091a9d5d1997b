/**
 * Keeps one certificate of the kubelet current: asks for it by a CertificateSigningRequest, waits until it is approved and signed, and
 * asks for the next before it ends (client-go's certificate manager; documentation "Configure Certificate Rotation for the Kubelet").
 */
import type { CertificateSigningRequest } from '#api/gen/certificates/v1.ts'
import { certificateSigningRequests } from '#api/gen/resources.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'
import { type KeyPair, readKeyPair, rotateAt, writeKeyPair } from './key-pair.ts'
import { newSigningRequest, type RequestedSubject } from './signing-request.ts'

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
      const issued = await requestCertificate(options)
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

/** Throws when it is denied, fails, or is not answered in time. */
async function requestCertificate({ client, clock, signal, signerName, usages, subject }: CertificateManagerOptions): Promise<KeyPair> {
  const { request, key } = await newSigningRequest(subject)
  const { metadata } = await client.create(certificateSigningRequests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: 'csr-' },
    spec: { signerName, usages: [...usages], request: Buffer.from(request).toString('base64') },
  } as never)
  const until = clock.now() + answerWithinMs
  while (!signal.aborted && clock.now() < until) {
    const answer = outcome(await client.get(certificateSigningRequests, { name: metadata.name }))
    if (answer) return { certificate: answer, key }
    await sleep(clock, pollMs, signal)
  }
  throw new Error(`certificate request ${metadata.name} was not answered in time`)
}

function outcome({ metadata, status }: CertificateSigningRequest): string | undefined {
  const refused = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed')
  if (refused) throw new Error(`certificate request ${metadata.name} is ${refused.type}: ${refused.reason} ${refused.message}`)
  return status?.certificate ? Buffer.from(status.certificate, 'base64').toString('utf8') : undefined
}
