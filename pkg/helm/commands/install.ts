/** `helm install` */
import { withContext } from '../actions/context.ts'
import { type InstallOptions, installRelease } from '../actions/install.ts'
import type { ActionContext } from '../actions/types.ts'
import { releaseText } from '../output/release.ts'
import { outputFlag, printFormatted } from '../output/table.ts'
import { releaseJson } from '../release/encode.ts'
import type { Release } from '../release/release.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { readUserValues } from '../values/options.ts'
import { changeOptions } from './change-options.ts'
import { renderFlags, valueOptions } from './chart-flags.ts'
import { loadRequested, locateChart } from './load-chart.ts'
import { nameAndChart } from './name-and-chart.ts'
import { checkTlsFlags } from './tls-flags.ts'

export function printRelease(invocation: Invocation, release: Release): void {
  const { flags, settings, paint } = invocation
  printFormatted(
    invocation,
    () => releaseJson(release),
    () => releaseText(release, { debug: settings.debug, hideNotes: flags.bool('hide-notes'), paint }),
  )
}

/** Also for `upgrade --install`. */
export async function runInstall(
  invocation: Invocation,
  context: ActionContext,
  more: Pick<InstallOptions, 'replace' | 'serverSide'>,
  base: Awaited<ReturnType<typeof changeOptions>>,
): Promise<Release> {
  const { name, reference } = nameAndChart(invocation)
  const path = await locateChart(invocation, reference)
  const values = await readUserValues(valueOptions(invocation))
  const chart = await loadRequested(invocation, path)
  return installRelease(context, chart, values, {
    ...base,
    ...more,
    name,
    createNamespace: invocation.flags.bool('create-namespace'),
    skipCrds: invocation.flags.bool('skip-crds'),
  })
}

async function run(invocation: Invocation): Promise<void> {
  const { flags } = invocation
  await checkTlsFlags(invocation)
  const base = await changeOptions(invocation)
  const release = await withContext(invocation, (context) =>
    runInstall(invocation, context, { replace: flags.bool('replace'), serverSide: flags.bool('server-side') }, base),
  ).catch((error) => {
    throw new CommandError(`INSTALLATION FAILED: ${error.message}`, { cause: error })
  })
  printRelease(invocation, release)
}

export const install: Command = {
  usage: '[NAME] [CHART] [flags]',
  about: 'Installs a chart: from a folder, an archive, a repository (NAME/CHART, or --repo), a URL or a registry (oci://…).',
  arguments: { min: 1 },
  flags: [
    ...renderFlags,
    outputFlag,
    { name: 'server-side', type: 'bool', default: 'true', usage: 'let the server apply objects' },
    { name: 'replace', type: 'bool', default: 'false', usage: 'take the name of a release that is uninstalled but kept in history' },
    { name: 'generate-name', short: 'g', type: 'bool', default: 'false', usage: 'make a name' },
    { name: 'name-template', type: 'string', usage: 'template of the name' },
  ],
  run,
}
