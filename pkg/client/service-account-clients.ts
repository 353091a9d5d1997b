/**
 * A client for each service account that a program acts as (client-go's and controller-manager's DynamicControllerClientBuilder): the
 * account is made where it is missing, its token is asked for by TokenRequest when it is first needed, and anew before it ends.
 */
import type { TokenRequest } from '#api/gen/authentication/v1.ts'
import { serviceAccounts } from '#api/gen/resources.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import { limitedTransport, type RequestLimit } from './request-limit.ts'
import { createClient } from './rest.ts'
import type { Client, RawRequest, RawResponse, Transport } from './types.ts'

export interface ServiceAccountClientsOptions {
  /** Who may make accounts of the namespace and ask for their tokens. */
  readonly client: Client
  /** Carries all the clients' requests, and has no credentials of its own. */
  readonly transport: Transport
  /** Default kube-system. */
  readonly namespace?: string
  readonly clock?: Clock
  readonly userAgent?: string
  /** Of each of the clients (--kube-api-qps, --kube-api-burst). */
  readonly limit?: RequestLimit
}

const lifetimeSeconds = 3600
/** A fifth before a token ends comes the next. */
const leeway = 0.2
const unauthorized = 401

/** Answers the same client for the same name; closing one closes nothing, as the transport is everybody's. */
export function serviceAccountClients(options: ServiceAccountClientsOptions): (name: string) => Client {
  const { transport, clock = systemClock, userAgent, limit } = options
  const clients = new Map<string, Client>()
  return (name) => {
    const found = clients.get(name)
    if (found) return found
    const asked = withToken(transport, new TokenSource(name, { ...options, clock }))
    const made = createClient(limit ? limitedTransport(asked, limit, clock) : asked, { clock, ...(userAgent ? { userAgent } : {}) })
    clients.set(name, made)
    return made
  }
}

/** A token that is refused is asked for anew, once: the account may have been deleted and made again. */
function withToken(transport: Transport, tokens: TokenSource): Transport {
  const sendAs = (raw: RawRequest, token: string): Promise<RawResponse> =>
    transport.request({ ...raw, headers: { ...raw.headers, authorization: `Bearer ${token}` } })
  return {
    async request(raw) {
      const token = await tokens.token()
      const answer = await sendAs(raw, token)
      if (answer.status !== unauthorized) return answer
      await answer.bytes().catch(() => undefined)
      tokens.forget(token)
      return sendAs(raw, await tokens.token())
    },
    close() {},
  }
}

class TokenSource {
  readonly #name: string
  readonly #options: ServiceAccountClientsOptions & { readonly clock: Clock }
  #current: { readonly token: string; readonly refreshAt: number } | undefined
  #asking: Promise<string> | undefined

  constructor(name: string, options: ServiceAccountClientsOptions & { readonly clock: Clock }) {
    this.#name = name
    this.#options = options
  }

  /** Those who ask meanwhile share one request. */
  async token(): Promise<string> {
    if (this.#current && this.#options.clock.now() < this.#current.refreshAt) return this.#current.token
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  forget(token: string): void {
    if (this.#current?.token === token) this.#current = undefined
  }

  async #ask(): Promise<string> {
    const { client, clock, namespace = 'kube-system' } = this.#options
    const key = { namespace, name: this.#name }
    const request = (): Promise<TokenRequest> =>
      client.create<any>(
        serviceAccounts,
        { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: key, spec: { expirationSeconds: lifetimeSeconds } },
        { subresource: 'token' },
      )
    const asked = await request().catch(async (error) => {
      if (!isNotFound(error)) throw error
      await client.create(serviceAccounts, { metadata: key }).catch((cause) => {
        if (!isAlreadyExists(cause)) throw cause
      })
      return request()
    })
    const { token, expirationTimestamp } = asked.status!
    const lifetimeMs = Date.parse(expirationTimestamp) - clock.now()
    this.#current = { token, refreshAt: clock.now() + lifetimeMs * (1 - leeway) }
    return token
  }
}
