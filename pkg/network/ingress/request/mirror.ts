/** A copy of a request for somebody who is only to see it (ingress-nginx: mirror-target): nobody waits for it, and nobody learns what became of it. */
import type { OutgoingHttpHeaders } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import type { RequestFacts } from '../answer/answers.ts'
import type { IngressState, Mirror } from '../types.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { expandVariables } from '../routes/variables.ts'

/** Copies on their way at a time; what comes beyond is not copied. */
const limit = 1024
/** How far a copy's body may stay behind before it is given up. */
const lagBytes = 1024 * 1024
const timeouts = { connectTimeoutMs: 5_000, readTimeoutMs: 60_000 }

export class Mirrors {
  readonly #state: IngressState
  readonly #upstream: Upstream
  #count = 0

  constructor(state: IngressState, upstream: Upstream) {
    this.#state = state
    this.#upstream = upstream
  }

  /** `headers` are those the backend gets. A body that is a stream is read along with the backend, never ahead of it. */
  send({ url, host, withBody }: Mirror, facts: RequestFacts, headers: OutgoingHttpHeaders, body: Readable | Buffer | null): void {
    if (this.#count >= limit) return
    this.#count++
    const copy = withBody ? (body === null || Buffer.isBuffer(body) ? body : tee(body)) : null
    const { 'content-length': _length, ...bodiless } = headers
    this.#ask(new URL(expandVariables(url, facts)), facts.method, { ...(withBody ? headers : bodiless), host }, copy)
      // Whoever is mirrored must not notice.
      .catch(() => copy instanceof PassThrough && copy.destroy())
      .finally(() => this.#count--)
  }

  async #ask(url: URL, method: string, headers: OutgoingHttpHeaders, body: Readable | Buffer | null): Promise<void> {
    const secure = url.protocol === 'https:'
    const address = await this.#state.resolve(url.hostname.replaceAll(/^\[|\]$/g, ''))
    const place = { address, port: Number(url.port) || (secure ? 443 : 80) }
    const options = { backendProtocol: secure ? ('HTTPS' as const) : ('HTTP' as const), ...timeouts }
    const result = await this.#upstream.send(place, { method, target: `${url.pathname}${url.search}`, headers, options }, body, () => {})
    if (result.kind === 'upgrade') return void result.socket.destroy()
    const answer = result.response.body
    await new Promise<void>((resolve) => {
      answer.once('close', resolve)
      answer.once('error', () => resolve())
      answer.resume()
    })
  }
}

function tee(body: Readable): PassThrough {
  const copy = new PassThrough()
  // It may end before anybody has begun to read it.
  copy.on('error', () => {})
  const follow = (chunk: Buffer) => {
    if (copy.destroyed) return
    copy.write(chunk)
    if (copy.writableLength + copy.readableLength > lagBytes) copy.destroy(new Error('the mirror is too slow'))
  }
  const stop = () => body.off('data', follow)
  body.on('data', follow)
  body.once('end', () => copy.end())
  body.once('close', () => {
    if (!body.readableEnded) copy.destroy(new Error('the client is gone'))
  })
  copy.once('close', stop)
  // Whoever pipes it begins the flow; the copy alone must not.
  body.pause()
  return copy
}
