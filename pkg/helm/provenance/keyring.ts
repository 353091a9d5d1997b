/** The file of keys that signatures are made with and checked against. */
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Entity, readKeyring } from '#openpgp/keyring.ts'
import { fileError } from '../output/file-error.ts'
import { CommandError, type Invocation } from '../types.ts'

const maxKeyringBytes = 256 << 20

/** $GNUPGHOME/pubring.gpg; GnuPG 2.1 and later keep keys elsewhere, and export them into such a file. */
export const defaultKeyring = (env: Readonly<Record<string, string | undefined>>): string =>
  env.GNUPGHOME === undefined ? join(env.HOME || homedir(), '.gnupg/pubring.gpg') : join(env.GNUPGHOME, 'pubring.gpg')

/** The --keyring, or the default. */
export const keyringPath = ({ flags, session }: Invocation): string => (flags.changed('keyring') ? flags.string('keyring') : defaultKeyring(session.env))

export async function loadKeyring(path: string, cwd: string): Promise<Entity[]> {
  let bytes: Buffer
  try {
    const full = resolve(cwd, path)
    if ((await stat(full)).size > maxKeyringBytes) throw new CommandError(`the keyring ${path} is larger than ${maxKeyringBytes} bytes`)
    bytes = await readFile(full)
  } catch (error) {
    throw fileError(error, 'open', path)
  }
  return readKeyring(bytes)
}

/** The key with that name, or the only one whose name contains it. Undefined when there is none. */
export function entityNamed(keyring: readonly Entity[], id: string): Entity | undefined {
  const exact = keyring.find(({ identities }) => identities.some(({ name }) => name === id))
  if (exact) return exact
  const near = keyring.flatMap((entity) => entity.identities.filter(({ name }) => name.includes(id)).map(() => entity))
  if (near.length > 1) throw new CommandError(`more than one key contain the id ${JSON.stringify(id)}`)
  return near[0]
}
