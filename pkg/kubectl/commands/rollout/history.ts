/** rollout history. */
import { CommandError, usageError } from '../../errors.ts'
import { outputFlags, printerOf } from '../../printers/index.ts'
import { kindName } from '../../printers/kind-name.ts'
import { alignTabs, tableColumns } from '../../printers/tab-writer.ts'
import { fileFlags, selectorFlag } from '../../resources/types.ts'
import { hasFiles, visit } from '../../resources/visit.ts'
import type { Command } from '../../types.ts'
import { podTemplateText } from '../describe/pod-template.ts'
import { revisionsOf } from './revisions.ts'

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
    const printer = await printerOf(invocation)
    for (const item of await visit(invocation, { allowList: true })) {
      const revisions = await revisionsOf(invocation, item)
      if (wanted > 0) {
        if (revisions.length === 0 && !printer) {
          out(`${kindName(item.object)} with revision #${wanted}\nNo rollout history found.\n`)
          continue
        }
        const found = revisions.find(({ number }) => number === wanted)
        if (!found) throw new CommandError(`error: unable to find the specified revision`)
        if (printer) out(printer({ ...item.object, spec: { ...item.object.spec, template: found.template } }))
        else out(`${kindName(item.object)} with revision #${wanted}\n${podTemplateText(found.template)}\n`)
        continue
      }
      // --template alone prints the object itself.
      if (printer && flags.string('output') === '') {
        out(printer(item.object))
        continue
      }
      if (printer) {
        for (const { template } of revisions) out(printer({ ...item.object, spec: { ...item.object.spec, template } }))
        continue
      }
      const rows = revisions.map(({ number, cause }) => `${number}\t${cause ?? '<none>'}\n`).join('')
      out(
        `${kindName(item.object)} \n${revisions.length === 0 ? 'No rollout history found.' : alignTabs(`REVISION\tCHANGE-CAUSE\n${rows}`, { ...tableColumns, padding: 2, minWidth: 0 })}\n`,
      )
    }
  },
}
