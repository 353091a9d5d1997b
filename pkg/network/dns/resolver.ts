/** Answers one query: out of the cache, out of the cluster's records, or from upstream. */
import dnsPacket, { type Answer } from 'dns-packet'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { ForwardCache, type ZoneCache } from './answer-cache.ts'
import type { ClusterZone } from './cluster-zone.ts'
import type { Forwarder } from './forwarder.ts'
import { bareResponse, rcode, readQuery, responseFor, truncated } from './raw-message.ts'
import type { DnsCounters, RawQuery } from './types.ts'

export interface ResolverOptions {
  readonly zone: ClusterZone
  readonly zoneCache: ZoneCache
  readonly forwarder: Forwarder
  readonly clock: Clock
  readonly log: Logger
  readonly counters: DnsCounters
}

type Protocol = 'udp' | 'tcp'

/** As many orders of the same addresses are kept as spread the load well enough. */
const orderLimit = 8
const chaseLimit = 8
const authoritative = 0x0400
const recursionAvailable = 0x0080
const ednsUdpSize = 1232

export class Resolver {
  readonly #options: ResolverOptions
  readonly #forwarded: ForwardCache
  /** The same question asked again while it is under way waits for the same answer. */
  readonly #pending = new Map<string, Promise<Buffer>>()

  constructor(options: ResolverOptions) {
    this.#options = options
    this.#forwarded = new ForwardCache(options.clock)
  }

  /** The response's bytes, at once when possible; undefined for what deserves none. */
  resolve(query: Buffer, protocol: Protocol): Buffer | Promise<Buffer> | undefined {
    const { counters, zoneCache } = this.#options
    counters.requests[protocol]++
    const raw = readQuery(query)
    if (raw === undefined) return undefined
    if (typeof raw === 'number') return this.#finish(bareResponse(query, raw))
    const stored = zoneCache.get(raw.key)
    if (stored) {
      counters.cacheHits++
      return this.#fit(responseFor(stored, query, raw), raw, protocol)
    }
    const fromZone = this.#fromZone(query, raw)
    if (Buffer.isBuffer(fromZone)) return this.#fit(responseFor(fromZone, query, raw), raw, protocol)
    const known = this.#forwarded.get(raw.key)
    if (known) {
      counters.cacheHits++
      return this.#fit(responseFor(known, query, raw), raw, protocol)
    }
    counters.cacheMisses++
    return (fromZone ?? this.#forward(query, raw, protocol)).then((response) => this.#fit(responseFor(response, query, raw), raw, protocol))
  }

  /** Undefined when the name is not the cluster's; a promise when an ExternalName's target must be asked for. */
  #fromZone(query: Buffer, raw: RawQuery): Buffer | Promise<Buffer> | undefined {
    const question = decodeQuestion(query)
    if (!question) return bareResponse(query, rcode.formErr, raw.questionEnd)
    const { name, type } = question
    if (question.class !== 'IN') return bareResponse(query, rcode.refused, raw.questionEnd)
    if (type === 'AXFR' || type === 'IXFR') return bareResponse(query, rcode.refused, raw.questionEnd)
    const answer = this.#options.zone.lookup(name, type)
    if (answer.kind === 'elsewhere') return undefined
    if (answer.kind === 'nxdomain') return this.#keep(raw, [this.#encode(query, raw, rcode.nxDomain, [])])
    if (answer.chase !== undefined && type !== 'CNAME') return this.#chase(query, raw, type, answer.answers, answer.chase)
    const { answers, additionals = [] } = answer
    const orders = Array.from({ length: Math.max(1, Math.min(answers.length, orderLimit)) }, (_, start) =>
      this.#encode(query, raw, rcode.noError, [...answers.slice(start), ...answers.slice(0, start)], additionals),
    )
    return this.#keep(raw, orders)
  }

  #keep(raw: RawQuery, orders: readonly Buffer[]): Buffer {
    this.#options.zoneCache.put(raw.key, orders)
    return orders[0] as Buffer
  }

  /** Follows an ExternalName to its addresses, inside the cluster or out. */
  async #chase(query: Buffer, raw: RawQuery, type: string, first: readonly Answer[], target: string): Promise<Buffer> {
    const answers = [...first]
    let name: string | undefined = target
    for (let hop = 0; name !== undefined && hop < chaseLimit; hop++) {
      const answer = this.#options.zone.lookup(name, type)
      if (answer.kind === 'nxdomain') break
      if (answer.kind === 'elsewhere') {
        const asked = dnsPacket.encode({ type: 'query', id: 1, flags: dnsPacket.RECURSION_DESIRED, questions: [{ type: type as 'A', name }] })
        const read = readQuery(asked)
        if (typeof read !== 'object') break
        const response = this.#forwarded.get(read.key) ?? (await this.#forward(asked, read, 'udp'))
        answers.push(...decodeAnswers(response))
        break
      }
      answers.push(...answer.answers)
      name = answer.chase
    }
    return this.#encode(query, raw, rcode.noError, answers)
  }

  #forward(query: Buffer, raw: RawQuery, protocol: Protocol): Promise<Buffer> {
    const key = `${protocol}${raw.key}`
    const under = this.#pending.get(key)
    if (under && !this.#options.forwarder.isLoop(query, raw.questionEnd)) return under
    const asking = this.#ask(query, raw, protocol).finally(() => {
      if (this.#pending.get(key) === asking) this.#pending.delete(key)
    })
    if (!under) this.#pending.set(key, asking)
    return asking
  }

  async #ask(query: Buffer, raw: RawQuery, protocol: Protocol): Promise<Buffer> {
    const { forwarder, counters, log } = this.#options
    if (forwarder.isLoop(query, raw.questionEnd)) {
      log.error('DNS loop: an upstream resolver asks this server; give cluster DNS other upstreams')
      return bareResponse(query, rcode.refused, raw.questionEnd)
    }
    if (!forwarder.hasUpstreams) return bareResponse(query, rcode.servFail, raw.questionEnd)
    counters.forwarded++
    const response = await forwarder.ask(query, raw.questionEnd, protocol === 'tcp')
    if (!response || response.length < raw.questionEnd) {
      counters.forwardFailures++
      return bareResponse(query, rcode.servFail, raw.questionEnd)
    }
    this.#forwarded.put(raw.key, response)
    return response
  }

  #encode(query: Buffer, raw: RawQuery, code: number, answers: readonly Answer[], additionals: readonly Answer[] = []): Buffer {
    const { zone, clock } = this.#options
    const question = decodeQuestion(query)
    const nothing = answers.length === 0
    const opt: Answer[] = raw.hasEdns ? [{ type: 'OPT', name: '.', udpPayloadSize: ednsUdpSize, flags: 0, options: [] } as unknown as Answer] : []
    const asked = query.readUInt16BE(2) & (dnsPacket.RECURSION_DESIRED | dnsPacket.CHECKING_DISABLED)
    return Buffer.from(
      dnsPacket.encode({
        type: 'response',
        id: raw.id,
        flags: authoritative | recursionAvailable | asked | code,
        questions: question ? [{ name: question.name, type: question.type as 'A' }] : [],
        answers: [...answers],
        authorities: nothing ? [zone.soa(clock.now())] : [],
        additionals: [...additionals, ...opt],
      }),
    )
  }

  #fit(response: Buffer, raw: RawQuery, protocol: Protocol): Buffer {
    return this.#finish(protocol === 'udp' && response.length > raw.udpLimit ? truncated(response, raw.questionEnd) : response)
  }

  #finish(response: Buffer): Buffer {
    const name = rcodeNames[response.readUInt16BE(2) & 0xf] ?? 'OTHER'
    const { responses } = this.#options.counters
    responses[name] = (responses[name] ?? 0) + 1
    return response
  }
}

const rcodeNames = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const

function decodeQuestion(query: Buffer): { name: string; type: string; class: string } | undefined {
  try {
    const question = dnsPacket.decode(query).questions?.[0]
    return question && { name: question.name.toLowerCase(), type: question.type, class: question.class ?? 'IN' }
  } catch {
    return undefined
  }
}

function decodeAnswers(response: Buffer): Answer[] {
  try {
    return (dnsPacket.decode(response).answers ?? []).filter((each) => each.type === 'A' || each.type === 'AAAA' || each.type === 'CNAME')
  } catch {
    return []
  }
}
