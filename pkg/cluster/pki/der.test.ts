import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { addressBytes, element, elementsOf, oid, time } from './der.ts'
import { generateKeys, issueCa, issueLeaf } from './issue.ts'

test('lengths, object identifiers and times are written as DER wants them', () => {
  assert.equal(element(4, new Uint8Array(127)).subarray(0, 2).toString('hex'), '047f')
  assert.equal(element(4, new Uint8Array(128)).subarray(0, 3).toString('hex'), '048180')
  assert.equal(element(4, new Uint8Array(300)).subarray(0, 4).toString('hex'), '0482012c')
  assert.equal(oid('1.2.840.113549.1.1.11').toString('hex'), '06092a864886f70d01010b')
  assert.equal(time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1', 2), '491231235959Z')
  assert.equal(time(Date.UTC(2050, 0, 1)).toString('latin1', 2), '20500101000000Z')
  assert.throws(() => elementsOf(Buffer.from('3082ffff00', 'hex')), /longer than what holds it/)
})

test('addresses become their bytes', () => {
  const cases = {
    '10.96.0.1': '0a600001',
    '::1': `${'0'.repeat(31)}1`,
    '2001:db8::a:b': '20010db8000000000000000000' + '0a000b',
    '::ffff:1.2.3.4': '00000000000000000000ffff01020304',
  }
  for (const [address, hex] of Object.entries(cases)) assert.equal(addressBytes(address).toString('hex'), hex, address)
})

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
