/** `helm search hub`: asks a hub by Monocular's search interface, which Artifact Hub has too (pkg/cmd/search_hub.go). */
import { jsonString } from '#template/json.ts'
import { drawTable, formatOf, outputFlag, printFormatted } from '../output/table.ts'
import { objectJson } from '../release/encode.ts'
import { download } from '../repository/http.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'

interface Found {
  readonly url: string
  readonly version: string
  readonly appVersion: string
  readonly description: string
  readonly repository: { readonly url: string; readonly name: string }
}

const maxAnswerBytes = 64 << 20
const searchPath = 'api/chartsvc/v1/charts/search'

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function resultOf(endpoint: string, read: any): Found {
  const latest = read?.relationships?.latestChartVersion?.data
  return {
    url: textOf(read?.artifactHub?.packageUrl) || `${endpoint}/charts/${textOf(read?.id)}`,
    version: textOf(latest?.version),
    appVersion: textOf(latest?.app_version),
    description: textOf(read?.attributes?.description),
    repository: { url: textOf(read?.attributes?.repo?.url), name: textOf(read?.attributes?.repo?.name) },
  }
}

async function ask(endpoint: string, term: string): Promise<Found[]> {
  const hub = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (!hub?.hostname) throw new CommandError(`unable to create connection to ${JSON.stringify(endpoint)}: no hostname provided`)
  hub.pathname = `${hub.pathname.replace(/\/+$/, '')}/${searchPath}`
  hub.search = new URLSearchParams({ q: term }).toString()
  let answer: Buffer
  try {
    answer = await download(String(hub), { limitBytes: maxAnswerBytes })
  } catch (error) {
    throw new CommandError(`unable to perform search against ${JSON.stringify(endpoint)}`, { cause: error })
  }
  try {
    const { data } = JSON.parse(answer.toString('utf8'))
    return Array.isArray(data) ? data.map((each) => resultOf(endpoint, each)) : []
  } catch {
    // What is no JSON finds nothing, as in the original.
    return []
  }
}

const elementJson = ({ url, version, appVersion, description, repository }: Found): string =>
  objectJson([
    ['url', jsonString(url)],
    ['version', jsonString(version)],
    ['app_version', jsonString(appVersion)],
    ['description', jsonString(description)],
    [
      'repository',
      objectJson([
        ['url', jsonString(repository.url)],
        ['name', jsonString(repository.name)],
      ]),
    ],
  ])

async function run(invocation: Invocation): Promise<void> {
  const { args, flags } = invocation
  const format = formatOf(invocation)
  const results = await ask(flags.string('endpoint'), args.join(' '))
  if (results.length === 0) {
    if (flags.bool('fail-on-no-result')) throw new CommandError('no results found')
    if (format === 'table') return invocation.out('No results found\n')
  }
  const withRepository = flags.bool('list-repo-url')
  const head = ['URL', 'CHART VERSION', 'APP VERSION', 'DESCRIPTION', ...(withRepository ? ['REPO URL'] : [])]
  const rows = results.map(({ url, version, appVersion, description, repository }) => [
    url,
    version,
    appVersion,
    description,
    ...(withRepository ? [repository.url] : []),
  ])
  printFormatted(
    invocation,
    () => `[${results.map(elementJson).join(',')}]`,
    () => `${drawTable([head, ...rows], flags.int('max-col-width'))}\n`,
  )
}

export const searchHub: Command = {
  usage: '[KEYWORD] [flags]',
  about: 'Finds charts in Artifact Hub, or in a hub of your own.',
  flags: [
    outputFlag,
    { name: 'endpoint', type: 'string', default: 'https://hub.helm.sh', usage: 'URL of the hub' },
    { name: 'max-col-width', type: 'int', default: '50', usage: 'how wide a column may be', valueName: 'uint' },
    { name: 'list-repo-url', type: 'bool', default: 'false', usage: 'the URL of the repository too' },
    { name: 'fail-on-no-result', type: 'bool', default: 'false', usage: 'finding nothing is an error' },
  ],
  run,
}
