/** Charts from repositories, URLs and registries, kept by their digest (pkg/downloader). */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CommandError, type Invocation } from '../types.ts'
import { get } from './get.ts'
import type { DownloadOptions } from './http.ts'
import { findVersion, loadIndex, parseIndex, resolveUrl } from './index-file.ts'
import { entryNamed, indexPath, loadRepositories } from './list-file.ts'
import { type Downloaded, maxChartBytes, maxProvenanceBytes } from './types.ts'

type Access = Omit<DownloadOptions, 'limitBytes'>

interface Place {
  readonly url: string
  readonly access: Access
  readonly digest: string
}

function accessOf({ flags }: Invocation): Access {
  const text = (name: string): string => (flags.has(name) ? flags.string(name) : '')
  return {
    username: text('username'),
    password: text('password'),
    caFile: text('ca-file'),
    certFile: text('cert-file'),
    keyFile: text('key-file'),
    insecureSkipTlsVerify: flags.has('insecure-skip-tls-verify') && flags.bool('insecure-skip-tls-verify'),
  }
}

function versionWanted({ flags }: Invocation): string {
  const version = flags.string('version').trim()
  return version === '' && flags.has('devel') && flags.bool('devel') ? '>0.0.0-0' : version
}

const withoutCredentials = (access: Access): Access => ({ ...access, username: '', password: '' })

async function placeOf(invocation: Invocation, reference: string, version: string): Promise<Place> {
  const { flags, settings } = invocation
  const access = accessOf(invocation)
  const repository = flags.has('repo') ? flags.string('repo') : ''
  if (repository !== '')
    return inRepository(invocation, repository, reference, version, access, flags.has('pass-credentials') && flags.bool('pass-credentials'))
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference)) return { url: reference, access, digest: '' }
  const slash = reference.indexOf('/')
  if (slash < 0) throw new CommandError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`)
  const [repositoryName, chart] = [reference.slice(0, slash), reference.slice(slash + 1)]
  const entry = entryNamed(await loadRepositories(settings.repositoryConfig), repositoryName)
  const index = await loadIndex(indexPath(settings.repositoryCache, repositoryName)).catch((error) => {
    throw new CommandError(`no cached repo found. (try 'helm repo update'): ${error.message}`)
  })
  let found: ReturnType<typeof findVersion>
  try {
    found = findVersion(index, chart, version)
  } catch (error) {
    throw new CommandError(
      `chart ${JSON.stringify(chart)} matching ${version} not found in ${repositoryName} index. (try 'helm repo update'): ${(error as Error).message}`,
    )
  }
  if (found.urls.length === 0) throw new CommandError(`chart ${JSON.stringify(reference)} has no downloadable URLs`)
  const url = resolveUrl(entry.url, found.urls[0]!)
  const isHome = !url.startsWith('http') || new URL(url).origin === new URL(entry.url).origin
  const own = { ...entry, ...(access.username ? access : {}) }
  return { url, access: isHome || entry.passCredentialsAll ? own : withoutCredentials(own), digest: found.digest }
}

async function inRepository(invocation: Invocation, base: string, chart: string, version: string, access: Access, passAll: boolean): Promise<Place> {
  const at = new URL(base)
  at.pathname = `${at.pathname.replace(/\/$/, '')}/index.yaml`
  let index: ReturnType<typeof parseIndex>
  try {
    index = parseIndex((await get(invocation, String(at), { ...access, limitBytes: 128 << 20 })).toString('utf8'), base)
  } catch (error) {
    throw new CommandError(`looks like ${JSON.stringify(base)} is not a valid chart repository or cannot be reached: ${(error as Error).message}`)
  }
  const told = `chart ${JSON.stringify(chart)}${version === '' ? '' : ` version ${JSON.stringify(version)}`}`
  let found: ReturnType<typeof findVersion>
  try {
    found = findVersion(index, chart, version)
  } catch {
    throw new CommandError(`${told} not found in ${base} repository`)
  }
  if (found.urls.length === 0) throw new CommandError(`${told} has no downloadable URLs`)
  const url = resolveUrl(base, found.urls[0]!)
  const isHome = new URL(url).origin === at.origin
  return { url, access: passAll || isHome ? access : withoutCredentials(access), digest: found.digest }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const cachePath = (root: string, digest: string, suffix = '.chart'): string => join(root, digest.slice(0, 2), `${digest}${suffix}`)

/**
 * What becomes of the provenance file: `always` it has to be there and right, `ifPossible` right when it is there; `later` it is
 * only fetched.
 */
export type Strategy = 'never' | 'always' | 'ifPossible' | 'later'

interface Fetched extends Downloaded {
  /** Why there is no provenance. */
  readonly missing?: string
}

async function verified(invocation: Invocation, reference: string, strategy: Strategy, { missing, ...fetched }: Fetched): Promise<Downloaded> {
  if (strategy === 'never') return fetched
  if (!fetched.provenance) {
    if (strategy === 'always') throw new CommandError(`failed to fetch provenance ${JSON.stringify(`${fetched.url}.prov`)}`)
    invocation.out(`WARNING: Verification not found for ${reference}: ${missing ?? 'the chart has none'}\n`)
    return fetched
  }
  if (strategy === 'later') return fetched
  const { verificationText, verifyDownloaded } = await import('../provenance/verify.ts')
  return { ...fetched, verification: verificationText(await verifyDownloaded(invocation, fetched.bytes, fetched.provenance, fetched.name)) }
}

/** The bytes of a chart, and its provenance when that is asked for. Throws in Helm's words. */
export async function fetchChart(
  invocation: Invocation,
  reference: string,
  { version = versionWanted(invocation), provenance = 'never' }: { version?: string; provenance?: Strategy } = {},
): Promise<Downloaded> {
  return verified(invocation, reference, provenance, await fetched(invocation, reference, version, provenance))
}

async function fetched(invocation: Invocation, reference: string, version: string, provenance: Strategy): Promise<Fetched> {
  const place = reference.startsWith('oci://') ? { url: reference, access: {}, digest: '' } : await placeOf(invocation, reference, version)
  if (place.url.startsWith('oci://')) {
    const { pullChart } = await import('../registry/charts.ts')
    return pullChart(invocation, place.url, version, provenance !== 'never')
  }
  const { contentCache } = invocation.settings
  const digest = place.digest.replace(/^sha256:/, '')
  const known = /^[0-9a-f]{64}$/.test(digest) ? await readFile(cachePath(contentCache, digest)).catch(() => undefined) : undefined
  // What is kept is believed only when it still is what it was.
  const bytes = known && sha256(known) === digest ? known : await get(invocation, place.url, { ...place.access, limitBytes: maxChartBytes })
  const name = basename(new URL(place.url).pathname)
  if (provenance === 'never') return { name, bytes, url: place.url }
  const fetched = { name, bytes, url: place.url }
  try {
    const proof = await get(invocation, `${place.url}.prov`, { ...place.access, limitBytes: maxProvenanceBytes })
    return { ...fetched, provenance: proof }
  } catch (error) {
    return { ...fetched, missing: (error as Error).message }
  }
}

/** Gives the path of the archive in the cache. */
export async function downloadChart(invocation: Invocation, reference: string, _options: { readonly toCache: true }): Promise<string> {
  const { flags, settings } = invocation
  const { bytes } = await fetchChart(invocation, reference, { provenance: flags.bool('verify') ? 'always' : 'never' })
  const path = cachePath(settings.contentCache, sha256(bytes))
  await mkdir(join(path, '..'), { recursive: true })
  const fresh = `${path}.${process.pid}`
  await writeFile(fresh, bytes)
  await rename(fresh, path)
  return path
}
