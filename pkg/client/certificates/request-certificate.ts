/** A certificate by a CertificateSigningRequest: asked for, and waited for until somebody has approved and signed it. */
import type { CertificateSigningRequest } from '#api/gen/certificates/v1.ts'
import { certificateSigningRequests } from '#api/gen/resources.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Client } from '../types.ts'
import { newSigningRequest, type RequestedSubject } from './signing-request.ts'

export interface CertificateRequestOptions {
  readonly client: Client
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  readonly generateName: string
  readonly signerName: string
  readonly usages: readonly string[]
  readonly subject: RequestedSubject
  readonly withinMs: number
  readonly pollMs: number
}

/** The key is new, and leaves this process only by the answer. Throws when the request is denied, fails, or is not answered in time. */
export async function requestCertificate(options: CertificateRequestOptions): Promise<{ certificate: string; key: string }> {
  const { client, clock, signal, generateName, signerName, usages, subject, withinMs, pollMs } = options
  const { request, key } = await newSigningRequest(subject)
  const { metadata } = await client.create(certificateSigningRequests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName },
    spec: { signerName, usages: [...usages], request: Buffer.from(request).toString('base64') },
  } as never)
  const until = clock.now() + withinMs
  while (!signal?.aborted && clock.now() < until) {
    const certificate = outcome(await client.get(certificateSigningRequests, { name: metadata.name }))
    if (certificate) return { certificate, key }
    await sleep(clock, pollMs, signal)
  }
  throw new Error(`certificate request ${metadata.name} was not answered in time`)
}

function outcome({ metadata, status }: CertificateSigningRequest): string | undefined {
  const refused = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed')
  if (refused) throw new Error(`certificate request ${metadata.name} is ${refused.type}: ${refused.reason} ${refused.message}`)
  return status?.certificate ? Buffer.from(status.certificate, 'base64').toString('utf8') : undefined
}
