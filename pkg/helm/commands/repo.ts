/** `helm repo`: add, index, list, remove, update. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { jsonString } from '#template/json.ts'
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { loadArchive } from '../chart/load.ts'
import { fileError } from '../output/file-error.ts'
import { drawTable, formatOf, outputFlag, printFormatted } from '../output/table.ts'
import { objectJson } from '../release/encode.ts'
import { nowText } from '../release/time.ts'
import { indexText, loadIndex, warningOf, versionOf } from '../repository/index-file.ts'
import { forgetIndex, loadRepositories, refreshIndex, saveRepositories } from '../repository/list-file.ts'
import type { ChartVersion, RepositoryEntry, RepositoryIndex } from '../repository/types.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { compareVersions } from '#template/semver/version.ts'

const text = (name: string, usage: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({ name, type: 'string', usage, ...rest })
const bool = (name: string, usage: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({ name, type: 'bool', default: 'false', usage, ...rest })

/** Which are gone for good, and where their charts went. */
const movedRepositories: readonly (readonly [string, string])[] = [
  ['//kubernetes-charts.storage.googleapis.com', 'https://charts.helm.sh/stable'],
  ['//kubernetes-charts-incubator.storage.googleapis.com', 'https://charts.helm.sh/incubator'],
]

async function readPassword(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  let all = ''
  for await (const chunk of stdin) all += Buffer.from(chunk as Uint8Array).toString('utf8')
  return all.replace(/\r?\n$/, '')
}

async function addRepository(invocation: Invocation): Promise<void> {
  const { args, flags, settings, session, out } = invocation
  const [name, url] = args as [string, string]
  const moved = flags.bool('allow-deprecated-repos') ? undefined : movedRepositories.find(([old]) => url.includes(old))
  if (moved) throw new CommandError(`repo ${JSON.stringify(url)} is no longer available; try ${JSON.stringify(moved[1])} instead`)
  const username = flags.string('username')
  let password = flags.string('password')
  if (flags.bool('password-stdin')) password = await readPassword(session.stdin)
  if (name.includes('/')) throw new CommandError(`repository name (${name}) contains '/', please specify a different name without '/'`)
  const entry: RepositoryEntry = {
    name,
    url,
    username,
    password,
    certFile: flags.string('cert-file'),
    keyFile: flags.string('key-file'),
    caFile: flags.string('ca-file'),
    insecureSkipTlsVerify: flags.bool('insecure-skip-tls-verify'),
    passCredentialsAll: flags.bool('pass-credentials'),
  }
  const entries = await loadRepositories(settings.repositoryConfig)
  const before = entries.find((each) => each.name === name)
  if (before && !flags.bool('force-update')) {
    if (JSON.stringify(before) !== JSON.stringify(entry)) throw new CommandError(`repository name (${name}) already exists, please specify a different name`)
    out(`${JSON.stringify(name)} already exists with the same configuration, skipping\n`)
    return
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1] ?? ''
  const { isKnownScheme } = await import('../repository/get.ts')
  if (!(await isKnownScheme(invocation, scheme))) throw new CommandError(`could not find protocol handler for: ${scheme}`)
  await refreshIndex(invocation, entry, flags.duration('timeout')).catch((error) => {
    throw new CommandError(`looks like ${JSON.stringify(url)} is not a valid chart repository or cannot be reached: ${error.message}`)
  })
  await saveRepositories(settings.repositoryConfig, before ? entries.map((each) => (each.name === name ? entry : each)) : [...entries, entry])
  out(`${JSON.stringify(name)} has been added to your repositories\n`)
}

async function listRepositories(invocation: Invocation): Promise<void> {
  const format = formatOf(invocation)
  const entries = await loadRepositories(invocation.settings.repositoryConfig)
  if (entries.length === 0 && format === 'table') {
    invocation.err('no repositories to show\n')
    return
  }
  printFormatted(
    invocation,
    () =>
      `[${entries
        .map(({ name, url }) =>
          objectJson([
            ['name', jsonString(name)],
            ['url', jsonString(url)],
          ]),
        )
        .join(',')}]`,
    () => `${drawTable([...(invocation.flags.bool('no-headers') ? [] : [['NAME', 'URL']]), ...entries.map(({ name, url }) => [name, url])])}\n`,
  )
}

async function removeRepositories({ args, settings, out }: Invocation): Promise<void> {
  let entries = await loadRepositories(settings.repositoryConfig)
  if (entries.length === 0) throw new CommandError('no repositories configured')
  for (const name of args) {
    if (!entries.some((each) => each.name === name)) throw new CommandError(`no repo named ${JSON.stringify(name)} found`)
    entries = entries.filter((each) => each.name !== name)
    await saveRepositories(settings.repositoryConfig, entries)
    await forgetIndex(settings.repositoryCache, name)
    out(`${JSON.stringify(name)} has been removed from your repositories\n`)
  }
}

async function updateRepositories(invocation: Invocation): Promise<void> {
  const { args, settings, out } = invocation
  const entries = await loadRepositories(settings.repositoryConfig)
  if (entries.length === 0) throw new CommandError('no repositories found. You must add one before updating')
  for (const name of args)
    if (!entries.some((each) => each.name === name)) throw new CommandError(`no repositories found matching '${name}'.  Nothing will be updated`)
  const chosen = args.length === 0 ? entries : entries.filter(({ name }) => args.includes(name))
  out('Hang tight while we grab the latest from your chart repositories...\n')
  const failed: string[] = []
  for (const entry of chosen) {
    try {
      await refreshIndex(invocation, entry, invocation.flags.duration('timeout'))
      out(`...Successfully got an update from the ${JSON.stringify(entry.name)} chart repository\n`)
    } catch (error) {
      out(`...Unable to get an update from the ${JSON.stringify(entry.name)} chart repository (${entry.url}):\n\t${(error as Error).message}\n`)
      failed.push(entry.url)
    }
  }
  if (failed.length > 0) throw new CommandError(`failed to update the following repositories: [${failed.join(' ')}]`)
  out('Update Complete. ⎈Happy Helming!⎈\n')
}

/** Archives of a folder and of the folders in it, as Helm looks for them. */
async function archivesIn(folder: string): Promise<string[]> {
  // A folder that is not there has none; what is written into it fails.
  const here = (await readdir(folder, { withFileTypes: true }).catch(() => [])).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const inner = await Promise.all(
    here
      .filter((each) => each.isDirectory())
      .map(async ({ name }) => (await readdir(join(folder, name))).filter((file) => file.endsWith('.tgz')).map((file) => join(name, file))),
  )
  return [...here.filter((each) => each.isFile() && each.name.endsWith('.tgz')).map(({ name }) => name), ...inner.flat()]
}

async function indexFolder(folder: string, base: string): Promise<Map<string, ChartVersion[]>> {
  const entries = new Map<string, ChartVersion[]>()
  for (const file of await archivesIn(folder)) {
    const bytes = await readFile(join(folder, file))
    const chart = await loadArchive(bytes, file).catch(() => undefined)
    if (!chart) continue
    const { metadata } = chart
    const path = relative('.', file).replaceAll('\\', '/')
    const version: ChartVersion = {
      metadata,
      urls: [base === '' ? path : `${base.replace(/\/+$/, '')}/${path}`],
      created: nowText(),
      digest: createHash('sha256').update(bytes).digest('hex'),
      removed: false,
    }
    const all = entries.get(metadata.name)
    if (all) all.push(version)
    else entries.set(metadata.name, [version])
  }
  return entries
}

function newestFirst(a: ChartVersion, b: ChartVersion): number {
  const [left, right] = [versionOf(a.metadata.version), versionOf(b.metadata.version)]
  return left && right ? compareVersions(right, left) : 0
}

async function makeIndex({ args, flags, session, log }: Invocation): Promise<void> {
  const folder = resolve(session.cwd, args[0]!)
  const entries = await indexFolder(folder, flags.string('url'))
  const merge = flags.string('merge')
  const empty: RepositoryIndex = { apiVersion: 'v1', generated: nowText(), entries: new Map() }
  if (merge !== '') {
    const path = resolve(session.cwd, merge)
    let other = empty
    if (existsSync(path)) {
      other = await loadIndex(path, { shown: merge, warn: warningOf(log) }).catch((error) => {
        throw new CommandError(`merge failed: ${error.message}`)
      })
    } else await writeFile(path, indexText(empty, flags.bool('json')))
    for (const [name, versions] of other.entries) {
      const own = entries.get(name) ?? []
      entries.set(name, [...own, ...versions.filter(({ metadata }) => !own.some((each) => each.metadata.version === metadata.version))])
    }
  }
  for (const versions of entries.values()) versions.sort(newestFirst)
  const path = join(folder, 'index.yaml')
  await writeFile(path, indexText({ ...empty, entries }, flags.bool('json'))).catch((error) => {
    throw fileError(error, 'open', path)
  })
}

const subcommand =
  (command: Command): (() => Promise<Command>) =>
  async () =>
    command

export const repo: Command = {
  about: 'Keeps the list of repositories that charts are found in.',
  subcommands: [
    {
      name: 'add',
      summary: 'add a chart repository',
      load: subcommand({
        usage: '[NAME] [URL] [flags]',
        about: 'Adds a repository; its index is fetched at once.',
        arguments: { min: 2, max: 2 },
        flags: [
          text('username', 'user name for the repository'),
          text('password', 'password for the repository'),
          bool('password-stdin', 'read the password from standard input'),
          bool('force-update', 'replace what is there under the name'),
          text('cert-file', 'client certificate for HTTPS'),
          text('key-file', "key of the client's certificate"),
          text('ca-file', "authority of the repository's certificate"),
          bool('insecure-skip-tls-verify', "do not check the repository's certificate"),
          bool('pass-credentials', 'give the credentials to other hosts too'),
          bool('allow-deprecated-repos', 'take repositories that have moved'),
          { name: 'timeout', type: 'duration', default: '2m0s', usage: 'how long to wait for the index' },
        ],
        run: addRepository,
      }),
    },
    {
      name: 'index',
      summary: 'generate an index file given a directory containing packaged charts',
      load: subcommand({
        usage: '[DIR] [flags]',
        about: 'Writes index.yaml for the archives in a folder.',
        arguments: { min: 1, max: 1 },
        flags: [text('url', 'where the archives will be'), text('merge', 'an index to be taken over into the new one'), bool('json', 'write JSON')],
        run: makeIndex,
      }),
    },
    {
      name: 'list',
      aliases: ['ls'],
      summary: 'list chart repositories',
      load: subcommand({
        usage: '[flags]',
        about: 'Lists the repositories.',
        arguments: { max: 0 },
        flags: [outputFlag, bool('no-headers', 'no headers')],
        run: listRepositories,
      }),
    },
    {
      name: 'remove',
      aliases: ['rm'],
      summary: 'remove one or more chart repositories',
      load: subcommand({
        usage: '[REPO1 [REPO2 ...]] [flags]',
        about: 'Removes repositories.',
        arguments: { min: 1 },
        run: removeRepositories,
      }),
    },
    {
      name: 'update',
      aliases: ['up'],
      summary: 'update information of available charts locally from chart repositories',
      load: subcommand({
        usage: '[REPO1 [REPO2 ...]] [flags]',
        about: 'Fetches the indexes anew.',
        flags: [{ name: 'timeout', type: 'duration', default: '2m0s', usage: 'how long to wait for an index' }],
        run: updateRepositories,
      }),
    },
  ],
}
