/** kubectl rollout: status, history, undo, restart, pause, resume. */
import type { Command, CommandEntry } from '../types.ts'

const sub = (name: string, summary: string, load: () => Promise<Command>): CommandEntry => ({ name, summary, load })

export const command: Command = {
  summary: 'Manage the rollout of one or many resources.',
  usage: 'SUBCOMMAND',
  alone: { stream: 'stdout', code: 1 },
  subcommands: [
    sub('history', 'View rollout history', async () => (await import('./rollout/history.ts')).history),
    sub('pause', 'Mark the provided resource as paused', async () => (await import('./rollout/change.ts')).pauseCommand),
    sub('restart', 'Restart a resource', async () => (await import('./rollout/change.ts')).restartCommand),
    sub('resume', 'Resume a paused resource', async () => (await import('./rollout/change.ts')).resumeCommand),
    sub('status', 'Show the status of the rollout', async () => (await import('./rollout/status.ts')).status),
    sub('undo', 'Undo a previous rollout', async () => (await import('./rollout/undo.ts')).undo),
  ],
}
