/** After the chain: resources to the registry, everything else by its path. */
import { notAllowedHere, pathNotFound } from './response.ts'
import type { ApiRequest, ApiResponse, Handler } from './types.ts'

const slashMayFollow: ReadonlySet<string> = new Set(['/api', '/apis', '/version'])

export interface Router {
  readonly handler: Handler
  /** An exact path ("/version"). */
  exact(path: string, handler: Handler): void
  /** A path and all below it; the longest wins. Returns a function that removes it. */
  prefix(path: string, handler: Handler): () => void
  /** Asked first: who else answers a group version ("apps/v1"). */
  delegate(find: (groupVersion: string) => Handler | undefined): void
  /** What answers a path that nobody registered. */
  otherwise(handler: Handler): void
  paths(): string[]
}

export function createRouter(registry: Handler): Router {
  const exact = new Map<string, Handler>()
  const prefixes = new Map<string, Handler>()
  let fallback: Handler = async () => pathNotFound()
  let delegated: ((groupVersion: string) => Handler | undefined) | undefined
  const route = async (request: ApiRequest): Promise<ApiResponse> => {
    const { info } = request.context
    const path = request.path.length > 1 && request.path.endsWith('/') ? request.path.replace(/\/+$/, '') : request.path
    const other = delegated && path.startsWith('/apis/') ? delegated(groupVersionOf(path)) : undefined
    if (other) return other(request)
    const mounted = longest(prefixes, path)
    if (mounted) return mounted(request)
    if (info.isResourceRequest) return registry(request)
    const handler = exact.get(path)
    if (!handler) return fallback(request)
    if (path !== request.path && !slashMayFollow.has(path)) return pathNotFound()
    // Upstream's plain handlers do not look at the method; its routes do.
    if (request.method !== 'GET' && (path === '/version' || path === '/api')) throw notAllowedHere()
    return handler(request)
  }
  return {
    handler: route,
    exact: (path, handler) => void exact.set(path, handler),
    prefix: (path, handler) => {
      prefixes.set(path, handler)
      return () => {
        if (prefixes.get(path) === handler) prefixes.delete(path)
      }
    },
    delegate: (find) => {
      delegated = find
    },
    otherwise: (handler) => {
      fallback = handler
    },
    paths: () => [...exact.keys(), ...prefixes.keys()].sort(),
  }
}

/** "/apis/GROUP/VERSION/…": "GROUP/VERSION". */
function groupVersionOf(path: string): string {
  const start = '/apis/'.length
  const slash = path.indexOf('/', start)
  const end = slash < 0 ? -1 : path.indexOf('/', slash + 1)
  return path.slice(start, end < 0 ? undefined : end)
}

/** The few prefixes there are cost less to try than a path takes to be cut into all of its own. */
function longest(prefixes: ReadonlyMap<string, Handler>, path: string): Handler | undefined {
  let found: Handler | undefined
  let length = -1
  for (const [prefix, handler] of prefixes) {
    if (prefix.length <= length || !path.startsWith(prefix)) continue
    if (path.length > prefix.length && path.charCodeAt(prefix.length) !== 0x2f) continue
    found = handler
    length = prefix.length
  }
  return found
}
