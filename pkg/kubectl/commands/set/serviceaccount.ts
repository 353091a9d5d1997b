/** kubectl set serviceaccount. */
import { CommandError } from '../../errors.ts'
import type { Command } from '../../types.ts'
import { applyChange, podSpecOf, recordingSetFlags, setItems } from './change.ts'

export const command: Command = {
  summary: 'Update the service account of pod template resources.',
  usage: '(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  examples: ['kubectl set serviceaccount deployment nginx-deployment serviceaccount1'],
  flags: recordingSetFlags.filter(({ name }) => name !== 'selector'),
  async run(invocation) {
    const { args } = invocation
    const name = args.at(-1)
    if (name === undefined) throw new CommandError('error: serviceaccount is required')
    const resources = args.slice(0, -1)
    await applyChange(invocation, await setItems(invocation, resources), {
      past: 'serviceaccount updated',
      refused: 'failed to patch ServiceAccountName',
      tellsUnchanged: true,
      // The server fills in the older field.
      change(copy, item) {
        podSpecOf(copy, item).serviceAccountName = name
      },
    })
  },
}
