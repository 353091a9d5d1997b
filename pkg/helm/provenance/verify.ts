/**
 * Provenance of charts: a file signed with OpenPGP. There is no OpenPGP here (the one library of worth is LGPL), so a chart
 * that has to be verified is refused, never taken unverified.
 */
import { existsSync, statSync } from 'node:fs'
import { CommandError } from '../types.ts'

const noOpenPgp = 'OpenPGP is not supported by this helm: nothing was verified. Verify with gpg and sha256sum, or with the original helm'

export async function verifyBytes(_chart: Buffer, _provenance: Buffer, name: string, _keyring: string): Promise<void> {
  throw new CommandError(`cannot verify ${name}: ${noOpenPgp}`)
}

/** Throws always; first for what Helm refuses too. */
export async function verifyChart(path: string, provenance: string, _keyring: string): Promise<never> {
  if (!existsSync(path)) throw new CommandError(`stat ${path}: no such file or directory`)
  if (statSync(path).isDirectory()) throw new CommandError('unpacked charts cannot be verified')
  if (!/\.tgz$/i.test(path)) throw new CommandError('chart must be a tgz file')
  if (!existsSync(provenance)) throw new CommandError(`could not load provenance file ${provenance}: stat ${provenance}: no such file or directory`)
  throw new CommandError(`cannot verify ${path}: ${noOpenPgp}`)
}

export const refuseSigning = (): never => {
  throw new CommandError('cannot sign: OpenPGP is not supported by this helm. Package without --sign, and sign with the original helm')
}
