/** `helm verify` */
import { verificationText, verifyChart } from '../provenance/verify.ts'
import type { Command } from '../types.ts'

export const verify: Command = {
  usage: 'PATH [flags]',
  about: 'Says who signed a packaged chart, and that the archive is the one that was signed, by the provenance file beside it.',
  arguments: { min: 1, max: 1 },
  flags: [{ name: 'keyring', type: 'string', usage: 'file with the public keys' }],
  run: async (invocation) => invocation.out(verificationText(await verifyChart(invocation, invocation.args[0]!))),
}
