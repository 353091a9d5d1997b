/** kubectl taint. */
import { CommandError, usageError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, selectorFlag } from '../resources/types.ts'
import { visit } from '../resources/visit.ts'
import { changeObject, dryRunOf, outcomePrinter } from '../resources/write.ts'
import type { Command } from '../types.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

export const command: Command = {
  summary: 'Update the taints on one or more nodes.',
  usage: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  examples: ['kubectl taint nodes foo dedicated=special-user:NoSchedule', 'kubectl taint nodes foo dedicated:NoSchedule-'],
  flags: [
    ...outputFlags,
    dryRunFlag,
    selectorFlag,
    fieldManagerFlag('kubectl-taint'),
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all nodes in the cluster' },
    { name: 'overwrite', type: 'bool', default: 'false', usage: 'Allow taints to be overwritten' },
  ],
  async run(invocation) {
    const { args, flags, path } = invocation
    const isSpec = (arg: string): boolean => (/[=:]|-$/.test(arg) && !arg.includes('/') ? true : /^[^ ]*(=[^:]*)?:[A-Za-z]+-?$/.test(arg) || /=.*-$/.test(arg))
    const at = args.findIndex((arg, index) => index > 0 && isSpec(arg))
    if (at < 0) throw usageError(path, 'at least one taint update is required')
    const add: Taint[] = []
    const remove: { key: string; effect: string }[] = []
    for (const spec of args.slice(at)) {
      if (spec.endsWith('-')) {
        const [key = '', effect = ''] = spec.slice(0, -1).split(':')
        remove.push({ key: key.split('=')[0]!, effect })
        continue
      }
      const [pair = '', effect = ''] = spec.split(':')
      if (!effects.includes(effect)) throw new CommandError(`error: invalid taint effect: ${effect}, unsupported taint effect`)
      const [key = '', value] = pair.split('=')
      add.push({ key, effect, ...(value ? { value } : {}) })
    }
    const print = await outcomePrinter(invocation, { tellsDryRun: false })
    for (const node of await visit(invocation, { args: args.slice(0, at), allowList: flags.bool('all') })) {
      if (node.resource.kind !== 'Node') throw new CommandError(`error: invalid resource type ${node.resource.plural}, only node types are supported`)
      const before: Taint[] = node.object.spec.taints ?? []
      if (!flags.bool('overwrite')) {
        const taken = add.filter((each) => before.some(({ key, effect }) => key === each.key && effect === each.effect))
        if (taken.length > 0)
          throw new CommandError(
            `error: node ${node.name} already has ${taken.map(({ key }) => key).join(',')} taint(s) with same effect(s) and --overwrite is false`,
          )
      }
      for (const { key, effect } of remove)
        if (!before.some((each) => each.key === key && (effect === '' || each.effect === effect)))
          throw new CommandError(`error: taint ${JSON.stringify(`${key}${effect ? `:${effect}` : ''}`)} not found`)
      const kept = before.filter(
        (each) =>
          !add.some(({ key, effect }) => key === each.key && effect === each.effect) &&
          !remove.some(({ key, effect }) => key === each.key && (effect === '' || effect === each.effect)),
      )
      const changed = await changeObject(
        invocation,
        node,
        (copy) => {
          copy.spec.taints = [...add, ...kept]
          if (copy.spec.taints.length === 0) delete copy.spec.taints
        },
        { dryRun: dryRunOf(invocation) },
      )
      print(changed ?? node.object, add.length > 0 ? (flags.bool('overwrite') ? 'modified' : 'tainted') : 'untainted')
    }
  },
}
