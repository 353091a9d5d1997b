/**
 * For the differential tests of proxy and policy: reads what we hand to nft and does with a packet what the kernel would, as far as our rules go.
 * A word it does not know is an error, so that no rule is passed over unread.
 */
import { ipFamily, ipNumber, type IpRange, ipRangeContains, parseIpRange } from './ip.ts'

export interface Packet {
  source: string
  destination: string
  protocol: string
  port: number
  ctMark: number
  mark: number
  translated: boolean
  /** Of a connection that is known; absent: the first of one. */
  established?: boolean
}

export type Outcome = 'accept' | 'drop' | 'reject'

const elementOf = /((?:ip6? (?:saddr|daddr)|meta l4proto|th dport|ct mark)(?: \. (?:ip6? (?:saddr|daddr)|meta l4proto|th dport))*) (!= )?@(\S+)/

/** Thrown by a rule's condition that does not hold, or a map without the key: the next rule is read. */
const notMatched = Symbol('not matched')

export class NftInterpreter {
  readonly #chains = new Map<string, string[]>()
  readonly #sets = new Map<string, Map<string, string>>()
  /** Draws below a number. */
  random: (below: number) => number = () => 0
  /** Whether an address is one of the node's own. */
  isLocal: (address: string) => boolean = (address) => this.#sets.get('node-addresses')?.has(address) === true

  /** One transaction: whole tables, chains, rules and elements. Refuses what the kernel would. */
  load(text: string): void {
    const statements = split(text, /\n/)
    for (const statement of statements) {
      const [, table] = /^table ip6? \S+ \{([\s\S]*)\}$/.exec(statement) ?? []
      if (table !== undefined) for (const each of split(table, /[\n;]/)) this.#declare(each)
      else if (statement.startsWith('delete table ')) {
        this.#chains.clear()
        this.#sets.clear()
      } else this.#change(statement)
    }
  }

  forget(set: string): void {
    this.#sets.get(set)?.clear()
  }

  /** What a base chain makes of the packet; the packet may be changed. */
  run(chain: string, packet: Packet): Outcome {
    return this.#run(chain, packet) ?? 'accept'
  }

  #declare(text: string): void {
    const [, kind, name = '', body = ''] = /^(map|set|chain) (\S+) \{([\s\S]*)\}$/.exec(text) ?? []
    if (kind === 'chain')
      this.#chains.set(
        name,
        split(body, /[\n;]/).filter((each) => !/^(type|policy) /.test(each)),
      )
    else if (kind) {
      const elements = new Map<string, string>()
      for (const each of split(/elements = \{([^}]*)\}/.exec(body)?.[1] ?? '', /,/)) elements.set(each, '')
      this.#sets.set(name, elements)
    } else if (text !== '') throw new Error(`not understood: ${text}`)
  }

  #change(statement: string): void {
    const [, chain] = /^add chain ip6? \S+ (\S+)$/.exec(statement) ?? []
    if (chain) {
      if (!this.#chains.has(chain)) this.#chains.set(chain, [])
      return
    }
    const [, added] = /^add set ip6? \S+ (\S+) \{ type [^}]+ \}$/.exec(statement) ?? []
    if (added) {
      if (!this.#sets.has(added)) this.#sets.set(added, new Map())
      return
    }
    const [, flushed] = /^flush chain ip6? \S+ (\S+)$/.exec(statement) ?? []
    if (flushed) {
      this.#chain(flushed).length = 0
      return
    }
    const [, kind, doomed] = /^delete (chain|set) ip6? \S+ (\S+)$/.exec(statement) ?? []
    if (kind && doomed) {
      this.#delete(kind, doomed)
      return
    }
    const [, of = '', rule] = /^add rule ip6? \S+ (\S+) (.*)$/.exec(statement) ?? []
    if (rule) {
      this.#chain(of).push(rule)
      return
    }
    const [, verb, name = '', list = ''] = /^(add|delete) element ip6? \S+ (\S+) \{(.*)\}$/.exec(statement) ?? []
    if (!verb) throw new Error(`not understood: ${statement}`)
    const set = this.#set(name)
    for (const element of split(list, /,/)) {
      const [key = '', value = ''] = element.split(' : ')
      const known = set.get(key)
      if (verb === 'delete' && !set.delete(key)) throw new Error(`${name} has no element ${key}`)
      if (verb === 'add' && known !== undefined && known !== value) throw new Error(`${name} has ${key} : ${known} already`)
      if (verb === 'add') set.set(key, value)
    }
  }

  /** Only what nothing refers to any longer. */
  #delete(kind: string, name: string): void {
    const texts = [...[...this.#chains.values()].flat(), ...[...this.#sets.values()].flatMap((set) => [...set.values()])]
    const user = texts.find((text) =>
      text.split(' ').some((word, index, words) => (kind === 'set' ? word === `@${name}` : word === name && /^(jump|goto)$/.test(words[index - 1] ?? ''))),
    )
    if (user !== undefined) throw new Error(`${kind} ${name} is in use: ${user}`)
    if (kind === 'chain' && this.#chain(name).length > 0) throw new Error(`chain ${name} is not empty`)
    if (!(kind === 'chain' ? this.#chains : this.#sets).delete(name)) throw new Error(`there is no ${kind} ${name}`)
  }

  /** The verdict, or undefined at the chain's end. */
  #run(chain: string, packet: Packet): Outcome | undefined {
    for (const rule of this.#chain(chain)) {
      try {
        const verdict = this.#rule(rule, packet)
        if (verdict) return verdict === 'end' ? undefined : verdict
      } catch (stop) {
        if (stop !== notMatched) throw stop
      }
    }
    return undefined
  }

  /** 'end': nothing after it in this chain is read. */
  #rule(rule: string, packet: Packet): Outcome | 'end' | undefined {
    let rest = rule
    const take = (pattern: RegExp): RegExpExecArray | undefined => {
      const found = anchored(pattern).exec(rest)
      if (found) rest = rest.slice(found[0].length)
      return found ?? undefined
    }
    while (rest !== '') {
      let found = take(/goto (\S+)/)
      if (found) return this.#run(found[1]!, packet) ?? 'end'
      found = take(/jump (\S+)/)
      if (found) {
        const verdict = this.#run(found[1]!, packet)
        if (verdict) return verdict
        continue
      }
      if (take(/reject(?: with tcp reset)?/)) return 'reject'
      if (take(/drop/)) return 'drop'
      if (take(/accept/)) return 'accept'
      if (take(/masquerade fully-random/)) {
        packet.source = 'masqueraded'
        return 'accept'
      }
      found = take(/(ct|meta) mark set (?:ct|meta) mark ([&|]) (\S+)/)
      if (found) {
        const [, of, operator, mask] = found
        const value = of === 'ct' ? packet.ctMark : packet.mark
        this.#setMark(packet, of!, operator === '&' ? value & Number(mask) : value | Number(mask))
        continue
      }
      found = take(/ct mark set (\d+)/)
      if (found) {
        packet.ctMark = Number(found[1])
        continue
      }
      found = take(/ct mark set (.+?) map @(\S+)/)
      if (found) {
        packet.ctMark = Number(this.#look(found[2]!, this.#values(found[1]!, packet)))
        continue
      }
      found = take(/dnat ip6? to (.+?) map @(\S+)/)
      if (found) {
        const [address = '', port] = this.#look(found[2]!, this.#values(found[1]!, packet)).split(' . ')
        Object.assign(packet, { destination: address, port: Number(port), translated: true })
        return 'accept'
      }
      found = take(/(.+?) vmap @(\S+)/)
      if (found) return this.#rule(this.#look(found[2]!, this.#values(found[1]!, packet)), packet)
      found = take(/(update|delete) @(\S+) \{ (.+?)(?: timeout \S+?)?(?: : ct mark)? \}/)
      if (found) {
        const [, verb, name, expression] = found
        const key = this.#values(expression!, packet)
        if (verb === 'update') this.#set(name!).set(key, String(packet.ctMark))
        else this.#set(name!).delete(key)
        continue
      }
      if (this.#condition(take, packet)) continue
      throw new Error(`not understood: ${rest} (in ${rule})`)
    }
    return undefined
  }

  #condition(take: (pattern: RegExp) => RegExpExecArray | undefined, packet: Packet): boolean {
    const hold = (holds: boolean): true => {
      if (!holds) throw notMatched
      return true
    }
    let found = take(elementOf)
    if (found) return hold(this.#has(found[3]!, this.#values(found[1]!, packet)) === (found[2] === undefined))
    found = take(/ip6? (saddr|daddr) \{ ([^}]*) \}/)
    if (found) return hold(inSpans(found[2]!, ipNumber(found[1] === 'saddr' ? packet.source : packet.destination), ipNumber))
    found = take(/th dport \{ ([^}]*) \}/)
    if (found) return hold(inSpans(found[1]!, BigInt(packet.port), BigInt))
    found = take(/meta l4proto \{ ([^}]*) \}/)
    if (found) return hold(found[1]!.split(', ').includes(packet.protocol))
    found = take(/meta l4proto (\S+)/)
    if (found) return hold(packet.protocol === found[1])
    found = take(/ip6? (saddr|daddr) ([\da-f:./]+)/)
    if (found)
      return hold(packet.source !== 'masqueraded' && ipRangeContains(rangeOf(found[2]!), rangeOf(found[1] === 'saddr' ? packet.source : packet.destination)))
    found = take(/(ct|meta) mark & (\S+) (==|!=) (\S+)/)
    if (found) {
      const masked = ((found[1] === 'ct' ? packet.ctMark : packet.mark) & Number(found[2])) >>> 0
      return hold((masked === Number(found[4])) === (found[3] === '=='))
    }
    found = take(/ct mark (\d+)/)
    if (found) return hold(packet.ctMark === Number(found[1]))
    if (take(/fib saddr type local/)) return hold(this.isLocal(packet.source))
    if (take(/ct status dnat/)) return hold(packet.translated)
    if (take(/ct state established,related/)) return hold(packet.established === true)
    return take(/ct state new/) !== undefined && hold(packet.established !== true)
  }

  #setMark(packet: Packet, of: string, value: number): void {
    if (of === 'ct') packet.ctMark = value >>> 0
    else packet.mark = value >>> 0
  }

  #values(expression: string, packet: Packet): string {
    return expression
      .split(' . ')
      .map((each) => {
        if (/^ip6? saddr$/.test(each)) return packet.source
        if (/^ip6? daddr$/.test(each)) return packet.destination
        if (each === 'meta l4proto') return packet.protocol
        if (each === 'th dport') return String(packet.port)
        if (each === 'ct mark') return String(packet.ctMark)
        const [, below, offset = '0'] = /^numgen random mod (\d+)(?: offset (\d+))?$/.exec(each) ?? []
        if (below === '1') return offset
        if (below) return String(this.random(Number(below)) + Number(offset))
        throw new Error(`not understood: ${each}`)
      })
      .join(' . ')
  }

  #look(map: string, key: string): string {
    const value = this.#set(map).get(key)
    if (value === undefined) throw notMatched
    return value
  }

  /** Also within an interval at the key's end. */
  #has(name: string, key: string): boolean {
    const set = this.#set(name)
    if (set.has(key)) return true
    const address = key.split(' . ').at(-1)!
    if (ipFamily(address) === undefined) return false
    const front = key.slice(0, key.length - address.length)
    return [...set.keys()].some((each) => each.startsWith(front) && each.includes('/') && ipRangeContains(rangeOf(each.slice(front.length)), rangeOf(address)))
  }

  #set(name: string): Map<string, string> {
    const found = this.#sets.get(name)
    if (!found) throw new Error(`there is no set ${name}`)
    return found
  }

  #chain(name: string): string[] {
    const found = this.#chains.get(name)
    if (!found) throw new Error(`there is no chain ${name}`)
    return found
  }
}

/** "1, 3-5" */
function inSpans(list: string, value: bigint, read: (text: string) => bigint): boolean {
  return list.split(', ').some((each) => {
    const [first = '', last = first] = each.split('-')
    return value >= read(first) && value <= read(last)
  })
}

const ranges = new Map<string, IpRange>()

function rangeOf(text: string): IpRange {
  const known = ranges.get(text) ?? parseIpRange(text)
  ranges.set(text, known)
  return known
}

const patterns = new Map<string, RegExp>()

/** The same at the front of a rule, up to the next word. */
function anchored({ source }: RegExp): RegExp {
  const known = patterns.get(source)
  if (known) return known
  const made = new RegExp(`^(?:${source})(?: |$)`)
  patterns.set(source, made)
  return made
}

/** Parts at separators that are in no braces. */
function split(text: string, separator: RegExp): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const character of text) {
    if (character === '{') depth++
    if (character === '}') depth--
    if (depth === 0 && separator.test(character)) {
      parts.push(part.trim())
      part = ''
    } else part += character
  }
  return [...parts, part.trim()].filter((each) => each !== '')
}
