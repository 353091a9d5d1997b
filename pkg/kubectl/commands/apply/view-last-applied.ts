/** kubectl apply view-last-applied. */
import { CommandError } from '../../errors.ts'
import { toJson } from '../../printers/json.ts'
import { toYaml } from '../../printers/yaml.ts'
import { fileFlags, selectorFlag } from '../../resources/types.ts'
import { visit } from '../../resources/visit.ts'
import { lastApplied } from '../../resources/write.ts'
import type { Command } from '../../types.ts'

export const command: Command = {
  summary: 'View the latest last-applied-configuration annotations by type/name or file.',
  usage: '(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  flags: [
    ...fileFlags('that contains the last-applied-configuration annotations'),
    selectorFlag,
    { name: 'output', short: 'o', type: 'string', default: 'yaml', usage: 'Output format: yaml or json' },
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources in the namespace of the specified resource types' },
  ],
  async run(invocation) {
    const format = invocation.flags.string('output')
    const all = invocation.flags.bool('all')
    // A bare type is all of it where a namespace is given, which upstream takes for a selector that was set before.
    const { namespaceGiven } = await invocation.session.connection()
    if (all && namespaceGiven && invocation.args.length === 1 && !invocation.args[0]!.includes('/'))
      throw new CommandError("error: setting 'all' parameter but found a non empty selector. ")
    for (const { object } of await visit(invocation, { allowList: namespaceGiven, selectAll: all })) {
      const text = object.metadata?.annotations?.[lastApplied]
      // Upstream means to tell, but passes what has no annotation in silence.
      if (text === undefined) continue
      if (format !== 'json' && format !== 'yaml')
        throw new CommandError(`error: Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`)
      invocation.out(format === 'json' ? `${toJson(JSON.parse(text), { indent: '  ', ordered: true })}\n` : toYaml(JSON.parse(text)))
    }
  },
}
