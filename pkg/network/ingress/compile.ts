/** What all Ingresses of our classes mean together. Pure. */
import { keyOf } from '#apimachinery/object.ts'
import type { HTTPIngressPath, Ingress, IngressBackend, IngressClass } from '#api/gen/networking/v1.ts'
import { canaryOf, optionsOf } from './annotations.ts'
import type { Backend, Canary, HostRoutes, Location, LocationOptions, RouteTable } from './types.ts'

export const controllerName = 'k8ts.io/ingress'
const classAnnotation = 'kubernetes.io/ingress.class'

export interface CompileResult {
  readonly table: RouteTable
  /** Ingresses that are left out, and why. */
  readonly refused: ReadonlyMap<string, string>
}

/** Whether an Ingress names one of our classes, by its field or by the old annotation. */
export function isOurs({ metadata, spec }: Ingress, classes: readonly IngressClass[]): boolean {
  const name = spec.ingressClassName ?? metadata.annotations?.[classAnnotation]
  return classes.some((each) => each.metadata.name === name && each.spec.controller === controllerName)
}

interface HostDraft {
  readonly locations: { location: Location; canaries: Canary[] }[]
  tls: boolean
}

export function compile(ingresses: readonly Ingress[], classes: readonly IngressClass[]): CompileResult {
  const hosts = new Map<string, HostDraft>()
  const certificates = new Map<string, string>()
  const secrets = new Set<string>()
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
  for (const { ingress, options, canary } of read) {
    if (canary) continue
    const draft = (host: string, location: Location) => {
      const { locations } = hostOf(host)
      if (!locations.some((each) => each.location.kind === location.kind && each.location.path === location.path)) locations.push({ location, canaries: [] })
    }
    try {
      for (const { host, path } of pathsOf(ingress)) draft(host, locationOf(ingress, path, options))
    } catch (error) {
      refused.set(keyOf(ingress), (error as Error).message)
      continue
    }
    if (options.auth) secrets.add(options.auth.secret)
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
  for (const { ingress, options, canary } of read) {
    if (!canary) continue
    for (const { host, path } of pathsOf(ingress)) {
      const { kind, path: text, backend } = locationOf(ingress, path, options)
      const main = hosts.get(host)?.locations.find((each) => each.location.kind === kind && each.location.path === text)
      if (main && backend) main.canaries.push({ ...canary, backend })
    }
  }
  return { table: { hosts: finished(hosts), certificates, secrets }, refused }
}

function finished(drafts: ReadonlyMap<string, HostDraft>): Map<string, HostRoutes> {
  return new Map(
    [...drafts].map(([host, { locations, tls }]) => [
      host,
      { tls, locations: locations.map(({ location, canaries }) => ({ ...location, canaries })).sort(bySpecificity) },
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

function locationOf(ingress: Ingress, { path = '/', pathType, backend }: HTTPIngressPath, options: LocationOptions & { useRegex: boolean }): Location {
  const text = path === '' ? '/' : path
  const isPattern = pathType !== 'Exact' && (options.useRegex || /\$\d/.test(options.rewriteTarget ?? ''))
  const target = backendOf(backend, ingress.metadata.namespace ?? '')
  return {
    ingress: keyOf(ingress),
    path: text,
    kind: isPattern ? 'Regex' : pathType === 'Exact' ? 'Exact' : 'Prefix',
    // As nginx has it: from the start, in any case.
    ...(isPattern ? { pattern: new RegExp(`^(?:${text.replace(/^\^/, '')})`, 'i') } : {}),
    ...(target ? { backend: target } : {}),
    options,
    canaries: [],
  }
}

function backendOf({ service }: IngressBackend, namespace: string): Backend | undefined {
  const port = service?.port.name || service?.port.number
  return service && port ? { namespace, service: service.name, port } : undefined
}

/** Exact paths before all others, then the longest. */
function bySpecificity(a: Location, b: Location): number {
  return Number(b.kind === 'Exact') - Number(a.kind === 'Exact') || b.path.length - a.path.length || (a.path < b.path ? -1 : 1)
}

function byAge(a: Ingress, b: Ingress): number {
  return (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') || (keyOf(a) < keyOf(b) ? -1 : 1)
}
