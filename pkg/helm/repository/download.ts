/** Charts from repositories, URLs and registries, kept by their digest (pkg/downloader). */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CommandError, type Invocation } from '../types.ts'
import { get } from './get.ts'
import type { DownloadOptions } from './http.ts'
import { findVersion, loadIndex, parseIndex, resolveUrl, warningOf } from './index-file.ts'
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
  const warn = warningOf(invocation.log)
  const access = accessOf(invocation)
  const repository = flags.has('repo') ? flags.string('repo') : ''
  if (repository !== '')
    return inRepository(invocation, repository, reference, version, access, flags.has('pass-credentials') && flags.bool('pass-credentials'))
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference)) return { url: reference, access, digest: '' }
  const slash = reference.indexOf('/')
  if (slash < 0) throw new CommandError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`)
  const [repositoryName, chart] = [reference.slice(0, slash), reference.slice(slash + 1)]
  const entry = entryNamed(await loadRepositories(settings.repositoryConfig), repositoryName)
  const index = await loadIndex(indexPath(settings.repositoryCache, repositoryName), { warn }).catch((error) => {
    throw new CommandError(`no cached repo found. (try 'helm repo update'): ${error.message}`)
  })
  let found: ReturnType<typeof findVersion>
  try {
    found = findVersion(index, chart, version, warn)
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

const unreachable = (url: string, why: string): CommandError =>
  new CommandError(`looks like ${JSON.stringify(url)} is not a valid chart repository or cannot be reached: ${why}`)

async function inRepository(invocation: Invocation, base: string, chart: string, version: string, access: Access, passAll: boolean): Promise<Place> {
  // What Helm says when it asks a registry for an index.
  if (base.startsWith('oci://')) throw unreachable(base, 'failed to perform "FetchReference" on source: invalid reference')
  const warn = warningOf(invocation.log)
  const at = new URL(base)
  at.pathname = `${at.pathname.replace(/\/$/, '')}/index.yaml`
  let index: ReturnType<typeof parseIndex>
  try {
    index = parseIndex((await get(invocation, String(at), { ...access, limitBytes: 128 << 20 })).toString('utf8'), { source: base, warn })
  } catch (error) {
    throw unreachable(base, (error as Error).message)
  }
  const told = `chart ${JSON.stringify(chart)}${version === '' ? '' : ` version ${JSON.stringify(version)}`}`
  let found: ReturnType<typeof findVersion>
  try {
    found = findVersion(index, chart, version, warn)
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
    invocation.out(
      `WARNING: Verification not found for ${reference}: ${missing ?? 'manifest does not contain a layer with mediatype application/vnd.cncf.helm.chart.provenance.v1.prov'}\n`,
    )
    return fetched
  }
  if (strategy === 'later') return fetched
  const { verificationText, verifyDownloaded } = await import('../provenance/verify.ts')
  return { ...fetched, verification: verificationText(await verifyDownloaded(invocation, fetched.bytes, fetched.provenance, fetched.name)) }
}

export interface FetchOptions {
  readonly version?: string
  readonly provenance?: Strategy
  /** What is told names the chart's URL. */
  readonly byUrl?: boolean
  readonly toCache?: boolean
}

/** The bytes of a chart, and its provenance when that is asked for. Throws in Helm's words. */
export async function fetchChart(
  invocation: Invocation,
  reference: string,
  { version = versionWanted(invocation), provenance = 'never', byUrl = false, toCache = false }: FetchOptions = {},
): Promise<Downloaded> {
  const found = await fetched(invocation, reference, { version, provenance, byUrl, toCache })
  return verified(invocation, byUrl ? found.url : reference, provenance, found)
}

async function fetched(invocation: Invocation, reference: string, { version, provenance, byUrl, toCache }: Required<FetchOptions>): Promise<Fetched> {
  const failed = (error: Error, url: string): never => {
    throw byUrl ? new CommandError(`could not download ${url}: ${error.message}`, { cause: error }) : error
  }
  const place = reference.startsWith('oci://') ? { url: reference, access: {}, digest: '' } : await placeOf(invocation, reference, version)
  if (place.url.startsWith('oci://')) {
    const { pullChart } = await import('../registry/charts.ts')
    // Helm fetches twice what it writes with its signature, and says so.
    const toldTimes = toCache ? 1 : 2
    return pullChart(invocation, place.url, version, { withProvenance: provenance !== 'never', toldTimes }).catch((error) => failed(error, place.url))
  }
  const { contentCache } = invocation.settings
  const digest = place.digest.replace(/^sha256:/, '')
  const known = /^[0-9a-f]{64}$/.test(digest) ? await readFile(cachePath(contentCache, digest)).catch(() => undefined) : undefined
  // What is kept is believed only when it still is what it was.
  const bytes =
    known && sha256(known) === digest
      ? known
      : await get(invocation, place.url, { ...place.access, limitBytes: maxChartBytes }).catch((error) => failed(error, place.url))
  const name = basename(new URL(place.url).pathname)
  const fetched = { name, bytes, url: place.url }
  if (provenance === 'never') return fetched
  const kept = known && !byUrl && (await readFile(cachePath(contentCache, digest, '.prov')).catch(() => undefined))
  if (kept) return { ...fetched, provenance: kept }
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
  const { bytes, provenance } = await fetchChart(invocation, reference, { provenance: flags.bool('verify') ? 'always' : 'never', toCache: true })
  const digest = sha256(bytes)
  if (provenance) await keep(cachePath(settings.contentCache, digest, '.prov'), provenance)
  const path = cachePath(settings.contentCache, digest)
  await keep(path, bytes)
  return path
}

async function keep(path: string, bytes: Buffer): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  const fresh = `${path}.${process.pid}`
  await writeFile(fresh, bytes)
  await rename(fresh, path)
}
