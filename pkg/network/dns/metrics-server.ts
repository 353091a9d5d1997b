/** /health, /ready and /metrics of cluster DNS, with CoreDNS' metric names. */
import { createServer, type Server } from 'node:http'
import type { DnsCounters } from './types.ts'

export function metricsText(counters: DnsCounters): string {
  const lines = ['# TYPE coredns_dns_requests_total counter']
  for (const [protocol, count] of Object.entries(counters.requests)) lines.push(`coredns_dns_requests_total{proto="${protocol}"} ${count}`)
  lines.push('# TYPE coredns_dns_responses_total counter')
  for (const [code, count] of Object.entries(counters.responses)) lines.push(`coredns_dns_responses_total{rcode="${code}"} ${count}`)
  lines.push('# TYPE coredns_cache_hits_total counter', `coredns_cache_hits_total ${counters.cacheHits}`)
  lines.push('# TYPE coredns_cache_misses_total counter', `coredns_cache_misses_total ${counters.cacheMisses}`)
  lines.push('# TYPE coredns_forward_requests_total counter', `coredns_forward_requests_total ${counters.forwarded}`)
  lines.push('# TYPE coredns_forward_failures_total counter', `coredns_forward_failures_total ${counters.forwardFailures}`)
  return `${lines.join('\n')}\n`
}

export function createMetricsServer(counters: DnsCounters): Server {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(metricsText(counters))
    else if (request.url === '/health' || request.url === '/ready') response.writeHead(200).end('OK')
    else response.writeHead(404).end()
  })
  server.unref()
  return server
}
