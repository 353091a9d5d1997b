/** To which backend and endpoint a request goes: canaries first, then in turn, or where the client's cookie says. */
import { createHash, randomInt } from 'node:crypto'
import type { Backend, Canary, Endpoint, Location, LocationOptions } from './types.ts'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** `draw` answers a number from 0 up to, not including, its argument. */
export function chooseBackend({ backend, canaries }: Location, headers: Headers, draw: (below: number) => number = randomInt): Backend | undefined {
  for (const canary of canaries) {
    const said = byHeader(canary, headers) ?? byCookie(canary, headers)
    if (said === true) return canary.backend
    if (said === undefined && canary.weight > 0 && draw(Math.max(1, canary.weightTotal)) < canary.weight) return canary.backend
  }
  return backend
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

export class EndpointChooser {
  readonly #turns = new Map<string, number>()
  readonly #resting = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** All endpoints in the order in which to try them. */
  order(backend: Backend, endpoints: readonly Endpoint[], headers: Headers, affinity: LocationOptions['affinity']): Endpoint[] {
    if (endpoints.length === 0) return []
    const key = `${backend.namespace}/${backend.service}:${backend.port}`
    const turn = (this.#turns.get(key) ?? randomInt(1_000_000)) + 1
    if (!this.#turns.has(key) && this.#turns.size >= limit) this.#turns.clear()
    this.#turns.set(key, turn)
    const start = turn % endpoints.length
    const rotated = [...endpoints.slice(start), ...endpoints.slice(0, start)]
    const now = this.#now()
    const isResting = (each: Endpoint) => (this.#resting.get(nameOf(each)) ?? 0) > now
    rotated.sort((a, b) => Number(isResting(a)) - Number(isResting(b)))
    const wanted = affinity ? cookieOf(headers, affinity.cookie) : undefined
    const home = wanted === undefined ? -1 : rotated.findIndex((each) => affinityValue(each) === wanted)
    if (home > 0) rotated.unshift(...rotated.splice(home, 1))
    return rotated
  }

  failed(endpoint: Endpoint): void {
    if (this.#resting.size >= limit) this.#resting.clear()
    this.#resting.set(nameOf(endpoint), this.#now() + restMs)
  }
}

export function affinityValue(endpoint: Endpoint): string {
  return createHash('sha256').update(nameOf(endpoint)).digest('hex').slice(0, 32)
}

function nameOf({ address, port }: Endpoint): string {
  return `${address}:${port}`
}
