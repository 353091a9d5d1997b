/** `helm history` */
import { jsonString } from '#template/json.ts'
import { withContext } from '../actions/context.ts'
import { drawTable, outputFlag, printFormatted } from '../output/table.ts'
import { objectJson } from '../release/encode.ts'
import { isValidReleaseName } from '../release/name.ts'
import { ansicTime } from '../release/time.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { appVersion, chartName } from './list.ts'

async function run(invocation: Invocation): Promise<void> {
  const [name] = invocation.args as [string]
  const releases = await withContext(invocation, async ({ cluster, storage }) => {
    await cluster.reachable()
    if (!isValidReleaseName(name)) throw new CommandError(`release name is invalid: ${name}`)
    const most = invocation.flags.int('max')
    return (await storage.history(name)).toReversed().slice(0, most).reverse()
  })
  printFormatted(
    invocation,
    () =>
      `[${releases
        .map((release) =>
          objectJson([
            ['revision', String(release.version)],
            ['updated', release.info.lastDeployed === '' ? undefined : jsonString(release.info.lastDeployed)],
            ['status', jsonString(release.info.status)],
            ['chart', jsonString(chartName(release))],
            ['app_version', jsonString(appVersion(release))],
            ['description', jsonString(release.info.description)],
          ]),
        )
        .join(',')}]`,
    () =>
      `${drawTable([
        ['REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION', 'DESCRIPTION'],
        ...releases.map((release) => [
          String(release.version),
          ansicTime(release.info.lastDeployed),
          release.info.status,
          chartName(release),
          appVersion(release),
          release.info.description,
        ]),
      ])}\n`,
  )
}

export const history: Command = {
  usage: 'RELEASE_NAME [flags]',
  about: 'Lists the revisions of a release.',
  arguments: { min: 1, max: 1 },
  flags: [outputFlag, { name: 'max', type: 'int', default: '256', usage: 'how many at most' }],
  run,
}
