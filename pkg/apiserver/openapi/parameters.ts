/** The parameters of requests. */

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

export const listParameters: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'Asks a watch for BOOKMARK events.'),
  query('continue', 'string', 'The token of the next page, from the list before.'),
  query('fieldSelector', 'string', 'Restricts the list by fields. Default: everything.'),
  query('labelSelector', 'string', 'Restricts the list by labels. Default: everything.'),
  query('limit', 'integer', 'The most items to answer with; the rest is had by continue.'),
  query('resourceVersion', 'string', 'Which version of the data may serve the request.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion applies to a list.'),
  query('sendInitialEvents', 'boolean', 'Lets a watch begin with what exists, closed by a bookmark.'),
  query('timeoutSeconds', 'integer', 'How long a list or watch may last.'),
  query('watch', 'boolean', 'Streams changes instead of listing.'),
]

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

export function pathParameters(path: string, kind: string): Parameter[] {
  const parameters: Parameter[] = []
  if (path.includes('{name}')) parameters.push({ name: 'name', in: 'path', type: 'string', description: `name of the ${kind}` })
  if (path.includes('{namespace}'))
    parameters.push({ name: 'namespace', in: 'path', type: 'string', description: 'object name and auth scope, such as for teams and projects' })
  return [...parameters, prettyParameter]
}
