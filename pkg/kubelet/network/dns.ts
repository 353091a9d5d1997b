/** resolv.conf of a pod by its dnsPolicy. */
import { readFileSync } from 'node:fs'
import type { Pod } from '#api/gen/core/v1.ts'

export interface DnsSettings {
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  readonly resolvConf: string
}

export interface PodDns {
  readonly servers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

const maxServers = 3
const maxSearches = 32

export function podDns({ metadata, spec }: Pod, settings: DnsSettings): PodDns {
  const own = spec.dnsConfig
  const base = baseDns(spec.dnsPolicy ?? 'ClusterFirst', spec.hostNetwork === true, metadata.namespace ?? 'default', settings)
  const ownOptions = (own?.options ?? []).map(({ name = '', value }) => ({ name, text: value === undefined ? name : `${name}:${value}` }))
  const overridden = new Set(ownOptions.map(({ name }) => name))
  return {
    servers: [...new Set([...base.servers, ...(own?.nameservers ?? [])])].slice(0, maxServers),
    searches: [...new Set([...base.searches, ...(own?.searches ?? [])])].slice(0, maxSearches),
    options: [...base.options.filter((option) => !overridden.has(option.split(':')[0]!)), ...ownOptions.map(({ text }) => text)],
  }
}

function baseDns(policy: string, hostNetwork: boolean, namespace: string, { clusterDns, clusterDomain, resolvConf }: DnsSettings): PodDns {
  if (policy === 'None') return { servers: [], searches: [], options: [] }
  const ofHost = readResolvConf(resolvConf)
  if (policy === 'Default' || (policy === 'ClusterFirst' && hostNetwork) || clusterDns.length === 0) return ofHost
  const searches = [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain, ...ofHost.searches]
  return { servers: clusterDns, searches: [...new Set(searches)], options: ['ndots:5'] }
}

export function readResolvConf(path: string): PodDns {
  const servers: string[] = []
  let searches: string[] = []
  let options: string[] = []
  let text = ''
  try {
    text = path === '' ? '' : readFileSync(path, 'utf8')
  } catch {
    // A node without one has no servers of its own to hand on.
  }
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/)
    if (word === 'nameserver' && rest[0]) servers.push(rest[0])
    else if (word === 'search') searches = rest.map((each) => (each === '.' ? each : each.replace(/\.$/, '')))
    else if (word === 'options') options = rest
  }
  return { servers: servers.slice(0, maxServers), searches, options }
}
