/**
 * A policy table in nft's words: whole, or as the one transaction that turns the last table into the next.
 *
 * Only forwarded packets are looked at, after translation. What the node itself sends to its pods (probes) or takes from them
 * (DNS) is not forwarded, and always passes, as the API's documentation has it.
 */
import { numberToIp } from '#apimachinery/ip.ts'
import type { IpFamily } from '../ip.ts'
import type { AcceptRule, Direction, PolicyTable, Span } from './types.ts'

export const policyTable = 'k8ts-policy'
const directions: readonly Direction[] = ['egress', 'ingress']

export const emptyTable = (family: IpFamily): PolicyTable => ({
  family,
  addressSets: new Map(),
  portSets: new Map(),
  policyChains: new Map(),
  podChains: new Map(),
  isolated: { ingress: new Map(), egress: new Map() },
})

/** How nft speaks of a family. */
interface Words {
  readonly table: string
  readonly ip: 'ip' | 'ip6'
  readonly address: 'ipv4_addr' | 'ipv6_addr'
}

const wordsOf = (family: IpFamily): Words =>
  family === 4 ? { table: `ip ${policyTable}`, ip: 'ip', address: 'ipv4_addr' } : { table: `ip6 ${policyTable}`, ip: 'ip6', address: 'ipv6_addr' }

export function wholeTable(wanted: PolicyTable): string {
  const { table, ip, address } = wordsOf(wanted.family)
  return `table ${table} {
}
delete table ${table}
table ${table} {
  map ingress { type ${address} : verdict; }
  map egress { type ${address} : verdict; }
  set itself { type ${address} . ${address}; }
  chain forward-egress {
    type filter hook forward priority 10; policy accept;
    ct state established,related accept
    ${ip} saddr . ${ip} daddr @itself accept
    ${ip} saddr vmap @egress
  }
  chain forward-ingress {
    type filter hook forward priority 11; policy accept;
    ct state established,related accept
    ${ip} saddr . ${ip} daddr @itself accept
    ${ip} daddr vmap @ingress
  }
}
${changes(emptyTable(wanted.family), wanted)}`
}

/** Empty when nothing changed. The order matters: nothing is removed while something refers to it. */
export function changes(before: PolicyTable, after: PolicyTable): string {
  const { table, ip, address } = wordsOf(after.family)
  const lines: string[] = []
  const element = (verb: 'add' | 'delete', set: string, elements: readonly string[]): void => {
    if (elements.length > 0) lines.push(`${verb} element ${table} ${set} { ${elements.join(', ')} }`)
  }
  const removed: string[] = []
  syncSets(before.addressSets, after.addressSets, address)
  syncSets(before.portSets, after.portSets, `${address} . inet_proto . inet_service`)
  const removedChains: string[] = []
  syncChains(before.policyChains, after.policyChains, (rules) => rules.map((rule) => ruleText(rule, ip, after.family)))
  syncChains(before.podChains, after.podChains, (chains) => [...chains.map((each) => `jump ${each}`), 'drop'])
  for (const direction of directions) {
    const goes = verdictElements(before, direction)
    const comes = verdictElements(after, direction)
    element(
      'delete',
      direction,
      difference(goes, comes).map((each) => each.split(' ')[0] ?? ''),
    )
    element('add', direction, difference(comes, goes))
  }
  const itselfBefore = selfElements(before)
  const itselfAfter = selfElements(after)
  element('delete', 'itself', difference(itselfBefore, itselfAfter))
  element('add', 'itself', difference(itselfAfter, itselfBefore))
  for (const chain of removedChains) lines.push(`flush chain ${table} ${chain}`)
  // Pod chains first: they jump to the others.
  for (const chain of [...removedChains].sort((a, b) => Number(b.startsWith('pods-')) - Number(a.startsWith('pods-'))))
    lines.push(`delete chain ${table} ${chain}`)
  for (const set of removed) lines.push(`delete set ${table} ${set}`)
  return lines.map((line) => `${line}\n`).join('')

  function syncSets(old: PolicyTable['addressSets'], wanted: PolicyTable['addressSets'], type: string): void {
    for (const [name, elements] of wanted) {
      const had = old.get(name)
      if (!had) lines.push(`add set ${table} ${name} { type ${type}; }`)
      element('delete', name, had ? difference(had, elements) : [])
      element('add', name, had ? difference(elements, had) : [...elements])
    }
    for (const name of old.keys()) if (!wanted.has(name)) removed.push(name)
  }

  function syncChains<T>(
    old: ReadonlyMap<string, readonly T[]>,
    wanted: ReadonlyMap<string, readonly T[]>,
    render: (rules: readonly T[]) => readonly string[],
  ): void {
    for (const [name, rules] of wanted) {
      const had = old.get(name)
      const texts = render(rules)
      if (had && render(had).join('\n') === texts.join('\n')) continue
      lines.push(had ? `flush chain ${table} ${name}` : `add chain ${table} ${name}`)
      for (const text of texts) lines.push(`add rule ${table} ${name} ${text}`)
    }
    for (const name of old.keys()) if (!wanted.has(name)) removedChains.push(name)
  }
}

function ruleText({ direction, peerSet, peerSpans, protocol, ports, namedPorts }: AcceptRule, ip: Words['ip'], family: IpFamily): string {
  const peer = direction === 'ingress' ? `${ip} saddr` : `${ip} daddr`
  const parts: string[] = []
  if (peerSet) parts.push(`${peer} @${peerSet}`)
  if (peerSpans && !isEverything(peerSpans, family))
    parts.push(`${peer} { ${peerSpans.map(([first, last]) => spanText(first, last, (value) => numberToIp(value, family))).join(', ')} }`)
  if (protocol) parts.push(`meta l4proto ${protocol}`)
  if (ports) parts.push(`th dport { ${ports.map(([first, last]) => spanText(first, last, String)).join(', ')} }`)
  if (namedPorts) parts.push(`${ip} daddr . meta l4proto . th dport @${namedPorts}`)
  return [...parts, 'accept'].join(' ')
}

function isEverything([only, ...more]: readonly Span[], family: IpFamily): boolean {
  return more.length === 0 && only?.[0] === 0n && only[1] === (1n << (family === 4 ? 32n : 128n)) - 1n
}

function spanText(first: bigint, last: bigint, format: (value: bigint) => string): string {
  return first === last ? format(first) : `${format(first)}-${format(last)}`
}

/** Each pod of the node that is isolated may still reach itself through a Service. */
function selfElements({ isolated }: PolicyTable): Set<string> {
  return new Set(directions.flatMap((each) => [...isolated[each].keys()]).map((address) => `${address} . ${address}`))
}

function verdictElements({ isolated }: PolicyTable, direction: Direction): Set<string> {
  return new Set([...isolated[direction]].map(([address, chain]) => `${address} : jump ${chain}`))
}

function difference(of: ReadonlySet<string>, without: ReadonlySet<string>): string[] {
  return [...of].filter((each) => !without.has(each))
}
