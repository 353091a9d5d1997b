/** index.yaml: what a repository has. Read with bounds, for it comes from elsewhere. */
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { compareVersions, parseVersion, type Version } from '#template/semver/version.ts'
import { encodeJson, decodeJson } from '#template/json.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { fileError } from '../output/file-error.ts'
import type { Value } from '#template/types.ts'
import { isDictionary } from '#template/values.ts'
import { parseMetadata, validateMetadata } from '../chart/metadata.ts'
import { metadataJson, objectJson } from '../release/encode.ts'
import type { Invocation } from '../types.ts'
import type { ChartVersion, RepositoryIndex } from './types.ts'

/** The largest public index is some tens of megabytes. */
export const maxIndexBytes = 128 << 20

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export function versionOf(text: string): Version | undefined {
  try {
    return parseVersion(text)
  } catch {
    return undefined
  }
}

function byVersion(a: ChartVersion, b: ChartVersion): number {
  const [left, right] = [versionOf(a.metadata.version), versionOf(b.metadata.version)]
  if (!left || !right) return left ? -1 : right ? 1 : 0
  return compareVersions(right, left)
}

/** Who is told of what is left out of an index, and how the index is called then. */
export interface IndexReader {
  readonly source: string
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void
}

/** By lines of Helm's log. */
export const warningOf =
  (log: Invocation['log']): IndexReader['warn'] =>
  (message, fields) =>
    log('WARN', message, fields)

const silent: IndexReader = { source: '', warn: () => {} }

/** JFrog's repositories leave aliases out. */
const isHarmless = (why: string): boolean => why.startsWith('validation: more than one dependency with name or alias')

/** What is no chart is left out, and told of. */
function chartVersion(read: unknown, name: string, { source, warn }: IndexReader): ChartVersion | undefined {
  const skip = (what: string, why: string): undefined => warn(`skipping loading invalid entry for chart ${what} from ${source}: ${why}`) as undefined
  if (!isDictionary(read)) return skip(JSON.stringify(name), 'empty entry')
  const map: any = read
  const urls = Array.isArray(map.urls) ? map.urls.filter((url: unknown) => typeof url === 'string') : []
  try {
    const metadata = parseMetadata(encodeJson(map))
    try {
      validateMetadata(metadata)
    } catch (error) {
      const why = (error as Error).message
      if (!isHarmless(why)) return skip(`${JSON.stringify(name)} ${JSON.stringify(metadata.version)}`, why)
    }
    return { metadata, urls, created: textOf(map.created), digest: textOf(map.digest), removed: map.removed === true }
  } catch (error) {
    return skip(JSON.stringify(name), (error as Error).message)
  }
}

const indexFields = ['serverInfo', 'apiVersion', 'generated', 'entries', 'publicKeys', 'annotations']
const versionFields = [
  ...['name', 'home', 'sources', 'version', 'description', 'keywords', 'maintainers', 'icon', 'apiVersion', 'condition', 'tags', 'appVersion'],
  ...['deprecated', 'annotations', 'kubeVersion', 'dependencies', 'type'],
  ...['urls', 'created', 'removed', 'digest', 'checksum', 'engine', 'tillerVersion', 'url'],
]

/** YAML is read strictly, JSON is not. */
function refuseUnknownFields(map: object, known: readonly string[]): void {
  const unknown = Object.keys(map)
    .sort()
    .find((key) => !known.some((each) => each.toLowerCase() === key.toLowerCase()))
  if (unknown !== undefined) throw new Error(`error unmarshaling JSON: while decoding JSON: json: unknown field ${JSON.stringify(unknown)}`)
}

/** Throws for what is no index. */
export function parseIndex(text: string, reader: IndexReader = silent): RepositoryIndex {
  if (text === '') throw new Error('empty index.yaml file')
  // JSON is read far faster; large repositories offer it under the same name.
  const isJson = isValidJson(text)
  const unreadable = (type: string, into: string): Error =>
    new Error(`${isJson ? '' : 'error unmarshaling JSON: while decoding JSON: '}json: cannot unmarshal ${type} into Go ${into}`)
  const read: any = isJson ? decodeJson(text) : (decodeYaml(text) ?? {})
  if (!isDictionary(read)) throw unreadable(Array.isArray(read) ? 'array' : typeof read, 'value of type repo.IndexFile')
  if (!isJson) refuseUnknownFields(read, indexFields)
  const apiVersion = textOf(read.apiVersion)
  const entries = new Map<string, ChartVersion[]>()
  const all = Object.entries(isDictionary(read.entries) ? read.entries : {}).filter(([, versions]) => versions !== null)
  // All of it is read before any of it is judged.
  for (const [, versions] of all) {
    if (!Array.isArray(versions))
      throw unreadable(isDictionary(versions) ? 'object' : typeof versions, 'struct field IndexFile.entries of type repo.ChartVersions')
    if (!isJson) for (const each of versions) if (isDictionary(each)) refuseUnknownFields(each, versionFields)
  }
  for (const [name, versions] of all)
    entries.set(
      name,
      (versions as Value[])
        // From the last, as Helm goes over them.
        .toReversed()
        .map((each) => chartVersion(each, name, reader))
        .filter((each) => each !== undefined)
        .reverse()
        .sort(byVersion),
    )
  if (apiVersion === '') throw new Error('no API version specified')
  return { apiVersion, generated: textOf(read.generated), entries }
}

function isValidJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** `shown` is how errors name the file. */
export async function loadIndex(
  path: string,
  { shown = path, warn = silent.warn }: { shown?: string; warn?: IndexReader['warn'] } = {},
): Promise<RepositoryIndex> {
  try {
    if ((await stat(path)).size > maxIndexBytes) throw new Error(`the index is larger than ${maxIndexBytes} bytes`)
    return parseIndex(await readFile(path, 'utf8'), { source: shown, warn })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw fileError(error, 'open', shown)
    throw new Error(`error loading ${shown}: ${(error as Error).message}`, { cause: error })
  }
}

/** The newest that fits; without a version, the newest that is no development version. Throws when there is none. */
export function findVersion({ entries }: RepositoryIndex, name: string, version: string, warn: IndexReader['warn'] = silent.warn): ChartVersion {
  const all = entries.get(name)
  if (!all) throw new Error('no chart name found')
  if (all.length === 0) throw new Error('no chart version found')
  if (version !== '') {
    const exact = all.find(({ metadata }) => metadata.version === version)
    if (exact) return exact
  }
  const constraints = parseConstraints(version === '' ? '*' : version)
  for (const each of all) {
    const candidate = versionOf(each.metadata.version)
    if (!candidate || !satisfies(constraints, candidate)) continue
    if (version !== '' && !isRange(version))
      warn('unable to find exact version requested; falling back to closest available version', {
        chart: name,
        requested: version,
        selected: each.metadata.version,
      })
    return each
  }
  throw new Error(`no chart version found for ${name}-${version}`)
}

const isRange = (version: string): boolean => /[\^~<>=!*]|\|\|| - /.test(version) || /[xX]/.test(version.split(/[-+]/)[0]!)

function versionJson({ metadata, urls, created, digest, removed }: ChartVersion): string {
  const inner = metadataJson(metadata).slice(1, -1)
  const rest = objectJson([
    ['urls', encodeJson([...urls])],
    ['created', created === '' ? undefined : encodeJson(created)],
    ['removed', removed ? 'true' : undefined],
    ['digest', digest === '' ? undefined : encodeJson(digest)],
  ]).slice(1, -1)
  return `{${[inner, rest].filter((part) => part !== '').join(',')}}`
}

/** In the order that the object has. */
const goJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replaceAll(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** JSON has the order of Go's fields, YAML that of their names. */
export function indexText({ apiVersion, generated, entries }: RepositoryIndex, asJson = false): string {
  const items = [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, versions]) => [name, `[${versions.map(versionJson).join(',')}]`] as const)
  const json = objectJson([
    ['apiVersion', encodeJson(apiVersion)],
    ['generated', encodeJson(generated)],
    ['entries', objectJson(items)],
  ])
  return asJson ? goJson(JSON.parse(json)) : encodeYaml(decodeJson(json))
}

/** A URL of an index, which may be relative, against that of its repository. Throws for what is no URL. */
export function resolveUrl(base: string, reference: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) return reference
  const at = new URL(base.endsWith('/') ? base : `${base}/`)
  const resolved = new URL(reference, at)
  if (at.search !== '') resolved.search = at.search
  return String(resolved)
}

export const isArchive = (name: string): boolean => /\.tgz$/.test(basename(name))
