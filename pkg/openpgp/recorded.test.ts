/** Keys and signatures that gpg made (tools/openpgp-record.ts) are understood, in every algorithm that both have. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeCleartext } from './cleartext.ts'
import { readKeyring } from './keyring.ts'
import { packetTags, readPackets, writePacket } from './packets.ts'
import { signCleartext } from './sign.ts'
import { verifyDetached } from './verify.ts'

const { text, keys, subkeys } = JSON.parse(readFileSync(join(import.meta.dirname, 'testing/recorded.json'), 'utf8'))
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64')
const later = (subkeys.atSeconds + 60) * 1000
const read = text.replace('trailing  ', 'trailing')
/** gpg counts the last end of a line to the signature's header. */
const readOfGpg = read.trimEnd()

for (const { algorithm, name, passphrase, ...told } of keys) {
  test(`${algorithm}, ${passphrase ? 'under a passphrase' : 'open'}: gpg's signature is verified, and one is made`, () => {
    const keyring = readKeyring(bytes(told.public))
    const theirs = decodeCleartext(Buffer.from(told.signed))!
    assert.equal(theirs.text, readOfGpg)
    const signer = verifyDetached(keyring, theirs.signed, theirs.signature, later)
    assert.deepEqual(
      signer.identities.map((identity) => identity.name),
      [name],
    )
    assert.throws(() => verifyDetached(keyring, Buffer.concat([theirs.signed, Buffer.from('x')]), theirs.signature, later), /verification failure/)

    const { secret } = readKeyring(bytes(told.secret))[0]!
    assert.equal(secret!.isEncrypted, passphrase !== '')
    if (passphrase) assert.throws(() => secret!.unlock(Buffer.from('wrong')), /openpgp: invalid data: private key checksum failure/)
    const ours = decodeCleartext(Buffer.from(signCleartext(secret!.public, secret!.unlock(Buffer.from(passphrase)), text, later)))!
    assert.equal(ours.text, read)
    assert.equal(verifyDetached(keyring, ours.signed, ours.signature, later).primary.keyId, secret!.public.keyId)
  })
}

test('a subkey may sign, but only as long as it lives, and until its key is revoked', () => {
  const { signed, signature } = decodeCleartext(Buffer.from(subkeys.signed))!
  const check = (keyring: string, nowMs: number) => verifyDetached(readKeyring(bytes(keyring)), signed, signature, nowMs)
  const day = 86_400_000
  assert.equal(check(subkeys.whole, later).identities[0]!.name, 'a <a@example.com>')
  assert.throws(() => check(subkeys.primary, later), { message: 'openpgp: signature made by unknown entity' })
  assert.throws(() => check(subkeys.whole, later + 2 * day), { message: 'openpgp: key expired' })
  assert.throws(() => check(subkeys.whole, later - day), { message: 'openpgp: key expired' })
  assert.throws(() => check(subkeys.revoked, later), { message: 'openpgp: signature made by revoked key' })
})

test('a secret that is kept elsewhere is told so', () => {
  const { secret } = readKeyring(bytes(subkeys.offline))[0]!
  assert.throws(() => secret!.unlock(Buffer.alloc(0)), { message: 'openpgp: s2k GNU dummy key: dummy key found' })
})

test('what is no keyring is refused, and a key whose signatures do not fit is passed over', () => {
  assert.throws(() => readKeyring(Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n')), { message: 'openpgp: invalid data: tag byte does not have MSB set' })
  assert.deepEqual(readKeyring(Buffer.alloc(0)), [])
  const [first, second] = [bytes(keys[0].public), bytes(keys.at(-1).public)]
  const renamed = Buffer.concat([...readPackets(first)].map(({ tag, body }) => writePacket(tag, tag === packetTags.userId ? Buffer.from('Another') : body)))
  assert.throws(() => readKeyring(renamed), /user ID self-signature invalid: openpgp: invalid signature: RSA verification failure/)
  assert.equal(readKeyring(Buffer.concat([renamed, second])).length, 1)
})

test('bytes that are cut short or turned over end in an error, or in nobody, and in nothing else', () => {
  const keyring = readKeyring(bytes(keys.at(-1).public))
  const { signed, signature } = decodeCleartext(Buffer.from(keys.at(-1).signed))!
  for (let at = 0; at < signature.length; at++) {
    assert.throws(() => verifyDetached(keyring, signed, signature.subarray(0, at), later), /openpgp: /, `cut at ${at}`)
    const turned = Buffer.from(signature)
    turned[at]! ^= 0x40
    // The two octets that only hint at the digest, and what is not hashed, are no part of what is proven.
    try {
      verifyDetached(keyring, signed, turned, later)
    } catch (error) {
      assert.match((error as Error).message, /openpgp: /)
    }
  }
  const whole = bytes(keys[1].secret)
  for (let at = 0; at < whole.length; at += 7) {
    try {
      readKeyring(whole.subarray(0, at))
    } catch (error) {
      assert.match((error as Error).message, /openpgp: /)
    }
  }
})

test('a text is read as it was signed, and no other header than Hash is let through', () => {
  const [signed] = keys.map((key: { signed: string }) => key.signed)
  assert.equal(decodeCleartext(Buffer.from(signed.replaceAll('\n', '\r\n')))?.text, readOfGpg)
  for (const altered of [
    signed.replace('Hash: ', 'Comment: '),
    signed.replace('Hash: ', 'Hash: MD9, '),
    signed.replace('SIGNED MESSAGE', 'MESSAGE'),
    signed.slice(0, -40),
  ])
    assert.equal(decodeCleartext(Buffer.from(altered)), undefined)
})
