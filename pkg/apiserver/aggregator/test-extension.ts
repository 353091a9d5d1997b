/** A small extension API server over TLS, for tests: one group version, with what it was asked. */
import { createServer } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'

export interface TestExtension extends AsyncDisposable {
  readonly port: number
  readonly caBundle: string
  /** Its own certificate and key, for another server of the test. */
  readonly serverPair: { cert: string; key: string }
  readonly proxyClient: { certificate: string; key: string }
  readonly frontProxyCa: string
  readonly requests: { path: string; headers: IncomingMessage['headers']; proxy: string | undefined }[]
  /** What it answers to everything from now on; undefined: as it should. */
  failWith: number | undefined
}

export async function startTestExtension(group: string, version: string, options: { aggregatedDiscovery?: boolean } = {}): Promise<TestExtension> {
  const now = Date.now()
  const [caKeys, keys, proxyCaKeys, proxyKeys] = await Promise.all([generateKeys(), generateKeys(), generateKeys(), generateKeys()])
  const ca = await issueCa('extension-ca', caKeys, now)
  const names = { commonName: 'extension', dnsNames: ['extension.default.svc'], usages: ['server'] } as const
  const leaf = await issueLeaf(names, { certificate: ca, key: caKeys.privateKey }, keys.publicKey, now)
  const proxyCa = await issueCa('front-proxy-ca', proxyCaKeys, now)
  const proxyLeaf = await issueLeaf(
    { commonName: 'front-proxy-client', usages: ['client'] },
    { certificate: proxyCa, key: proxyCaKeys.privateKey },
    proxyKeys.publicKey,
    now,
  )
  const root = `/apis/${group}/${version}`
  const widget = { kind: 'Widget', apiVersion: `${group}/${version}`, metadata: { name: 'one', namespace: 'default' } }
  const resource = { name: 'widgets', singularName: 'widget', namespaced: true, kind: 'Widget', verbs: ['get', 'list'], shortNames: ['wd'] }
  const documents: Record<string, unknown> = {
    [root]: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}`, resources: [resource, { ...resource, name: 'widgets/status' }] },
    [`${root}/namespaces/default/widgets`]: { kind: 'WidgetList', apiVersion: `${group}/${version}`, metadata: {}, items: [widget] },
    [`${root}/namespaces/default/widgets/one`]: widget,
    '/openapi/v2': {
      swagger: '2.0',
      paths: { [`${root}/widgets`]: { get: { schema: { $ref: '#/definitions/Widget' } } }, '/other/': { get: { schema: { $ref: '#/definitions/Unused' } } } },
      definitions: { Widget: { type: 'object' }, Unused: { type: 'object' } },
    },
    [`/openapi/v3/${root.slice(1)}`]: { openapi: '3.0.0', paths: { [`${root}/widgets`]: {} } },
  }
  const requests: TestExtension['requests'] = []
  const server = createServer({ key: keys.privateKey, cert: leaf, ca: proxyCa, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    const socket = request.socket as TLSSocket
    const proxy = socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined
    requests.push({ path, headers: request.headers, proxy })
    response.setHeader('content-type', 'application/json')
    response.statusCode = extension.failWith ?? (path in documents ? 200 : 404)
    if (path === '/apis' && options.aggregatedDiscovery && extension.failWith === undefined) {
      response.statusCode = 200
      response.setHeader('content-type', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')
      const resources = [
        { resource: 'gadgets', responseKind: { group, version, kind: 'Gadget' }, scope: 'Cluster', singularResource: 'gadget', verbs: ['get'] },
      ]
      response.end(JSON.stringify({ kind: 'APIGroupDiscoveryList', items: [{ metadata: { name: group }, versions: [{ version, resources }] }] }))
      return
    }
    response.end(JSON.stringify(documents[path] ?? {}))
  })
  server.on('upgrade', (request: IncomingMessage, socket) => {
    socket.on('error', () => {})
    const secured = request.socket as TLSSocket
    const proxy = secured.authorized ? String(secured.getPeerCertificate().subject.CN) : undefined
    requests.push({ path: request.url ?? '', headers: request.headers, proxy })
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`)
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const extension: TestExtension = {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(ca).toString('base64'),
    serverPair: { cert: leaf, key: keys.privateKey },
    proxyClient: { certificate: proxyLeaf, key: proxyKeys.privateKey },
    frontProxyCa: proxyCa,
    requests,
    failWith: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return extension
}
