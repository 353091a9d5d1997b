/**
 * A policy table in nft's words: whole, or as the one transaction that turns the last table into the next.
 *
 * Only forwarded packets are looked at, after translation. What the node itself sends to its pods (probes) or takes from them
 * (DNS) is not forwarded, and always passes, as the API's documentation has it.
 */
import { formatIpv4 } from '../ipv4.ts'
import type { AcceptRule, Direction, PolicyTable, Span } from './types.ts'

export const policyTable = 'k8ts-policy'
const table = `ip ${policyTable}`
const directions: readonly Direction[] = ['egress', 'ingress']

export const emptyTable: PolicyTable = {
  addressSets: new Map(),
  portSets: new Map(),
  policyChains: new Map(),
  podChains: new Map(),
  isolated: { ingress: new Map(), egress: new Map() },
}

export function wholeTable(wanted: PolicyTable): string {
  return `table ${table} {
}
delete table ${table}
table ${table} {
  map ingress { type ipv4_addr : verdict; }
  map egress { type ipv4_addr : verdict; }
  set itself { type ipv4_addr . ipv4_addr; }
  chain forward-egress {
    type filter hook forward priority 10; policy accept;
    ct state established,related accept
    ip saddr . ip daddr @itself accept
    ip saddr vmap @egress
  }
  chain forward-ingress {
    type filter hook forward priority 11; policy accept;
    ct state established,related accept
    ip saddr . ip daddr @itself accept
    ip daddr vmap @ingress
  }
}
${changes(emptyTable, wanted)}`
}

/** Empty when nothing changed. The order matters: nothing is removed while something refers to it. */
export function changes(before: PolicyTable, after: PolicyTable): string {
  const lines: string[] = []
  const removed: string[] = []
  syncSets(lines, removed, before.addressSets, after.addressSets, 'ipv4_addr')
  syncSets(lines, removed, before.portSets, after.portSets, 'ipv4_addr . inet_proto . inet_service')
  const removedChains: string[] = []
  syncChains(lines, removedChains, before.policyChains, after.policyChains, (rules) => rules.flatMap(ruleTexts))
  syncChains(lines, removedChains, before.podChains, after.podChains, (chains) => [...chains.map((each) => `jump ${each}`), 'drop'])
  for (const direction of directions) {
    const goes = verdictElements(before, direction)
    const comes = verdictElements(after, direction)
    element(
      lines,
      'delete',
      direction,
      difference(goes, comes).map((each) => each.split(' ')[0] ?? ''),
    )
    element(lines, 'add', direction, difference(comes, goes))
  }
  const itselfBefore = selfElements(before)
  const itselfAfter = selfElements(after)
  element(lines, 'delete', 'itself', difference(itselfBefore, itselfAfter))
  element(lines, 'add', 'itself', difference(itselfAfter, itselfBefore))
  for (const chain of removedChains) lines.push(`flush chain ${table} ${chain}`)
  // Pod chains first: they jump to the others.
  for (const chain of [...removedChains].sort((a, b) => Number(b.startsWith('pods-')) - Number(a.startsWith('pods-'))))
    lines.push(`delete chain ${table} ${chain}`)
  for (const set of removed) lines.push(`delete set ${table} ${set}`)
  return lines.map((line) => `${line}\n`).join('')
}

function syncSets(lines: string[], removed: string[], before: PolicyTable['addressSets'], after: PolicyTable['addressSets'], type: string): void {
  for (const [name, elements] of after) {
    const old = before.get(name)
    if (!old) lines.push(`add set ${table} ${name} { type ${type}; }`)
    element(lines, 'delete', name, old ? difference(old, elements) : [])
    element(lines, 'add', name, old ? difference(elements, old) : [...elements])
  }
  for (const name of before.keys()) if (!after.has(name)) removed.push(name)
}

function syncChains<T>(
  lines: string[],
  removed: string[],
  before: ReadonlyMap<string, readonly T[]>,
  after: ReadonlyMap<string, readonly T[]>,
  render: (rules: readonly T[]) => readonly string[],
): void {
  for (const [name, rules] of after) {
    const old = before.get(name)
    const texts = render(rules)
    if (old && render(old).join('\n') === texts.join('\n')) continue
    lines.push(old ? `flush chain ${table} ${name}` : `add chain ${table} ${name}`)
    for (const text of texts) lines.push(`add rule ${table} ${name} ${text}`)
  }
  for (const name of before.keys()) if (!after.has(name)) removed.push(name)
}

function ruleTexts({ direction, peerSet, peerSpans, protocol, ports, namedPorts }: AcceptRule): string[] {
  const peer = direction === 'ingress' ? 'ip saddr' : 'ip daddr'
  const parts: string[] = []
  if (peerSet) parts.push(`${peer} @${peerSet}`)
  if (peerSpans && !isEverything(peerSpans)) parts.push(`${peer} { ${peerSpans.map(([first, last]) => spanText(first, last, formatIpv4)).join(', ')} }`)
  if (protocol) parts.push(`meta l4proto ${protocol}`)
  if (ports) parts.push(`th dport { ${ports.map(([first, last]) => spanText(first, last, String)).join(', ')} }`)
  if (namedPorts) parts.push(`ip daddr . meta l4proto . th dport @${namedPorts}`)
  return [[...parts, 'accept'].join(' ')]
}

function isEverything([only, ...more]: readonly Span[]): boolean {
  return more.length === 0 && only?.[0] === 0 && only[1] === 2 ** 32 - 1
}

function spanText(first: number, last: number, format: (value: number) => string): string {
  return first === last ? format(first) : `${format(first)}-${format(last)}`
}

/** Each pod of the node that is isolated may still reach itself through a Service. */
function selfElements({ isolated }: PolicyTable): Set<string> {
  return new Set(directions.flatMap((each) => [...isolated[each].keys()]).map((address) => `${address} . ${address}`))
}

function verdictElements({ isolated }: PolicyTable, direction: Direction): Set<string> {
  return new Set([...isolated[direction]].map(([address, chain]) => `${address} : jump ${chain}`))
}

function element(lines: string[], verb: 'add' | 'delete', set: string, elements: readonly string[]): void {
  if (elements.length > 0) lines.push(`${verb} element ${table} ${set} { ${elements.join(', ')} }`)
}

function difference(of: ReadonlySet<string>, without: ReadonlySet<string>): string[] {
  return [...of].filter((each) => !without.has(each))
}
