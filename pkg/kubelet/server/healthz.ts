/** healthzPort: whether the kubelet is well, in plain HTTP and for this machine alone. */
import { createServer, type Server } from 'node:http'
import type { Logger } from '#base/log.ts'
import type { CompleteConfiguration } from '../configuration/defaults.ts'

export interface HealthzOptions extends Pick<CompleteConfiguration, 'healthzPort' | 'healthzBindAddress'> {
  readonly healthy: () => string | undefined
  readonly log: Logger
}

/** A port that is taken is no reason not to run: it is told, as upstream does. */
export function serveHealthz({ healthzPort, healthzBindAddress, healthy, log }: HealthzOptions): Server | undefined {
  if (healthzPort === 0) return undefined
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]!.replace(/\/$/, '')
    if (path !== '/healthz' && path !== '/healthz/ping' && path !== '/healthz/log' && path !== '/healthz/syncloop') {
      response.writeHead(404).end('404 page not found\n')
      return
    }
    const why = path === '/healthz' || path === '/healthz/syncloop' ? healthy() : undefined
    response.writeHead(why === undefined ? 200 : 500, { 'content-type': 'text/plain; charset=utf-8' }).end(why ?? 'ok')
  })
  server.on('error', (error) => log.error('healthz is not served', { error }))
  server.listen(healthzPort, healthzBindAddress)
  return server
}
