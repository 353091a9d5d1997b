/** `helm dependency`: build, list, update. */
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { loadChart, loadingLog } from '../chart/load.ts'
import { fileError } from '../output/file-error.ts'
import { drawTable } from '../output/table.ts'
import { buildDependencies, type ChartFolder, type DependencyOptions, dependencyStatus, updateDependencies } from '../repository/dependencies.ts'
import type { Strategy } from '../repository/download.ts'
import type { Command, CommandEntry, Invocation } from '../types.ts'
import { chartPathFlags } from './chart-flags.ts'
import { checkTlsFlags } from './tls-flags.ts'

const flags: readonly FlagSpec[] = [
  ...chartPathFlags.filter(({ name }) => !['version', 'repo', 'pass-credentials'].includes(name)),
  { name: 'version', type: 'string', usage: '', hidden: true },
  { name: 'repo', type: 'string', usage: '', hidden: true },
  { name: 'skip-refresh', type: 'bool', default: 'false', usage: 'do not refresh the indexes of repositories' },
]

function change(
  name: string,
  summary: string,
  run: (invocation: Invocation, folder: ChartFolder, options: DependencyOptions) => Promise<void>,
  strategy: Strategy,
  aliases: readonly string[] = [],
): CommandEntry {
  const command: Command = {
    usage: 'CHART [flags]',
    about: `${summary}.`,
    arguments: { max: 1 },
    flags,
    async run(invocation) {
      await checkTlsFlags(invocation)
      const shown = join(invocation.args[0] ?? '.')
      await run(
        invocation,
        { path: resolve(invocation.session.cwd, shown), shown },
        {
          skipRefresh: invocation.flags.bool('skip-refresh'),
          verify: invocation.flags.bool('verify') ? strategy : 'never',
        },
      )
    },
  }
  return { name, aliases, summary, load: async () => command }
}

async function list(invocation: Invocation): Promise<void> {
  const { args, session, out } = invocation
  const given = args[0] ?? '.'
  const path = resolve(session.cwd, given)
  const chart = await loadChart(path, loadingLog(invocation.log)).catch((error) => {
    throw fileError(error, 'stat', given)
  })
  const wanted = chart.metadata.dependencies
  if (wanted.length === 0) {
    out(`WARNING: no dependencies at ${join(given, 'charts')}\n`)
    return
  }
  const rows = await Promise.all(wanted.map(async (each) => [each.name, each.version, each.repository, await dependencyStatus(path, chart, each)]))
  out(`${drawTable([['NAME', 'VERSION', 'REPOSITORY', 'STATUS'], ...rows], invocation.flags.int('max-col-width'))}\n\n`)
  const folder = join(path, 'charts')
  for (const name of existsSync(folder) ? (await readdir(folder)).sort() : []) {
    const file = join(folder, name)
    if (!(await stat(file)).isDirectory() && extname(name) !== '.tgz') continue
    const found = await loadChart(file).catch(() => undefined)
    if (!found) out(`WARNING: ${JSON.stringify(join(given, 'charts', name))} is not a chart.\n`)
    else if (!wanted.some((each) => each.name === found.metadata.name)) out(`WARNING: ${JSON.stringify(join(given, 'charts', name))} is not in Chart.yaml.\n`)
  }
}

const listCommand: Command = {
  usage: 'CHART [flags]',
  about: 'Lists the dependencies of a chart, and what of them is there.',
  arguments: { max: 1 },
  flags: [{ name: 'max-col-width', type: 'int', default: '80', usage: 'how wide a column may be', valueName: 'uint' }],
  run: list,
}

export const dependency: Command = {
  about: "Fetches a chart's dependencies into its charts folder, and locks their versions in Chart.lock.",
  subcommands: [
    change('build', 'rebuild the charts/ directory based on the Chart.lock file', buildDependencies, 'ifPossible'),
    { name: 'list', aliases: ['ls'], summary: 'list the dependencies for the given chart', load: async () => listCommand },
    change('update', 'update charts/ based on the contents of Chart.yaml', updateDependencies, 'always', ['up']),
  ],
}
