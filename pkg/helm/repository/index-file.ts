/** index.yaml: what a repository has. Read with bounds, for it comes from elsewhere. */
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { compareVersions, parseVersion, type Version } from '#template/semver/version.ts'
import { encodeJson, decodeJson } from '#template/json.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { isDictionary } from '#template/values.ts'
import { parseMetadata, validateMetadata } from '../chart/metadata.ts'
import { metadataJson, objectJson } from '../release/encode.ts'
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

function chartVersion(read: unknown): ChartVersion | undefined {
  if (!isDictionary(read)) return undefined
  const map: any = read
  try {
    const metadata = parseMetadata(encodeJson(map))
    validateMetadata(metadata)
    const urls = Array.isArray(map.urls) ? map.urls.filter((url: unknown) => typeof url === 'string') : []
    return { metadata, urls, created: textOf(map.created), digest: textOf(map.digest), removed: map.removed === true }
  } catch {
    // Helm too leaves out what is no chart.
    return undefined
  }
}

/** Throws for what is no index. */
export function parseIndex(text: string, source: string): RepositoryIndex {
  if (text.trim() === '') throw new Error('empty index.yaml file')
  let read: any
  try {
    // JSON is read far faster; large repositories offer it under the same name.
    read = text.trimStart().startsWith('{') ? decodeJson(text) : decodeYaml(text)
  } catch (error) {
    throw new Error(`error loading ${source}: ${(error as Error).message}`, { cause: error })
  }
  if (!isDictionary(read))
    throw new Error(
      `error loading ${source}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(read) ? 'array' : typeof read} into Go value of type repo.IndexFile`,
    )
  const apiVersion = textOf(read.apiVersion)
  const entries = new Map<string, ChartVersion[]>()
  for (const [name, versions] of Object.entries(isDictionary(read.entries) ? read.entries : {})) {
    if (!Array.isArray(versions)) continue
    entries.set(
      name,
      versions
        .map(chartVersion)
        .filter((each) => each !== undefined)
        .sort(byVersion),
    )
  }
  if (apiVersion === '') throw new Error('no API version specified')
  return { apiVersion, generated: textOf(read.generated), entries }
}

export async function loadIndex(path: string): Promise<RepositoryIndex> {
  try {
    if ((await stat(path)).size > maxIndexBytes) throw new Error(`error loading ${path}: the index is larger than ${maxIndexBytes} bytes`)
    return parseIndex(await readFile(path, 'utf8'), path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(`open ${path}: no such file or directory`, { cause: error })
    throw error
  }
}

/** The newest that fits; without a version, the newest that is no development version. Throws when there is none. */
export function findVersion({ entries }: RepositoryIndex, name: string, version: string): ChartVersion {
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
    if (candidate && satisfies(constraints, candidate)) return each
  }
  throw new Error(`no chart version found for ${name}-${version}`)
}

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

export function indexText({ apiVersion, generated, entries }: RepositoryIndex, asJson = false): string {
  const items = [...entries].map(([name, versions]) => [name, `[${versions.map(versionJson).join(',')}]`] as const)
  const json = objectJson([
    ['apiVersion', encodeJson(apiVersion)],
    ['entries', objectJson(items)],
    ['generated', encodeJson(generated)],
  ])
  const sorted = decodeJson(json)
  return asJson ? encodeJson(sorted, { indent: '  ' }) : encodeYaml(sorted)
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
