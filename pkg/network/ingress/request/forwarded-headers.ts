/** Headers on their way through: those of one hop stay behind, and the backend is told who asked (ingress-nginx' set). */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { RequestFacts } from '../answer/answers.ts'

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

export interface ForwardedFacts {
  readonly port: number
  readonly requestId: string
  readonly upstreamHost?: string | undefined
  /** Basic authentication was for the proxy; the password goes no further. */
  readonly hideAuthorization?: boolean
}

export function requestHeaders(given: IncomingHttpHeaders, facts: RequestFacts, forwarded: ForwardedFacts): OutgoingHttpHeaders {
  const headers = withoutHops(given)
  for (const name in headers) {
    // Programs take them for the same names with dashes, which are set below; nginx drops them, too.
    if (name.includes('_')) delete headers[name]
  }
  delete headers.expect
  // What CGI programs take for a setting of their own ("httpoxy").
  delete headers.proxy
  if (forwarded.hideAuthorization) delete headers.authorization
  headers.host = forwarded.upstreamHost ?? facts.host
  headers['x-request-id'] = forwarded.requestId
  headers['x-real-ip'] = facts.client
  // What clients say about themselves is not believed.
  for (const name of ['for', 'host']) {
    const said = given[`x-forwarded-${name}`]
    if (said === undefined) delete headers[`x-original-forwarded-${name}`]
    else headers[`x-original-forwarded-${name}`] = said
  }
  headers['x-forwarded-for'] = facts.client
  headers['x-forwarded-host'] = facts.host
  headers['x-forwarded-port'] = String(forwarded.port)
  headers['x-forwarded-proto'] = facts.scheme
  headers['x-forwarded-scheme'] = facts.scheme
  headers['x-scheme'] = facts.scheme
  return headers
}

/** The client's own, when it is one that logs can hold. */
export function requestIdOf(given: IncomingHttpHeaders): string {
  const id = given['x-request-id']
  return typeof id === 'string' && /^[\w.:/+=@-]{1,256}$/.test(id) ? id : newRequestId()
}

/** 128 random bits; drawn in advance, since each draw costs more than all else done to a request's headers. */
function newRequestId(): string {
  if (drawn + 16 > pool.length) {
    pool = randomBytes(4096)
    drawn = 0
  }
  drawn += 16
  return pool.toString('hex', drawn - 16, drawn)
}

let pool = Buffer.alloc(0)
let drawn = 0

export function withoutHops(given: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { connection } = given
  // Nearly always one of these, which name no other header.
  const named =
    connection === undefined || connection === 'keep-alive' || connection === 'close'
      ? none
      : String(connection)
          .toLowerCase()
          .split(',')
          .map((each) => each.trim())
  const headers: OutgoingHttpHeaders = {}
  for (const name in given) {
    const value = given[name]
    if (value !== undefined && !hopByHop.has(name) && name.charCodeAt(0) !== colon && !named.includes(name)) headers[name] = value
  }
  return headers
}

const none: readonly string[] = []
const colon = ':'.charCodeAt(0)
