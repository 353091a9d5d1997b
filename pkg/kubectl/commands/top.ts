/** kubectl top: CPU and memory of nodes and pods, from metrics.k8s.io. */
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Display resource (CPU/memory) usage.',
  subcommands: [
    {
      name: 'node',
      aliases: ['nodes', 'no'],
      summary: 'Display resource (CPU/memory) usage of nodes',
      load: async () => (await import('./top/node.ts')).command,
    },
    { name: 'pod', aliases: ['pods', 'po'], summary: 'Display resource (CPU/memory) usage of pods', load: async () => (await import('./top/pod.ts')).command },
  ],
}
