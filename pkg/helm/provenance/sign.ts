/** The provenance file beside an archive: what the chart says of itself and the archive's digest, signed (pkg/action/package.go). */
import type { KeyObject } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { SecretKey } from '#openpgp/secret-key.ts'
import { signCleartext } from '#openpgp/sign.ts'
import { dictionary } from '#template/values.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { loadArchive } from '../chart/load.ts'
import { metadataText } from '../chart/save.ts'
import { askSecret } from '../output/ask-secret.ts'
import { fileError } from '../output/file-error.ts'
import { digestOf } from '../registry/client.ts'
import { CommandError, type Invocation } from '../types.ts'
import { entityNamed, keyringPath, loadKeyring } from './keyring.ts'

export type Passphrase = (keyName: string) => Promise<Buffer>

async function passphraseIn(invocation: Invocation, path: string, wholeFile: boolean): Promise<Buffer> {
  const { stdin, cwd } = invocation.session
  const chunks: Buffer[] = []
  if (path !== '-') {
    chunks.push(
      await readFile(resolve(cwd, path)).catch((error) => {
        throw fileError(error, 'open', path)
      }),
    )
  } else {
    if ((stdin as { isTTY?: boolean }).isTTY) throw new CommandError('specified reading passphrase from stdin, without input on stdin')
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  }
  const all = Buffer.concat(chunks)
  if (wholeFile) return Buffer.from(all.toString('latin1').replace(/[\r\n]+$/, ''), 'latin1')
  if (all.length === 0) throw new CommandError('EOF')
  const end = all.indexOf('\n')
  const line = end < 0 ? all : all.subarray(0, end)
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line
}

/** From --passphrase-file, read once for all charts: its first line, or the whole file but for the end of its last line. Else the terminal is asked. */
export function passphraseFor(invocation: Invocation, { wholeFile = false }: { readonly wholeFile?: boolean } = {}): Passphrase {
  const file = invocation.flags.string('passphrase-file')
  if (file === '') return (keyName) => askSecret(invocation, `Password for key ${JSON.stringify(keyName)} >  `)
  let read: Promise<Buffer> | undefined
  return () => (read ??= passphraseIn(invocation, file, wholeFile))
}

/** The secret key that --key names. */
export async function signingKey(invocation: Invocation): Promise<{ secret: SecretKey; name: string }> {
  const keyring = await loadKeyring(keyringPath(invocation), invocation.session.cwd)
  const id = invocation.flags.string('key')
  const entity = id === '' ? undefined : entityNamed(keyring, id)
  if (!entity) throw new CommandError('private key not found')
  if (!entity.secret) throw new CommandError('provided key is not a private key. Try providing a keyring with secret keys')
  return { secret: entity.secret, name: entity.identities[0]!.name }
}

/** Writes PATH.prov. Throws when there is no key, or it does not open. */
export async function signArchive(invocation: Invocation, path: string, passphrase: Passphrase): Promise<void> {
  const { secret, name } = await signingKey(invocation)
  // A file that is named is read, and so has to be there, even for a key that is open.
  const given = secret.isEncrypted || invocation.flags.string('passphrase-file') !== '' ? await passphrase(name) : Buffer.alloc(0)
  const key = secret.unlock(given)
  const archive = await readFile(path)
  const { metadata } = await loadArchive(archive, path)
  await writeFile(`${path}.prov`, signerFor(secret, key)(metadataText(metadata), basename(path), archive))
}

/** Signs what an archive says of itself, together with its digest. */
export function signerFor(secret: SecretKey, key: KeyObject): (metadata: string, name: string, archive: Buffer) => string {
  return (metadata, name, archive) => {
    const digests = dictionary([['files', dictionary([[name, digestOf(archive)]])]])
    return signCleartext(secret.public, key, `${metadata}\n...\n${encodeYaml(digests)}`, Date.now())
  }
}
