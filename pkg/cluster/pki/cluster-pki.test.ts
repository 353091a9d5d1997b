import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as tls from 'node:tls'
import { FakeClock } from '#base/fake-clock.ts'
import { createClusterPki } from './cluster-pki.ts'
import { kubeconfigText } from './kubeconfig.ts'
import type { KeyPair } from './types.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-pki-'))
after(() => rmSync(dir, { recursive: true }))
const options = { addresses: ['172.30.0.1'], nodes: [{ name: 'node-1', addresses: ['172.30.0.11'] }] }
const pki = await createClusterPki(dir, options)

interface Outcome {
  readonly subject: string
  readonly authorized: boolean
}

function handshake(server: KeyPair, client: KeyPair | undefined, ca: string, servername: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const listener = tls.createServer({ cert: server.certificate, key: server.key, ca, requestCert: true, rejectUnauthorized: false }, (socket) => {
      const outcome = { subject: String(socket.getPeerCertificate().subject?.CN), authorized: socket.authorized }
      socket.end()
      listener.close()
      resolve(outcome)
    })
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo
      const socket = tls.connect({ port, host: '127.0.0.1', servername, ca, ...(client ? { cert: client.certificate, key: client.key } : {}) })
      socket.on('error', (error) => {
        listener.close()
        reject(error)
      })
      socket.resume()
    })
  })
}

test('a client with the admin certificate is verified by a server with the API server certificate', async () => {
  const outcome = await handshake(pki.apiServer, pki.admin, pki.ca.certificate, 'kubernetes.default.svc')
  assert.deepEqual(outcome, { subject: 'kubernetes-admin', authorized: true })
})

test('the API server is refused under a name it does not carry', async () => {
  await assert.rejects(handshake(pki.apiServer, pki.admin, pki.ca.certificate, 'evil.example'), /altnames/)
})

test('a certificate of the front-proxy CA is not accepted by the cluster CA', async () => {
  const outcome = await handshake(pki.apiServer, pki.frontProxyClient, pki.ca.certificate, 'localhost')
  assert.equal(outcome.authorized, false)
})

test('the API server certificate names every address it is dialled by', () => {
  const certificate = new X509Certificate(pki.apiServer.certificate)
  for (const address of ['127.0.0.1', '::1', '10.96.0.1', '172.30.0.1']) assert.ok(certificate.checkIP(address), address)
  for (const name of ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost'])
    assert.ok(certificate.checkHost(name), name)
})

test('a kubelet certificate says which node it is', () => {
  const { CN, O } = new X509Certificate(pki.nodes['node-1']!.client.certificate).toLegacyObject().subject as Record<string, string>
  assert.deepEqual([CN, O], ['system:node:node-1', 'system:nodes'])
  assert.ok(new X509Certificate(pki.nodes['node-1']!.serving.certificate).checkIP('172.30.0.11'))
})

test('files are readable by their owner alone', () => {
  for (const path of [pki.ca.keyPath, pki.ca.certificatePath, pki.admin.keyPath, pki.serviceAccount.privateKeyPath])
    assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a second run reuses everything', async () => {
  assert.deepEqual(await createClusterPki(dir, options), pki)
})

test('a new address renews the API server certificate and nothing else', async () => {
  const next = await createClusterPki(dir, { ...options, addresses: ['172.30.0.1', '192.0.2.7'] })
  assert.notEqual(next.apiServer.certificate, pki.apiServer.certificate)
  assert.equal(next.admin.certificate, pki.admin.certificate)
  assert.equal(next.ca.certificate, pki.ca.certificate)
})

test('certificates near their end are renewed under the same CA', async () => {
  const clock = new FakeClock(Date.now() + 330 * 24 * 3_600_000)
  const next = await createClusterPki(dir, { ...options, clock })
  assert.notEqual(next.admin.certificate, pki.admin.certificate)
  assert.equal(next.ca.certificate, pki.ca.certificate)
  assert.equal(next.serviceAccount.privateKey, pki.serviceAccount.privateKey)
})

test('a half-written pair is replaced', async () => {
  const other = mkdtempSync(join(tmpdir(), 'k8ts-pki-'))
  try {
    const first = await createClusterPki(other, options)
    writeFileSync(first.admin.certificatePath, 'garbage')
    unlinkSync(first.scheduler.keyPath)
    const second = await createClusterPki(other, options)
    assert.ok(new X509Certificate(second.admin.certificate))
    assert.ok(readFileSync(second.scheduler.keyPath, 'utf8').includes('PRIVATE KEY'))
    unlinkSync(first.ca.keyPath)
    await assert.rejects(createClusterPki(other, options), /its key .* is missing/)
  } finally {
    rmSync(other, { recursive: true })
  }
})

test('a kubeconfig carries server, CA and credentials', () => {
  const text = kubeconfigText({ user: 'kubernetes-admin', server: 'https://127.0.0.1:6443', ca: pki.ca.certificate, ...pki.admin })
  assert.match(text, /current-context: k8ts/)
  assert.match(text, new RegExp(`client-key-data: ${Buffer.from(pki.admin.key).toString('base64')}`))
})
