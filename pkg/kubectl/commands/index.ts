/** Every command, each loaded only when it runs. */
import type { Command, CommandEntry } from '../types.ts'

const entry = (name: string, summary: string, load: () => Promise<{ command: Command }>, aliases: readonly string[] = []): CommandEntry => ({
  name,
  summary,
  aliases,
  load: async () => (await load()).command,
})

export const commands: readonly CommandEntry[] = [
  entry('get', 'Display one or many resources', () => import('./get.ts')),
  entry('create', 'Create a resource from a file or from stdin', () => import('./create.ts')),
  entry('apply', 'Apply a configuration to a resource by file name or stdin', () => import('./apply.ts')),
  entry('delete', 'Delete resources by file names, stdin, resources and names, or by resources and label selector', () => import('./delete.ts')),
  entry('label', 'Update the labels on a resource', () => import('./label.ts')),
  entry('annotate', 'Update the annotations on a resource', () => import('./annotate.ts')),
  entry('patch', 'Update fields of a resource', () => import('./patch.ts')),
  entry('replace', 'Replace a resource by file name or stdin', () => import('./replace.ts')),
  entry('edit', 'Edit a resource on the server', () => import('./edit.ts')),
  entry('scale', 'Set a new size for a deployment, replica set, or replication controller', () => import('./scale.ts')),
  entry('wait', 'Wait for a specific condition on one or many resources', () => import('./wait.ts')),
]
