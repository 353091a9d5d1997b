/** Clients that ask one request after another, each on an HTTP/2 connection of its own. */
import { type ClientHttp2Session, connect } from 'node:http2'
import { quantile } from './figures.ts'

export interface Target {
  readonly url: string
  readonly ca: string
  readonly certificate: string
  readonly key: string
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
  const sessions = await Promise.all(Array.from({ length: clients }, () => open(target)))
  const latencies: number[] = []
  let next = 0
  const work = async (session: ClientHttp2Session): Promise<void> => {
    while (next < count) {
      const request = requestOf(next++)
      const start = performance.now()
      const { status, body } = await ask(session, request)
      if (status >= 300) throw new Error(`${request.method} ${request.path}: ${status} ${body.toString().slice(0, 500)}`)
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
