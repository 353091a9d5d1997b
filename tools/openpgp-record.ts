/**
 * Records keys and signatures of gpg for pkg/openpgp: `tools/node.sh tools/openpgp-record.ts`. The keys are made for the test,
 * and of no other worth. The file was made by GnuPG 2.2.40 of Debian 12; the test needs no gpg.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openGpg } from '#openpgp/testing/gpg.ts'

const text = 'name: c\n- dashes\n-----more\ntrailing  \nümlaut\n\n...\nfiles:\n  c.tgz: sha256:00\n'
const recorded: Record<string, unknown>[] = []

for (const algorithm of ['rsa2048', 'dsa2048', 'nistp256', 'nistp384', 'nistp521', 'brainpoolP256r1', 'ed25519']) {
  for (const [name, passphrase] of [
    ['Open <open@example.com>', ''],
    ['Closed (a comment) <closed@example.com>', 'sesame ü'],
  ] as const) {
    using gpg = openGpg()
    gpg.run(['--passphrase', passphrase, '--quick-generate-key', name, algorithm, 'sign', 'never'])
    recorded.push({
      algorithm,
      name,
      passphrase,
      public: gpg.run(['--export']).toString('base64'),
      secret: gpg.run(['--passphrase', passphrase, '--export-secret-keys', name]).toString('base64'),
      signed: gpg.run(['--passphrase', passphrase, '--clearsign'], text).toString('utf8'),
    })
  }
}

function subkeys(): Record<string, unknown> {
  using gpg = openGpg()
  const exported = (): string => gpg.run(['--export']).toString('base64')
  gpg.run(['--passphrase', '', '--quick-generate-key', 'a <a@example.com>', 'ed25519', 'cert', 'never'])
  const primary = exported()
  const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(gpg.run(['--with-colons', '--list-keys']).toString())![1]!
  gpg.run(['--passphrase', '', '--quick-add-key', fingerprint, 'ed25519', 'sign', '1d'])
  gpg.run(['--passphrase', '', '--quick-add-key', fingerprint, 'cv25519', 'encr', 'never'])
  const signed = gpg.run(['--clearsign'], text).toString('utf8')
  const whole = exported()
  const offline = gpg.run(['--export-secret-subkeys']).toString('base64')
  gpg.run(['--command-fd', '0', '--edit-key', fingerprint], 'revkey\ny\n0\n\ny\nsave\n')
  return { atSeconds: Math.floor(Date.now() / 1000), primary, whole, offline, revoked: exported(), signed }
}

const path = join(import.meta.dirname, '../pkg/openpgp/testing/recorded.json')
writeFileSync(path, `${JSON.stringify({ text, keys: recorded, subkeys: subkeys() }, null, 1)}\n`)
