/** kubectl set: its subcommands. */
import type { Command } from '../../types.ts'

export const command: Command = {
  summary: 'Configure application resources.',
  usage: 'SUBCOMMAND',
  subcommands: [
    { name: 'env', summary: 'Update environment variables on a pod template', load: async () => (await import('./env.ts')).command },
    { name: 'image', summary: 'Update the image of a pod template', load: async () => (await import('./image.ts')).command },
    {
      name: 'resources',
      summary: 'Update resource requests/limits on objects with pod templates',
      load: async () => (await import('./resources.ts')).command,
    },
    { name: 'selector', summary: 'Set the selector on a resource', load: async () => (await import('./selector.ts')).command },
    {
      name: 'serviceaccount',
      aliases: ['sa'],
      summary: 'Update the service account of a resource',
      load: async () => (await import('./serviceaccount.ts')).command,
    },
    {
      name: 'subject',
      summary: 'Update the user, group, or service account in a role binding or cluster role binding',
      load: async () => (await import('./subject.ts')).command,
    },
  ],
}
