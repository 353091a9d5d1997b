/** kubectl set resources. */
import { Quantity } from '#apimachinery/quantity.ts'
import { CommandError } from '../../errors.ts'
import type { Command } from '../../types.ts'
import { applyChange, containersFlag, containersOf, podSpecOf, refuseAllWithSelector, recordingSetFlags, setItems } from './change.ts'

export const command: Command = {
  summary: 'Specify compute resource requirements (CPU, memory) for any resource that defines a pod template.',
  usage: '(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  examples: ['kubectl set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi'],
  flags: [
    ...recordingSetFlags,
    containersFlag,
    { name: 'limits', type: 'string', usage: "Limits, like 'cpu=100m,memory=256Mi'" },
    { name: 'requests', type: 'string', usage: "Requests, like 'cpu=100m,memory=256Mi'" },
  ],
  async run(invocation) {
    const { flags, args } = invocation
    const items = await setItems(invocation, args)
    refuseAllWithSelector(invocation)
    const given = (['limits', 'requests'] as const).filter((kind) => flags.string(kind) !== '')
    if (given.length === 0) throw new CommandError('error: you must specify an update to requests or limits (in the form of --requests/--limits)')
    const amounts = given.map((kind) => [kind, resourceList(flags.string(kind))] as const)
    const pattern = flags.string('containers')
    await applyChange(invocation, items, {
      past: 'resource requirements updated',
      refused: 'failed to patch resources update to pod template',
      change(copy, item) {
        const containers = containersOf(podSpecOf(copy, item), pattern)
        if (containers.length === 0) throw new CommandError(`error: unable to find container named ${pattern}`)
        for (const container of containers) {
          container.resources ??= {}
          for (const [kind, amount] of amounts) container.resources[kind] = { ...container.resources[kind], ...amount }
        }
      },
    })
  },
}

/** "cpu=100m,memory=1Gi"; amounts as upstream writes them. */
export function resourceList(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((statement) => {
      const parts = statement.split('=')
      if (parts.length !== 2) throw new CommandError(`error: Invalid argument syntax ${statement}, expected <resource>=<value>`)
      return [parts[0]!, Quantity.parse(parts[1]!).toString()]
    }),
  )
}
