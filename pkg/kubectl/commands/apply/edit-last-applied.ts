/** kubectl apply edit-last-applied. */
import { CommandError } from '../../errors.ts'
import { outputFlags } from '../../printers/index.ts'
import { toYaml } from '../../printers/yaml.ts'
import { editText } from '../../resources/editor.ts'
import { fileFlags } from '../../resources/types.ts'
import { visit } from '../../resources/visit.ts'
import { appliedText, lastApplied, outcomePrinter, patchObject } from '../../resources/write.ts'
import type { Command } from '../../types.ts'

export const command: Command = {
  summary: 'Edit the latest last-applied-configuration annotations of resources from the default editor.',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  flags: [...outputFlags, ...fileFlags('to use to edit the resource')],
  async run(invocation) {
    const print = await outcomePrinter(invocation)
    const { parseYaml } = await import('#apimachinery/codec/yaml-text.ts')
    for (const item of await visit(invocation)) {
      const text = item.object.metadata?.annotations?.[lastApplied]
      if (text === undefined) throw new CommandError(`error: no last-applied-configuration annotation found on resource: ${item.name}`)
      const before = toYaml(JSON.parse(text))
      const after = await editText(invocation, before, '.yaml')
      if (after === before) {
        invocation.err('Edit cancelled, no changes made.\n')
        continue
      }
      const edited = parseYaml(after).value
      print(await patchObject(invocation, item, 'merge', { metadata: { annotations: { [lastApplied]: await appliedText(edited) } } }), 'edited')
    }
  },
}
