/** The parameters of requests. */
import type { StructSchema } from '#apimachinery/schema/types.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly type: 'string' | 'integer' | 'boolean'
  readonly description: string
}

function query(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, in: 'query', type, description }
}

export const prettyParameter = query('pretty', 'string', "If 'true', the answer is indented for people.")

const watchParameters = [query('allowWatchBookmarks', 'boolean', 'Asks a watch for BOOKMARK events.')]
const watching = query('watch', 'boolean', 'Streams changes instead of listing.')

export const versionParameter = query('resourceVersion', 'string', 'Which version of the data may serve the request.')

/** Which objects: those of a list, or of a deletion of many. */
export const selectingParameters: readonly Parameter[] = [
  query('continue', 'string', 'The token of the next page, from the list before.'),
  query('fieldSelector', 'string', 'Restricts the list by fields. Default: everything.'),
  query('labelSelector', 'string', 'Restricts the list by labels. Default: everything.'),
  query('limit', 'integer', 'The most items to answer with; the rest is had by continue.'),
  versionParameter,
  query('resourceVersionMatch', 'string', 'How resourceVersion applies to a list.'),
  query('sendInitialEvents', 'boolean', 'Lets a watch begin with what exists, closed by a bookmark.'),
  query('shardSelector', 'string', 'Restricts the list to a share of the objects; only where the feature gate ShardedListAndWatch is on.'),
  query('timeoutSeconds', 'integer', 'How long a list or watch may last.'),
]

export const listParameters: readonly Parameter[] = [...watchParameters, ...selectingParameters, watching]

const dryRun = query('dryRun', 'string', 'All: everything is done except persisting the change.')
const fieldManager = query('fieldManager', 'string', 'The name under which the changed fields are owned.')
const fieldValidation = query('fieldValidation', 'string', 'What unknown and duplicate fields do: Ignore, Warn (default) or Strict.')

export const writeParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation]

export const patchParameters: readonly Parameter[] = [...writeParameters, query('force', 'boolean', 'Lets an apply take fields from other managers.')]

export const deleteParameters: readonly Parameter[] = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds before the object is deleted; zero: at once.'),
  query('ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean', 'Deletes an object even when it cannot be read.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'Orphan, Background or Foreground.'),
]

/** Of a path, in the order of their names. */
export function pathParameters(path: string, kind: string): Parameter[] {
  const of = (name: string, description: string): Parameter[] => (path.includes(`{${name}}`) ? [{ name, in: 'path', type: 'string', description }] : [])
  return [
    ...of('name', `name of the ${kind}`),
    ...of('namespace', 'object name and auth scope, such as for teams and projects'),
    ...of('path', 'path to the resource'),
  ]
}

const types: Readonly<Record<string, Parameter['type']>> = { boolean: 'boolean', int32: 'integer', int64: 'integer' }

/** The fields of options that are given in the query: a pod's log, an exec. */
export function optionParameters(options: StructSchema, describe: (field: string) => string | undefined): Parameter[] {
  return [...options.byName.values()]
    .filter(({ name, type }) => name !== 'kind' && name !== 'apiVersion' && type.kind !== 'time')
    .map(({ name, type }) =>
      query(name, types[type.kind === 'list' ? type.element.kind : type.kind] ?? 'string', describe(name) ?? `${name} of ${options.name.split('.').at(-1)}`),
    )
}
