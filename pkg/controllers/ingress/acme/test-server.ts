/** An ACME server on loopback for tests: one that checks nonces, signatures and HTTP-01 answers as a real one does, and can be told to fail. */
import { createHash, createPublicKey, randomBytes, verify, type webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TestAcmeOptions {
  /** GETs the challenge's path at the host; answers the body. */
  readonly fetchAnswer: (host: string, path: string) => Promise<string>
  /** The certificate for a request (DER). */
  readonly issue: (request: Buffer, hosts: readonly string[]) => Promise<string>
}

interface Order {
  readonly hosts: readonly string[]
  readonly valid: Set<string>
  readonly token: string
  certificate?: string
  error?: string
}

export async function testAcmeServer(t: { after(fn: () => unknown): void }, { fetchAnswer, issue }: TestAcmeOptions) {
  const nonces = new Set<string>()
  const accounts = new Map<string, webcrypto.JsonWebKey>()
  const orders: Order[] = []
  /** `failNext`: what the next order is refused with; `staleNonces`: how many good nonces are called bad. */
  const control = { failNext: undefined as { type: string; detail: string } | undefined, staleNonces: 0, contacts: [] as unknown[] }
  const server = createServer((request, response) => void serve(request, response).catch((error) => problem(response, 500, 'serverInternal', String(error))))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function reply(response: ServerResponse, status: number, body: object | string, headers: Record<string, string> = {}): void {
    const nonce = randomBytes(8).toString('hex')
    nonces.add(nonce)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'replay-nonce': nonce, ...headers }).end(text)
  }
  function problem(response: ServerResponse, status: number, type: string, detail: string): void {
    reply(response, status, { type: `urn:ietf:params:acme:error:${type}`, detail })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    if (path === '/directory') return reply(response, 200, { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` })
    if (path === '/nonce') return reply(response, 200, '')
    let text = ''
    for await (const chunk of request) text += chunk
    const jws = JSON.parse(text) as { protected: string; payload: string; signature: string }
    const head = JSON.parse(Buffer.from(jws.protected, 'base64url').toString()) as {
      nonce: string
      url: string
      kid?: string
      jwk?: webcrypto.JsonWebKey
      alg: string
    }
    if (!nonces.delete(head.nonce) || control.staleNonces-- > 0) return problem(response, 400, 'badNonce', 'the nonce is stale')
    const jwk = head.kid ? accounts.get(head.kid) : path === '/account' ? head.jwk : undefined
    if (!jwk || head.url !== base + path) return problem(response, 401, 'unauthorized', 'no such account')
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const }
    if (!verify('sha256', Buffer.from(`${jws.protected}.${jws.payload}`), key, Buffer.from(jws.signature, 'base64url')))
      return problem(response, 400, 'malformed', 'bad signature')
    const payload = jws.payload === '' ? undefined : (JSON.parse(Buffer.from(jws.payload, 'base64url').toString()) as Record<string, unknown>)
    const [, kind = '', id = '', rest = ''] = path.split('/')
    const order = orders[Number(id)]
    if (kind === 'account') {
      if (payload?.termsOfServiceAgreed !== true) return problem(response, 403, 'userActionRequired', 'agree to the terms')
      control.contacts.push(payload.contact)
      const url = `${base}/accounts/${thumbprint(jwk)}`
      accounts.set(url, jwk)
      return reply(response, 201, { status: 'valid' }, { location: url })
    }
    if (kind === 'order' && id === '') {
      const refused = control.failNext
      control.failNext = undefined
      if (refused) return problem(response, 429, refused.type, refused.detail)
      const hosts = (payload?.identifiers as { value: string }[]).map(({ value }) => value)
      orders.push({ hosts, valid: new Set(), token: randomBytes(16).toString('base64url') })
      return reply(response, 201, orderOf(orders.length - 1), { location: `${base}/order/${orders.length - 1}` })
    }
    if (!order) return problem(response, 404, 'malformed', 'no such thing')
    if (kind === 'order') return reply(response, 200, orderOf(Number(id)))
    if (kind === 'authz') return reply(response, 200, authorizationOf(Number(id), Number(rest)))
    if (kind === 'challenge') {
      const host = order.hosts[Number(rest)]!
      const wanted = `${order.token}.${thumbprint(jwk)}`
      const answer = await fetchAnswer(host, `/.well-known/acme-challenge/${order.token}`).catch((error) => String(error))
      if (answer === wanted) order.valid.add(host)
      else order.error = `${host} answers ${answer}`
      return reply(response, 200, { status: 'processing' })
    }
    if (kind === 'finalize') {
      if (order.valid.size < order.hosts.length) return problem(response, 403, 'orderNotReady', 'not all is authorized')
      order.certificate = await issue(Buffer.from(String(payload?.csr), 'base64url'), order.hosts)
      return reply(response, 200, { ...orderOf(Number(id)), status: 'processing' })
    }
    return reply(response, 200, order.certificate ?? '')
  }
  function orderOf(id: number): object {
    const { hosts, certificate, valid } = orders[id]!
    const status = certificate ? 'valid' : valid.size === hosts.length ? 'ready' : 'pending'
    const authorizations = hosts.map((_, index) => `${base}/authz/${id}/${index}`)
    return { status, authorizations, finalize: `${base}/finalize/${id}`, ...(certificate ? { certificate: `${base}/certificate/${id}` } : {}) }
  }
  function authorizationOf(id: number, index: number): object {
    const { hosts, valid, token, error } = orders[id]!
    const host = hosts[index]!
    const status = valid.has(host) ? 'valid' : error ? 'invalid' : 'pending'
    const challenge = { type: 'http-01', url: `${base}/challenge/${id}/${index}`, token, status, ...(error ? { error: { detail: error } } : {}) }
    return { status, identifier: { type: 'dns', value: host }, challenges: [{ type: 'dns-01', url: `${base}/x`, token }, challenge] }
  }
  return { url: `${base}/directory`, orders, accounts, control }
}

function thumbprint({ crv, x, y }: webcrypto.JsonWebKey): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv, kty: 'EC', x, y }))
    .digest('base64url')
}
