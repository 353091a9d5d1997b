/** `helm search`: repo, and hub (search-hub.ts). */
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { jsonString } from '#template/json.ts'
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { compareVersions } from '#template/semver/version.ts'
import { drawTable, formatOf, outputFlag, printFormatted } from '../output/table.ts'
import { objectJson } from '../release/encode.ts'
import { loadIndex, warningOf, versionOf } from '../repository/index-file.ts'
import { indexPath, loadRepositories } from '../repository/list-file.ts'
import type { ChartVersion } from '../repository/types.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'

interface Result {
  readonly name: string
  readonly chart: ChartVersion
  readonly score: number
}

/** Fields of a chart in one line, by how much they tell. */
const separator = '\u000b'
const worstScore = 25

function lineOf(repository: string, { metadata }: ChartVersion): string {
  const { name, description, keywords } = metadata
  return [name, `${repository}/${name}`, description, keywords.join(' ')].join(separator)
}

/** The field in which the term was found. */
function scoreOf(index: number, line: string): number {
  const ends = [...line.matchAll(/\v/g)].map((match) => match.index)
  const found = ends.findIndex((end) => index <= end)
  return found < 0 ? ends.length : found
}

function matcher(term: string, isExpression: boolean): (line: string) => number {
  if (!isExpression) return (line) => line.toLowerCase().indexOf(term.toLowerCase())
  try {
    const expression = compilePattern(term)
    return (line) => line.search(expression)
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
}

function better(a: Result, b: Result): number {
  if (a.score !== b.score) return a.score - b.score
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  const [left, right] = [versionOf(a.chart.metadata.version), versionOf(b.chart.metadata.version)]
  return left && right ? compareVersions(right, left) : 0
}

async function found({ flags, args, settings, log }: Invocation): Promise<Result[]> {
  const entries = await loadRepositories(settings.repositoryConfig)
  if (entries.length === 0) throw new CommandError('no repositories configured')
  const indexOf = matcher(args.join(' '), flags.bool('regexp'))
  const results: Result[] = []
  for (const { name: repository } of entries) {
    const index = await loadIndex(indexPath(settings.repositoryCache, repository), { warn: warningOf(log) }).catch((error) => {
      log('WARN', 'repo is corrupt or missing', { repo: repository, error })
      return undefined
    })
    for (const [name, versions] of index?.entries ?? []) {
      for (const chart of versions) {
        const line = lineOf(repository, chart)
        const at = args.length === 0 ? 0 : indexOf(line)
        const score = args.length === 0 ? 0 : scoreOf(at, line)
        if (at >= 0 && score < worstScore) results.push({ name: `${repository}/${name}`, chart, score })
      }
    }
  }
  return results.sort(better)
}

function constrained(results: readonly Result[], { flags }: Invocation): Result[] {
  const version = flags.string('version') || (flags.bool('devel') ? '>0.0.0-0' : '>0.0.0')
  let constraints: ReturnType<typeof parseConstraints>
  try {
    constraints = parseConstraints(version)
  } catch (error) {
    throw new CommandError(`an invalid version/constraint format: ${(error as Error).message}`)
  }
  const seen = new Set<string>()
  return results.filter(({ name, chart }) => {
    const candidate = versionOf(chart.metadata.version)
    if ((!flags.bool('versions') && seen.has(name)) || !candidate || !satisfies(constraints, candidate)) return false
    seen.add(name)
    return true
  })
}

async function searchRepo(invocation: Invocation): Promise<void> {
  const { flags } = invocation
  const format = formatOf(invocation)
  const results = constrained(await found(invocation), invocation)
  if (results.length === 0) {
    if (flags.bool('fail-on-no-result')) throw new CommandError('no results found')
    if (format === 'table') return invocation.out('No results found\n')
  }
  const rows = results.map(({ name, chart: { metadata } }) => [name, metadata.version, metadata.appVersion, metadata.description] as const)
  const fields = ['name', 'version', 'app_version', 'description']
  printFormatted(
    invocation,
    () => `[${rows.map((row) => objectJson(fields.map((field, index) => [field, jsonString(row[index]!)] as const))).join(',')}]`,
    () => `${drawTable([['NAME', 'CHART VERSION', 'APP VERSION', 'DESCRIPTION'], ...rows], flags.int('max-col-width'))}\n`,
  )
}

const bool = (name: string, usage: string, short?: string) => ({ name, type: 'bool' as const, default: 'false', usage, ...(short ? { short } : {}) })

export const search: Command = {
  about: 'Finds charts, in the repositories that were added or in a hub.',
  subcommands: [
    {
      name: 'hub',
      summary: 'search for charts in the Artifact Hub or your own hub instance',
      load: async () => (await import('./search-hub.ts')).searchHub,
    },
    {
      name: 'repo',
      summary: 'search repositories for a keyword in charts',
      load: async () => ({
        usage: '[keyword] [flags]',
        about: 'Finds charts by name, description and keywords.',
        flags: [
          outputFlag,
          bool('regexp', 'the keyword is a regular expression', 'r'),
          bool('versions', 'every version', 'l'),
          bool('devel', 'development versions too'),
          bool('fail-on-no-result', 'finding nothing is an error'),
          { name: 'version', type: 'string', usage: 'versions that fit this range' },
          { name: 'max-col-width', type: 'int', default: '50', usage: 'how wide a column may be', valueName: 'uint' },
        ],
        run: searchRepo,
      }),
    },
  ],
}
