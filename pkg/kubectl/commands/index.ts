/** Every command, each loaded only when it runs. */
import type { Command, CommandEntry } from '../types.ts'

const entry = (name: string, summary: string, load: () => Promise<{ command: Command }>, aliases: readonly string[] = []): CommandEntry => ({
  name,
  summary,
  aliases,
  load: async () => (await load()).command,
})

export const commands: readonly CommandEntry[] = [entry('get', 'Display one or many resources', () => import('./get.ts'))]
