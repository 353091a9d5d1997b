/** kubectl events. */
import { ageOf } from '#api/ages.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { queryString, resourcePath } from '#client/paths.ts'
import { failureOf } from '#client/response-error.ts'
import { CommandError } from '../errors.ts'
import { outputFlags, plainUsage, printerOf } from '../printers/index.ts'
import { alignTabs, tableColumns } from '../printers/tab-writer.ts'
import { escapeTerminal } from '../printers/terminal.ts'
import { allNamespacesFlag } from '../resources/types.ts'
import { mustMap } from '../resources/args.ts'
import { listItems } from '../resources/visit.ts'
import { watchEvents } from '../resources/watch-events.ts'
import { builtIn } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
import { eventAge } from './describe/events.ts'

export const command: Command = {
  summary: 'Display events.',
  usage: `[(-o|--output=)${plainUsage}] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]`,
  flags: [
    ...outputFlags,
    allNamespacesFlag,
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks of this size' },
    { name: 'for', type: 'string', usage: 'Only events of this resource, TYPE/NAME' },
    { name: 'no-headers', type: 'bool', default: 'false', usage: 'Do not print headers' },
    { name: 'watch', short: 'w', type: 'bool', default: 'false', usage: 'After listing the events, watch for more' },
    { name: 'types', type: 'stringSlice', usage: 'Only events of these types: Normal, Warning' },
  ],
  whenInterrupted: (flags) => (flags.bool('watch') ? 'fails' : undefined),
  async run(invocation) {
    const { flags, session, out, err } = invocation
    const all = flags.bool('all-namespaces')
    const namespace = all ? undefined : await session.namespace()
    let fieldSelector = ''
    if (flags.string('for') !== '') {
      const [type = '', name, ...more] = flags.string('for').split('/')
      if (name === undefined) throw new CommandError('error: --for must be in resource/name form')
      if (more.length > 0) throw new CommandError('error: arguments in resource/name form may not have more than one slash')
      if (type === '') throw new CommandError('error: a resource must be present, got: /, Resource=')
      const resource = mustMap(await session.catalog(), type)
      // Of no name at all upstream lists the events of everything.
      if (name !== '') fieldSelector = `involvedObject.kind=${resource.kind},involvedObject.apiVersion=${apiVersionOf(resource)},involvedObject.name=${name}`
    }
    const types = flags.list('types').map((each) => each.toLowerCase())
    for (const type of types) if (type !== 'normal' && type !== 'warning') throw new CommandError('error: valid --types are Normal or Warning')
    const isWanted = ({ type }: any): boolean => types.length === 0 || types.includes(String(type).toLowerCase())
    if (flags.bool('watch')) return watchEventsOf(invocation, namespace, fieldSelector, isWanted)
    const time = (event: any): string => event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? ''
    const events = (await listItems(invocation, await builtIn(invocation, 'v1', 'Event'), namespace, { fieldSelector }))
      .map(({ object }) => object)
      .filter(isWanted)
      .sort((a, b) => (time(a) < time(b) ? -1 : 1))
    // --template alone is no format here.
    const printer = flags.string('output') === '' ? undefined : await printerOf(invocation, 'plain', { typed: true })
    if (events.length === 0) return err(all ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`)
    if (printer) return out(printer({ apiVersion: 'v1', items: events, kind: 'EventList', metadata: {} }))
    const rows = events.map((event) => rowOf(event, all, invocation.now()))
    if (!flags.bool('no-headers')) rows.unshift(headerOf(all))
    out(`${alignTabs(rows.join('\n'), tableColumns)}\n`)
  },
}

const headerOf = (all: boolean): string => [...(all ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'].join('\t')

function rowOf(event: any, all: boolean, now: number): string {
  return [
    ...(all ? [event.metadata.namespace] : []),
    event.firstTimestamp || event.eventTime ? eventAge(event, now) : ageOf(undefined, 0),
    event.type,
    event.reason,
    `${event.involvedObject.kind}/${event.involvedObject.name}`,
    String(event.message ?? '').trim(),
  ]
    .map((cell) => escapeTerminal(String(cell)))
    .join('\t')
}

/** Those that there are, and each that comes; one that went is not told. */
async function watchEventsOf(invocation: Invocation, namespace: string | undefined, fieldSelector: string, isWanted: (event: any) => boolean): Promise<void> {
  const { flags, session, out, signal } = invocation
  const all = flags.bool('all-namespaces')
  const print = await printerOf(invocation, 'plain', { typed: true })
  const remembered: number[] = []
  let needsHeader = !flags.bool('no-headers')
  const resource = await builtIn(invocation, 'v1', 'Event')
  const request = { method: 'GET', path: resourcePath(resource, { namespace }) + queryString({ watch: true, fieldSelector }), signal }
  const response = await (await session.client()).request(request)
  if (response.status >= 400) throw await failureOf(request, response)
  for await (const { type, object } of watchEvents(response.stream())) {
    if (type === 'ERROR') throw StatusError.fromStatus(object)
    if (type === 'DELETED' || type === 'BOOKMARK' || !isWanted(object)) continue
    if (print) {
      out(print({ kind: 'Event', apiVersion: 'v1', ...object }))
      continue
    }
    const lines = [...(needsHeader ? [headerOf(all)] : []), rowOf(object, all, invocation.now())]
    needsHeader = false
    out(`${alignTabs(lines.join('\n'), tableColumns, remembered)}\n`)
  }
}
