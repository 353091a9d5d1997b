/** kubectl kuberc: a user's preferences, shown and changed. */
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Manage user preferences (kuberc) file.',
  usage: 'SUBCOMMAND',
  examples: ['kubectl kuberc view', 'kubectl kuberc set --section defaults --command get --option output=wide'],
  subcommands: [
    { name: 'set', summary: 'Set values in the kuberc configuration', load: async () => (await import('./kuberc/set.ts')).command },
    { name: 'view', summary: 'Display the current kuberc configuration', load: async () => (await import('./kuberc/view.ts')).command },
  ],
}
