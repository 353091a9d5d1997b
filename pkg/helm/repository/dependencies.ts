/** Dependencies of a chart: chosen, locked, fetched into charts/ (pkg/downloader/manager.go). */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { loadChart } from '../chart/load.ts'
import { lockText, saveChart } from '../chart/save.ts'
import type { Chart, Dependency, Lock } from '../chart/types.ts'
import { dependencyJson } from '../release/encode.ts'
import { nowText } from '../release/time.ts'
import { CommandError, type Invocation } from '../types.ts'
import { fetchChart, type Strategy } from './download.ts'
import { loadIndex, versionOf } from './index-file.ts'
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

async function loadFolder(path: string): Promise<Chart> {
  if (!existsSync(path)) throw new CommandError(`could not find ${path}: stat ${path}: no such file or directory`)
  if (!statSync(path).isDirectory()) throw new CommandError('only unpacked charts can be updated')
  return loadChart(path)
}

function localPath(repository: string, chart: string): string {
  const path = resolve(chart, repository.slice('file://'.length))
  if (!existsSync(path)) throw new CommandError(`directory ${path} not found`)
  return path
}

/** Names of repositories ("@name") become their URLs. */
function withUrls(wanted: readonly Dependency[], repositories: readonly RepositoryEntry[]): void {
  const missing: string[] = []
  for (const each of wanted) {
    const name = /^(?:@|alias:)(.*)$/.exec(each.repository)?.[1]
    const found = name === undefined ? undefined : repositories.find((entry) => entry.name === name)
    if (found) each.repository = found.url
    else if (each.repository !== '' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(each.repository)) missing.push(each.repository)
  }
  if (missing.length === 0) return
  const note = missing.some((each) => !each.startsWith('@') && !each.startsWith('alias:'))
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
  const known = new Set(repositories.map(({ url }) => trimmed(url)))
  const urls = new Set(wanted.map(({ repository }) => repository).filter((url) => /^https?:/.test(url) && !known.has(trimmed(url))))
  if (urls.size === 0) return
  invocation.out('Getting updates for unmanaged Helm repositories...\n')
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

async function choose(invocation: Invocation, chart: string, wanted: Dependency, repositories: readonly RepositoryEntry[]): Promise<Choice | undefined> {
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
    if (!existsSync(join(chart, 'charts', name))) throw new CommandError(`directory ${join(chart, 'charts', name)} not found`)
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
  const index = await loadIndex(indexPath(invocation.settings.repositoryCache, entry.name)).catch((error) => {
    throw new CommandError(`no cached repository for ${entry.name} found. (try 'helm repo update'): ${error.message}`)
  })
  const versions = index.entries.get(name)
  if (!versions) throw new CommandError(`${name} chart not found in repo ${repository}`)
  const found = versions.find(({ metadata, urls }) => urls.length > 0 && fits(metadata.version))
  return found ? { version: found.metadata.version } : undefined
}

interface Fetching {
  /** The folder of the chart. */
  readonly chart: string
  readonly folder: string
  readonly repositories: readonly RepositoryEntry[]
  readonly verify: Strategy
  /** What was downloaded already: a chart may be a dependency twice, under aliases. */
  readonly done: Set<string>
}

async function fetchInto(invocation: Invocation, locked: Dependency, { chart, folder, repositories, verify, done }: Fetching): Promise<void> {
  const { out } = invocation
  const { name, version, repository } = locked
  if (repository === '') {
    out(`Dependency ${name} did not declare a repository. Assuming it exists in the charts directory\n`)
    return
  }
  if (repository.startsWith('file://')) {
    await saveChart(await loadChart(localPath(repository, chart)), folder)
    return
  }
  const key = JSON.stringify([repository, name, version])
  if (done.has(key)) {
    out(`Already downloaded ${name} from repo ${repository}\n`)
    return
  }
  done.add(key)
  out(`Downloading ${name} from repo ${repository}\n`)
  const entry = repositories.find(({ url }) => trimmed(url) === trimmed(repository))
  const reference = isOci(repository) ? `${trimmed(repository)}/${name}` : `${entry?.name ?? ''}/${name}`
  const downloaded =
    isOci(repository) || entry
      ? await fetchChart(invocation, reference, { version, provenance: verify })
      : await fetchChart({ ...invocation, flags: withRepository(invocation.flags, repository) }, name, { version, provenance: verify })
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
  chart: string,
  locked: readonly Dependency[],
  repositories: readonly RepositoryEntry[],
  verify: Strategy = 'never',
): Promise<void> {
  const { out } = invocation
  const charts = join(chart, 'charts')
  await mkdir(charts, { recursive: true })
  const fresh = await mkdtemp(join(chart, 'tmpcharts-'))
  try {
    out(`Saving ${locked.length} charts\n`)
    const fetching = { chart, folder: fresh, repositories, verify, done: new Set<string>() }
    for (const each of locked) {
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
      const old = await loadChart(path).catch(() => undefined)
      if (!old) out(`Could not verify ${path} for deletion: it is no chart (Skipping)\n`)
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
export async function updateDependencies(invocation: Invocation, path: string, { skipRefresh, verify }: DependencyOptions): Promise<void> {
  const chart = await loadFolder(path)
  const wanted = chart.metadata.dependencies
  if (wanted.length === 0) return
  const repositories = await loadRepositories(invocation.settings.repositoryConfig)
  withUrls(wanted, repositories)
  if (!skipRefresh) {
    await refreshUnmanaged(invocation, wanted, repositories)
    await refreshAll(invocation, repositories)
  }
  const locked: Dependency[] = []
  const missing: string[] = []
  for (const each of wanted) {
    const choice = await choose(invocation, path, each, repositories)
    if (choice) locked.push(lockedOf(each.name, choice.version, each.repository))
    else missing.push(`${JSON.stringify(each.name)} (repository ${JSON.stringify(each.repository)}, version ${JSON.stringify(each.version)})`)
  }
  if (missing.length > 0)
    throw new CommandError(
      `can't get a valid version for ${missing.length} subchart(s): ${missing.join(', ')}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
    )
  await downloadAll(invocation, path, locked, repositories, verify)
  const digest = lockDigest(wanted, locked)
  if (chart.lock?.digest === digest) return
  await writeLock(chart, path, { generated: nowText(), digest, dependencies: locked })
}

/** `helm dependency build`: fetches what the lock says, which has to fit the chart. */
export async function buildDependencies(invocation: Invocation, path: string, options: DependencyOptions): Promise<void> {
  const chart = await loadFolder(path)
  if (!chart.lock) return updateDependencies(invocation, path, options)
  const repositories = await loadRepositories(invocation.settings.repositoryConfig)
  withUrls(chart.metadata.dependencies, repositories)
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
  await downloadAll(invocation, path, chart.lock.dependencies, repositories, options.verify)
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
