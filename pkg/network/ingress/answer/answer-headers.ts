/** A backend's headers that name itself, as the client is to see them (nginx: proxy_redirect, proxy_cookie_domain, proxy_cookie_path). */
import type { OutgoingHttpHeaders } from 'node:http'
import type { RequestFacts } from './answers.ts'
import type { LocationOptions } from '../types.ts'
import { expandVariables } from '../routes/variables.ts'

/** Changes `headers`. */
export function answerHeaders(headers: OutgoingHttpHeaders, options: LocationOptions, facts: RequestFacts): void {
  const { locationHeader, cookieDomain, cookiePath } = options
  const { location, 'set-cookie': cookies } = headers
  if (locationHeader && typeof location === 'string' && location.startsWith(locationHeader.from))
    headers.location = expandVariables(locationHeader.to, facts) + location.slice(locationHeader.from.length)
  if ((cookieDomain || cookiePath) && cookies !== undefined) headers['set-cookie'] = [cookies].flat().map((each) => cookieSeen(String(each), options))
}

function cookieSeen(cookie: string, { cookieDomain, cookiePath }: LocationOptions): string {
  return cookie.replaceAll(/;(\s*)(domain|path)=([^;]*)/gi, (whole, space: string, name: string, value: string) => {
    const isDomain = name.toLowerCase() === 'domain'
    const change = isDomain ? cookieDomain : cookiePath
    if (!change) return whole
    if (!isDomain) return value.startsWith(change.from) ? `;${space}${name}=${change.to}${value.slice(change.from.length)}` : whole
    // A dot in front says nothing (RFC 6265, 5.2.3), and stays.
    const dot = value.startsWith('.') ? '.' : ''
    const same = value.slice(dot.length).toLowerCase() === change.from.replace(/^\./, '').toLowerCase()
    return same ? `;${space}${name}=${dot}${change.to.replace(/^\./, '')}` : whole
  })
}
