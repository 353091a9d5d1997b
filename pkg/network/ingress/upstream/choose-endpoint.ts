/** To which backend and endpoint a request goes: canaries first, then in turn, or where the client's cookie says. */
import { createHash, randomInt } from 'node:crypto'
import type { Affinity, Backend, Canary, Endpoint, Location } from '../types.ts'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** `draw` answers a number from 0 up to, not including, its argument; `isAt`: whether the client's affinity cookie names an endpoint of a backend. */
export function chooseBackend(
  { backend, canaries }: Location,
  headers: Headers,
  draw: (below: number) => number = randomInt,
  isAt: (backend: Backend) => boolean = () => false,
  hasEndpoints: (backend: Backend) => boolean = () => true,
): { backend: Backend; isCanary: boolean } | undefined {
  for (const canary of canaries) {
    // Nobody is sent where nobody is.
    if (!hasEndpoints(canary.backend)) continue
    if (canary.sticky && isAt(canary.backend)) return { backend: canary.backend, isCanary: true }
    if (canary.sticky && backend && isAt(backend)) continue
    const said = byHeader(canary, headers) ?? byCookie(canary, headers)
    if (said === true) return { backend: canary.backend, isCanary: true }
    if (said === undefined && canary.weight > 0 && draw(Math.max(100, canary.weightTotal)) < canary.weight) return { backend: canary.backend, isCanary: true }
  }
  return backend && { backend, isCanary: false }
}

function byHeader({ header, headerValue, headerPattern }: Canary, headers: Headers): boolean | undefined {
  const value = header === undefined ? undefined : headers[header]
  if (typeof value !== 'string') return undefined
  if (headerValue !== undefined) return value === headerValue ? true : undefined
  if (headerPattern !== undefined) return headerPattern.test(value) ? true : undefined
  return value === 'always' ? true : value === 'never' ? false : undefined
}

function byCookie({ cookie }: Canary, headers: Headers): boolean | undefined {
  const value = cookie === undefined ? undefined : cookieOf(headers, cookie)
  return value === 'always' ? true : value === 'never' ? false : undefined
}

export function cookieOf(headers: Headers, name: string): string | undefined {
  const cookies = typeof headers.cookie === 'string' ? headers.cookie.split(';') : []
  for (const each of cookies) {
    const equals = each.indexOf('=')
    if (equals > 0 && each.slice(0, equals).trim() === name) return each.slice(equals + 1).trim()
  }
  return undefined
}

/** How long an endpoint that refused a connection is tried last. */
const restMs = 5_000
const limit = 10_000

export interface OrderOptions {
  readonly attempts: number
  readonly headers: Headers
  readonly affinity?: Affinity | undefined
  /** Equal texts have the same order, of which a change of one endpoint changes little. */
  readonly hash?: string | undefined
}

export class EndpointChooser {
  readonly #turns = new Map<string, number>()
  readonly #resting = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** The endpoints in the order in which to try them: no more than are tried. */
  order(backend: Backend, endpoints: readonly Endpoint[], { attempts, headers, affinity, hash }: OrderOptions): Endpoint[] {
    const count = endpoints.length
    if (count === 0) return []
    if (hash !== undefined) return byHash(endpoints, hash).slice(0, attempts)
    const start = this.#turn(backend) % count
    const ordered: Endpoint[] = []
    const resting: Endpoint[] = []
    const home = affinity && this.#home(endpoints, headers, affinity)
    if (home) ordered.push(home)
    for (let index = 0; index < count && ordered.length < attempts; index++) {
      const endpoint = endpoints[(start + index) % count]!
      if (endpoint === home) continue
      if (this.#isResting(endpoint)) resting.push(endpoint)
      else ordered.push(endpoint)
    }
    if (ordered.length < attempts && resting.length > 0) ordered.push(...resting.slice(0, attempts - ordered.length))
    return ordered
  }

  #turn({ namespace, service, port }: Backend): number {
    const key = `${namespace}/${service}:${port}`
    const turn = (this.#turns.get(key) ?? randomInt(1_000_000)) + 1
    if (!this.#turns.has(key) && this.#turns.size >= limit) this.#turns.clear()
    this.#turns.set(key, turn)
    return turn
  }

  /** Where the client's cookie says; not where that endpoint fails and the cookie may change. */
  #home(endpoints: readonly Endpoint[], headers: Headers, affinity: Affinity): Endpoint | undefined {
    const wanted = cookieOf(headers, affinity.cookie)
    const home = wanted === undefined ? undefined : endpoints.find((each) => affinityValue(each) === wanted)
    return home && affinity.changeOnFailure && this.#isResting(home) ? undefined : home
  }

  #isResting(endpoint: Endpoint): boolean {
    if (this.#resting.size === 0) return false
    const until = this.#resting.get(nameOf(endpoint))
    return until !== undefined && until > this.#now()
  }

  failed(endpoint: Endpoint): void {
    if (this.#resting.size >= limit) this.#resting.clear()
    this.#resting.set(nameOf(endpoint), this.#now() + restMs)
  }
}

/** The highest of a hash of text and endpoint first, so that an endpoint that goes takes along just its own (rendezvous hashing). */
function byHash(endpoints: readonly Endpoint[], text: string): Endpoint[] {
  const scored = endpoints.map((endpoint) => ({
    endpoint,
    score: createHash('md5')
      .update(`${nameOf(endpoint)} ${text}`)
      .digest('hex'),
  }))
  return scored.sort((a, b) => (a.score < b.score ? 1 : -1)).map(({ endpoint }) => endpoint)
}

/** Whether the client's cookie names one of these. */
export function isAtHome(endpoints: readonly Endpoint[], headers: Headers, { cookie }: Affinity): boolean {
  const value = cookieOf(headers, cookie)
  return value !== undefined && endpoints.some((each) => affinityValue(each) === value)
}

const values = new WeakMap<Endpoint, string>()

export function affinityValue(endpoint: Endpoint): string {
  let value = values.get(endpoint)
  if (value === undefined) {
    value = createHash('sha256').update(nameOf(endpoint)).digest('hex').slice(0, 32)
    values.set(endpoint, value)
  }
  return value
}

/** The Set-Cookie that keeps a client at an endpoint. */
export function affinityCookie(
  affinity: Affinity,
  endpoint: Endpoint,
  { path, secure, now, userAgent = '' }: { path: string; secure: boolean; now: number; userAgent?: string | undefined },
): string {
  const { cookie, domain, maxAgeSeconds, expiresSeconds, sameSite } = affinity
  return [
    `${cookie}=${affinityValue(endpoint)}`,
    ...(expiresSeconds === undefined ? [] : [`Expires=${new Date(now + expiresSeconds * 1000).toUTCString()}`]),
    ...(maxAgeSeconds === undefined ? [] : [`Max-Age=${maxAgeSeconds}`]),
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    `Path=${affinity.path ?? path}`,
    ...(affinity.secure || secure ? ['Secure'] : []),
    'HttpOnly',
    ...(sameSite === undefined || (sameSite === 'None' && affinity.sameSiteUnlessRefused && refusesSameSiteNone(userAgent)) ? [] : [`SameSite=${sameSite}`]),
  ].join('; ')
}

/** Browsers to whom `None` is a cookie of nobody, or of this site alone. */
function refusesSameSiteNone(userAgent: string): boolean {
  if (/Chrome\/[456]|CPU iPhone OS 12|iPad; CPU OS 12/.test(userAgent)) return true
  return /Macintosh/.test(userAgent) && /Intel Mac OS X 10_14/.test(userAgent) && /Safari/.test(userAgent) && !/Chrome/.test(userAgent)
}

function nameOf({ address, port }: Endpoint): string {
  return `${address}:${port}`
}
