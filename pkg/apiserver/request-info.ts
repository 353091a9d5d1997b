/** What a request is about, from method, path and query: upstream's `request.RequestInfoFactory`. */
import type { RequestInfo } from './types.ts'

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Segments that follow a namespace's name and are its own subresources, not resources inside it. */
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize'])

export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const segments = splitPath(path)
  const other: RequestInfo = {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    apiPrefix: '',
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: [],
  }
  const prefix = segments[0]
  const isGroups = prefix === 'apis'
  if ((prefix !== 'api' && !isGroups) || segments.length < (isGroups ? 4 : 3)) return other

  const group = isGroups ? segments[1]! : ''
  const version = segments[isGroups ? 2 : 1]!
  let rest = segments.slice(isGroups ? 3 : 2)
  let verb = verbOfMethod[method] ?? ''
  if (rest[0] === 'watch' || rest[0] === 'proxy') {
    if (rest.length === 1) return other
    verb = rest[0]
    rest = rest.slice(1)
  }
  let namespace = ''
  if (rest[0] === 'namespaces') {
    namespace = rest[1] ?? ''
    if (rest.length > 2 && !namespaceSubresources.has(rest[2]!)) rest = rest.slice(2)
  }
  const resource = rest[0] ?? ''
  let name = rest[1] ?? ''
  const subresource = rest[2] ?? ''
  if (name === '' && verb === 'get') {
    verb = isTrue(query.get('watch')) ? 'watch' : 'list'
    name = nameOfFieldSelector(query.get('fieldSelector'))
  } else if (name === '' && verb === 'delete') verb = 'deletecollection'
  return { ...other, isResourceRequest: true, verb, apiPrefix: prefix!, group, version, namespace, resource, subresource, name, parts: rest.slice(3) }
}

/** Requests that last as long as the client likes: no deadline, and no place in the in-flight limits. */
export function isLongRunning(info: RequestInfo): boolean {
  if (!info.isResourceRequest) return info.path.startsWith('/debug/pprof/')
  return info.verb === 'watch' || info.verb === 'proxy' || longRunningSubresources.has(info.subresource)
}

const longRunningSubresources: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy'])

/** As upstream turns a query's text into a boolean: all but "false" and "0" is true. */
export function isTrue(text: string | null | undefined): boolean {
  return text !== null && text !== undefined && text !== '0' && text.toLowerCase() !== 'false'
}

function splitPath(path: string): string[] {
  let start = 0
  let end = path.length
  while (start < end && path[start] === '/') start++
  while (end > start && path[end - 1] === '/') end--
  if (start === end) return []
  const whole = path.slice(start, end)
  return (path.includes('%') ? decoded(whole) : whole).split('/')
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** `metadata.name=x` as a requirement of its own names one object, which authorization by name may then allow. */
function nameOfFieldSelector(selector: string | null): string {
  if (!selector) return ''
  const match = /(?:^|,)\s*metadata\.name\s*==?\s*([^,=\s]+)\s*(?:,|$)/.exec(selector)
  return match?.[1] ?? ''
}
