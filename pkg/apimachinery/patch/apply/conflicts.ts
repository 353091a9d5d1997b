/** Conflicts of an apply, in upstream's words. */
import type { StatusCause } from '../../gen/meta-v1.ts'
import { StatusError } from '../../status-error.ts'
import { type FieldSet, printPath } from './field-set.ts'
import { compareText, type Manager } from './managers.ts'

export interface Conflict {
  readonly manager: Manager
  readonly path: string
}

export function conflictsOf(manager: Manager, set: FieldSet): Conflict[] {
  return [...set.paths()].map((path) => ({ manager, path: printPath(path) }))
}

function printManager({ name, operation, apiVersion, subresource }: Manager): string {
  const quoted = JSON.stringify(name) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`)
  return operation === 'Update' ? `${quoted} using ${apiVersion}` : quoted
}

/** Upstream knows managers by their entry's JSON, and puts them in its order. */
function identifier({ name, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify({
    ...(name === '' ? {} : { manager: name }),
    operation,
    ...(operation === 'Update' ? { apiVersion } : {}),
    ...(subresource === '' ? {} : { subresource }),
  })
}

export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes: StatusCause[] = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${printManager(manager)}`,
    field: path,
  }))
  return new StatusError({ code: 409, reason: 'Conflict', message: message(conflicts), details: { causes } })
}

function message(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (first !== undefined && conflicts.length === 1) return `Apply failed with 1 conflict: conflict with ${printManager(first.manager)}: ${first.path}`
  const byManager = Map.groupBy(conflicts, ({ manager }) => identifier(manager))
  const lines = [...byManager]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([, theirs]) => [`conflicts with ${printManager(theirs[0]!.manager)}:`, ...theirs.map(({ path }) => `- ${path}`)])
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}
