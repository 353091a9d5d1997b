/** pods/proxy, services/proxy and nodes/proxy: any HTTP request to what stands behind the name, `[scheme:]name[:port]`. */
import { isIPv4 } from 'node:net'
import { endpointSlices, services } from '#api/gen/resources.ts'
import { badRequest, notFound, type StatusError, serviceUnavailable } from '#apimachinery/status-error.ts'
import { cachedReader, type ReadAccess } from '../cached-reader.ts'
import { readyEndpoints, slicesOf } from '../service-endpoints.ts'
import type { ApiRequest } from '../types.ts'
import { authority, type BackendTarget, type BackendTls, forward } from './backend.ts'
import { forwardedFor } from './headers.ts'
import { kubeletOf, type Locator } from './locate.ts'
import { throughProxy } from './through-proxy.ts'
import type { ConnectHandler, ConnectHandlers } from './types.ts'

interface ProxyName {
  readonly scheme: 'http' | 'https' | ''
  readonly name: string
  readonly port: string
}

export function splitProxyName(text: string): ProxyName | undefined {
  const parts = text.split(':')
  if (parts.length === 1) return { scheme: '', name: parts[0]!, port: '' }
  if (parts.length === 2) return { scheme: '', name: parts[0]!, port: parts[1]! }
  if (parts.length !== 3 || !['', 'http', 'https'].includes(parts[0]!)) return undefined
  return { scheme: parts[0] as ProxyName['scheme'], name: parts[1]!, port: parts[2]! }
}

type Location = Omit<BackendTarget, 'path'>
type Locate = (namespace: string, name: ProxyName) => Promise<Location>

export function proxyHandlers(access: ReadAccess, locate: Locator, kubeletTls: BackendTls): ConnectHandlers {
  return {
    'pods/proxy': proxyHandler('pod', podLocation(locate)),
    'services/proxy': proxyHandler('service', serviceLocation(access)),
    'nodes/proxy': proxyHandler('node', nodeLocation(locate, kubeletTls)),
  }
}

function proxyHandler(what: string, locate: Locate): ConnectHandler {
  return async (request) => {
    const { info } = request.context
    const name = splitProxyName(info.name)
    if (!name || name.name === '') throw badRequest(`invalid ${what} request "${info.name}"`)
    const { prefix, rest } = splitPath(request)
    const query = request.query.toString()
    const location = await locate(info.namespace, name)
    // Relative links of the page behind need the slash.
    if (rest === '' && ['GET', 'HEAD'].includes(request.method) && !request.upgrade)
      return { status: 301, headers: { location: `${prefix}/${query ? `?${query}` : ''}` }, body: '' }
    const asked = request.headers.host ?? ''
    const target = { ...location, path: `${rest || '/'}${query ? `?${query}` : ''}`, headers: { ...location.headers, ...forwarded(request, asked) } }
    return throughProxy(await forward(request, target, unreachable), { backend: authority(location), asked, prefix })
  }
}

function splitPath({ path, context }: ApiRequest): { prefix: string; rest: string } {
  const { resource, name } = context.info
  const marker = [name, encodeURIComponent(name)].map((each) => `/${resource}/${each}/proxy`).find((each) => path.includes(each)) ?? '/proxy'
  const end = path.indexOf(marker) + marker.length
  return { prefix: path.slice(0, end), rest: path.slice(end) }
}

/** What the backend hears of who asked, and for what. */
function forwarded(request: ApiRequest, asked: string): Record<string, string> {
  return {
    ...(asked === '' ? {} : { host: asked }),
    'x-forwarded-uri': request.path,
    'x-forwarded-for': forwardedFor(request),
  }
}

const unreachable = (why: string): StatusError => serviceUnavailable(`error trying to reach service: ${why}`)

function podLocation(locate: Locator): Locate {
  return async (namespace, { scheme, name, port }) => {
    const pod = await locate.pod(namespace, name)
    const host = pod.status?.podIP ?? ''
    if (host === '') throw badRequest('address not allowed')
    refuseLocal(host)
    const declared = pod.spec?.containers.flatMap((each) => each.ports ?? []) ?? []
    const found = port === '' ? declared[0]?.containerPort : (declared.find((each) => each.name === port)?.containerPort ?? Number(port))
    if (found !== undefined && !(found > 0 && found < 65_536)) throw badRequest(`invalid pod request "${name}:${port}"`)
    return withScheme(scheme, host, found)
  }
}

function nodeLocation(locate: Locator, tls: BackendTls): Locate {
  return async (_, { scheme, name, port }) => {
    const kubelet = kubeletOf(await locate.node(name))
    if (port === '' || Number(port) === kubelet.port) return { scheme: 'https', ...kubelet, tls }
    refuseLocal(kubelet.host)
    return withScheme(scheme, kubelet.host, Number(port))
  }
}

function serviceLocation(access: ReadAccess): Locate {
  const serviceReader = cachedReader(access, services)
  const sliceReader = cachedReader(access, endpointSlices)
  return async (namespace, { scheme, name, port }) => {
    const service = await serviceReader.get(namespace, name)
    if (!service) throw notFound({ group: '', resource: 'services' }, name)
    const ports = service.spec?.ports ?? []
    const wanted = port === '' ? (ports.length === 1 ? ports[0] : undefined) : ports.find((each) => each.name === port || String(each.port) === port)
    if (!wanted && /^\d+$/.test(port)) throw serviceUnavailable(`no service port ${port} found for service "${name}"`)
    const found = slicesOf(await sliceReader.list(namespace), name).flatMap((slice) => readyEndpoints(slice, wanted ? (wanted.name ?? '') : port))
    if (found.length === 0) throw serviceUnavailable(`no endpoints available for service "${[scheme, name, port].filter((each) => each !== '').join(':')}"`)
    const { host, port: endpointPort } = found[Math.floor(Math.random() * found.length)]!
    refuseLocal(host)
    return withScheme(scheme, host, endpointPort)
  }
}

/** Never lets a caller reach this machine itself through the server. */
function refuseLocal(host: string): void {
  const local = isIPv4(host) ? /^(127\.|169\.254\.|0\.)/.test(host) : /^(::1?|fe[89ab][0-9a-f]:.*|::ffff:127\..*)$/i.test(host)
  if (local) throw badRequest('address not allowed')
}

function withScheme(scheme: ProxyName['scheme'], host: string, port: number | undefined): Location {
  const used = scheme || 'http'
  return { scheme: used, host, port: port ?? (used === 'https' ? 443 : 80) }
}
