import assert from 'node:assert/strict'
import { createHash, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { generateKeys, issueCa } from '../pki/issue.ts'
import { createBootstrapToken, formatJoinToken, parseJoinToken, parseTtl, publicKeyHash } from './token.ts'

const hash = 'ab'.repeat(32)

test('a token that is printed is read again, with the authority it pins', () => {
  const token = createBootstrapToken()
  assert.match(`${token.id}.${token.secret}`, /^[a-z0-9]{6}\.[a-z0-9]{16}$/)
  assert.deepEqual(parseJoinToken(formatJoinToken(token, hash)), { ...token, caHash: hash })
})

test('the pin is the hash of the key, so a renewed certificate keeps it', async () => {
  const keys = await generateKeys()
  const [one, two] = [await issueCa('kubernetes', keys, Date.now()), await issueCa('kubernetes', keys, Date.now() + 1000)]
  const der = createPublicKey(keys.publicKey).export({ type: 'spki', format: 'der' })
  assert.equal(publicKeyHash(one), createHash('sha256').update(der).digest('hex'))
  assert.equal(publicKeyHash(one), publicKeyHash(two))
})

test("kubeadm's form is taken with its hash beside it", () => {
  assert.equal(parseJoinToken('abcdef.0123456789abcdef', `sha256:${hash.toUpperCase()}`).caHash, hash)
})

for (const [what, token, given, message] of [
  ['no token at all', 'hello', undefined, /is not a join token/],
  ['a broken secret', `K8TS1${hash}::abcdef.0123`, undefined, /is not a join token/],
  ['no pin', 'abcdef.0123456789abcdef', undefined, /which server to trust/],
  ['a broken pin', 'abcdef.0123456789abcdef', 'sha256:12', /64 hexadecimal digits/],
  ['two pins that differ', `K8TS1${hash}::abcdef.0123456789abcdef`, 'cd'.repeat(32), /different certificate authorities/],
] as const)
  test(`${what} is refused with a clear word`, () => {
    assert.throws(() => parseJoinToken(token, given), message)
  })

test('lifetimes are read as kubeadm reads them', () => {
  assert.equal(parseTtl('24h'), 86_400_000)
  assert.equal(parseTtl('1h30m'), 5_400_000)
  assert.equal(parseTtl('0'), 0)
  assert.throws(() => parseTtl('soon'), /--ttl must be a duration/)
})
