/** Certificates from an ACME server, each obtained beside the reconciler, since that takes as long as the server likes. */
import { keyOf } from '#apimachinery/object.ts'
import type { Ingress } from '#api/gen/networking/v1.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { accountKey } from './acme/account.ts'
import { probeNode, type Probe, setChallenges, untilServed } from './acme/challenge.ts'
import { AcmeClient } from './acme/client.ts'
import { createTransport } from './acme/transport.ts'
import { type AcmeConfig, AcmeError, type AcmeTransport } from './acme/types.ts'
import type { CertificateAuthority, PemPair } from './types.ts'

/** After a failure, doubled each time (Let's Encrypt: five failures an hour and host; cert-manager waits up to 32 hours). */
const firstWaitMs = 5 * 60_000
const limit = 10_000
const longestWaitMs = 32 * 3_600_000

export interface AcmeOptions {
  readonly transport?: (config: AcmeConfig) => AcmeTransport
  readonly probe?: Probe
}

interface Attempt {
  /** What it was for: another wish begins anew. */
  readonly wish: string
  result?: PemPair
  running: boolean
  failures: number
  retryAt: number
}

export interface AcmeRequest {
  readonly ingress: Ingress
  readonly secretName: string
  readonly hosts: readonly string[]
  readonly config: AcmeConfig
  /** Addresses of the nodes whose proxies answer the server. */
  readonly addresses: readonly string[]
}

/** The pair, or in how many milliseconds to look again; nothing while it is under way, for then the Ingress is enqueued at its end. */
export type AcmeOutcome = { readonly pair: PemPair } | { readonly waitMs: number } | undefined

export class AcmeIssuer {
  readonly #authority: CertificateAuthority
  readonly #options: AcmeOptions
  readonly #attempts = new Map<string, Attempt>()
  /** One after another for each Ingress: they share its annotation. */
  readonly #turns = new Map<string, Promise<void>>()

  constructor(authority: CertificateAuthority, options: AcmeOptions = {}) {
    this.#authority = authority
    this.#options = options
  }

  obtain(request: AcmeRequest, context: ControllerContext): AcmeOutcome {
    const key = `${request.ingress.metadata.namespace}/${request.secretName}`
    const wish = JSON.stringify([request.hosts, request.config])
    let attempt = this.#attempts.get(key)
    if (!attempt || (attempt.wish !== wish && !attempt.running)) {
      attempt = { wish, running: false, failures: 0, retryAt: 0 }
      // Of Secrets that nobody asks for any more there may be some; what is lost of the others is how long to wait.
      if (this.#attempts.size >= limit) for (const [each, { running }] of this.#attempts) if (!running) this.#attempts.delete(each)
      this.#attempts.set(key, attempt)
    }
    if (attempt.running) return undefined
    if (attempt.result) {
      this.#attempts.delete(key)
      return { pair: attempt.result }
    }
    const waitMs = attempt.retryAt - context.clock.now()
    if (waitMs > 0) return { waitMs }
    attempt.running = true
    void this.#run(attempt, request, context)
    return undefined
  }

  async #run(attempt: Attempt, request: AcmeRequest, context: ControllerContext): Promise<void> {
    const key = keyOf(request.ingress)
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => this.#try(attempt, request, context))
    this.#turns.set(key, turn)
    await turn
    if (this.#turns.get(key) === turn) this.#turns.delete(key)
    attempt.running = false
    context.enqueue(key)
  }

  async #try(attempt: Attempt, request: AcmeRequest, context: ControllerContext): Promise<void> {
    const { clock, log, events } = context
    try {
      attempt.result = await this.#issue(request, context)
    } catch (error) {
      attempt.failures++
      const asked = error instanceof AcmeError ? (error.retryAfterMs ?? 0) : 0
      const waitMs = Math.min(longestWaitMs, Math.max(asked, firstWaitMs * 2 ** (attempt.failures - 1)))
      attempt.retryAt = clock.now() + waitMs
      const text = `Failed to issue Certificate "${request.secretName}": ${(error as Error).message}; the next attempt is in ${Math.round(waitMs / 60_000)} minutes`
      log.warn('a certificate was not issued', { ingress: keyOf(request.ingress), error: (error as Error).message })
      events.event(request.ingress, 'Warning', 'IssueFailed', text)
    }
  }

  async #issue({ ingress, hosts, config, addresses }: AcmeRequest, { client, clock, signal }: ControllerContext): Promise<PemPair> {
    const wildcard = hosts.find((each) => each.startsWith('*'))
    if (wildcard) throw new AcmeError(`${wildcard}: HTTP-01 challenges cannot be for wildcards`)
    const { transport = ({ caCertificate }) => createTransport(caCertificate), probe = probeNode } = this.#options
    const acme = new AcmeClient({ server: config.server, email: config.email, key: await accountKey(client), transport: transport(config), clock, signal })
    const { request, key } = await this.#authority.signingRequest(hosts)
    try {
      const certificate = await acme.certificate(hosts, request, async (challenges) => {
        await setChallenges(client, ingress, Object.fromEntries(challenges.map(({ token, keyAuthorization }) => [token, keyAuthorization])))
        await untilServed(addresses, challenges, { probe, clock, signal })
      })
      return { certificate, key }
    } finally {
      await setChallenges(client, ingress, null).catch(() => {})
    }
  }
}
