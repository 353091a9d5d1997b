/** `helm rollback` */
import { withContext } from '../actions/context.ts'
import { rollbackRelease } from '../actions/rollback.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { checkForce, dryRunFlag, dryRunOf, either, forceFlags, noHooksFlag, timeoutFlag, waitFlag, waitSettings } from './chart-flags.ts'

async function run(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation
  checkForce(invocation)
  if (args.length > 1 && !/^[+-]?\d+$/.test(args[1]!))
    throw new CommandError(`could not convert revision to a number: strconv.Atoi: parsing ${JSON.stringify(args[1])}: invalid syntax`)
  const options = {
    version: args.length > 1 ? Number(args[1]) : 0,
    dryRun: dryRunOf(invocation),
    serverSide: flags.string('server-side'),
    forceConflicts: flags.bool('force-conflicts'),
    forceReplace: either(flags, 'force-replace', 'force'),
    noHooks: flags.bool('no-hooks'),
    wait: waitSettings(invocation),
    cleanupOnFail: flags.bool('cleanup-on-fail'),
    maxHistory: flags.changed('history-max') ? flags.int('history-max') : invocation.settings.maxHistory,
  }
  await withContext(invocation, (context) => rollbackRelease(context, args[0]!, options))
  invocation.out('Rollback was a success! Happy Helming!\n')
}

export const rollback: Command = {
  usage: '<RELEASE> [REVISION] [flags]',
  about: 'Brings a release back to an earlier revision; without one, or with 0, to the one before.',
  arguments: { min: 1 },
  flags: [
    ...forceFlags,
    noHooksFlag,
    timeoutFlag,
    waitFlag,
    dryRunFlag,
    { name: 'wait-for-jobs', type: 'bool', default: 'false', usage: 'with --wait, wait until Jobs have ended' },
    { name: 'cleanup-on-fail', type: 'bool', default: 'false', usage: 'remove what was created when the rollback fails' },
    { name: 'history-max', type: 'int', default: '10', usage: 'revisions to keep; 0 keeps all' },
    { name: 'server-side', type: 'string', default: 'auto', usage: 'let the server apply objects: true, false, or auto (as the revision gone back to)' },
  ],
  run,
}
