import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { certificateSigningRequests, subjectAccessReviews } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { testControllers } from '#runtime/testing.ts'
import { certificateApprovingController, certificateCleaningController, certificateSigningController } from './index.ts'
import { library } from './request.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const x509 = await library()
const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
const caCertificate = (await x509.X509CertificateGenerator.createSelfSigned({ name: 'CN=ca', keys, signingAlgorithm: algorithm })).toString('pem')
const caKey = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')}\n-----END PRIVATE KEY-----\n`
const csr = async (name: string) => {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm })
  return Buffer.from(request.toString('pem')).toString('base64')
}
const usages = ['digital signature', 'client auth']
const kubelet = { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages, username: 'system:node:x', groups: ['system:nodes'] }

function start(t: any, allowed: boolean) {
  const controllers = [
    certificateApprovingController(),
    certificateSigningController({ rootCa: '', clusterSigning: { caCertificate, caKey } })!,
    certificateCleaningController(),
  ]
  const made = testControllers(t, {
    controllers,
    clock: new FakeClock(Date.now()),
    wrap: (client) =>
      ({
        ...client,
        create: async (of: any, object: any, options: any) =>
          of === subjectAccessReviews ? { ...object, status: { allowed } } : client.create(of, object, options),
      }) as any,
  })
  return { ...made, get: () => made.client.peek(certificateSigningRequests, undefined, 'r') }
}

test('A kubelet’s request for its own certificate is approved, signed and cleared away', async (t) => {
  const { client, settled, advance, get } = start(t, true)
  client.seed(certificateSigningRequests, { metadata: { name: 'r' }, spec: { ...kubelet, request: await csr('O=system:nodes, CN=system:node:x') } })
  await settled()
  // The cryptography is done elsewhere, in real time.
  for (let wait = 0; wait < 2000 && !get()?.status?.certificate; wait++) {
    await new Promise((resolve) => setImmediate(resolve))
    await settled()
  }
  assert.equal(get()?.status?.conditions?.[0]?.message, 'Auto approving self kubelet client certificate after SubjectAccessReview.')
  const certificate = new X509Certificate(Buffer.from(get()!.status!.certificate!, 'base64'))
  assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:x')
  assert.ok(certificate.verify(new X509Certificate(caCertificate).publicKey))
  await advance(3_700_000)
  assert.equal(get(), undefined)
})

test('An authority of its own signs for its signer alone, by a key in any of the usual forms', async (t) => {
  const sec1 = createPrivateKey(caKey).export({ type: 'sec1', format: 'pem' }) as string
  const bySigner = { 'kubernetes.io/kube-apiserver-client': { caCertificate, caKey: sec1 } }
  const controller = certificateSigningController({ rootCa: '', clusterSigning: { caCertificate: '', caKey: '', bySigner } })!
  const { client, settled } = testControllers(t, { controllers: [controller], clock: new FakeClock(Date.now()) })
  const status = { conditions: [{ type: 'Approved', status: 'True' }] }
  client.seed(certificateSigningRequests, { metadata: { name: 'other' }, spec: { ...kubelet, request: await csr('O=system:nodes, CN=system:node:x') }, status })
  client.seed(certificateSigningRequests, {
    metadata: { name: 'own' },
    spec: { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], request: await csr('CN=jane') },
    status,
  } as any)
  await settled()
  const certificateOf = (name: string) => client.peek(certificateSigningRequests, undefined, name)?.status?.certificate
  for (let wait = 0; wait < 2000 && !certificateOf('own'); wait++) {
    await new Promise((resolve) => setImmediate(resolve))
    await settled()
  }
  assert.ok(new X509Certificate(Buffer.from(certificateOf('own')!, 'base64')).verify(new X509Certificate(caCertificate).publicKey))
  assert.equal(certificateOf('other'), undefined)
})

for (const { name, subject, spec, allowed, expected } of [
  { name: 'that may not be asked for waits', subject: 'O=system:nodes, CN=system:node:x', spec: kubelet, allowed: false, expected: [] },
  { name: 'for another group waits', subject: 'O=system:masters, CN=system:node:x', spec: kubelet, allowed: true, expected: [] },
  {
    name: 'approved by hand that its signer refuses fails',
    subject: 'O=system:masters, CN=x',
    spec: kubelet,
    allowed: true,
    approved: true,
    expected: ['Approved', 'Failed'],
  },
] as any[])
  test(`A request ${name}`, async (t) => {
    const { client, settled, get } = start(t, allowed)
    const status = expected.length > 0 ? { conditions: [{ type: 'Approved', status: 'True' }] } : {}
    client.seed(certificateSigningRequests, { metadata: { name: 'r' }, spec: { ...spec, request: await csr(subject) }, status })
    // The cryptography is done elsewhere, in real time: ten turns at least, and as many more as what is expected needs.
    const enough = () => (get()?.status?.conditions ?? []).length === expected.length
    for (let wait = 0; wait < 10 || (wait < 2000 && !enough()); wait++) {
      await new Promise((resolve) => setImmediate(resolve))
      await settled()
    }
    assert.deepEqual(
      (get()?.status?.conditions ?? []).map(({ type }) => type),
      expected,
    )
  })
