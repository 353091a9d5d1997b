/** What all Ingresses of our classes mean together. Pure. */
import { keyOf } from '#apimachinery/object.ts'
import type { HTTPIngressPath, Ingress, IngressBackend, IngressClass } from '#api/gen/networking/v1.ts'
import { compileLinear } from '#apimachinery/linear-pattern.ts'
import { canaryOf, optionsOf, type ServerOptions } from './annotations.ts'
import type { Backend, Canary, ClientAuth, HostRoutes, Location, LocationOptions, RouteTable } from '../types.ts'

export const controllerName = 'k8ts.io/ingress'
/** The same as in `#controllers/ingress`, which this layer may not import. */
const challengeAnnotation = 'k8ts.io/acme-challenges'
const classAnnotation = 'kubernetes.io/ingress.class'

export interface CompileResult {
  readonly table: RouteTable
  /** Ingresses that are left out, and why. */
  readonly refused: ReadonlyMap<string, string>
  /** Those that let nobody in, and why. */
  readonly denied: ReadonlyMap<string, string>
  /** What is wrong with those that are served all the same. */
  readonly faults: ReadonlyMap<string, readonly string[]>
}

/** Whether an Ingress names one of our classes, by its field or by the old annotation. */
export function isOurs({ metadata, spec }: Ingress, classes: readonly IngressClass[]): boolean {
  const name = spec.ingressClassName ?? metadata.annotations?.[classAnnotation]
  return classes.some((each) => each.metadata.name === name && each.spec.controller === controllerName)
}

interface HostDraft {
  readonly locations: { location: Location; isExact: boolean; canaries: Canary[] }[]
  tls: boolean
  clientAuth?: ClientAuth
  passthrough?: Backend
}

export function compile(ingresses: readonly Ingress[], classes: readonly IngressClass[]): CompileResult {
  const hosts = new Map<string, HostDraft>()
  const certificates = new Map<string, string>()
  const secrets = new Set<string>()
  const configMaps = new Set<string>()
  const refused = new Map<string, string>()
  const hostOf = (name: string): HostDraft => {
    const draft = hosts.get(name) ?? { locations: [], tls: false }
    hosts.set(name, draft)
    return draft
  }
  // Where two want the same path, the elder has it.
  const ours = ingresses.filter((each) => !each.metadata.deletionTimestamp && isOurs(each, classes)).sort(byAge)
  const read = ours.flatMap((ingress) => {
    try {
      return [{ ingress, options: optionsOf(ingress), canary: canaryOf(ingress) }]
    } catch (error) {
      refused.set(keyOf(ingress), (error as Error).message)
      return []
    }
  })
  const ofPatterns = hostsOfPatterns(read)
  for (const { ingress, options, canary } of read) {
    if (canary) continue
    const draft = (host: string, location: Location, isExact = true) => {
      const { locations } = hostOf(host)
      if (!locations.some((each) => each.isExact === isExact && each.location.path === location.path)) locations.push({ location, isExact, canaries: [] })
    }
    try {
      // All of it is read before any of it is served.
      const locations = pathsOf(ingress).map(({ host, path }) => ({ host, path, location: locationOf(ingress, path, options, ofPatterns.has(host)) }))
      for (const { host, path, location } of locations) draft(host, location, path.pathType === 'Exact')
    } catch (error) {
      refused.set(keyOf(ingress), (error as Error).message)
      continue
    }
    for (const location of challengesOf(ingress, options)) {
      for (const host of (ingress.spec.tls ?? []).flatMap(({ hosts: names = [] }) => names)) draft(host.toLowerCase(), location)
    }
    for (const host of new Set(pathsOf(ingress).map(({ host }) => host))) {
      const routes = hostOf(host)
      // For the whole host, whoever else has paths there.
      if (options.clientAuth) routes.clientAuth ??= options.clientAuth
      const root = options.passthrough ? pathsOf(ingress).find((each) => each.host === host && (each.path.path || '/') === '/') : undefined
      const backend = root && backendOf(root.path.backend, ingress.metadata.namespace ?? '')
      if (backend) routes.passthrough ??= backend
    }
    for (const each of [options.auth, options.clientAuth, options.upstreamTls]) if (each?.secret !== undefined) secrets.add(each.secret)
    for (const name of [options.customHeaders, options.externalAuth?.headersFrom]) if (name !== undefined) configMaps.add(name)
    for (const { hosts: names = [], secretName } of ingress.spec.tls ?? []) {
      const wanted = names.length > 0 ? names : (ingress.spec.rules ?? []).map((each) => each.host ?? '')
      for (const name of wanted.map((each) => each.toLowerCase())) {
        hostOf(name).tls = true
        if (!secretName || certificates.has(name)) continue
        certificates.set(name, `${ingress.metadata.namespace}/${secretName}`)
        secrets.add(`${ingress.metadata.namespace}/${secretName}`)
      }
    }
  }
  for (const { ingress, canary } of read) {
    if (!canary) continue
    for (const { host, path } of pathsOf(ingress)) {
      const backend = backendOf(path.backend, ingress.metadata.namespace ?? '')
      // The canary's own annotations do not matter, and so not what they make of its path.
      const [text, exact] = [path.path || '/', path.pathType === 'Exact']
      const main = hosts.get(host)?.locations.find(({ location, isExact }) => location.path === text && isExact === exact)
      if (main && backend) main.canaries.push({ ...canary, backend })
    }
  }
  const finishedHosts = finished(hosts)
  const hostPatterns = addAliases(finishedHosts, read)
  addRedirects(finishedHosts, read)
  const faults = new Map(read.map(({ ingress, options }) => [keyOf(ingress), options.faults]))
  const denied = new Map(read.flatMap(({ ingress, options }) => (options.denied === undefined ? [] : [[keyOf(ingress), options.denied]])))
  const looksAtNames = [...finishedHosts.values()].some((each) => each.clientAuth !== undefined || each.passthrough !== undefined)
  return { table: { hosts: finishedHosts, hostPatterns, certificates, secrets, configMaps, looksAtNames }, refused, denied, faults }
}

/** Where one Ingress has patterns for paths, or rewrites them, all paths of the host are patterns, whoever has them. */
function hostsOfPatterns(
  read: readonly { readonly ingress: Ingress; readonly options: LocationOptions & ServerOptions; readonly canary?: unknown }[],
): Set<string> {
  return new Set(
    read.flatMap(({ ingress, options: { useRegex, rewriteTarget }, canary }) => {
      if (canary) return []
      const isPattern = ({ path }: HTTPIngressPath) => useRegex || (rewriteTarget !== undefined && rewriteTarget !== (path || '/'))
      return pathsOf(ingress).flatMap(({ host, path }) => (isPattern(path) ? [host] : []))
    }),
  )
}

type ReadIngress = { readonly ingress: Ingress; readonly options: ServerOptions }

/** What the issuer of certificates in `#controllers/ingress` has to say about the Ingress's hosts (RFC 8555, 8.3). */
function challengesOf(ingress: Ingress, options: LocationOptions): Location[] {
  const text = ingress.metadata.annotations?.[challengeAnnotation]
  if (text === undefined) return []
  try {
    const answers = Object.entries(JSON.parse(text) as Record<string, unknown>)
    return answers
      .filter(([token, answer]) => /^[\w-]{1,256}$/.test(token) && /^[\w.-]{1,512}$/.test(String(answer)))
      .map(([token, answer]) => ({
        ingress: keyOf(ingress),
        path: `/.well-known/acme-challenge/${token}`,
        kind: 'Exact',
        answer: String(answer),
        options,
        canaries: [],
      }))
  } catch {
    return []
  }
}

/** Other names of an Ingress's hosts, unless somebody has them as hosts; gives those that are patterns. */
function addAliases(hosts: Map<string, HostRoutes>, read: readonly ReadIngress[]): RouteTable['hostPatterns'] {
  return read.flatMap(({ ingress, options }) => {
    const routes = hosts.get(ingress.spec.rules?.[0]?.host?.toLowerCase() ?? '')
    if (!routes) return []
    for (const alias of options.aliases) if (typeof alias === 'string' && !hosts.has(alias)) hosts.set(alias, routes)
    return options.aliases.flatMap((pattern) => (typeof pattern === 'string' ? [] : [{ pattern, routes }]))
  })
}

/** From "www." to the host without, or from the host without to the one that has it. */
function addRedirects(hosts: Map<string, HostRoutes>, read: readonly ReadIngress[]): void {
  for (const { ingress, options } of read) {
    if (!options.wwwRedirect) continue
    for (const { host = '' } of ingress.spec.rules ?? []) {
      const to = host.toLowerCase()
      const from = to.startsWith('www.') ? to.slice(4) : `www.${to}`
      if (to !== '' && !to.startsWith('*') && !hosts.has(from)) hosts.set(from, { locations: [], tls: false, redirectTo: to })
    }
  }
}

function finished(drafts: ReadonlyMap<string, HostDraft>): Map<string, HostRoutes> {
  // The certificate of a wildcard is also that of the hosts under it.
  const hasTls = (host: string) => drafts.get(`*${host.slice(Math.max(0, host.indexOf('.')))}`)?.tls ?? false
  return new Map(
    [...drafts].map(([host, { locations, ...rest }]) => [
      host,
      { ...rest, tls: rest.tls || hasTls(host), locations: locations.map(({ location, canaries }) => ({ ...location, canaries })).sort(bySpecificity) },
    ]),
  )
}

function pathsOf({ spec }: Ingress): { host: string; path: HTTPIngressPath }[] {
  const everything = (backend: IngressBackend): HTTPIngressPath => ({ path: '/', pathType: 'Prefix', backend })
  const ruled = (spec.rules ?? []).flatMap(({ host = '', http }) => (http?.paths ?? []).map((path) => ({ host: host.toLowerCase(), path })))
  if (!spec.defaultBackend) return ruled
  // For its own hosts' other paths, and for hosts that nobody has.
  const hosts = new Set([...(spec.rules ?? []).map(({ host = '' }) => host.toLowerCase()), ''])
  return [...ruled, ...[...hosts].map((host) => ({ host, path: everything(spec.defaultBackend!) }))]
}

function locationOf(
  ingress: Ingress,
  { path = '/', pathType, backend }: HTTPIngressPath,
  options: LocationOptions & ServerOptions,
  isPattern: boolean,
): Location {
  const text = path === '' ? '/' : path
  const target = backendOf(backend, ingress.metadata.namespace ?? '')
  return {
    ingress: keyOf(ingress),
    path: text,
    kind: isPattern ? 'Regex' : pathType === 'Exact' ? 'Exact' : 'Prefix',
    // As nginx has it: from the start, in any case.
    // But for the root, an exact path is one no longer.
    ...(isPattern ? { pattern: compileLinear(`^(?:${text.replace(/^\^/, '')})${text === '/' && pathType === 'Exact' ? '$' : ''}`, { ignoreCase: true }) } : {}),
    ...(target ? { backend: target } : {}),
    options,
    canaries: [],
  }
}

function backendOf({ service }: IngressBackend, namespace: string): Backend | undefined {
  const port = service?.port.name || service?.port.number
  return service && port ? { namespace, service: service.name, port } : undefined
}

/** Exact paths before all others, then the longest; as upstream, the later by name. */
function bySpecificity(a: Location, b: Location): number {
  return Number(b.kind === 'Exact') - Number(a.kind === 'Exact') || b.path.length - a.path.length || (a.path < b.path ? 1 : -1)
}

function byAge(a: Ingress, b: Ingress): number {
  return (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') || (keyOf(a) < keyOf(b) ? 1 : -1)
}
