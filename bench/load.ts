/** Clients that ask one request after another, each on a connection of its own: HTTP/2 by Node.js, or our components' own transport. */
import { type ClientHttp2Session, connect } from 'node:http2'
import { createKeepAliveTransport } from '#client/keep-alive-transport.ts'
import { quantile } from './figures.ts'

export interface Target {
  readonly url: string
  readonly ca: string
  readonly certificate: string
  readonly key: string
  /** Default: h2. */
  readonly protocol?: 'h2' | 'http/1.1'
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly body?: string
  /** Default: application/json. */
  readonly contentType?: string
}

export interface LoadResult {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

/** `count` requests in all, shared by `clients`; any answer that is no success ends it. */
export async function load(target: Target, clients: number, count: number, requestOf: (index: number) => Request): Promise<LoadResult> {
  const sessions = await Promise.all(Array.from({ length: clients }, () => asker(target)))
  const latencies: number[] = []
  let next = 0
  const work = async (session: Asker): Promise<void> => {
    while (next < count) {
      const request = requestOf(next++)
      const start = performance.now()
      const { status, body } = await session.ask(request)
      if (status >= 300) throw new Error(`${request.method} ${request.path}: ${status} ${Buffer.from(body).toString().slice(0, 500)}`)
      latencies.push(performance.now() - start)
    }
  }
  try {
    const start = performance.now()
    await Promise.all(sessions.map(work))
    return { perSecond: (count / (performance.now() - start)) * 1000, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) }
  } finally {
    for (const session of sessions) session.close()
  }
}

interface Asker {
  ask(request: Request): Promise<{ status: number; body: Uint8Array }>
  close(): void
}

async function asker(target: Target): Promise<Asker> {
  if (target.protocol !== 'http/1.1') {
    const session = await open(target)
    return { ask: (request) => ask(session, request), close: () => session.close() }
  }
  const { url, ca, certificate, key } = target
  const transport = createKeepAliveTransport({ server: url, ca, cert: certificate, key })
  return {
    async ask({ method, path, body, contentType = 'application/json' }) {
      const answer = await transport.request({ method, path, ...(body === undefined ? {} : { body, headers: { 'content-type': contentType } }) })
      return { status: answer.status, body: await answer.bytes() }
    },
    close: () => transport.close(),
  }
}

export async function once(target: Target, request: Request): Promise<Buffer> {
  const session = await open(target)
  try {
    const { status, body } = await ask(session, request)
    if (status >= 300) throw new Error(`${request.path}: ${status} ${body.toString().slice(0, 500)}`)
    return body
  } finally {
    session.close()
  }
}

export function open({ url, ca, certificate, key }: Target): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(url, { ca, cert: certificate, key })
    session.once('connect', () => resolve(session))
    session.once('error', reject)
  })
}

export function ask(session: ClientHttp2Session, { method, path, body, contentType = 'application/json' }: Request): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': method, ':path': path, ...(body === undefined ? {} : { 'content-type': contentType }) })
    const chunks: Buffer[] = []
    let status = 0
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => resolve({ status, body: Buffer.concat(chunks) }))
    stream.on('error', reject)
    stream.end(body)
  })
}
