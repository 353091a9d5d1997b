/** gpg verifies what is signed here, with keys that it has made. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCleartext } from '#openpgp/cleartext.ts'
import { readKeyring } from '#openpgp/keyring.ts'
import { signCleartext } from '#openpgp/sign.ts'
import { noGpg, openGpg } from '#openpgp/testing/gpg.ts'
import { verifyDetached } from '#openpgp/verify.ts'

const text = 'name: c\n- dashes\n-----more\ntrailing  \nümlaut\n\n...\nfiles:\n  c.tgz: sha256:00\n'

for (const algorithm of ['rsa2048', 'nistp521', 'ed25519']) {
  test(`${algorithm}: each verifies the other's signatures`, { skip: noGpg ?? false }, () => {
    using gpg = openGpg()
    gpg.run(['--passphrase', 'sesame', '--quick-generate-key', 'a <a@example.com>', algorithm, 'sign', 'never'])
    const keyring = readKeyring(gpg.run(['--export']))
    const theirs = decodeCleartext(gpg.run(['--passphrase', 'sesame', '--clearsign'], text))!
    const soon = Date.now() + 60_000
    assert.equal(verifyDetached(keyring, theirs.signed, theirs.signature, soon), keyring[0])
    const { secret } = readKeyring(gpg.run(['--passphrase', 'sesame', '--export-secret-keys']))[0]!
    const ours = signCleartext(secret!.public, secret!.unlock(Buffer.from('sesame')), text, Date.now())
    assert.match(gpg.run(['--status-fd', '1', '--verify'], ours).toString(), /GOODSIG/)
  })
}
