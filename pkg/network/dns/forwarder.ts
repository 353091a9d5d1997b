/** Asks the resolvers outside the cluster, one after the other until one answers. */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { inUrl } from '../ip.ts'
import type { DnsMetrics } from './metrics.ts'
import { headerBytes, rcode } from './raw-message.ts'

export interface Upstream {
  readonly address: string
  readonly port: number
}

/** Whom to ask, by zone in small letters without the last dot; '' is the root. */
export type UpstreamsByZone = ReadonlyMap<string, readonly Upstream[]>

export interface ForwarderOptions {
  readonly upstreams: UpstreamsByZone
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: DnsMetrics
}

const timeoutMs = 2000
const inFlightLimit = 1000
/** A resolver that did not answer is asked last for so long. */
const restMs = 10_000

export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #restingUntil = new Map<Upstream, number>()
  /** Questions under way: "ID question" of what was sent. Meeting one of them among the incoming means that upstream asks us. */
  readonly #sent = new Set<string>()
  #inFlight = 0
  #upstreams: UpstreamsByZone

  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#upstreams = options.upstreams
  }

  /** From now on these are asked. */
  replaceUpstreams(upstreams: UpstreamsByZone): void {
    this.#upstreams = upstreams
    this.#restingUntil.clear()
  }

  /** Whether this incoming query is one of our own, come back. */
  isLoop(query: Buffer, questionEnd: number): boolean {
    return this.#sent.size > 0 && this.#sent.has(sentKey(query, questionEnd))
  }

  /** The answer's bytes with the query's number, or undefined when nobody answered, or there is nobody to ask. */
  async ask(query: Buffer, questionEnd: number, overTcp: boolean): Promise<Buffer | undefined> {
    const { clock, metrics } = this.#options
    const upstreams = this.#upstreamsOf(query)
    if (upstreams.length === 0) return undefined
    if (this.#inFlight >= inFlightLimit) {
      metrics.forwardRejected()
      return undefined
    }
    this.#inFlight++
    try {
      let last: Buffer | undefined
      for (const upstream of this.#inOrder(upstreams)) {
        const beganMs = performance.now()
        const answer = await this.#askOne(upstream, query, questionEnd, overTcp)
        const to = `${inUrl(upstream.address)}:${upstream.port}`
        if (!answer) {
          this.#restingUntil.set(upstream, clock.now() + restMs)
          metrics.upstreamFailed(to)
          continue
        }
        this.#restingUntil.delete(upstream)
        query.copy(answer, 0, 0, 2)
        const code = answer.readUInt16BE(2) & 0xf
        metrics.upstreamAnswered(to, code, (performance.now() - beganMs) / 1000)
        if (code !== rcode.servFail && code !== rcode.refused) return answer
        last = answer
      }
      if (!last) metrics.allUpstreamsFailed()
      return last
    } finally {
      this.#inFlight--
    }
  }

  /** Those of the nearest zone above the name. */
  #upstreamsOf(query: Buffer): readonly Upstream[] {
    if (this.#upstreams.size > 1) {
      const labels = labelsOf(query)
      for (let from = 0; from < labels.length; from++) {
        const found = this.#upstreams.get(labels.slice(from).join('.'))
        if (found) return found
      }
    }
    return this.#upstreams.get('') ?? []
  }

  #inOrder(upstreams: readonly Upstream[]): readonly Upstream[] {
    const now = this.#options.clock.now()
    const rests = (upstream: Upstream) => ((this.#restingUntil.get(upstream) ?? 0) > now ? 1 : 0)
    return [...upstreams].sort((a, b) => rests(a) - rests(b))
  }

  async #askOne(upstream: Upstream, original: Buffer, questionEnd: number, overTcp: boolean): Promise<Buffer | undefined> {
    const query = Buffer.from(original)
    query.writeUInt16BE(randomInt(65_536), 0)
    const key = sentKey(query, questionEnd)
    this.#sent.add(key)
    try {
      return await (overTcp ? this.#exchangeTcp(upstream, query) : this.#exchangeUdp(upstream, query, questionEnd))
    } finally {
      this.#sent.delete(key)
    }
  }

  /** A socket of its own for each question: a random port makes answers hard to forge. */
  #exchangeUdp(upstream: Upstream, query: Buffer, questionEnd: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = createSocket(upstream.address.includes(':') ? 'udp6' : 'udp4')
      const timer = this.#options.clock.after(timeoutMs, () => done(undefined))
      let open = true
      const done = (answer: Buffer | undefined) => {
        if (!open) return
        open = false
        timer.cancel()
        socket.close()
        resolve(answer)
      }
      socket.on('error', () => done(undefined))
      socket.on('message', (message) => {
        if (isAnswerTo(message, query, questionEnd)) done(message)
      })
      socket.connect(upstream.port, upstream.address, (error?: Error) => {
        if (error) done(undefined)
        else if (open) socket.send(query, () => {})
      })
    })
  }

  #exchangeTcp(upstream: Upstream, query: Buffer): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ host: upstream.address, port: upstream.port })
      let received = Buffer.alloc(0)
      const done = (answer: Buffer | undefined) => {
        timer.cancel()
        socket.destroy()
        resolve(answer)
      }
      const timer = this.#options.clock.after(timeoutMs, () => done(undefined))
      socket.on('error', () => done(undefined))
      socket.on('close', () => done(undefined))
      socket.on('connect', () => {
        const length = Buffer.alloc(2)
        length.writeUInt16BE(query.length, 0)
        socket.write(Buffer.concat([length, query]))
      })
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        if (received.length < 2) return
        const length = received.readUInt16BE(0)
        if (received.length >= length + 2) done(length >= headerBytes ? Buffer.from(received.subarray(2, length + 2)) : undefined)
      })
    })
  }
}

/** Of the question, in small letters; the message has been found to be whole. */
function labelsOf(query: Buffer): string[] {
  const labels: string[] = []
  let offset = headerBytes
  for (let length = query[offset] ?? 0; length > 0 && length < 64; length = query[offset] ?? 0) {
    labels.push(query.toString('latin1', offset + 1, offset + 1 + length).toLowerCase())
    offset += length + 1
  }
  return labels
}

function sentKey(query: Buffer, questionEnd: number): string {
  return query.toString('latin1', 0, 2) + query.toString('latin1', headerBytes, questionEnd).toLowerCase()
}

function isAnswerTo(message: Buffer, query: Buffer, questionEnd: number): boolean {
  if (message.length < questionEnd || message.readUInt16BE(0) !== query.readUInt16BE(0) || (message.readUInt16BE(2) & 0x8000) === 0) return false
  return message.toString('latin1', headerBytes, questionEnd).toLowerCase() === query.toString('latin1', headerBytes, questionEnd).toLowerCase()
}
