/** kubectl events. */
import { ageOf } from '#api/ages.ts'
import { CommandError } from '../errors.ts'
import { outputFlags, printerOf } from '../printers/index.ts'
import { alignTabs, tableColumns } from '../printers/tab-writer.ts'
import { escapeTerminal } from '../printers/terminal.ts'
import { allNamespacesFlag } from '../resources/types.ts'
import { mustMap, targetsOf } from '../resources/args.ts'
import { listItems } from '../resources/visit.ts'
import { builtIn } from '../resources/write.ts'
import type { Command } from '../types.ts'
import { eventAge } from './describe/events.ts'

export const command: Command = {
  summary: 'Display events.',
  usage: '[(-o|--output=)json|yaml|name|go-template|jsonpath] [--for TYPE/NAME] [--types=Normal,Warning]',
  flags: [
    ...outputFlags,
    allNamespacesFlag,
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks of this size' },
    { name: 'for', type: 'string', usage: 'Only events of this resource, TYPE/NAME' },
    { name: 'no-headers', type: 'bool', default: 'false', usage: 'Do not print headers' },
    { name: 'types', type: 'stringSlice', usage: 'Only events of these types: Normal, Warning' },
  ],
  async run(invocation) {
    const { flags, session, out, err } = invocation
    const all = flags.bool('all-namespaces')
    const namespace = all ? undefined : await session.namespace()
    let fieldSelector = ''
    if (flags.string('for') !== '') {
      if (!/^[^/]+\/[^/]+$/.test(flags.string('for'))) throw new CommandError('error: --for must be in resource/name form')
      mustMap(await session.catalog(), flags.string('for').split('/')[0]!)
      const [target] = targetsOf(await session.catalog(), [flags.string('for')])
      if (target?.type !== 'get') throw new CommandError('error: --for must be in resource/name form')
      fieldSelector = `involvedObject.kind=${target.resource.kind},involvedObject.name=${target.name}`
    }
    const types = flags.list('types').map((each) => each.toLowerCase())
    for (const type of types) if (type !== 'normal' && type !== 'warning') throw new CommandError('error: valid --types are Normal or Warning')
    const time = (event: any): string => event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? ''
    const events = (await listItems(invocation, await builtIn(invocation, 'v1', 'Event'), namespace, { fieldSelector }))
      .map(({ object }) => object)
      .filter(({ type }) => types.length === 0 || types.includes(String(type).toLowerCase()))
      .sort((a, b) => (time(a) < time(b) ? -1 : 1))
    const printer = await printerOf(invocation, 'plain', { typed: true })
    if (printer) return out(printer({ apiVersion: 'v1', items: events, kind: 'EventList', metadata: {} }))
    if (events.length === 0) return err(all ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`)
    const rows = events.map((event) =>
      [
        ...(all ? [event.metadata.namespace] : []),
        event.firstTimestamp || event.eventTime ? eventAge(event, invocation.now()) : ageOf(undefined, 0),
        event.type,
        event.reason,
        `${event.involvedObject.kind}/${event.involvedObject.name}`,
        String(event.message ?? '')
          .trim()
          .replace(/\s+/g, ' '),
      ]
        .map((cell) => escapeTerminal(String(cell)))
        .join('\t'),
    )
    if (!flags.bool('no-headers')) rows.unshift([...(all ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'].join('\t'))
    out(`${alignTabs(rows.join('\n'), tableColumns)}\n`)
  },
}
