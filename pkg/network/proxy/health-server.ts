/**
 * Health of the proxy itself: /healthz says whether load balancers should send to this node, /livez whether the proxy works
 * (upstream: pkg/proxy/healthcheck, KEP-3836); beside them, on another port, /metrics and /proxyMode.
 */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Node } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { IpFamily } from '../ip.ts'
import type { ProxyMetrics } from './metrics.ts'

/** A change that waits longer than this is one that does not get through. */
export const staleAfterMs = 70_000

export interface ProxyHealth {
  /** When the oldest change that is not in the kernel yet was seen; undefined when all is there. */
  readonly waitingSinceMs: () => number | undefined
  readonly lastSyncedMs: () => number
  readonly nowMs: () => number
  readonly node: () => Node | undefined
  /** Those whose rules the proxy writes, in one transaction: what is true of one is of the other. */
  readonly families: readonly IpFamily[]
}

/** The cluster autoscaler's taint on a node that is about to go; its deletion says the same. */
export function isEligible(node: Node | undefined): boolean {
  if (!node) return false
  return !node.metadata.deletionTimestamp && !node.spec?.taints?.some(({ key }) => key === 'ToBeDeletedByClusterAutoscaler')
}

export function isWorking({ waitingSinceMs, nowMs }: ProxyHealth): boolean {
  const since = waitingSinceMs()
  return since === undefined || nowMs() - since < staleAfterMs
}

/** Answers /healthz and /livez. */
export function healthListener(health: ProxyHealth, metrics: ProxyMetrics): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?')[0]
    if (path !== '/healthz' && path !== '/livez') {
      notFound(response)
      return
    }
    const working = isWorking(health)
    const eligible = isEligible(health.node())
    const code = working && (path === '/livez' || eligible) ? 200 : 503
    const counts = path === '/livez' ? metrics.livez : metrics.healthz
    counts.set(code, (counts.get(code) ?? 0) + 1)
    // Healthy means up to date until now, as upstream reports it.
    const synced = rfc3339(health.lastSyncedMs())
    const body = {
      lastUpdated: code === 200 ? rfc3339(health.nowMs()) : synced,
      currentTime: rfc3339(health.nowMs()),
      ...(path === '/healthz' ? { nodeEligible: eligible } : {}),
      healthy: working,
      status: Object.fromEntries(health.families.map((family) => [`IPv${family}`, { lastUpdated: synced, healthy: working }])),
    }
    response.writeHead(code, { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' }).end(JSON.stringify(body))
  }
}

const plain = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }

/** Answers /metrics and /proxyMode. */
export function metricsListener(metrics: ProxyMetrics, more: () => string = () => ''): RequestListener {
  return (request, response) => {
    if (request.url === '/metrics') response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(metrics.text() + more())
    else if (request.url === '/proxyMode') response.writeHead(200, plain).end('nftables')
    else if (request.url === '/healthz') response.writeHead(200, plain).end('ok')
    else notFound(response)
  }
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, plain).end('404 page not found\n')
}

export function serve(listener: RequestListener, address: string, port: number, failed: (error: Error) => void): Server {
  const server = createServer(listener)
  server.on('error', failed)
  server.listen(port, address)
  server.unref()
  return server
}
