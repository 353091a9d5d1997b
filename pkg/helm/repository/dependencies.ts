/** Dependencies of a chart: chosen, locked, fetched into charts/ (pkg/downloader/manager.go). */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { compareVersions } from '#template/semver/version.ts'
import { loadChart } from '../chart/load.ts'
import { lockText, saveChart } from '../chart/save.ts'
import type { Chart, Dependency, Lock } from '../chart/types.ts'
import { fileError } from '../output/file-error.ts'
import { dependencyJson } from '../release/encode.ts'
import { nowText } from '../release/time.ts'
import { CommandError, type Invocation } from '../types.ts'
import { fetchChart, type Strategy } from './download.ts'
import { isKnownScheme } from './get.ts'
import { loadIndex, versionOf, warningOf } from './index-file.ts'
import { indexPath, loadRepositories, refreshIndex } from './list-file.ts'
import type { RepositoryEntry } from './types.ts'

export interface DependencyOptions {
  readonly skipRefresh: boolean
  readonly verify?: Strategy
}

const trimmed = (url: string): string => url.replace(/\/+$/, '')
const isOci = (url: string): boolean => url.startsWith('oci://')

/** sha256 of what is asked for together with what was chosen, as Helm writes it into Chart.lock. */
export function lockDigest(wanted: readonly Dependency[], locked: readonly Dependency[]): string {
  const json = `[[${wanted.map(dependencyJson).join(',')}],[${locked.map(dependencyJson).join(',')}]]`
  return `sha256:${createHash('sha256').update(json).digest('hex')}`
}

const lockedOf = (name: string, version: string, repository: string): Dependency => ({
  name,
  version,
  repository,
  condition: '',
  tags: [],
  enabled: false,
  importValues: [],
  alias: '',
})

/** A chart's folder, and how the user named it. */
export interface ChartFolder {
  readonly path: string
  readonly shown: string
}

async function loadFolder({ path, shown }: ChartFolder): Promise<Chart> {
  if (!existsSync(path)) throw new CommandError(`could not find ${shown}: stat ${shown}: no such file or directory`)
  if (!statSync(path).isDirectory()) throw new CommandError('only unpacked charts can be updated')
  return loadChart(path)
}

function localPath(repository: string, { path, shown }: ChartFolder): string {
  const given = repository.replace(/^file:\/\//, '')
  const found = resolve(path, given)
  if (!existsSync(found)) throw new CommandError(`directory ${isAbsolute(given) ? given : join(shown, given)} not found`)
  return found
}

const isKnownTo = (repositories: readonly RepositoryEntry[], url: string): boolean => repositories.some((entry) => trimmed(entry.url) === trimmed(url))

/** Names of repositories ("@name") become their URLs. Throws for names that nobody added, and folders that are not there. */
function withUrls({ out, settings }: Invocation, chart: ChartFolder, wanted: readonly Dependency[], repositories: readonly RepositoryEntry[]): void {
  const missing: string[] = []
  for (const each of wanted) {
    const { repository } = each
    if (repository === '' || isOci(repository)) continue
    if (repository.startsWith('file://')) {
      localPath(repository, chart)
      if (settings.debug) out(`Repository from local path: ${repository}\n`)
      continue
    }
    const name = /^(?:@|alias:)(.*)$/.exec(repository)?.[1]
    const found = name === undefined ? undefined : repositories.find((entry) => entry.name === name)
    if (found) each.repository = found.url
    else if (!isKnownTo(repositories, repository) && !/^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(repository)) missing.push(repository)
  }
  if (missing.length === 0) return
  const note = missing.some((each) => !each.includes('//') && !each.startsWith('@') && !each.startsWith('alias:'))
    ? `\nNote that repositories must be URLs or aliases. For example, to refer to the "example"\nrepository, use "https://charts.example.com/" or "@example" instead of\n"example". Don't forget to add the repo, too ('helm repo add').`
    : ''
  throw new CommandError(`no repository definition for ${missing.join(', ')}. Please add them via 'helm repo add'${note}`)
}

async function refreshAll(invocation: Invocation, repositories: readonly RepositoryEntry[]): Promise<void> {
  const { out } = invocation
  if (repositories.length === 0) return
  out('Hang tight while we grab the latest from your chart repositories...\n')
  for (const entry of repositories) {
    try {
      await refreshIndex(invocation, entry)
      out(`...Successfully got an update from the ${JSON.stringify(entry.name)} chart repository\n`)
    } catch (error) {
      out(`...Unable to get an update from the ${JSON.stringify(entry.name)} chart repository (${entry.url}):\n\t${(error as Error).message}\n`)
    }
  }
  out('Update Complete. ⎈Happy Helming!⎈\n')
}

const unmanagedName = (url: string): string => `helm-manager-${createHash('sha256').update(url).digest('hex')}`

const unmanaged = (url: string): RepositoryEntry => ({
  name: unmanagedName(url),
  url,
  username: '',
  password: '',
  certFile: '',
  keyFile: '',
  caFile: '',
  insecureSkipTlsVerify: false,
  passCredentialsAll: false,
})

/** The repositories of the dependencies that nobody added. */
async function refreshUnmanaged(invocation: Invocation, wanted: readonly Dependency[], repositories: readonly RepositoryEntry[]): Promise<void> {
  const isUnmanaged = (url: string): boolean => url !== '' && !url.startsWith('file://') && !isOci(url) && !isKnownTo(repositories, url)
  const urls = new Map(wanted.filter(({ repository }) => isUnmanaged(repository)).map(({ repository }) => [trimmed(repository), repository])).values().toArray()
  if (urls.length === 0) return
  invocation.out('Getting updates for unmanaged Helm repositories...\n')
  for (const url of urls) {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? ''
    if (!(await isKnownScheme(invocation, scheme))) throw new CommandError(`could not find protocol handler for: ${scheme}`)
  }
  for (const url of urls) {
    try {
      await refreshIndex(invocation, unmanaged(url))
      invocation.out(`...Successfully got an update from the ${JSON.stringify(url)} chart repository\n`)
    } catch (error) {
      invocation.out(`...Unable to get an update from the ${JSON.stringify(url)} chart repository:\n\t${(error as Error).message}\n`)
    }
  }
}

interface Choice {
  readonly version: string
  readonly url?: string
  readonly entry?: RepositoryEntry
}

async function choose(invocation: Invocation, chart: ChartFolder, wanted: Dependency, repositories: readonly RepositoryEntry[]): Promise<Choice | undefined> {
  const { name, version, repository } = wanted
  let constraints: ReturnType<typeof parseConstraints>
  try {
    constraints = parseConstraints(version)
  } catch (error) {
    throw new CommandError(`dependency ${JSON.stringify(name)} has an invalid version/constraint format: ${(error as Error).message}`)
  }
  const fits = (candidate: string): boolean => {
    const parsed = versionOf(candidate)
    return parsed !== undefined && satisfies(constraints, parsed)
  }
  if (repository === '') {
    localPath(join('charts', name), chart)
    return { version }
  }
  if (repository.startsWith('file://')) {
    const { metadata } = await loadChart(localPath(repository, chart))
    return fits(metadata.version) ? { version: metadata.version } : undefined
  }
  if (isOci(repository)) {
    if (versionOf(version)) return { version }
    const { tagsOf } = await import('../registry/charts.ts')
    const found = (await tagsOf(invocation, `${trimmed(repository)}/${name}`)).find(fits)
    return found === undefined ? undefined : { version: found }
  }
  const entry = repositories.find(({ url }) => trimmed(url) === trimmed(repository)) ?? unmanaged(repository)
  const index = await loadIndex(indexPath(invocation.settings.repositoryCache, entry.name), { warn: warningOf(invocation.log) }).catch((error) => {
    throw new CommandError(`no cached repository for ${entry.name} found. (try 'helm repo update'): ${error.message}`)
  })
  const versions = index.entries.get(name)
  if (!versions) throw new CommandError(`${name} chart not found in repo ${repository}`)
  const found = versions.find(({ metadata, urls }) => urls.length > 0 && fits(metadata.version))
  return found ? { version: found.metadata.version } : undefined
}

interface Fetching {
  readonly chart: ChartFolder
  readonly folder: string
  readonly repositories: readonly RepositoryEntry[]
  readonly verify: Strategy
  /** What was downloaded already: a chart may be a dependency twice, under aliases. */
  readonly done: Set<string>
}

/** A chart that is said to be in the charts folder is there, and fits. */
async function checkLocal({ name, version }: Dependency, { path, shown }: ChartFolder): Promise<void> {
  const found = await loadChart(join(path, 'charts', name)).catch((error) => {
    const told = fileError(error, 'stat', join(shown, 'charts', name)).message
    throw new CommandError(`unable to load chart '${join(shown, 'charts', name)}': ${told}`, { cause: error })
  })
  const parsed = versionOf(found.metadata.version)
  if (parsed && !satisfies(parseConstraints(version), parsed))
    throw new CommandError(`dependency ${name} at version ${found.metadata.version} does not satisfy the constraint ${version}`)
}

/** That the index of a known repository has the version. Throws in Helm's words, which name no URL here. */
async function checkIndexed(invocation: Invocation, { name }: RepositoryEntry, locked: Dependency): Promise<void> {
  const { entries } = await loadIndex(indexPath(invocation.settings.repositoryCache, name), { warn: warningOf(invocation.log) })
  const versions = entries.get(locked.name)
  if (!versions) throw new CommandError('could not find : entry not found')
  const same = (a: string, b: string): boolean => {
    const [left, right] = [versionOf(a), versionOf(b)]
    return left && right ? compareVersions(left, right) === 0 : a === b
  }
  if (!versions.some(({ metadata, urls }) => urls.length > 0 && same(metadata.version, locked.version)))
    throw new CommandError('could not find : no matching version')
}

async function fetchInto(invocation: Invocation, locked: Dependency, { chart, folder, repositories, verify, done }: Fetching): Promise<void> {
  const { out, settings } = invocation
  const { name, version, repository } = locked
  if (repository.startsWith('file://')) {
    if (settings.debug) out(`Archiving ${name} from repo ${repository}\n`)
    await saveChart(await loadChart(localPath(repository, chart)), folder)
    return
  }
  const entry = repositories.find(({ url }) => trimmed(url) === trimmed(repository))
  if (entry) await checkIndexed(invocation, entry, locked)
  const key = JSON.stringify([repository, name, version])
  if (done.has(key)) {
    out(`Already downloaded ${name} from repo ${repository}\n`)
    return
  }
  done.add(key)
  out(`Downloading ${name} from repo ${repository}\n`)
  const reference = isOci(repository) ? `${trimmed(repository)}/${name}` : `${entry?.name ?? ''}/${name}`
  const options = { version, provenance: verify, byUrl: true }
  const downloaded =
    isOci(repository) || entry
      ? await fetchChart(invocation, reference, options)
      : await fetchChart({ ...invocation, flags: withRepository(invocation.flags, repository) }, name, options)
  await writeFile(join(folder, downloaded.name), downloaded.bytes)
}

function withRepository(flags: Invocation['flags'], url: string): Invocation['flags'] {
  return {
    changed: (name) => name === 'repo' || flags.changed(name),
    has: (name) => name === 'repo' || flags.has(name),
    string: (name) => (name === 'repo' ? url : flags.string(name)),
    bool: (name) => flags.bool(name),
    int: (name) => flags.int(name),
    duration: (name) => flags.duration(name),
    list: (name) => flags.list(name),
  }
}

async function downloadAll(
  invocation: Invocation,
  chart: ChartFolder,
  locked: readonly Dependency[],
  repositories: readonly RepositoryEntry[],
  verify: Strategy = 'never',
): Promise<void> {
  const { out } = invocation
  const charts = join(chart.path, 'charts')
  await mkdir(charts, { recursive: true })
  const fresh = await mkdtemp(join(chart.path, 'tmpcharts-'))
  try {
    out(`Saving ${locked.length} charts\n`)
    const fetching = { chart, folder: fresh, repositories, verify, done: new Set<string>() }
    for (const each of locked) {
      if (each.repository === '') {
        out(`Dependency ${each.name} did not declare a repository. Assuming it exists in the charts directory\n`)
        await checkLocal(each, chart)
        continue
      }
      await fetchInto(invocation, each, fetching).catch((error) => {
        out(`Save error occurred:  ${error.message}\n`)
        throw error
      })
    }
    const made = new Set(await readdir(fresh))
    const local = new Set(locked.filter(({ repository }) => repository === '').map(({ name }) => name))
    for (const name of made) await rename(join(fresh, name), join(charts, name))
    out('Deleting outdated charts\n')
    for (const name of await readdir(charts)) {
      const path = join(charts, name)
      if (made.has(name) || statSync(path).isDirectory()) continue
      const old = await loadChart(path).catch((error: Error) => error)
      if (old instanceof Error) out(`Could not verify ${join(chart.shown, 'charts', name)} for deletion: ${old.message} (Skipping)\n`)
      else if (!local.has(old.metadata.name)) await rm(path)
    }
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function writeLock(chart: Chart, path: string, lock: Lock): Promise<void> {
  const file = join(path, chart.metadata.apiVersion === 'v1' ? 'requirements.lock' : 'Chart.lock')
  if (existsSync(file) && lstatSync(file).isSymbolicLink()) throw new CommandError(`the ${file.split('/').at(-1)} file is a symlink`)
  await writeFile(file, lockText(lock))
}

/** `helm dependency update`: chooses versions anew and locks them. */
export async function updateDependencies(invocation: Invocation, folder: ChartFolder, { skipRefresh, verify }: DependencyOptions): Promise<void> {
  const chart = await loadFolder(folder)
  const wanted = chart.metadata.dependencies
  if (wanted.length === 0) return
  const repositories = await loadRepositories(invocation.settings.repositoryConfig)
  withUrls(invocation, folder, wanted, repositories)
  if (!skipRefresh) {
    await refreshUnmanaged(invocation, wanted, repositories)
    await refreshAll(invocation, repositories)
  }
  const locked: Dependency[] = []
  const missing: string[] = []
  for (const each of wanted) {
    const choice = await choose(invocation, folder, each, repositories)
    if (choice) locked.push(lockedOf(each.name, choice.version, each.repository))
    else missing.push(`${JSON.stringify(each.name)} (repository ${JSON.stringify(each.repository)}, version ${JSON.stringify(each.version)})`)
  }
  if (missing.length > 0)
    throw new CommandError(
      `can't get a valid version for ${missing.length} subchart(s): ${missing.join(', ')}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
    )
  await downloadAll(invocation, folder, locked, repositories, verify)
  const digest = lockDigest(wanted, locked)
  if (chart.lock?.digest === digest) return
  await writeLock(chart, folder.path, { generated: nowText(), digest, dependencies: locked })
}

/** `helm dependency build`: fetches what the lock says, which has to fit the chart. */
export async function buildDependencies(invocation: Invocation, folder: ChartFolder, options: DependencyOptions): Promise<void> {
  const chart = await loadFolder(folder)
  if (!chart.lock) return updateDependencies(invocation, folder, options)
  const repositories = await loadRepositories(invocation.settings.repositoryConfig)
  withUrls(invocation, folder, chart.metadata.dependencies, repositories)
  if (lockDigest(chart.metadata.dependencies, chart.lock.dependencies) !== chart.lock.digest) {
    throw new CommandError(
      chart.metadata.apiVersion === 'v1'
        ? 'the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies'
        : "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'",
    )
  }
  const known = new Set(repositories.map(({ url }) => trimmed(url)))
  const unknown = chart.lock.dependencies.map(({ repository }) => repository).filter((url) => /^https?:/.test(url) && !known.has(trimmed(url)))
  if (unknown.length > 0) throw new CommandError(`no repository definition for ${unknown.join(', ')}`)
  if (!options.skipRefresh) await refreshAll(invocation, repositories)
  await downloadAll(invocation, folder, chart.lock.dependencies, repositories, options.verify)
}

/** What of a dependency is there, in Helm's words. */
export async function dependencyStatus(path: string, chart: Chart, { name, version }: Dependency): Promise<string> {
  const folder = join(path, 'charts')
  const all = existsSync(folder) && statSync(folder).isDirectory() ? await readdir(folder) : []
  const archives = all.filter((file) => file.startsWith(`${name}-`) && file.endsWith('.tgz') && versionOf(file.slice(name.length + 1, -'.tgz'.length)))
  if (archives.length > 1) return 'too many matches'
  const fits = (of: string): string | undefined => {
    if (of === version) return undefined
    const parsed = versionOf(of)
    try {
      if (!parsed) return 'invalid version'
      return satisfies(parseConstraints(version), parsed) ? undefined : 'wrong version'
    } catch {
      return 'invalid version'
    }
  }
  if (archives.length === 1) {
    const packed = await loadChart(join(folder, archives[0]!)).catch(() => undefined)
    if (!packed) return 'corrupt'
    if (packed.metadata.name !== name) return 'misnamed'
    return fits(packed.metadata.version) ?? 'ok'
  }
  const found = chart.dependencies.find(({ metadata }) => metadata.name === name)
  if (!found) return 'missing'
  return fits(found.metadata.version) ?? 'unpacked'
}
