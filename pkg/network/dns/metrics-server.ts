/** /health, /ready and /metrics of cluster DNS. */
import { createServer, type Server } from 'node:http'
import type { DnsMetrics } from './metrics.ts'

export function createMetricsServer(metrics: DnsMetrics): Server {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(metrics.text())
    else if (request.url === '/health' || request.url === '/ready') response.writeHead(200).end('OK')
    else response.writeHead(404).end()
  })
  server.unref()
  return server
}
