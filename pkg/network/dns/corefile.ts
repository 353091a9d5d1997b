/**
 * What a Corefile (the ConfigMap kube-system/coredns, as kubeadm names it) says of resolvers outside the cluster: stub domains and
 * upstreams by CoreDNS' plugin forward, as the Kubernetes documentation "Customizing DNS Service" has it. All else in it is for CoreDNS.
 */
import { isIP } from 'node:net'
import { inUrl } from '../ip.ts'
import type { Upstream } from './forwarder.ts'

export interface Forwarding {
  /** By zone, in small letters without the last dot ('' is the root); 'machine' are the resolvers of the machine itself. */
  readonly zones: ReadonlyMap<string, readonly (Upstream | 'machine')[]>
  /** What of it has no effect here, in words for the log. */
  readonly ignored: readonly string[]
}

/** What the server does in any case, or what changes none of its answers. */
const builtIn = new Set(['errors', 'health', 'ready', 'kubernetes', 'prometheus', 'cache', 'loop', 'reload', 'loadbalance', 'log', 'forward'])
const zoneLimit = 1_000

/** Throws with the line when it cannot be read. */
export function parseCorefile(text: string): Forwarding {
  const zones = new Map<string, (Upstream | 'machine')[]>()
  const ignored: string[] = []
  let keys: string[] = []
  let depth = 0
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    const fail = (why: string): never => {
      throw new Error(`Corefile, line ${index + 1}: ${why}`)
    }
    const words = wordsOf(line)
    if (words.length === 0) continue
    if (words[0] === '}') {
      if (words.length > 1) fail('a closing brace stands alone')
      if (--depth < 0) fail('a closing brace without an opening one')
      if (depth === 0) keys = []
      continue
    }
    const opens = words.at(-1) === '{'
    if (words.slice(0, -1).includes('{')) fail('an opening brace ends its line')
    if (opens) words.pop()
    if (depth === 0) {
      keys.push(...words.flatMap((each) => each.split(',')).filter(Boolean))
      if (opens && keys.length === 0) fail('a server block without a zone')
    }
    if (depth === 1 && words[0]) directive(words, keys, zones, ignored)
    if (zones.size > zoneLimit) fail(`more than ${zoneLimit} zones`)
    if (opens) depth++
  }
  if (depth > 0 || keys.length > 0) throw new Error(`Corefile, line ${lines.length}: it ends within a server block`)
  return { zones, ignored }
}

function directive([name = '', from = '', ...to]: readonly string[], keys: readonly string[], zones: Map<string, (Upstream | 'machine')[]>, ignored: string[]) {
  if (!builtIn.has(name)) ignored.push(`plugin ${name}`)
  if (name !== 'forward') return
  const upstreams: (Upstream | 'machine')[] = []
  for (const each of to) {
    const upstream = upstreamOf(each)
    if (upstream) upstreams.push(upstream)
    else ignored.push(`forward to ${each}`)
  }
  if (upstreams.length === 0) return
  for (const key of from === '.' ? keys : [from]) {
    const zone = zoneOf(key)
    if (zone === undefined) ignored.push(`zone ${key}`)
    else if (!zones.has(zone)) zones.set(zone, upstreams)
  }
}

/** "dns://example.org.:53" → "example.org"; none for other ports, other ways of asking, and networks. */
function zoneOf(key: string): string | undefined {
  const [, scheme = 'dns', zone = '', port = '53'] = /^(?:([a-z]+):\/\/)?([^:/]+?)(?::(\d+))?$/.exec(key.toLowerCase()) ?? []
  if (scheme !== 'dns' || port !== '53' || !/^(\.|[a-z0-9_*-]+(\.[a-z0-9_-]+)*\.?)$/.test(zone)) return undefined
  return zone.replace(/\.$/, '')
}

function upstreamOf(text: string): Upstream | 'machine' | undefined {
  if (text.startsWith('/')) return 'machine'
  const plain = text.replace(/^dns:\/\//, '')
  if (isIP(plain)) return { address: plain, port: 53 }
  const [, address = '', port = ''] = /^(.+):(\d+)$/.exec(plain) ?? []
  const bare = address.replace(/^\[(.*)\]$/, '$1')
  if (!isIP(bare) || inUrl(bare) !== address || Number(port) > 65_535 || Number(port) === 0) return undefined
  return { address: bare, port: Number(port) }
}

function wordsOf(line: string): string[] {
  const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((each) => each.replace(/^"(.*)"$/, '$1'))
  const comment = words.findIndex((each) => each.startsWith('#'))
  return comment < 0 ? words : words.slice(0, comment)
}
