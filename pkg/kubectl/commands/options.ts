/** kubectl options. */
import { flagLines } from '../help.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Print the list of flags inherited by all commands.',
  async run({ out }) {
    out(`The following options can be passed to any command:\n\n${flagLines()}\n`)
  },
}
