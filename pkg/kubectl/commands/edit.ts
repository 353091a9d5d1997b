/** kubectl edit. */
import { equalJson } from '#apimachinery/json-value.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { CommandError } from '../errors.ts'
import { outputFlags, withoutManagedFields } from '../printers/index.ts'
import { toJson } from '../printers/json.ts'
import { toYaml } from '../printers/yaml.ts'
import { editText } from '../resources/editor.ts'
import { fieldManagerFlag, fileFlags, validateFlag } from '../resources/types.ts'
import { kindName } from '../printers/kind-name.ts'
import { nothingGiven } from '../resources/args.ts'
import { hasFiles, visit } from '../resources/visit.ts'
import { patchBetween, patchObject } from '../resources/write.ts'
import type { Command } from '../types.ts'

const banner = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`

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
    { name: 'save-config', type: 'bool', default: 'false', usage: 'Keep the configuration in the annotation that apply reads' },
    { name: 'subresource', type: 'string', usage: 'Edit this subresource' },
    { name: 'windows-line-endings', type: 'bool', default: 'false', usage: 'Line endings of the file to edit' },
  ],
  async run(invocation) {
    const { flags, err, out } = invocation
    const asJson = flags.string('output') === 'json'
    if (invocation.args.length === 0 && !hasFiles(invocation)) throw nothingGiven()
    // -o is the format of the text, not of the outcome.
    const print = (object: any, operation: string): void => out(`${kindName(object)} ${operation}\n`)
    const { parseYaml } = await import('#apimachinery/codec/yaml-text.ts')
    for (const item of await visit(invocation, { allowList: true })) {
      const original = flags.bool('show-managed-fields') ? item.object : withoutManagedFields(item.object)
      const body = asJson ? `${toJson(original)}\n` : toYaml(original)
      let text = banner + body
      for (let reason = ''; ; ) {
        const shown = reason === '' ? text : `${banner.slice(0, -2)}# ${reason.split('\n').join('\n# ')}\n#\n${text.replace(/^(?:#.*\n)+/, '')}`
        const edited = await editText(invocation, shown, asJson ? '.json' : '.yaml')
        const bare = edited.replace(/^#.*\n?/gm, '')
        if (bare.trim() === '') throw new CommandError('Edit cancelled, saved file was empty.')
        if (edited === shown) {
          if (reason !== '') throw new CommandError('error: Edit cancelled, no valid changes were saved.')
          err('Edit cancelled, no changes made.\n')
          break
        }
        text = edited
        try {
          const after: any = parseYaml(bare).value
          if (equalJson(after, original)) {
            err('Edit cancelled, no changes made.\n')
            break
          }
          if (after.metadata?.name !== original.metadata?.name || after.kind !== original.kind)
            throw new CommandError('At least one of apiVersion, kind and name was changed')
          const difference = await patchBetween(original, after)
          if (!difference) break
          if (flags.bool('output-patch')) out(`Patch: ${JSON.stringify(difference.patch)}\n`)
          print(await patchObject(invocation, item, difference.type, difference.patch, { subresource: flags.string('subresource') }), 'edited')
          break
        } catch (error) {
          if (error instanceof StatusError && error.reason === 'NotFound') throw error
          reason = (error as Error).message
          err(`error: ${item.resource.plural} ${JSON.stringify(item.name)} is invalid\n`)
        }
      }
    }
  },
}
