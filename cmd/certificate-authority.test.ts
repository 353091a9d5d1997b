import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { request } from 'node:http'
import { test } from 'node:test'
import { configMaps, events, ingresses, nodes, secrets } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'
import { ingressRig } from '#network/ingress/test-rig.ts'
import { testControllers } from '#runtime/testing.ts'
import { certificateAuthority } from './certificate-authority.ts'
import { ingressController } from '#controllers/ingress/index.ts'
import { testAcmeServer } from '#controllers/ingress/acme/test-server.ts'

const dayMs = 86_400_000
const host = 'shop.example.test'

/** The body of an HTTP answer of the proxy, asked for a host. */
function get(port: number, name: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers: { host: name }, agent: false }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(text)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** A controller, a node's proxy and an ACME server that asks that proxy, all of them real. */
async function given(t: { after(fn: () => unknown): void }) {
  const clock = new FakeClock(Date.now())
  const caKeys = await generateKeys()
  const ca = { certificate: await issueCa('test ACME', caKeys, clock.now()), key: caKeys.privateKey }
  const proxy = { port: 0 }
  const server = await testAcmeServer(t, {
    fetchAnswer: (name, path) => get(proxy.port, name, path),
    async issue(der, dnsNames) {
      const { Pkcs10CertificateRequest } = await import('@peculiar/x509')
      const asked = new Pkcs10CertificateRequest(der)
      assert.ok(await asked.verify(), 'the request is signed by its key')
      return issueLeaf({ commonName: dnsNames[0]!, usages: ['server'], dnsNames }, ca, asked.publicKey.toString('pem'), clock.now())
    },
  })
  const it = testControllers(t, {
    clock,
    controllers: [
      ingressController(
        { rootCa: '', certificateAuthority },
        { probe: async (_, name, token, wanted) => (await get(proxy.port, name, `/.well-known/acme-challenge/${token}`)) === wanted },
      ),
    ],
    request: async () => ({ status: 404, headers: {}, bytes: async () => Buffer.alloc(0), text: async () => '', stream: async function* () {} }),
  })
  const rig = await ingressRig(t, { client: it.client })
  proxy.port = rig.proxy.httpPort
  it.client.seed(nodes, {
    metadata: { name: 'node' },
    status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address: '172.30.0.2' }] },
  })
  const ask = (name: string, issuer = 'letsencrypt-prod', hosts = [host]) =>
    it.client.seed(ingresses, {
      metadata: { namespace: 'n', name, annotations: { 'cert-manager.io/cluster-issuer': issuer } },
      spec: { ingressClassName: 'nginx', tls: [{ hosts, secretName: `${name}-tls` }], rules: hosts.map((each) => ({ host: each })) },
    })
  const configure = (data: Record<string, string>) => it.client.seed(configMaps, { metadata: { namespace: 'kube-system', name: 'k8ts-acme' }, data })
  /** Lets packets and a little time pass until that is so. */
  async function until<T>(look: () => T | undefined | false): Promise<T> {
    for (let turn = 0; turn < 1500; turn++) {
      const seen = look()
      if (seen !== undefined && seen !== false) return seen
      for (let each = 0; each < 4; each++) await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(100)
    }
    throw new Error(
      `it did not come; events: ${it.client
        .all(events)
        .map(({ message }) => message)
        .join(' | ')}`,
    )
  }
  const told = () => it.client.all(events).map(({ reason, message }) => `${reason} ${message}`)
  return { ...it, server, ask, configure, until, told }
}

const good = (server: { url: string }, more: Record<string, string> = {}) => ({
  server: server.url,
  email: 'me@example.test',
  termsOfServiceAgreed: 'true',
  ...more,
})

test('a certificate comes from the ACME server, over challenges that the proxy answers, and is renewed when a third of its time is left', async (t) => {
  const { server, client, clock, configure, ask, until, settled } = await given(t)
  configure(good(server))
  ask('shop')
  server.control.staleNonces = 1
  await settled()
  const secret = await until(() => client.peek(secrets, 'n', 'shop-tls'))
  const certificateOf = (data: Record<string, string | null> = {}) => new X509Certificate(Buffer.from(data['tls.crt'] ?? '', 'base64'))
  const first = certificateOf(secret.data)
  assert.equal(first.subjectAltName, `DNS:${host}`)
  assert.match(first.issuer, /test ACME/)
  assert.deepEqual([secret.type, secret.metadata.annotations?.['k8ts.io/acme-server']], ['kubernetes.io/tls', server.url])
  assert.ok(client.peek(secrets, 'kube-system', 'k8ts-acme-account')?.data?.['tls.key'])
  assert.deepEqual(server.control.contacts, [['mailto:me@example.test']])
  await until(() => client.peek(ingresses, 'n', 'shop')!.metadata.annotations?.['k8ts.io/acme-challenges'] === undefined)
  const lifetimeMs = first.validToDate.getTime() - first.validFromDate.getTime()
  await clock.advance((lifetimeMs * 2) / 3 - dayMs)
  assert.equal(server.orders.length, 1)
  await clock.advance(2 * dayMs)
  await until(() => certificateOf(client.peek(secrets, 'n', 'shop-tls')?.data).serialNumber !== first.serialNumber)
  assert.equal(server.orders.length, 2)
  assert.equal(server.accounts.size, 1, 'the account is the same')
})

test('a failure is told in an event and tried again later, longer each time', async (t) => {
  const { server, client, clock, configure, ask, until, told, settled } = await given(t)
  configure(good(server))
  server.control.failNext = { type: 'rateLimited', detail: 'too many certificates already issued' }
  ask('shop')
  await settled()
  await until(() => told().find((each) => each.includes('IssueFailed')))
  assert.match(told().join(), /IssueFailed Failed to issue Certificate "shop-tls": .*too many certificates already issued; the next attempt is in 5 minutes/)
  assert.equal(server.orders.length, 0)
  server.control.failNext = { type: 'rateLimited', detail: 'still too many' }
  await clock.advance(5 * 60_000)
  await until(() => told().find((each) => each.includes('still too many; the next attempt is in 10 minutes')))
  assert.equal(client.peek(secrets, 'n', 'shop-tls'), undefined)
  await clock.advance(10 * 60_000)
  await until(() => client.peek(secrets, 'n', 'shop-tls'))
})

test('issuers that are not named stay with the CA of the cluster, wildcards and bad settings are refused in words', async (t) => {
  const { server, client, configure, ask, until, told, settled } = await given(t)
  configure(good(server, { issuers: 'letsencrypt-prod, letsencrypt-staging' }))
  ask('own', 'company-ca', ['own.example.test'])
  ask('wild', 'letsencrypt-staging', ['*.example.test'])
  await settled()
  const own = await until(() => client.peek(secrets, 'n', 'own-tls'))
  assert.ok(own.data?.['ca.crt'])
  await until(() => told().find((each) => /\*\.example\.test: HTTP-01 challenges cannot be for wildcards/.test(each)))
  assert.equal(server.orders.length, 0)
})

test('without agreement to the terms nothing is asked of the server, nor issued by anybody else', async (t) => {
  const { server, client, configure, ask, until, told, settled } = await given(t)
  configure({ server: server.url })
  ask('shop')
  await settled()
  await until(() => told().find((each) => /termsOfServiceAgreed must be "true"/.test(each)))
  assert.equal(client.peek(secrets, 'n', 'shop-tls'), undefined)
})
