/** kubectl apply edit-last-applied. */
import { equalJson } from '#apimachinery/json-value.ts'
import { CommandError } from '../../errors.ts'
import { outputFlags } from '../../printers/index.ts'
import { kindName } from '../../printers/kind-name.ts'
import { editUntilDone } from '../../resources/edit-session.ts'
import { fieldManagerFlag, fileFlags, type Item, validateFlag } from '../../resources/types.ts'
import { recordCause, recordFlag } from '../../resources/change-cause.ts'
import { visit } from '../../resources/visit.ts'
import { appliedText, lastApplied, patchObject } from '../../resources/write.ts'
import type { Command } from '../../types.ts'

export const command: Command = {
  summary: 'Edit the latest last-applied-configuration annotations of resources from the default editor.',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  flags: [
    ...outputFlags,
    ...fileFlags('to use to edit the resource'),
    validateFlag,
    fieldManagerFlag('kubectl-client-side-apply'),
    recordFlag,
    { name: 'windows-line-endings', type: 'bool', default: 'false', usage: 'Line endings of the file to edit' },
  ],
  async run(invocation) {
    // -o is the format of the text, not of the outcome.
    const print = (object: any, operation: string): void => invocation.out(`${kindName(object)} ${operation}\n`)
    const items: Item[] = []
    for (const item of await visit(invocation)) {
      const text = item.object.metadata?.annotations?.[lastApplied]
      if (text !== undefined) items.push({ ...item, object: JSON.parse(text) })
    }
    if (items.length === 0) {
      throw new CommandError(
        'error: no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
      )
    }
    await editUntilDone(invocation, {
      banner: 'lastApplied',
      items,
      retries: false,
      async submit(edited, original) {
        if (equalJson(edited.object, original.object)) return print(edited.object, 'skipped')
        recordCause(invocation, edited.object)
        const patch = { metadata: { annotations: { [lastApplied]: await appliedText(edited.object) } } }
        await patchObject(invocation, edited, 'merge', patch)
        print(edited.object, 'edited')
      },
    })
  },
}
