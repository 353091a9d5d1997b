/** `helm upgrade` */
import { withContext } from '../actions/context.ts'
import { isStale, recoverStale } from '../actions/pending.ts'
import type { ActionContext } from '../actions/types.ts'
import { type UpgradeOptions, upgradeRelease } from '../actions/upgrade.ts'
import { formatOf, outputFlag } from '../output/table.ts'
import type { Release } from '../release/release.ts'
import { ReleaseNotFound } from '../storage/types.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { readUserValues } from '../values/options.ts'
import { changeOptions } from './change-options.ts'
import { renderFlags, valueOptions } from './chart-flags.ts'
import { printRelease, runInstall } from './install.ts'
import { loadRequested, locateChart } from './load-chart.ts'
import { checkTlsFlags } from './tls-flags.ts'

/** Undefined when --install has nothing to do; else whether a name is taken over that is uninstalled. */
async function installation({ flags, args }: Invocation, context: ActionContext): Promise<{ replace: boolean } | undefined> {
  if (!flags.bool('install')) return undefined
  await context.cluster.reachable()
  try {
    const history = await context.storage.history(args[0]!)
    const last = history.at(-1)!
    // An installation that was cut off: what it left is upgraded.
    if (last.info.status === 'pending-install' && isStale(last, context.clock.now())) await recoverStale(context, last)
    return last.info.status === 'uninstalled' ? { replace: true } : undefined
  } catch (error) {
    if (error instanceof ReleaseNotFound) return { replace: false }
    throw error
  }
}

function valuesMode({ flags }: Invocation): UpgradeOptions['values'] {
  if (flags.bool('reset-values')) return 'reset'
  if (flags.bool('reuse-values')) return 'reuse'
  return flags.bool('reset-then-reuse-values') ? 'reset-then-reuse' : 'default'
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation
  const [name, reference] = args as [string, string]
  const isTable = formatOf(invocation) === 'table'
  await checkTlsFlags(invocation)
  const base = await changeOptions(invocation)
  const release = await withContext(invocation, async (context): Promise<Release> => {
    const fresh = await installation(invocation, context)
    if (fresh) {
      if (isTable) invocation.out(`Release ${JSON.stringify(name)} does not exist. Installing it now.\n`)
      return runInstall(invocation, context, { ...fresh, serverSide: flags.string('server-side') !== 'false' }, base)
    }
    const path = await locateChart(invocation, reference)
    const values = await readUserValues(valueOptions(invocation))
    const chart = await loadRequested(invocation, path, { anyType: true })
    try {
      const upgraded = await upgradeRelease(context, name, chart, values, {
        ...base,
        serverSide: flags.string('server-side'),
        values: valuesMode(invocation),
        cleanupOnFail: flags.bool('cleanup-on-fail'),
        maxHistory: flags.changed('history-max') ? flags.int('history-max') : invocation.settings.maxHistory,
      })
      if (isTable) invocation.out(`Release ${JSON.stringify(name)} has been upgraded. Happy Helming!\n`)
      return upgraded
    } catch (error) {
      throw new CommandError(`UPGRADE FAILED: ${(error as Error).message}`, { cause: error })
    }
  })
  printRelease(invocation, release)
}

export const upgrade: Command = {
  usage: '[RELEASE] [CHART] [flags]',
  about:
    'Brings a release to another version of its chart, or to other values. A revision whose operation died is taken for failed, and does not stand in the way.',
  arguments: { min: 2, max: 2 },
  flags: [
    ...renderFlags,
    outputFlag,
    { name: 'install', short: 'i', type: 'bool', default: 'false', usage: 'install when there is no such release' },
    { name: 'server-side', type: 'string', default: 'auto', usage: 'let the server apply objects: true, false, or auto (as the release before)' },
    { name: 'reset-values', type: 'bool', default: 'false', usage: "only the chart's values and those given" },
    { name: 'reuse-values', type: 'bool', default: 'false', usage: "the last release's values, and those given over them" },
    { name: 'reset-then-reuse-values', type: 'bool', default: 'false', usage: "the new chart's values, under the last release's own, under those given" },
    { name: 'history-max', type: 'int', default: '10', usage: 'revisions to keep; 0 keeps all' },
    { name: 'cleanup-on-fail', type: 'bool', default: 'false', usage: 'remove what was created when the upgrade fails' },
  ],
  run,
}
