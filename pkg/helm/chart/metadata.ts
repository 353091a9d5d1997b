/** Chart.yaml: read leniently as sigs.k8s.io/yaml does into Helm's struct, then checked with Helm's messages. */
import { decodeYaml } from '#template/yaml/decode.ts'
import { formatFloat } from '#template/print/float.ts'
import { quote } from '#template/print/quote.ts'
import { parseVersion } from '#template/semver/version.ts'
import { type Dictionary, dictionary, isDictionary } from '#template/values.ts'
import type { Dependency, Lock, Maintainer, Metadata } from './types.ts'

const typeText = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value)

/** Numbers and booleans become strings where the field is one. */
function text(value: unknown, path: string): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
      return String(value)
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 2 ** 53
        ? String(value)
        : formatFloat(Math.fround(value) === value ? value : Number(value.toPrecision(7)), 'g', -1)
  }
  if (value === null || value === undefined) return ''
  throw new Error(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${typeText(value)} into Go struct field ${path} of type string`)
}

function list<T>(value: unknown, path: string, type: string, each: (item: unknown) => T): T[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value))
    throw new Error(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${typeText(value)} into Go struct field ${path} of type ${type}`)
  return value.map(each)
}

const strings = (value: unknown, path: string): string[] => list(value, path, '[]string', (item) => text(item, path))

function flag(value: unknown, path: string): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return value === true
  throw new Error(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${typeText(value)} into Go struct field ${path} of type bool`)
}

/** encoding/json takes a field in any case. */
function field(map: Dictionary, name: string): unknown {
  if (Object.hasOwn(map, name)) return map[name]
  const key = Object.keys(map).find((each) => each.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : map[key]
}

function objectOf(value: unknown, path: string): Dictionary {
  if (value === null || value === undefined) return dictionary()
  if (!isDictionary(value))
    throw new Error(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${typeText(value)} into Go value of type ${path}`)
  return value
}

function dependencyOf(value: unknown): Dependency {
  if (value === null) throw new Error('validation: dependencies must not contain empty or null nodes')
  const map = objectOf(value, 'v2.Dependency')
  const get = (name: string): string => text(field(map, name), `Dependency.dependencies.${name}`)
  return {
    name: get('name'),
    version: get('version'),
    repository: get('repository'),
    condition: get('condition'),
    tags: strings(field(map, 'tags'), 'Dependency.dependencies.tags'),
    enabled: field(map, 'enabled') === true,
    importValues: list(field(map, 'import-values'), 'Dependency.dependencies.import-values', '[]interface {}', (item) => item),
    alias: get('alias'),
  }
}

function maintainerOf(value: unknown): Maintainer {
  const map = objectOf(value, 'v2.Maintainer')
  const get = (name: string): string => text(field(map, name), `Maintainer.maintainers.${name}`)
  return { name: get('name'), email: get('email'), url: get('url') }
}

export function parseDependencies(value: unknown): Dependency[] {
  return list(value, 'Metadata.dependencies', '[]*v2.Dependency', dependencyOf)
}

const withoutNull = (value: unknown): unknown => (Array.isArray(value) ? value.filter((each) => each !== null) : value)

/** Throws with the reader's message. */
export function parseMetadata(yaml: string): Metadata {
  const map = objectOf(decodeYaml(yaml), 'v2.Metadata')
  const get = (name: string): string => text(field(map, name), `Metadata.${name}`)
  const hasNull = (name: string): boolean => Array.isArray(field(map, name)) && (field(map, name) as unknown[]).includes(null)
  const empty = (['maintainers', 'dependencies'] as const).filter(hasNull)
  const annotations = objectOf(field(map, 'annotations'), 'map[string]string')
  return {
    name: get('name'),
    home: get('home'),
    sources: strings(field(map, 'sources'), 'Metadata.sources'),
    version: get('version'),
    description: get('description'),
    keywords: strings(field(map, 'keywords'), 'Metadata.keywords'),
    maintainers: list(withoutNull(field(map, 'maintainers')), 'Metadata.maintainers', '[]*v2.Maintainer', maintainerOf),
    icon: get('icon'),
    // Helm 2 took charts without; they are of version 1.
    apiVersion: get('apiVersion') || 'v1',
    condition: get('condition'),
    tags: get('tags'),
    appVersion: get('appVersion'),
    deprecated: flag(field(map, 'deprecated'), 'Metadata.deprecated'),
    annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, text(value, 'Metadata.annotations')])),
    kubeVersion: get('kubeVersion'),
    dependencies: parseDependencies(withoutNull(field(map, 'dependencies'))),
    type: get('type'),
    ...(empty.length > 0 ? { empty } : {}),
  }
}

export function parseLock(yaml: string): Lock {
  const map = objectOf(decodeYaml(yaml), 'v2.Lock')
  return {
    generated: text(field(map, 'generated'), 'Lock.generated'),
    digest: text(field(map, 'digest'), 'Lock.digest'),
    dependencies: parseDependencies(field(map, 'dependencies')),
  }
}

const sanitize = (value: string): string => value.replaceAll(/\s/gu, ' ').replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '')

/** Cleans what is shown to people. Throws with Helm's message for what a chart must not be. */
export function validateMetadata(metadata: Metadata): void {
  const fail = (message: string): never => {
    throw new Error(`validation: ${message}`)
  }
  for (const key of ['name', 'description', 'home', 'icon', 'condition', 'tags', 'appVersion', 'kubeVersion'] as const) metadata[key] = sanitize(metadata[key])
  metadata.sources = metadata.sources.map(sanitize)
  metadata.keywords = metadata.keywords.map(sanitize)
  const { name, version, type } = metadata
  if (metadata.apiVersion === '') fail('chart.metadata.apiVersion is required')
  if (name === '') fail('chart.metadata.name is required')
  if (name === '.' || name === '..') fail(`chart.metadata.name ${quote(name)} is not allowed`)
  if (name.includes('/')) fail(`chart.metadata.name ${quote(name)} is invalid`)
  if (version === '') fail('chart.metadata.version is required')
  try {
    parseVersion(version)
  } catch {
    fail(`chart.metadata.version ${quote(version)} is invalid`)
  }
  if (!['', 'application', 'library'].includes(type)) fail('chart.metadata.type must be application or library')
  for (const each of ['maintainers', 'dependencies'] as const) if (metadata.empty?.includes(each)) fail(`${each} must not contain empty or null nodes`)
  const seen = new Set<string>()
  for (const dependency of metadata.dependencies) {
    if (dependency.alias !== '' && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias))
      fail(`dependency ${quote(dependency.name)} has disallowed characters in the alias`)
    const key = dependency.alias || dependency.name
    if (seen.has(key)) fail(`more than one dependency with name or alias ${quote(key)}`)
    seen.add(key)
  }
}
