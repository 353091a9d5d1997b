/** Tables of one resource after the other, an empty line between them. */
import { ageOf } from '#api/ages.ts'
import type { ApiResource } from '../../catalog/types.ts'
import { formatOf } from '../../printers/index.ts'
import { kindText } from '../../printers/kind-name.ts'
import { sortByPath } from '../../printers/sort.ts'
import { alignTabs, tableColumns } from '../../printers/tab-writer.ts'
import { tableLines, type TableOptions } from '../../printers/table.ts'
import type { Invocation } from '../../types.ts'
import type { Answer } from './fetch.ts'

export function tableOptionsOf(invocation: Invocation, resource: ApiResource, withKind: boolean): TableOptions {
  const { flags } = invocation
  return {
    wide: formatOf(invocation).name === 'wide',
    noHeaders: flags.bool('no-headers'),
    withNamespace: flags.bool('all-namespaces') && resource.namespaced,
    kindPrefix: withKind || flags.bool('show-kind') ? kindText(resource.group, resource.kind) : undefined,
    showLabels: flags.bool('show-labels'),
    labelColumns: flags.list('label-columns'),
  }
}

export async function printTables(invocation: Invocation, answers: readonly Answer[], errors: readonly unknown[]): Promise<void> {
  const { flags, out, err, session } = invocation
  const several = new Set(answers.map(({ resource }) => resource)).size > 1
  let written = false
  for (const group of groupsOf(answers)) {
    const { resource } = group[0]!
    const options = tableOptionsOf(invocation, resource, several)
    const lines = group.flatMap(({ body }, index) => {
      const table = sortRows(asTable(body, resource, invocation.now()), flags.string('sort-by'))
      if (table.rows.length === 0) return []
      return tableLines(table, index > 0 ? { ...options, noHeaders: true } : options)
    })
    if (lines.length === 0) continue
    if (written && !flags.bool('no-headers')) out('\n')
    out(`${alignTabs(lines.join('\n'), tableColumns)}\n`)
    written = true
  }
  if (written || errors.length > 0 || flags.bool('ignore-not-found')) return
  const namespaced = !flags.bool('all-namespaces') && answers.every(({ resource }) => resource.namespaced)
  err(namespaced ? `No resources found in ${await session.namespace()} namespace.\n` : 'No resources found\n')
}

/** Neighbouring answers of the same resource: pages of a list, or objects named one by one. */
function groupsOf(answers: readonly Answer[]): Answer[][] {
  const groups: Answer[][] = []
  for (const answer of answers) {
    const last = groups.at(-1)
    if (last?.[0]?.resource === answer.resource) last.push(answer)
    else groups.push([answer])
  }
  return groups.map((group) => {
    const filled = group.filter(({ body }) => (body.rows ?? body.items ?? [1]).length > 0)
    return filled.length > 0 ? filled : group
  })
}

/** A server that knows no tables answers the objects: their names and ages. */
export function asTable(body: any, resource: ApiResource, now: number): any {
  if (body.kind === 'Table') return { ...body, rows: body.rows ?? [] }
  const objects: any[] = Array.isArray(body.items) ? body.items : [body]
  return {
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name', priority: 0 },
      { name: 'Age', type: 'string', priority: 0 },
    ],
    rows: objects.map((object) => ({ cells: [object.metadata?.name ?? resource.kind, ageOf(object.metadata?.creationTimestamp, now)], object })),
  }
}

function sortRows(table: any, sortBy: string): any {
  return sortBy === '' ? table : { ...table, rows: sortByPath<any>(table.rows, (row) => row.object, sortBy) }
}
