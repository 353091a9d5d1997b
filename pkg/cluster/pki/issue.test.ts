import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { generateKeys, issueCa, issueLeaf } from './issue.ts'

test('a leaf verifies under its CA, names its issuer by the very bytes, and survives a long and foreign name', async () => {
  const keys = await generateKeys()
  const ca = { certificate: await issueCa('kubernetes', keys, Date.now()), key: keys.privateKey }
  const { publicKey } = await generateKeys()
  const request = { commonName: 'Jürgen', organizations: ['team-a', 'x'.repeat(200)], usages: ['client', 'server'] as const, addresses: ['::1', 'no address'] }
  const leaf = new X509Certificate(await issueLeaf(request, ca, publicKey, Date.now()))
  const parent = new X509Certificate(ca.certificate)
  assert.ok(leaf.verify(parent.publicKey))
  assert.ok(leaf.checkIssued(parent))
  assert.ok(parent.ca)
  assert.ok(!leaf.ca)
  assert.match(leaf.subject, /O=team-a\nO=x{200}\nCN=J(ü|\\C3\\BC)rgen/)
  assert.equal(leaf.subjectAltName, 'IP Address:0:0:0:0:0:0:0:1')
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'])
})

test('openssl reads the extensions', async (t) => {
  const keys = await generateKeys()
  let text: string
  try {
    text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: await issueCa('front-proxy-ca', keys, Date.now()), encoding: 'utf8' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return t.skip('openssl is not installed')
    throw error
  }
  assert.match(text, /Digital Signature, Key Encipherment, Certificate Sign/)
  assert.match(text, /CA:TRUE/)
  assert.match(text, /ecdsa-with-SHA256/)
})
