/** Objects as rows (meta.k8s.io Table), which `kubectl get` prints. */
import type { ResourceDefinition, TableColumn } from '#api/types.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { badRequest } from '#apimachinery/status-error.ts'
import { metadataOnly, type ShowOptions } from './show-options.ts'

/** What kinds without columns of their own show. */
const plainColumns: readonly TableColumn<KubeObject>[] = [
  { name: 'Name', type: 'string', format: 'name', description: 'The name of the object.', priority: 0, cell: ({ metadata }) => metadata.name },
  { name: 'Created At', type: 'date', description: 'When the object was created.', priority: 0, cell: ({ metadata }) => metadata.creationTimestamp ?? null },
]

export type TableOptions = Pick<ShowOptions, 'output' | 'includeObject' | 'now'> & {
  readonly view: { readonly definition: ResourceDefinition }
  readonly withoutHeaders?: boolean
}

export function makeTable(objects: readonly KubeObject[], options: TableOptions, metadata: object): object {
  const { view, output, includeObject, now, withoutHeaders } = options
  const columns: readonly TableColumn<any>[] = view.definition.columns ?? plainColumns
  const { tableOrder, rowConditions } = view.definition
  const ordered = tableOrder ? [...objects].sort(tableOrder) : objects
  const { resourceVersion, continue: token, remainingItemCount } = metadata as Record<string, unknown>
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${output.metaVersion}`,
    metadata: { resourceVersion, ...(token ? { continue: token } : {}), ...(remainingItemCount ? { remainingItemCount } : {}) },
    columnDefinitions: withoutHeaders
      ? null
      : columns.filter(({ unnamed }) => !unnamed).map(({ name, type, format = '', description, priority }) => ({ name, type, format, description, priority })),
    rows: ordered.map((object) => {
      const conditions = rowConditions?.(object)
      return {
        cells: columns.map(({ cell }) => cell(object, now) ?? null),
        ...(conditions ? { conditions } : {}),
        ...rowObject(object, view.definition, includeObject, output.metaVersion),
      }
    }),
  }
}

function rowObject(object: KubeObject, definition: ResourceDefinition, includeObject: string, metaVersion: string): { object: unknown } {
  if (includeObject === 'None') return { object: null }
  return { object: includeObject === 'Object' ? object : metadataOnly(object, metaVersion, definition) }
}

export function includeObjectOf(query: URLSearchParams): string {
  const asked = query.get('includeObject') || 'Metadata'
  if (!['None', 'Metadata', 'Object'].includes(asked)) {
    const why = `includeObject: Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`
    throw badRequest(`Unable to convert to Table as requested: ${why}`)
  }
  return asked
}
