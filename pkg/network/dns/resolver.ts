/** Answers one query: out of the cache, out of the cluster's records, or from upstream. */
import dnsPacket, { type Answer } from 'dns-packet'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { type ForwardCache, kindOf, type ZoneCache } from './answer-cache.ts'
import type { ClusterZone } from './cluster-zone.ts'
import type { Forwarder } from './forwarder.ts'
import type { DnsMetrics, DnsPlugin, DnsProtocol } from './metrics.ts'
import { bareResponse, fitted, rcode, readQuery, responseFor } from './raw-message.ts'
import type { RawQuery } from './types.ts'

export interface ResolverOptions {
  readonly zone: ClusterZone
  readonly zoneCache: ZoneCache
  readonly forwardCache: ForwardCache
  readonly forwarder: Forwarder
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: DnsMetrics
}

/** A query under way, and what its end is told with. */
interface Asked {
  readonly query: Buffer
  readonly raw: RawQuery | undefined
  readonly protocol: DnsProtocol
  readonly family: 4 | 6
  readonly beganMs: number
}

interface Forwarded {
  readonly response: Buffer
  readonly plugin: DnsPlugin
}

/** As many orders of the same addresses are kept as spread the load well enough. */
const orderLimit = 8
const chaseLimit = 8
const authoritative = 0x0400
const recursionAvailable = 0x0080
const ednsUdpSize = 1232

export class Resolver {
  readonly #options: ResolverOptions
  /** The same question asked again while it is under way waits for the same answer. */
  readonly #pending = new Map<string, Promise<Forwarded>>()

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /** The response's bytes, at once when possible; undefined for what deserves none. A fault of ours is SERVFAIL, and the next query's business is its own. */
  resolve(query: Buffer, protocol: DnsProtocol, family: 4 | 6): Buffer | Promise<Buffer> | undefined {
    try {
      const response = this.#resolve(query, protocol, family)
      return response instanceof Promise ? response.catch((error) => this.#faulted(query, error)) : response
    } catch (error) {
      return this.#faulted(query, error)
    }
  }

  #faulted(query: Buffer, error: unknown): Buffer {
    this.#options.metrics.panicked()
    this.#options.log.error('a query could not be answered for a fault of the server', { error })
    return bareResponse(query, rcode.servFail)
  }

  #resolve(query: Buffer, protocol: DnsProtocol, family: 4 | 6): Buffer | Promise<Buffer> | undefined {
    const { metrics, zoneCache, forwardCache } = this.#options
    const beganMs = performance.now()
    const raw = readQuery(query)
    if (raw === undefined) return undefined
    if (typeof raw === 'number') return this.#finish({ query, raw: undefined, protocol, family, beganMs }, bareResponse(query, raw), '')
    const asked = { query, raw, protocol, family, beganMs }
    const stored = zoneCache.get(raw.key)
    if (stored) {
      metrics.cacheHit(kindOf(stored))
      return this.#finish(asked, responseFor(stored, query, raw), 'cache')
    }
    const fromZone = this.#fromZone(query, raw)
    if (Buffer.isBuffer(fromZone)) {
      metrics.cacheMiss()
      return this.#finish(asked, responseFor(fromZone, query, raw), 'kubernetes')
    }
    const known = forwardCache.get(raw.key)
    if (known) {
      metrics.cacheHit(kindOf(known))
      return this.#finish(asked, responseFor(known, query, raw), 'cache')
    }
    metrics.cacheMiss()
    if (fromZone) return fromZone.then((response) => this.#finish(asked, responseFor(response, query, raw), 'kubernetes'))
    return this.#forward(query, raw, protocol).then(({ response, plugin }) => this.#finish(asked, responseFor(response, query, raw), plugin))
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
        const response = this.#options.forwardCache.get(read.key) ?? (await this.#forward(asked, read, 'udp')).response
        answers.push(...decodeAnswers(response))
        break
      }
      answers.push(...answer.answers)
      name = answer.chase
    }
    return this.#encode(query, raw, rcode.noError, answers)
  }

  #forward(query: Buffer, raw: RawQuery, protocol: DnsProtocol): Promise<Forwarded> {
    const key = `${protocol}${raw.key}`
    const under = this.#pending.get(key)
    if (under && !this.#options.forwarder.isLoop(query, raw.questionEnd)) return under
    const asking = this.#ask(query, raw, protocol).finally(() => {
      if (this.#pending.get(key) === asking) this.#pending.delete(key)
    })
    if (!under) this.#pending.set(key, asking)
    return asking
  }

  async #ask(query: Buffer, raw: RawQuery, protocol: DnsProtocol): Promise<Forwarded> {
    const { forwarder, forwardCache, log } = this.#options
    const own = (code: number): Forwarded => ({ response: bareResponse(query, code, raw.questionEnd), plugin: '' })
    if (forwarder.isLoop(query, raw.questionEnd)) {
      log.error('DNS loop: an upstream resolver asks this server; give cluster DNS other upstreams')
      return own(rcode.refused)
    }
    const response = await forwarder.ask(query, raw.questionEnd, protocol === 'tcp')
    if (!response || response.length < raw.questionEnd) return own(rcode.servFail)
    forwardCache.put(raw.key, response)
    return { response, plugin: 'forward' }
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

  /** Cut to what the asker takes, and counted. */
  #finish({ query, raw, protocol, family, beganMs }: Asked, whole: Buffer, plugin: DnsPlugin): Buffer {
    const response = raw && protocol === 'udp' && whole.length > raw.udpLimit ? fitted(whole, raw.questionEnd, raw.udpLimit) : whole
    this.#options.metrics.exchange({
      protocol,
      family,
      type: raw?.type ?? 0,
      dnssecOk: raw?.dnssecOk ?? false,
      requestBytes: query.length,
      responseBytes: response.length,
      rcode: response.readUInt16BE(2) & 0xf,
      plugin,
      seconds: (performance.now() - beganMs) / 1000,
    })
    return response
  }
}

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
