/**
 * Reads kube-proxy's table as `nft -j list ruleset` tells it, and says what becomes of a packet: for recording only.
 * An expression it does not know is an error, so that none is passed over.
 */
import { type IpFamily, ipFamily, ipRangeContains, parseIpRange } from '../../ip.ts'
import { addresses, isOwnSource, type Question } from './cases.ts'

type Json = null | string | number | Json[] | { [key: string]: Json }
type Fields = { [key: string]: Json }
type Verdict = 'accept' | 'drop' | 'reject' | 'end' | undefined

interface Packet extends Question {
  source: string
  destination: string
  port: number
  mark: number
  translated: boolean
  masqueraded: boolean
}

const fields = (value: Json | undefined): Fields => value as Fields

export class KubeProxyRules {
  readonly #chains = new Map<string, Json[][]>()
  readonly #sets = new Map<string, Map<string, Json>>()
  readonly #family: IpFamily
  readonly #node: string
  #drawn = 0
  #below = 1

  constructor(ruleset: { nftables: Fields[] }, family: IpFamily) {
    this.#family = family
    this.#node = addresses[family].node
    for (const entry of ruleset.nftables) {
      const [kind, body] = Object.entries(entry)[0] as [string, Fields]
      if (body.family !== (family === 4 ? 'ip' : 'ip6') || body.table !== 'kube-proxy') continue
      if (kind === 'chain') this.#chains.set(body.name as string, [])
      else if (kind === 'rule') this.#chains.get(body.chain as string)!.push(body.expr as Json[])
      else if (kind === 'set' || kind === 'map')
        this.#sets.set(
          body.name as string,
          new Map(
            ((body.elem ?? []) as Json[]).map((element): [string, Json] =>
              kind === 'map' ? [keyText((element as Json[])[0]!), (element as Json[])[1]!] : [keyText(element), null],
            ),
          ),
        )
    }
  }

  /** Everything that may become of the packet: "10.244.0.2:8080 kept", "… masqueraded", "drop", "reject". */
  outcomes(asked: Question): Set<string> {
    const found = new Set<string>()
    this.#below = 1
    for (this.#drawn = 0; this.#drawn < this.#below; this.#drawn++) found.add(this.#outcome(asked))
    return found
  }

  #outcome(asked: Question): string {
    const packet: Packet = { ...asked, mark: 0, translated: false, masqueraded: false }
    const fromHere = isOwnSource(asked.source, this.#family)
    for (const chain of fromHere ? ['filter-output-pre-dnat', 'nat-output'] : ['filter-prerouting-pre-dnat', 'nat-prerouting']) {
      const verdict = this.#run(chain, packet)
      if (verdict === 'drop' || verdict === 'reject') return verdict
    }
    const isHere = packet.destination === this.#node
    // What the node sends itself comes in again by its loopback.
    for (const chain of [...(fromHere ? ['filter-output'] : []), ...(isHere ? ['filter-input'] : fromHere ? [] : ['filter-forward'])]) {
      const verdict = this.#run(chain, packet)
      if (verdict === 'drop' || verdict === 'reject') return verdict
    }
    this.#run('nat-postrouting', packet)
    return `${packet.destination}:${packet.port} ${packet.masqueraded ? 'masqueraded' : 'kept'}`
  }

  #run(chain: string, packet: Packet): Verdict {
    for (const rule of this.#chains.get(chain)!) {
      const verdict = this.#rule(rule, packet)
      if (verdict) return verdict === 'end' ? undefined : verdict
    }
    return undefined
  }

  #rule(expressions: readonly Json[], packet: Packet): Verdict {
    for (const expression of expressions) {
      const [kind, body] = Object.entries(fields(expression))[0]!
      if (kind === 'match') {
        if (!this.#matches(fields(body), packet)) return undefined
      } else if (kind === 'mangle') packet.mark = this.#value(fields(body).value!, packet) as number
      else if (kind === 'masquerade') packet.masqueraded = true
      else if (kind === 'counter' || kind === 'set') continue
      else if (kind === 'dnat') {
        const { addr, port } = fields(body)
        const [address, to] = typeof addr === 'string' ? [addr, port] : (fields(this.#value(addr!, packet)).concat as Json[])
        Object.assign(packet, { destination: address, port: to, translated: true })
        return 'accept'
      } else {
        const verdict = this.#verdict(kind, body, packet)
        if (verdict) return verdict
      }
    }
    return undefined
  }

  #verdict(kind: string, body: Json, packet: Packet): Verdict {
    if (kind === 'drop' || kind === 'reject' || kind === 'accept') return kind
    if (kind === 'jump') return this.#run(fields(body).target as string, packet)
    if (kind === 'goto') return this.#run(fields(body).target as string, packet) ?? 'end'
    if (kind !== 'vmap') throw new Error(`not understood: ${kind}`)
    const found = this.#look(fields(body), packet)
    return found === undefined ? undefined : this.#verdict(...(Object.entries(fields(found))[0] as [string, Json]), packet)
  }

  #look({ key, data }: Fields, packet: Packet): Json | undefined {
    const value = keyText(this.#value(key!, packet))
    if (typeof data === 'string') return this.#sets.get(data.slice(1))!.get(value)
    return (fields(data).set as Json[][]).find(([each]) => keyText(each!) === value)?.[1]
  }

  #matches({ op, left, right }: Fields, packet: Packet): boolean {
    if (fields(left).ct) {
      if (fields(fields(left).ct!).key === 'state') return true
      return packet.translated
    }
    if (fields(left).fib) return isOwnSource(packet.source, this.#family)
    const value = this.#value(left!, packet)
    const same = typeof right === 'string' && right.startsWith('@') ? this.#sets.get(right.slice(1))!.has(keyText(value)) : isIn(value, right!)
    return same === (op !== '!=')
  }

  #value(expression: Json, packet: Packet): Json {
    if (typeof expression !== 'object' || expression === null) return expression
    const [kind, body] = Object.entries(expression)[0] as [string, Json]
    if (kind === 'concat') return { concat: (body as Json[]).map((each) => this.#value(each, packet)) }
    if (kind === 'payload') return { saddr: packet.source, daddr: packet.destination, dport: packet.port }[fields(body).field as string]!
    if (kind === 'meta') return { l4proto: packet.protocol, mark: packet.mark }[fields(body).key as string]!
    if (kind === 'map') return this.#look(fields(body), packet)!
    if (kind === 'numgen') {
      this.#below = fields(body).mod as number
      return this.#drawn
    }
    const [one, other] = Array.isArray(body) ? (body.map((each) => this.#value(each, packet)) as [number, number]) : [0, 0]
    if (kind === '|') return one | other
    if (kind === '&') return one & other
    if (kind === '^') return one ^ other
    throw new Error(`not understood: ${kind}`)
  }
}

/** An address, a prefix, a number or a set of them. */
function isIn(value: Json, what: Json): boolean {
  if (typeof what !== 'object' || what === null) return value === what
  const { set, prefix } = fields(what)
  if (set) return (set as Json[]).some((each) => isIn(value, each))
  const { addr, len } = fields(prefix!)
  if (ipFamily(value as string) !== ipFamily(addr as string)) return false
  return ipRangeContains(parseIpRange(`${addr}/${len}`), parseIpRange(value as string))
}

function keyText(value: Json): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { elem, concat } = fields(value)
  if (elem) return keyText(fields(elem).val!)
  return (concat as Json[]).map(String).join(' . ')
}
