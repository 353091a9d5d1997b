/** get --watch: the list, then each change as it comes. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { failureOf } from '#client/response-error.ts'
import { queryString, resourcePath } from '#client/paths.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { CommandError } from '../../errors.ts'
import { formatOf, type PrintObject } from '../../printers/index.ts'
import { printColumns, parseColumns } from '../../printers/custom-columns.ts'
import { alignTabs, tableColumns } from '../../printers/tab-writer.ts'
import { tableLines } from '../../printers/table.ts'
import { readOne, selectionOf } from '../../resources/visit.ts'
import { watchEvents } from '../../resources/watch-events.ts'
import type { Invocation } from '../../types.ts'
import { objectPath, tableAccept, wanted } from './fetch.ts'
import { asTable, tableOptionsOf } from './print-tables.ts'

export async function watchAndPrint(invocation: Invocation, printer: PrintObject | undefined): Promise<void> {
  const { flags, session, signal } = invocation
  const all = await wanted(invocation)
  if (new Set(all.map(({ target }) => target.resource)).size > 1 || (all.length > 1 && all.every(({ target }) => target.type === 'get'))) {
    throw new CommandError('error: you may only specify a single resource type')
  }
  const { target, namespace } = all[0]!
  const { resource } = target
  const { name: format } = formatOf(invocation)
  const human = format === '' || format === 'wide'
  const accept = human ? tableAccept : 'application/json'
  const { selector, fieldSelector } = selectionOf(invocation)
  const print = printing(invocation, resource, printer, human)
  let resourceVersion: string
  try {
    const path =
      target.type === 'get'
        ? objectPath(invocation, target, namespace)
        : resourcePath(resource, { namespace }) + queryString({ labelSelector: selector, fieldSelector })
    const request = { method: 'GET', path, headers: { accept } }
    const body = await (target.type === 'get' ? readOne(invocation, namespace, request) : session.json(request))
    resourceVersion = body.metadata?.resourceVersion ?? body.rows?.[0]?.object?.metadata?.resourceVersion ?? '0'
    if (!flags.bool('watch-only')) {
      if (human) print(body, 'ADDED')
      else
        for (const object of Array.isArray(body.items)
          ? body.items.map((item: any) => ({ apiVersion: body.apiVersion, kind: resource.kind, ...item }))
          : [body])
          print(object, 'ADDED')
    }
  } catch (error) {
    if (isNotFound(error) && flags.bool('ignore-not-found')) return
    throw error
  }
  const query = queryString({
    watch: true,
    resourceVersion,
    labelSelector: selector,
    fieldSelector: target.type === 'get' ? `metadata.name=${target.name}` : fieldSelector,
  })
  const request = { method: 'GET', path: resourcePath(resource, { namespace }) + query, headers: { accept }, signal }
  const response = await (await session.client()).request(request)
  if (response.status >= 400) throw await failureOf(request, response)
  for await (const event of watchEvents(response.stream())) {
    if (event.type === 'ERROR') throw StatusError.fromStatus(event.object)
    if (event.type !== 'BOOKMARK') print(event.object, event.type)
  }
}

function printing(
  invocation: Invocation,
  resource: Parameters<typeof asTable>[1],
  printer: PrintObject | undefined,
  human: boolean,
): (body: any, type: string) => void {
  const { flags, out } = invocation
  const events = flags.bool('output-watch-events')
  const remembered: number[] = []
  let headersDone = false
  let definitions: any[] = []
  return (body, type) => {
    if (!human) {
      const object = events ? { object: body, type } : body
      if (printer) out(printer(object))
      else out(printColumns(parseColumns(formatOf(invocation).argument), [object], headersDone || flags.bool('no-headers')))
      headersDone = true
      return
    }
    const table = asTable(body, resource, invocation.now())
    if (table.columnDefinitions?.length > 0) definitions = table.columnDefinitions
    if (table.rows.length === 0) return
    const options = tableOptionsOf(invocation, resource, false)
    const lines = tableLines({ ...table, columnDefinitions: definitions }, { ...options, noHeaders: options.noHeaders || headersDone })
    const header = headersDone || options.noHeaders ? 0 : 1
    headersDone = true
    const shown = events ? lines.map((line, index) => `${index < header ? 'EVENT' : type}\t${line}`) : lines
    out(`${alignTabs(shown.join('\n'), tableColumns, remembered)}\n`)
  }
}
