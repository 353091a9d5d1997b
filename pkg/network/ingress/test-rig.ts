/** An ingress proxy on loopback with backends of one's own, for tests. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type RequestListener } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { IngressSpec } from '#api/gen/networking/v1.ts'
import { endpointSlices, ingressClasses, ingresses, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { testService, testSlice } from '../test-objects.ts'
import { type IngressOptions, startIngress } from './start-ingress.ts'

/** A certificate for "fallback", good for a hundred years; the tests trust nobody. */
export const fallback = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBfTCCASOgAwIBAgIUN7lB7jqCnN2RfcRJZI+BXTjpr5YwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIZmFsbGJhY2swIBcNMjYxMTI4MjAyMzEwWhgPMjEyNjExMDQy
MDIzMTBaMBMxETAPBgNVBAMMCGZhbGxiYWNrMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAER2SbwRmKT0129ZjaqTKCxrNKlCONG7ywPVjrDsNihX1YX26zhiRyFlAK
2AbDFbwLZi+cgaW0FaLYyYlghjpm9KNTMFEwHQYDVR0OBBYEFL0YThLwgqCSb5FJ
nfF8IWGKuwB5MB8GA1UdIwQYMBaAFL0YThLwgqCSb5FJnfF8IWGKuwB5MA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgVHijMW9u54vAkiWFX++EzwwI
E32gx5lqCSnOy/1UpCQCIQCa9HDGbVQrABskOiGdUMoHQ9jwciBhXkMD301C8wtY
fA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbnKoUVKqGUjvh+Df
AAj3N4yeckFNRUzFL5xYdpCJehKhRANCAARHZJvBGYpPTXb1mNqpMoLGs0qUI40b
vLA9WOsOw2KFfVhfbrOGJHIWUArYBsMVvAtmL5yBpbQVotjJiWCGOmb0
-----END PRIVATE KEY-----
`,
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly trailers: NodeJS.Dict<string>
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string
  readonly secure?: boolean
}

export const rule = (host: string, service: string, path = '/', pathType = 'Prefix') => ({
  host,
  http: { paths: [{ path, pathType, backend: { service: { name: service, port: { name: 'web' } } } }] },
})

export async function ingressRig(t: { after(fn: () => unknown): void }, options: Partial<IngressOptions> = {}) {
  const fake = createFakeClient({ clock: systemClock })
  const abort = new AbortController()
  t.after(() => abort.abort())
  fake.seed(ingressClasses, { metadata: { name: 'nginx' }, spec: { controller: 'k8ts.io/ingress' } })
  const proxy = await startIngress({
    client: fake,
    addresses: ['127.0.0.1'],
    httpPort: 0,
    httpsPort: 0,
    statusPort: null,
    nodeName: 'node',
    fallback,
    resolve: async () => '127.0.0.1',
    log: silentLogger,
    signal: abort.signal,
    ...options,
  })
  let serial = 0

  async function listen(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => {
      server.close()
      if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections()
    })
    return (server.address() as AddressInfo).port
  }
  async function settled(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    await proxy.settled()
  }

  return {
    fake,
    proxy,
    listen,
    settled,
    backend: (listener: RequestListener) => listen(createServer(listener)),
    /** A Service "name" with these loopback ports as its endpoints. */
    serve(name: string, ...ports: number[]): void {
      fake.seed(services, testService(name, { ports: [{ name: 'web', port: 80 }] }))
      ports.forEach((port, index) => {
        const slice = testSlice(name, { name: 'web', port }, [{ address: '127.0.0.1' }])
        slice.metadata.name = `${name}-${index}`
        fake.seed(endpointSlices, slice)
      })
    },
    async given(spec: IngressSpec, annotations: Record<string, string> = {}): Promise<void> {
      const named = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]))
      const creationTimestamp = new Date(++serial * 1000).toISOString()
      fake.seed(ingresses, {
        metadata: { name: `i${serial}`, namespace: 'default', annotations: named, creationTimestamp },
        spec: { ingressClassName: 'nginx', ...spec },
      })
      await settled()
    },
    ask(host: string, path = '/', { method = 'GET', headers = {}, body, secure = false }: AskOptions = {}): Promise<Reply> {
      return new Promise((resolve, reject) => {
        const port = secure ? proxy.httpsPort : proxy.httpPort
        const common = { host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false as const }
        const answered = async (response: IncomingMessage) => {
          let text = ''
          for await (const chunk of response) text += chunk
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, trailers: response.trailers })
        }
        const outgoing = secure ? secureRequest({ ...common, servername: host, rejectUnauthorized: false }, answered) : request(common, answered)
        outgoing.on('error', reject)
        outgoing.end(body)
      })
    },
  }
}

export async function waitFor<T>(look: () => T | undefined | false): Promise<T> {
  for (let turn = 0; turn < 2000; turn++) {
    const seen = look()
    if (seen !== undefined && seen !== false) return seen
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('it did not come')
}
