/** kubectl apply set-last-applied. */
import { CommandError } from '../../errors.ts'
import { outputFlags } from '../../printers/index.ts'
import { compactJson } from '../../printers/json.ts'
import { dryRunFlag, fileFlags } from '../../resources/types.ts'
import { nothingGiven } from '../../resources/args.ts'
import { getItem, hasFiles, manifestItems } from '../../resources/visit.ts'
import { dryRunOf, lastApplied, outcomePrinter, patchObject } from '../../resources/write.ts'
import type { Command } from '../../types.ts'

export const command: Command = {
  summary: 'Set the latest last-applied-configuration annotations by setting it to match the contents of a file.',
  usage: '-f FILENAME',
  flags: [
    ...outputFlags,
    ...fileFlags('that contains the last-applied-configuration annotations').filter(({ name }) => name === 'filename'),
    dryRunFlag,
    { name: 'create-annotation', type: 'bool', default: 'false', usage: 'Create the annotation where it is missing' },
  ],
  async run(invocation) {
    if (!hasFiles(invocation)) throw nothingGiven()
    const dryRun = dryRunOf(invocation)
    const print = await outcomePrinter(invocation)
    for (const item of await manifestItems(invocation)) {
      const text = `${compactJson(item.object)}\n`
      const { object } = await getItem(invocation, item.resource, item.namespace, item.name)
      const known = object.metadata?.annotations?.[lastApplied]
      if (known === undefined && !invocation.flags.bool('create-annotation')) {
        throw new CommandError(
          `error: no last-applied-configuration annotation found on resource: ${item.name}, to create the annotation, run the command with --create-annotation`,
        )
      }
      if (known === text) invocation.out(`set-last-applied ${item.name}: no changes required.\n`)
      else if (dryRun === 'client') print(object, 'configured')
      else print(await patchObject(invocation, item, 'merge', { metadata: { annotations: { [lastApplied]: text } } }, { dryRun }), 'configured')
    }
  },
}
