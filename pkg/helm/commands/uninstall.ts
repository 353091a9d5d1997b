/** `helm uninstall` */
import type { Propagation } from '../cluster/apply.ts'
import { withContext } from '../actions/context.ts'
import { uninstallRelease } from '../actions/uninstall.ts'
import { ReleaseNotFound } from '../storage/types.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { descriptionFlag, noHooksFlag, timeoutFlag, waitFlag, waitSettings } from './chart-flags.ts'

const propagations: Readonly<Record<string, Propagation>> = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' }

async function run(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation
  const cascade = flags.string('cascade')
  const propagation = propagations[cascade]
  if (!propagation) throw new CommandError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`)
  const options = {
    noHooks: flags.bool('no-hooks'),
    keepHistory: flags.bool('keep-history'),
    ignoreNotFound: flags.bool('ignore-not-found'),
    description: flags.string('description'),
    wait: waitSettings(invocation),
    propagation,
  }
  await withContext(invocation, async (context) => {
    for (const name of args) {
      if (flags.bool('dry-run')) {
        await context.cluster.reachable()
        await context.storage.last(name).catch((error) => {
          if (!(options.ignoreNotFound && error instanceof ReleaseNotFound)) throw error
        })
      } else {
        const done = await uninstallRelease(context, name, options)
        if (done?.kept) invocation.out(`${done.kept}\n`)
      }
      invocation.out(`release "${name}" uninstalled\n`)
    }
  })
}

export const uninstall: Command = {
  usage: 'RELEASE_NAME [...] [flags]',
  about: 'Removes what belongs to a release, and its history.',
  arguments: { min: 1 },
  flags: [
    noHooksFlag,
    timeoutFlag,
    waitFlag,
    descriptionFlag,
    { name: 'dry-run', type: 'bool', default: 'false', usage: 'say what would be done' },
    { name: 'ignore-not-found', type: 'bool', default: 'false', usage: 'a release that is not there is no error' },
    { name: 'keep-history', type: 'bool', default: 'false', usage: 'keep the history' },
    { name: 'cascade', type: 'string', default: 'background', usage: 'background, orphan or foreground: what becomes of dependents' },
  ],
  run,
}
