/** kubectl edit. */
import { equalJson } from '#apimachinery/json-value.ts'
import { CommandError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { compactJson } from '../printers/json.ts'
import { editUntilDone } from '../resources/edit-session.ts'
import { fieldManagerFlag, fileFlags, saveConfigFlag, validateFlag } from '../resources/types.ts'
import { recordCause, recordFlag } from '../resources/change-cause.ts'
import { nothingGiven } from '../resources/args.ts'
import { hasFiles, visit } from '../resources/visit.ts'
import { outcomePrinter, patchBetween, patchObject, withLastApplied } from '../resources/write.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Edit a resource from the default editor.',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  examples: ['kubectl edit svc/registry', 'KUBE_EDITOR="nano" kubectl edit svc/registry'],
  flags: [
    ...outputFlags,
    ...fileFlags('to use to edit the resource'),
    validateFlag,
    fieldManagerFlag('kubectl-edit'),
    { name: 'output-patch', type: 'bool', default: 'false', usage: 'Output the patch if the resource is edited' },
    saveConfigFlag,
    recordFlag,
    { name: 'subresource', type: 'string', usage: 'Edit this subresource' },
    { name: 'windows-line-endings', type: 'bool', default: 'false', usage: 'Line endings of the file to edit' },
  ],
  whenInterrupted: () => 'fails',
  async run(invocation) {
    const { flags, out } = invocation
    const print = await outcomePrinter(invocation)
    if (invocation.args.length === 0 && !hasFiles(invocation)) throw nothingGiven()
    const items = await visit(invocation, { allowList: true })
    if (items.length === 0) throw new CommandError('error: edit cancelled, no objects found')
    await editUntilDone(invocation, {
      banner: 'object',
      items,
      retries: true,
      async submit(edited, original) {
        if (equalJson(edited.object, original.object)) return print(edited.object, 'skipped')
        if (['apiVersion', 'kind'].some((key) => edited.object[key] !== original.object[key]) || edited.name !== original.name)
          throw new CommandError('error: At least one of apiVersion, kind and name was changed')
        const saved = flags.bool('save-config') ? await withLastApplied(edited.object) : edited.object
        recordCause(invocation, saved)
        const difference = await patchBetween(original.object, saved)
        if (!difference) return print(edited.object, 'skipped')
        if (flags.bool('output-patch')) out(`Patch: ${compactJson(difference.patch)}\n`)
        print(await patchObject(invocation, original, difference.type, difference.patch, { subresource: flags.string('subresource') }), 'edited')
      },
    })
  },
}
