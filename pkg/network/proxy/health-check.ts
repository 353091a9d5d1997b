/** Answers load balancers on a Service's health-check node port: does this node have endpoints of it? */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Logger } from '#base/log.ts'
import type { CompiledService } from './types.ts'

type Health = NonNullable<CompiledService['health']>

export class HealthCheckServers {
  readonly #log: Logger
  readonly #isProxyHealthy: () => boolean
  /** The node's own: other addresses on a node, of pods and load balancers, say nothing of its health (upstream: --nodeport-addresses primary). */
  readonly #addresses: readonly string[]
  readonly #byService = new Map<string, { servers: readonly Server[]; state: Health }>()

  constructor(log: Logger, { addresses, isProxyHealthy = () => true }: { readonly addresses: readonly string[]; readonly isProxyHealthy?: () => boolean }) {
    this.#log = log
    this.#addresses = addresses
    this.#isProxyHealthy = isProxyHealthy
  }

  /** Listens, changes or stops listening for one Service. */
  update(service: string, health: Health | undefined): void {
    const known = this.#byService.get(service)
    if (known && health?.port === known.state.port) {
      known.state = health
      return
    }
    if (known) {
      for (const server of known.servers) {
        server.close()
        server.closeAllConnections()
      }
      this.#byService.delete(service)
    }
    if (health) this.#listen(service, health)
  }

  close(): void {
    for (const service of [...this.#byService.keys()]) this.update(service, undefined)
  }

  #listen(service: string, state: Health): void {
    const entry: { state: Health; servers: readonly Server[] } = { state, servers: [] }
    const answer: RequestListener = (_request, response) => {
      const { namespace, name, localEndpoints } = entry.state
      const healthy = this.#isProxyHealthy()
      response.writeHead(localEndpoints > 0 && healthy ? 200 : 503, {
        'Content-Type': 'application/json',
        'X-Content-Type-Options': 'nosniff',
        'X-Load-Balancing-Endpoint-Weight': String(localEndpoints),
      })
      const body = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: healthy }
      // Laid out as upstream's, which some read by line.
      response.end(JSON.stringify(body, undefined, '\t'))
    }
    entry.servers = this.#addresses.map((address) => {
      const server = createServer(answer)
      server.on('error', (error) => this.#log.warn('cannot serve the health-check node port', { service, address, port: state.port, error }))
      server.listen(state.port, address)
      server.unref()
      return server
    })
    this.#byService.set(service, entry)
  }
}
