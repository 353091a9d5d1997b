/** Which location a request is for, and what path its backend is asked for. */
import type { HostRoutes, Location, RouteTable } from '../types.ts'

/** The host's own entry, or that of the wildcard that covers exactly one more label, or the one for all hosts. */
export function hostEntry<T>(entries: ReadonlyMap<string, T>, host: string): T | undefined {
  return entries.get(host) ?? entries.get(`*${host.slice(Math.max(0, host.indexOf('.')))}`) ?? entries.get('')
}

/** What is served at a host: patterns of hosts come after names and wildcards. */
export function routesOf({ hosts, hostPatterns }: RouteTable, host: string): HostRoutes | undefined {
  const named = hosts.get(host) ?? hosts.get(`*${host.slice(Math.max(0, host.indexOf('.')))}`)
  return named ?? hostPatterns.find(({ pattern }) => pattern.test(host))?.routes ?? hosts.get('')
}

export interface Match {
  readonly location: Location
  readonly routes: HostRoutes
}

/** `path` is normalised. A host of its own that has nothing for the path leaves it to those that are for every host. */
export function match(table: RouteTable, host: string, path: string): Match | undefined {
  const own = routesOf(table, host)
  for (const routes of [own, table.hosts.get('')]) {
    const location = routes?.locations.find((each) => covers(each, path))
    if (routes && location) return { location, routes }
  }
  return undefined
}

function covers({ kind, path: wanted, pattern }: Location, path: string): boolean {
  if (kind === 'Exact') return path === wanted
  if (kind === 'Regex') return pattern?.test(path) ?? false
  // By whole elements: /foo is a prefix of /foo/bar, not of /foobar; a slash at the end makes no difference.
  const prefix = wanted.endsWith('/') ? wanted.slice(0, -1) : wanted
  return path === prefix || path.startsWith(`${prefix}/`)
}

/** The request's path as nginx compares it: decoded, without empty elements, "." and "..". Nothing when it leaves the root or is malformed. */
export function normalisePath(target: string): string | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(target.split('?', 1)[0] ?? '')
  } catch {
    return undefined
  }
  if (!decoded.startsWith('/') || decoded.includes('\0')) return undefined
  const parts: string[] = []
  const elements = decoded.split('/').slice(1)
  for (const element of elements) {
    if (element === '..') {
      if (parts.pop() === undefined) return undefined
    } else if (element !== '.' && element !== '') parts.push(element)
  }
  const isDirectory = /^\.{0,2}$/.test(elements.at(-1) ?? '')
  return `/${parts.join('/')}${isDirectory && parts.length > 0 ? '/' : ''}`
}

/** The target that the backend is asked for, or an address to send the client to. As in ingress-nginx, a rewrite replaces the whole path. */
export function rewritten(location: Location, target: string, path: string): string {
  const to = location.options.rewriteTarget
  if (to === undefined || to === location.path) return target
  const replaced = withCaptures(to, location, path)
  const question = target.indexOf('?')
  const query = question < 0 ? '' : target.slice(question + 1)
  const full = replaced.startsWith('/') || isAddress(replaced) ? replaced : `/${replaced}`
  return query === '' ? full : `${full}${full.includes('?') ? '&' : '?'}${query}`
}

export const isAddress = (target: string): boolean => /^https?:\/\//.test(target)

/** `text` with what the location's pattern found in the path, by number or by name. */
export function withCaptures(text: string, { pattern }: Location, path: string): string {
  if (!text.includes('$')) return text
  const found = pattern?.exec(path)
  return text.replaceAll(/\$(?:(\d)|(\w+))/g, (_, index: string | undefined, name: string) =>
    encodeURI((index === undefined ? found?.groups?.[name] : found?.[Number(index)]) ?? ''),
  )
}
