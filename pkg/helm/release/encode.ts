/** A release as JSON, with the fields, and in the order, of Helm's structs; and back. */
import { plainData } from '#template/yaml/decode.ts'
import { encodeJson, jsonString } from '#template/json.ts'
import { type Dictionary, dictionary, isDictionary } from '#template/values.ts'
import { parseDependencies, parseMetadata } from '../chart/metadata.ts'
import type { Chart, ChartFile, Dependency, Lock, Metadata } from '../chart/types.ts'
import type { HookEvent } from './types.ts'
import type { HookPhase, Release, ReleaseHook, ReleaseStatus } from './release.ts'

type Field = readonly [name: string, json: string | undefined]

/** A field whose JSON is undefined is left out. */
export const objectJson = (fields: readonly Field[]): string =>
  `{${fields.flatMap(([name, json]) => (json === undefined ? [] : [`${jsonString(name)}:${json}`])).join(',')}}`

const some = (text: string): string | undefined => (text === '' ? undefined : jsonString(text))
const strings = (list: readonly string[]): string | undefined => (list.length === 0 ? undefined : `[${list.map((each) => jsonString(each)).join(',')}]`)
const array = (items: readonly string[]): string => `[${items.join(',')}]`
const orNull = (items: readonly string[]): string => (items.length === 0 ? 'null' : array(items))

export function dependencyJson({ name, version, repository, condition, tags, enabled, importValues, alias }: Dependency): string {
  return objectJson([
    ['name', jsonString(name)],
    ['version', some(version)],
    ['repository', jsonString(repository)],
    ['condition', some(condition)],
    ['tags', strings(tags)],
    ['enabled', enabled ? 'true' : undefined],
    ['import-values', importValues.length === 0 ? undefined : encodeJson(importValues as never)],
    ['alias', some(alias)],
  ])
}

export function metadataJson(metadata: Metadata): string {
  const { maintainers, annotations, dependencies } = metadata
  return objectJson([
    ['name', some(metadata.name)],
    ['home', some(metadata.home)],
    ['sources', strings(metadata.sources)],
    ['version', some(metadata.version)],
    ['description', some(metadata.description)],
    ['keywords', strings(metadata.keywords)],
    [
      'maintainers',
      maintainers.length === 0
        ? undefined
        : array(
            maintainers.map(({ name, email, url }) =>
              objectJson([
                ['name', some(name)],
                ['email', some(email)],
                ['url', some(url)],
              ]),
            ),
          ),
    ],
    ['icon', some(metadata.icon)],
    ['apiVersion', some(metadata.apiVersion)],
    ['condition', some(metadata.condition)],
    ['tags', some(metadata.tags)],
    ['appVersion', some(metadata.appVersion)],
    ['deprecated', metadata.deprecated ? 'true' : undefined],
    ['annotations', Object.keys(annotations).length === 0 ? undefined : encodeJson(dictionary(Object.entries(annotations)))],
    ['kubeVersion', some(metadata.kubeVersion)],
    ['dependencies', dependencies.length === 0 ? undefined : array(dependencies.map(dependencyJson))],
    ['type', some(metadata.type)],
  ])
}

const fileJson = ({ name, data, modTime = '' }: ChartFile): string =>
  objectJson([
    ['name', jsonString(name)],
    ['data', `"${data.toString('base64')}"`],
    ['modtime', some(modTime)],
  ])
const never = '0001-01-01T00:00:00Z'

const lockJson = ({ generated, digest, dependencies }: Lock): string =>
  objectJson([
    ['generated', jsonString(generated)],
    ['digest', jsonString(digest)],
    ['dependencies', orNull(dependencies.map(dependencyJson))],
  ])

function chartJson({ metadata, lock, templates, values, schema, files, modTime = '', schemaModTime = never }: Chart): string {
  return objectJson([
    ['metadata', metadataJson(metadata)],
    ['lock', lock ? lockJson(lock) : 'null'],
    ['templates', orNull(templates.map(fileJson))],
    ['values', Object.keys(values).length === 0 ? 'null' : encodeJson(values)],
    ['schema', schema ? `"${schema.toString('base64')}"` : 'null'],
    ['schemamodtime', jsonString(schemaModTime)],
    ['files', orNull(files.map(fileJson))],
    ['modtime', some(modTime)],
  ])
}

function hookJson(hook: ReleaseHook): string {
  const { startedAt, completedAt, phase } = hook.lastRun
  return objectJson([
    ['name', some(hook.name)],
    ['kind', some(hook.kind)],
    ['path', some(hook.path)],
    ['manifest', some(hook.manifest)],
    ['events', strings(hook.events)],
    [
      'last_run',
      objectJson([
        ['started_at', some(startedAt)],
        ['completed_at', some(completedAt)],
        ['phase', jsonString(phase)],
      ]),
    ],
    ['weight', hook.weight === 0 ? undefined : String(hook.weight)],
    ['delete_policies', strings(hook.deletePolicies)],
    ['output_log_policies', strings(hook.outputLogPolicies)],
  ])
}

export function releaseJson(release: Release): string {
  const { info, config } = release
  return objectJson([
    ['name', some(release.name)],
    [
      'info',
      objectJson([
        ['first_deployed', some(info.firstDeployed)],
        ['last_deployed', some(info.lastDeployed)],
        ['deleted', some(info.deleted)],
        ['description', some(info.description)],
        ['status', some(info.status)],
        ['notes', some(info.notes)],
        ['resources', info.resources && Object.keys(info.resources).length > 0 ? encodeJson(plainData(info.resources)) : undefined],
      ]),
    ],
    ['chart', release.chart ? chartJson(release.chart) : undefined],
    ['config', config && Object.keys(config).length > 0 ? encodeJson(config) : undefined],
    ['manifest', some(release.manifest)],
    ['hooks', release.hooks.length === 0 ? undefined : array(release.hooks.map(hookJson))],
    ['version', release.version === 0 ? undefined : String(release.version)],
    ['namespace', some(release.namespace)],
    ['apply_method', some(release.applyMethod)],
  ])
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listOf = (value: unknown): any[] => (Array.isArray(value) ? value : [])

const time = <Name extends string>(name: Name, value: unknown): { [name in Name]?: string } =>
  typeof value === 'string' && value !== '' ? ({ [name]: value } as { [name in Name]?: string }) : {}

function filesOf(value: unknown): ChartFile[] {
  return listOf(value).map((file) => ({ name: textOf(file?.name), data: Buffer.from(textOf(file?.data), 'base64'), ...time('modTime', file?.modtime) }))
}

function chartOf(value: any): Chart | undefined {
  if (!isDictionary(value) || !isDictionary(value.metadata)) return undefined
  const lock: any = value.lock
  return {
    metadata: parseMetadata(encodeJson(value.metadata)),
    ...(isDictionary(lock)
      ? { lock: { generated: textOf(lock.generated), digest: textOf(lock.digest), dependencies: parseDependencies(lock.dependencies) } }
      : {}),
    raw: [],
    templates: filesOf(value.templates),
    files: filesOf(value.files),
    values: isDictionary(value.values) ? value.values : dictionary(),
    ...(typeof value.schema === 'string' ? { schema: Buffer.from(value.schema, 'base64') } : {}),
    ...time('schemaModTime', value.schemamodtime),
    ...time('modTime', value.modtime),
    dependencies: [],
  }
}

function hookFrom(value: any): ReleaseHook {
  const run = value?.last_run ?? {}
  return {
    name: textOf(value.name),
    kind: textOf(value.kind),
    path: textOf(value.path),
    manifest: textOf(value.manifest),
    events: listOf(value.events) as HookEvent[],
    lastRun: { startedAt: textOf(run.started_at), completedAt: textOf(run.completed_at), phase: textOf(run.phase) as HookPhase },
    weight: Number(value.weight ?? 0),
    deletePolicies: listOf(value.delete_policies),
    outputLogPolicies: listOf(value.output_log_policies),
  }
}

/** From the JSON that Helm, any version of it since 3, stores. Throws when it is no JSON. */
export function releaseFrom(json: string, labels: Record<string, string> = {}): Release {
  const read = plainData(JSON.parse(json)) as Dictionary as any
  const info = read.info ?? {}
  const notNever = (value: unknown): string => (textOf(value).startsWith('0001-') ? '' : textOf(value))
  return {
    name: textOf(read.name),
    namespace: textOf(read.namespace),
    version: Number(read.version ?? 0),
    info: {
      firstDeployed: notNever(info.first_deployed),
      lastDeployed: notNever(info.last_deployed),
      deleted: notNever(info.deleted),
      description: textOf(info.description),
      status: (textOf(info.status) || 'unknown') as ReleaseStatus,
      notes: textOf(info.notes),
    },
    chart: chartOf(read.chart),
    config: isDictionary(read.config) ? read.config : null,
    manifest: textOf(read.manifest),
    hooks: listOf(read.hooks).map(hookFrom),
    labels,
    applyMethod: textOf(read.apply_method) as Release['applyMethod'],
  }
}
