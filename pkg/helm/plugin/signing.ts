/** Whether an installed plugin was signed, as `plugin list` tells it; no keyring is asked (plugin/signing_info.go). */
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { decodeCleartext } from '#openpgp/cleartext.ts'
import { digestsIn } from '../provenance/verify.ts'
import { digestOf } from '../registry/client.ts'
import type { Plugin } from './metadata.ts'

export function signingStatus({ name, version, dir }: Plugin): string {
  // Looked for by its name, whatever its folder is called.
  const place = join(dir, '..', name)
  const about = lstatSync(place, { throwIfNoEntry: false })
  if (!about) return 'unknown'
  if (about.isSymbolicLink()) return 'local dev'
  const archive = join(dir, '..', `${name}-${version}.tgz`)
  if (!existsSync(archive) || !existsSync(`${archive}.prov`)) return 'unsigned'
  const message = decodeCleartext(readFileSync(`${archive}.prov`))
  if (!message) return 'invalid provenance'
  const digest = digestOf(readFileSync(archive))
  try {
    const isRight = Object.entries(digestsIn(message.text)).some(([file, told]) => file.includes(basename(archive)) && told === digest)
    return isRight ? 'signed' : 'mismatched provenance'
  } catch {
    return 'mismatched provenance'
  }
}
