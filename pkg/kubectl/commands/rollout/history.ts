/** rollout history. */
import { CommandError, usageError } from '../../errors.ts'
import { outputFlags, printerOf } from '../../printers/index.ts'
import { kindName } from '../../printers/kind-name.ts'
import { alignTabs, tableColumns } from '../../printers/tab-writer.ts'
import { fileFlags, selectorFlag } from '../../resources/types.ts'
import { hasFiles, forEachItem } from '../../resources/visit.ts'
import { changeCause } from '../../resources/change-cause.ts'
import type { Command } from '../../types.ts'
import { podTemplateLines } from '../describe/pod-template.ts'
import { type Revision, revisionsOf } from './revisions.ts'

export const history: Command = {
  summary: 'View previous rollout revisions and configurations.',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to get from a server.'),
    selectorFlag,
    { name: 'revision', type: 'int', default: '0', usage: 'See the details, including the pod template, of this revision' },
  ],
  async run(invocation) {
    const { flags, out } = invocation
    const wanted = flags.int('revision')
    if (invocation.args.length === 0 && !hasFiles(invocation)) throw new CommandError('error: required resource not specified')
    if (wanted < 0) throw usageError(invocation.path, 'revision must be a positive integer')
    const printer = await printerOf(invocation, undefined, { typed: true })
    await forEachItem(invocation, { allowList: true }, async (item) => {
      const revisions = await revisionsOf(invocation, item)
      if (wanted > 0) {
        if (revisions.length === 0 && !printer) {
          out(`${kindName(item.object)} with revision #${wanted}\nNo rollout history found.\n`)
          return
        }
        const found = revisions.find(({ number }) => number === wanted)
        if (!found) throw new CommandError(`error: unable to find the specified revision`)
        if (printer) out(printer(found.object))
        else
          out(
            `${kindName(item.object)} with revision #${wanted}\n${podTemplateLines(item.resource.kind === 'Deployment' ? withCause(found) : found.template)}\n`,
          )
        return
      }
      // --template alone prints the object itself.
      if (printer && flags.string('output') === '') {
        out(printer(item.object))
        return
      }
      if (printer) {
        for (const { object } of revisions) out(printer(object))
        return
      }
      const rows = revisions.map(({ number, cause }) => `${number}\t${cause ?? '<none>'}\n`).join('')
      out(
        `${kindName(item.object)} \n${revisions.length === 0 ? 'No rollout history found.' : alignTabs(`REVISION\tCHANGE-CAUSE\n${rows}`, { ...tableColumns, padding: 2, minWidth: 0 })}\n`,
      )
    })
  },
}

/** A replica set's cause is shown among the annotations of its template. */
function withCause({ cause, template }: Revision): any {
  if (cause === undefined) return template
  const { metadata } = template
  return { ...template, metadata: { ...metadata, annotations: { ...metadata?.annotations, [changeCause]: cause } } }
}
