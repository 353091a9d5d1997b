/** `helm verify` */
import { resolve } from 'node:path'
import { verifyChart } from '../provenance/verify.ts'
import type { Command } from '../types.ts'

export const verify: Command = {
  usage: 'PATH [flags]',
  about: 'Verifies a packaged chart by its provenance file. There is no OpenPGP here: what would have to be verified is refused.',
  arguments: { min: 1, max: 1 },
  flags: [{ name: 'keyring', type: 'string', usage: 'file with the public keys' }],
  run: async ({ args, session, flags }) => verifyChart(resolve(session.cwd, args[0]!), `${resolve(session.cwd, args[0]!)}.prov`, flags.string('keyring')),
}
