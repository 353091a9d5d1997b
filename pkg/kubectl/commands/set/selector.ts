/** kubectl set selector. */
import { CommandError } from '../../errors.ts'
import type { Command } from '../../types.ts'
import { localNeedsFiles } from '../../resources/args.ts'
import { applyChange, recordingSetFlags, setItems } from './change.ts'

export const command: Command = {
  summary: 'Set the selector on a resource; the old one goes.',
  usage: '(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  examples: ['kubectl set selector service cassandra role=database'],
  flags: [
    ...recordingSetFlags.flatMap((flag) =>
      ['kustomize', 'selector'].includes(flag.name) ? [] : [flag.name === 'recursive' ? { ...flag, default: 'true' } : flag],
    ),
    { name: 'resource-version', type: 'string', usage: 'Update only if this is the current resource-version' },
  ],
  async run(invocation) {
    const { args, flags } = invocation
    const text = args.at(-1) ?? ''
    if (flags.bool('local') && args.length > 1) throw new CommandError(`error: ${localNeedsFiles}`)
    await applyChange(invocation, await setItems(invocation, args.slice(0, -1)), {
      past: 'selector updated',
      change(copy) {
        if (copy.kind !== 'Service') throw new CommandError('setting a selector is only supported for Services')
        if (flags.string('resource-version') !== '') copy.metadata.resourceVersion = flags.string('resource-version')
        copy.spec.selector = Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string]))
      },
    })
  },
}
