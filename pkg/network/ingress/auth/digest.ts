/**
 * Digest authentication (RFC 7616 with MD5 and qop "auth", which is what nginx's module speaks). A nonce is its time under a key of this
 * process, so that nothing is kept for strangers; of those who know the password it is kept which counts they have used.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import type { Answer, RequestFacts } from '../answer/answers.ts'
import type { PasswordAuth } from '../types.ts'

/** So long a nonce is good (nginx's module: 60 s). */
const nonceMs = 60_000
/** As often it may be used, each time with another count. */
const countLimit = 1024
const nonceLimit = 65_536

export class Digests {
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  /** Of nonces in use: their counts. The eldest first. */
  readonly #used = new Map<string, Set<number>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The refusal of somebody who does not know the password, or nothing. `secretOf` answers MD5(user:realm:password) in hexadecimal digits. */
  refusal({ realm }: PasswordAuth, { method, target, headers }: RequestFacts, secretOf: (user: string) => string | undefined): Answer | undefined {
    const given = typeof headers.authorization === 'string' ? parameters(headers.authorization) : undefined
    if (!given) return this.#challenge(realm, false)
    const { username = '', nonce = '', uri = '', nc = '', cnonce = '', qop, response = '', algorithm = 'MD5' } = given
    const secret = secretOf(username)
    const fits = given.realm === realm && uri === target && qop === 'auth' && algorithm.toUpperCase() === 'MD5' && /^[\da-f]{8}$/i.test(nc) && cnonce !== ''
    if (secret === undefined || !fits) return this.#challenge(realm, false)
    const wanted = md5(`${secret.toLowerCase()}:${nonce}:${nc}:${cnonce}:auth:${md5(`${method}:${uri}`)}`)
    if (response.length !== wanted.length || !timingSafeEqual(Buffer.from(response.toLowerCase()), Buffer.from(wanted))) return this.#challenge(realm, false)
    // He knows the password; the browser takes the new nonce without asking him again.
    return this.#use(nonce, Number.parseInt(nc, 16)) ? undefined : this.#challenge(realm, true)
  }

  #use(nonce: string, count: number): boolean {
    const now = this.#clock.now()
    const madeMs = Number.parseInt(nonce.slice(0, 12), 16)
    if (nonce !== this.#nonce(nonce.slice(0, 12), nonce.slice(12, 28)) || now - madeMs >= nonceMs) return false
    for (const each of this.#used.keys()) {
      if (now - Number.parseInt(each.slice(0, 12), 16) < nonceMs) break
      this.#used.delete(each)
    }
    const counts = this.#used.get(nonce) ?? new Set()
    if (counts.has(count) || counts.size >= countLimit) return false
    if (counts.size === 0) {
      if (this.#used.size >= nonceLimit) return false
      this.#used.set(nonce, counts)
    }
    counts.add(count)
    return true
  }

  #challenge(realm: string, isStale: boolean): Answer {
    const time = this.#clock.now().toString(16).padStart(12, '0')
    const nonce = this.#nonce(time, randomBytes(8).toString('hex'))
    const header = `Digest algorithm="MD5", qop="auth", realm="${realm}", nonce="${nonce}"${isStale ? ', stale="true"' : ''}`
    return { status: 401, headers: { 'www-authenticate': header } }
  }

  #nonce(time: string, random: string): string {
    return `${time}${random}${createHmac('sha256', this.#key).update(`${time}${random}`).digest('hex').slice(0, 32)}`
  }
}

/** Of `Digest name="value", name=value`; nothing for another kind, or what cannot be read. */
function parameters(header: string): Partial<Record<string, string>> | undefined {
  const [, list] = /^digest\s+(.*)$/i.exec(header) ?? []
  if (list === undefined) return undefined
  const found: Record<string, string> = Object.create(null)
  const parameter = /\s*([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/iy
  while (parameter.lastIndex < list.length) {
    const [, key, quoted, plain] = parameter.exec(list) ?? []
    if (key === undefined || Object.hasOwn(found, key.toLowerCase())) return undefined
    found[key.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? ''
  }
  return found
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
