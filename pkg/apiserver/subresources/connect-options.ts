/** What a connecting request asks, as the object that admission sees: PodExecOptions and its kin (core/v1, conversion from url.Values). */
import type { KubeObject } from '#apimachinery/object.ts'
import { badRequest } from '#apimachinery/status-error.ts'
import { isTrue } from '../connect/pod-log.ts'
import type { ApiRequest } from '../types.ts'

export type ConnectOptions = KubeObject & Readonly<Record<string, unknown>>

const streams = ['stdin', 'stdout', 'stderr', 'tty']
const proxies: Readonly<Record<string, string>> = { pods: 'PodProxyOptions', services: 'ServiceProxyOptions', nodes: 'NodeProxyOptions' }

/** Only what is set; throws BadRequest for a port that is no number. */
export function connectOptions(resource: string, subresource: string, request: ApiRequest): ConnectOptions {
  const { query } = request
  const set = (kind: string, fields: Readonly<Record<string, unknown>>): ConnectOptions => {
    const given = Object.entries(fields).filter(([, value]) => value !== false && value !== '' && !(Array.isArray(value) && value.length === 0))
    return { kind, apiVersion: 'v1', ...Object.fromEntries(given) } as unknown as ConnectOptions
  }
  const flags = Object.fromEntries(streams.map((name) => [name, isTrue(query.get(name))]))
  const container = query.get('container') ?? ''
  switch (subresource) {
    case 'exec':
      return set('PodExecOptions', { ...flags, container, command: query.getAll('command') })
    case 'attach':
      return set('PodAttachOptions', { ...flags, container })
    case 'portforward':
      return set('PodPortForwardOptions', { ports: query.getAll('ports').flatMap((text) => text.split(',').map(portOf)) })
    default:
      return set(proxies[resource] ?? 'PodProxyOptions', { path: pathBehind(request) })
  }
}

function portOf(text: string): number {
  const why = /^\d+$/.test(text) ? (Number(text) > 65_535 ? 'value out of range' : '') : 'invalid syntax'
  if (why !== '') throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`)
  return Number(text)
}

function pathBehind({ path, context }: ApiRequest): string {
  const { parts } = context.info
  const joined = parts.length > 0 ? `/${parts.join('/')}` : ''
  return path.endsWith('/') && !joined.endsWith('/') ? `${joined}/` : joined
}
