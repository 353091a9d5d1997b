/** Whether a chart's archive is what somebody of the keyring signed (pkg/provenance/sign.go, VerifyChart). */
import { readFile, stat } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { decodeCleartext } from '#openpgp/cleartext.ts'
import type { Entity } from '#openpgp/keyring.ts'
import { verifyDetached } from '#openpgp/verify.ts'
import { isDictionary } from '#template/values.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { fileError } from '../output/file-error.ts'
import { CommandError, type Invocation } from '../types.ts'
import { digestOf } from '../registry/client.ts'
import { keyringPath, loadKeyring } from './keyring.ts'

export interface Verification {
  readonly signer: Entity
  /** "sha256:…" of the archive. */
  readonly digest: string
}

const maxProvenanceBytes = 10 << 20

/** The digests of files that a signed text tells. */
export function digestsIn(text: string): Readonly<Record<string, unknown>> {
  const parts = text.split('\n...\n')
  if (parts.length < 2) throw new CommandError('message block must have at least two parts')
  const read: any = decodeYaml(parts[1]!)
  return isDictionary(read) && isDictionary(read.files) ? read.files : {}
}

/** `name` is the file that the signer put in. Throws in Helm's words. */
export function verifyProvenance(archive: Buffer, provenance: Buffer, name: string, keyring: readonly Entity[], nowMs: number): Verification {
  const message = decodeCleartext(provenance)
  if (!message) throw new CommandError('signature block not found')
  const signer = verifyDetached(keyring, message.signed, message.signature, nowMs)
  const files = digestsIn(message.text)
  const digest = digestOf(archive)
  if (!Object.hasOwn(files, name)) throw new CommandError(`provenance does not contain a SHA for a file named ${JSON.stringify(name)}`)
  if (files[name] !== digest) throw new CommandError(`sha256 sum does not match for ${name}: ${JSON.stringify(files[name])} != ${JSON.stringify(digest)}`)
  return { signer, digest }
}

async function loadedKeyring(invocation: Invocation): Promise<Entity[]> {
  try {
    return await loadKeyring(keyringPath(invocation), invocation.session.cwd)
  } catch (error) {
    throw new CommandError(`failed to load keyring: ${(error as Error).message}`, { cause: error })
  }
}

/** What was downloaded, with the --keyring. */
export async function verifyDownloaded(invocation: Invocation, archive: Buffer, provenance: Buffer, name: string): Promise<Verification> {
  if (extname(name).toLowerCase() !== '.tgz') throw new CommandError('chart must be a tgz file')
  return verifyProvenance(archive, provenance, name, await loadedKeyring(invocation), Date.now())
}

/** The archive at `path` by the file beside it. */
export async function verifyChart(invocation: Invocation, path: string): Promise<Verification> {
  const { cwd } = invocation.session
  const provenance = `${path}.prov`
  const sized = async (file: string): Promise<{ isFolder: boolean; size: number }> => {
    try {
      const found = await stat(resolve(cwd, file))
      return { isFolder: found.isDirectory(), size: found.size }
    } catch (error) {
      throw fileError(error, 'stat', file)
    }
  }
  if ((await sized(path)).isFolder) throw new CommandError('unpacked charts cannot be verified')
  if (extname(path).toLowerCase() !== '.tgz') throw new CommandError('chart must be a tgz file')
  const { size } = await sized(provenance).catch((error) => {
    throw new CommandError(`could not load provenance file ${provenance}: ${error.message}`)
  })
  if (size > maxProvenanceBytes) throw new CommandError(`the provenance file ${provenance} is larger than ${maxProvenanceBytes} bytes`)
  const keyring = await loadedKeyring(invocation)
  return verifyProvenance(await readFile(resolve(cwd, path)), await readFile(resolve(cwd, provenance)), basename(path), keyring, Date.now())
}

/** An archive of a plugin, with the --keyring. */
export async function verifyPlugin(invocation: Invocation, archive: Buffer, provenance: Buffer, name: string): Promise<Verification> {
  return verifyProvenance(archive, provenance, name, await loadKeyring(keyringPath(invocation), invocation.session.cwd), Date.now())
}

export function verificationText({ signer, digest }: Verification, what: 'Chart' | 'Plugin' = 'Chart'): string {
  const names = signer.identities.map(({ name }) => `Signed by: ${name}\n`).join('')
  return `${names}Using Key With Fingerprint: ${signer.primary.fingerprint.toString('hex').toUpperCase()}\n${what} Hash Verified: ${digest}\n`
}
