/** Flags of apply that do not go together, in upstream's order and words. */
import { CommandError } from '../../errors.ts'
import type { DryRun } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'
import type { Parent } from './applyset.ts'

export async function checkLine(invocation: Invocation, dryRun: DryRun, parent: Parent | undefined): Promise<void> {
  const { flags } = invocation
  const refuse = (when: boolean, why: string): void => {
    if (when) throw new CommandError(`error: ${why}`)
  }
  const serverSide = flags.bool('server-side')
  const force = flags.bool('force')
  const all = flags.bool('all')
  const selector = flags.string('selector')
  refuse(flags.bool('force-conflicts') && !serverSide, '--force-conflicts only works with --server-side')
  refuse(dryRun === 'client' && serverSide, "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
  refuse(serverSide && force, '--force cannot be used with --server-side')
  refuse(dryRun === 'server' && force, '--dry-run=server cannot be used with --force')
  refuse(all && selector !== '', 'cannot set --all and --selector at the same time')
  if (parent) {
    refuse(!flags.bool('prune'), '--applyset requires --prune')
    await (await import('./applyset.ts')).checkParent(invocation, parent)
  }
  if (flags.bool('prune')) {
    refuse(force, '--force cannot be used with --prune')
    if (parent) {
      refuse(all, '--all is incompatible with --applyset')
      refuse(selector !== '', '--selector is incompatible with --applyset')
      refuse(flags.list('prune-allowlist').length > 0, '--prune-allowlist is incompatible with --applyset')
    } else {
      refuse(
        !all && selector === '',
        'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
      )
      refuse(serverSide, "--prune is in alpha and doesn't currently work on objects created by server-side apply")
    }
  }
  refuse(flags.string('subresource') !== '' && !serverSide, '--subresource can only be specified for --server-side')
}
