/** The ACME protocol as a client needs it: an account, an order, its HTTP-01 challenges, the certificate (RFC 8555, 7). */
import type { KeyObject } from 'node:crypto'
import { type Clock, sleep } from '#base/clock.ts'
import { signedRequest, thumbprint } from './jws.ts'
import { type AcmeAnswer, AcmeError, type AcmeTransport } from './types.ts'

interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
}

interface Order {
  readonly status: string
  readonly authorizations: readonly string[]
  readonly finalize: string
  readonly certificate?: string
  readonly error?: Problem
}

interface Authorization {
  readonly status: string
  readonly identifier: { readonly value: string }
  readonly challenges: readonly { readonly type: string; readonly url: string; readonly token?: string; readonly error?: Problem }[]
}

interface Problem {
  readonly type?: string
  readonly detail?: string
}

/** Answers "http://HOST/.well-known/acme-challenge/TOKEN" with `keyAuthorization` from when it resolves. */
export type Present = (challenges: readonly { readonly host: string; readonly token: string; readonly keyAuthorization: string }[]) => Promise<void>

export interface AcmeClientOptions {
  readonly server: string
  readonly email?: string | undefined
  readonly key: KeyObject
  readonly transport: AcmeTransport
  readonly clock: Clock
  readonly signal: AbortSignal
}

const pollMs = 2_000
const polls = 45
const nonceAttempts = 3

export class AcmeClient {
  readonly #options: AcmeClientOptions
  #directory: Directory | undefined
  #account: string | undefined
  #nonce: string | undefined

  constructor(options: AcmeClientOptions) {
    this.#options = options
  }

  /** The certificate chain (PEM) for a signing request (DER) that names these hosts. Throws AcmeError. */
  async certificate(hosts: readonly string[], signingRequest: Buffer, present: Present): Promise<string> {
    const { newOrder } = await this.#start()
    const answer = await this.#post(newOrder, { identifiers: hosts.map((value) => ({ type: 'dns', value })) })
    const orderUrl = headerOf(answer, 'location')
    const order = read<Order>(answer)
    await this.#authorize(order, present)
    const finalized = read<Order>(await this.#post(order.finalize, { csr: signingRequest.toString('base64url') }))
    const done = await this.#until<Order>(orderUrl, finalized, ({ status }) => status === 'valid' || status === 'invalid')
    if (done.status !== 'valid' || !done.certificate) throw problemError('the order is invalid', done.error)
    return (await this.#post(done.certificate, undefined)).body
  }

  async #authorize({ authorizations }: Order, present: Present): Promise<void> {
    const print = thumbprint(this.#options.key)
    const open: { url: string; challenge: string; host: string; token: string; keyAuthorization: string }[] = []
    for (const url of authorizations) {
      const { status, identifier, challenges } = read<Authorization>(await this.#post(url, undefined))
      // The server remembers hosts that were checked lately.
      if (status === 'valid') continue
      const challenge = challenges.find(({ type }) => type === 'http-01')
      if (!challenge?.token || !/^[\w-]+$/.test(challenge.token)) throw new AcmeError(`the server offers no HTTP-01 challenge for ${identifier.value}`)
      open.push({ url, challenge: challenge.url, host: identifier.value, token: challenge.token, keyAuthorization: `${challenge.token}.${print}` })
    }
    if (open.length === 0) return
    await present(open)
    for (const { challenge } of open) await this.#post(challenge, {})
    for (const { url, host } of open) {
      const settled = await this.#until<Authorization>(url, undefined, ({ status }) => status !== 'pending' && status !== 'processing')
      if (settled.status !== 'valid') throw problemError(`the server could not verify ${host}`, settled.challenges.find(({ error }) => error)?.error)
    }
  }

  async #until<T>(url: string, first: T | undefined, isDone: (value: T) => boolean): Promise<T> {
    const { clock, signal } = this.#options
    let value = first ?? read<T>(await this.#post(url, undefined))
    for (let turn = 0; !isDone(value); turn++) {
      if (turn >= polls || signal.aborted) throw new AcmeError('the server does not come to an end')
      await sleep(clock, pollMs, signal)
      value = read<T>(await this.#post(url, undefined))
    }
    return value
  }

  /** The directory, once the account is known (or made: the key is what it is found by). */
  async #start(): Promise<Directory> {
    if (this.#directory && this.#account) return this.#directory
    const { server, email, transport } = this.#options
    const directory = read<Directory>(await transport(server, { method: 'GET' }))
    this.#directory = directory
    const contact = email ? { contact: [`mailto:${email}`] } : {}
    this.#account = headerOf(await this.#post(directory.newAccount, { termsOfServiceAgreed: true, ...contact }), 'location')
    return directory
  }

  async #post(url: string, payload: object | undefined): Promise<AcmeAnswer> {
    const { key, transport } = this.#options
    for (let attempt = 1; ; attempt++) {
      const nonce = this.#nonce ?? headerOf(await transport(this.#directory!.newNonce, { method: 'HEAD' }), 'replay-nonce')
      this.#nonce = undefined
      const answer = await transport(url, { method: 'POST', body: signedRequest(key, { url, nonce, account: this.#account }, payload) })
      const next = answer.headers['replay-nonce']
      if (typeof next === 'string') this.#nonce = next
      if (answer.status < 300) return answer
      const error = problemError(`${answer.status} from ${new URL(url).host}`, problemOf(answer), retryAfter(answer))
      if (error.type !== 'urn:ietf:params:acme:error:badNonce' || attempt >= nonceAttempts) throw error
    }
  }
}

function read<T>(answer: AcmeAnswer): T {
  if (answer.status >= 300) throw problemError(`the server answers ${answer.status}`, problemOf(answer), retryAfter(answer))
  try {
    return JSON.parse(answer.body) as T
  } catch {
    throw new AcmeError('the server does not answer in JSON; is that the URL of its directory?')
  }
}

function headerOf({ headers }: AcmeAnswer, name: string): string {
  const value = headers[name]
  if (typeof value !== 'string') throw new AcmeError(`the server does not send ${name}`)
  return value
}

function problemOf({ body }: AcmeAnswer): Problem | undefined {
  try {
    return JSON.parse(body) as Problem
  } catch {
    return undefined
  }
}

function problemError(message: string, problem: Problem | undefined, retryAfterMs?: number): AcmeError {
  const detail = problem?.detail ? `${message}: ${problem.detail}` : message
  return new AcmeError(detail.slice(0, 500), { ...(problem?.type ? { type: problem.type } : {}), ...(retryAfterMs ? { retryAfterMs } : {}) })
}

function retryAfter({ headers }: AcmeAnswer): number | undefined {
  const seconds = Number(headers['retry-after'])
  return seconds > 0 ? seconds * 1000 : undefined
}
