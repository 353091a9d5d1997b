/** /healthz, /livez, /readyz and /metrics of a process of controllers, by plain HTTP on the loopback interface. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HealthCheck {
  readonly name: string
  /** Undefined: well. Otherwise what is wrong. */
  check(): string | undefined
}

export interface HealthServerOptions {
  /** Zero: any that is free. */
  readonly port: number
  readonly host?: string
  readonly checks: readonly HealthCheck[]
  /** Each answers a part in Prometheus' text format. */
  readonly metrics: readonly (() => string)[]
}

export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

const healthPaths = new Set(['/healthz', '/livez', '/readyz'])

/** Rejects when the port cannot be had. */
export async function serveHealth({ port, host = '127.0.0.1', checks, metrics }: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(request.method === 'HEAD' ? undefined : body)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'method not allowed\n')
    if (pathname === '/metrics') return answer(200, metrics.map((part) => part()).join(''), 'text/plain; version=0.0.4; charset=utf-8')
    if (!healthPaths.has(pathname)) return answer(404, '404 page not found\n')
    const results = checks.map(({ name, check }) => ({ name, failed: check() !== undefined }))
    const lines = results.map(({ name, failed }) => (failed ? `[-]${name} failed: reason withheld` : `[+]${name} ok`)).join('\n')
    const what = pathname.slice(1)
    if (results.some(({ failed }) => failed)) return answer(500, `${lines}\n${what} check failed\n`)
    return answer(200, searchParams.has('verbose') ? `${lines}\n${what} check passed\n` : 'ok')
  })
  server.requestTimeout = 10_000
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, () => resolve()))
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
