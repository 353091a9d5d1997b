/** Charts: of repositories that were added, by URL, or of this folder; and their versions. */
import { readdir, readFile } from 'node:fs/promises'
import { loadIndex } from '../repository/index-file.ts'
import { chartsPath, indexPath, loadRepositories } from '../repository/list-file.ts'
import type { Invocation } from '../types.ts'
import { type Completions, directives, nothing, words } from './types.ts'

export async function completeRepositories({ settings, args }: Invocation): Promise<Completions> {
  const entries = await loadRepositories(settings.repositoryConfig)
  return words(entries.filter(({ name }) => !args.includes(name)).map(({ name, url }) => `${name}\t${url}`))
}

async function chartsOf(cache: string, repository: string): Promise<string[]> {
  const names = await readFile(chartsPath(cache, repository), 'utf8').then(
    (text) => text.split('\n').filter((name) => name !== ''),
    async () => [...(await loadIndex(indexPath(cache, repository))).entries.keys()],
  )
  return names.map((name) => `${repository}/${name}`)
}

const urls = ['oci://\tChart OCI prefix', 'https://\tChart URL prefix', 'http://\tChart URL prefix', 'file://\tChart local URL prefix']

/** Files of the folder are left to the shell, unless there is something else to tell. */
export async function completeCharts({ settings, session }: Invocation, typed: string, withFiles = true): Promise<Completions> {
  const { repositoryConfig, repositoryCache } = settings
  const found: string[] = []
  let directive: number = withFiles ? directives.files : directives.noFiles
  for (const { name, url } of await loadRepositories(repositoryConfig)) {
    if (typed.startsWith(`${name}/`)) {
      found.push(...(await chartsOf(repositoryCache, name).catch(() => [])))
      directive &= ~directives.noSpace
      break
    }
    if (!name.startsWith(typed)) continue
    found.push(`${name}/\t${url}`)
    directive |= directives.noSpace
  }
  for (const url of urls) {
    if (!url.startsWith(typed)) continue
    found.push(url)
    directive |= directives.noSpace
  }
  if (withFiles && typed === '') found.push('./\tRelative path prefix to local chart', '/\tAbsolute path prefix to local chart')
  else if (withFiles && found.length > 0) found.push(...(await readdir(session.cwd)).sort().filter((name) => name.startsWith(typed)))
  return { words: found, directive }
}

const day = new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' })
const zero = 'January 1, 0001'

/** Of "repository/chart"; of others nothing is known here. */
export async function completeVersions({ settings }: Invocation, reference: string | undefined): Promise<Completions> {
  const [repository, chart, ...more] = (reference ?? '').split('/')
  if (!repository || !chart || more.length > 0) return nothing
  const index = await loadIndex(indexPath(settings.repositoryCache, repository)).catch(() => undefined)
  return words(
    (index?.entries.get(chart) ?? []).map(({ metadata: { version, appVersion, deprecated }, created }) => {
      const at = Date.parse(created)
      return `${version}\t${appVersion === '' ? '' : `App: ${appVersion}, `}Created: ${Number.isNaN(at) ? zero : day.format(at)} ${deprecated ? '(deprecated)' : ''}`
    }),
  )
}
