/** /healthz and /metrics, on ingress-nginx's port for them. */
import { createServer, type Server } from 'node:http'

export function createStatusServer({ metrics, healthy }: { readonly metrics: () => string; readonly healthy: () => boolean }): Server {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0]
    if (path === '/metrics') response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics())
    else if (path === '/healthz' && healthy()) response.writeHead(200).end('ok')
    else if (path === '/healthz') response.writeHead(503).end('the routes are not there yet')
    else response.writeHead(404).end()
  })
  server.unref()
  return server
}
