/** kubectl taint. */
import { isQualifiedName, isValidLabelValue } from '#apimachinery/names.ts'
import { CommandError, usageError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, type Item, selectorFlag, validateFlag } from '../resources/types.ts'
import { mustMap } from '../resources/args.ts'
import { forEachItem } from '../resources/visit.ts'
import { changeObject, dryRunOf, outcomePrinter } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
import { resourcesAndPairs } from './set/change.ts'

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
    validateFlag,
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all nodes in the cluster' },
    { name: 'overwrite', type: 'bool', default: 'false', usage: 'Allow taints to be overwritten' },
  ],
  async run(invocation) {
    const { args, flags, path } = invocation
    const isSpec = (arg: string): boolean => /[=:]|-$/.test(arg)
    const { resources, pairs: specs } = resourcesAndPairs(args, isSpec, 'taint')
    if (resources.length === 0) throw new CommandError('error: one or more resources must be specified as <resource> <name>')
    if (specs.length === 0) throw new CommandError('error: at least one taint update is required')
    const add: Taint[] = []
    const remove: { key: string; effect: string }[] = []
    for (const spec of specs) {
      const taint = parsed(path, spec.replace(/-$/, ''))
      if (spec.endsWith('-')) {
        remove.push({ key: taint.key, effect: taint.effect })
        continue
      }
      if (taint.effect === '') throw usageError(path, `invalid taint spec: ${spec}`)
      if (add.some(({ key, effect }) => key === taint.key && effect === taint.effect))
        throw usageError(path, `duplicated taints with the same key and effect: {${taint.key} ${taint.value ?? ''} ${taint.effect} <nil>}`)
      add.push(taint)
    }
    const type = resources[0]!.toLowerCase()
    const resource = mustMap(await invocation.session.catalog(), type)
    if (resource.kind !== 'Node') throw new CommandError(`error: invalid resource type ${type}, only node types are supported`)
    const both = remove.filter((gone) => add.some(({ key, effect }) => key === gone.key && (gone.effect === '' || effect === gone.effect)))
    if (both.length > 0)
      throw new CommandError(
        `error: can not both modify and remove the following taint(s) in the same command: ${both.map(({ key, effect }) => `${key}=${effect}`).join(', ')}`,
      )
    if (flags.bool('all') && flags.string('selector') !== '') throw new CommandError("error: setting 'all' parameter with a non empty selector is prohibited")
    // Names beside a selector or --all select nothing.
    const selects = flags.bool('all') || flags.string('selector') !== ''
    if (resources.length === 1 && !selects) throw new CommandError("error: at least one resource name must be specified since 'all' parameter is not set")
    const print = await outcomePrinter(invocation, { tellsDryRun: false })
    await forEachItem(invocation, { args: ['nodes', ...(selects ? [] : resources.slice(1))], allowList: flags.bool('all') }, (node) =>
      taintOne(invocation, node, { add, remove }, print),
    )
  },
}

interface Change {
  readonly add: readonly Taint[]
  readonly remove: readonly { readonly key: string; readonly effect: string }[]
}

async function taintOne(invocation: Invocation, node: Item, { add, remove }: Change, print: (object: any, operation: string) => void): Promise<void> {
  const { flags } = invocation
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

/** "key=value:Effect", "key:Effect" or "key". */
function parsed(path: string, text: string): Taint {
  const [pair = '', effect, ...more] = text.split(':')
  const invalid = (problems: readonly string[] = []): CommandError =>
    usageError(path, [`invalid taint spec: ${text}`, problems.join('; ')].filter(Boolean).join(', '))
  if (more.length > 0) throw invalid()
  if (effect !== undefined && !effects.includes(effect)) throw usageError(path, `invalid taint effect: ${effect}, unsupported taint effect`)
  const [key = '', value, ...rest] = effect === undefined ? [pair] : pair.split('=')
  if (rest.length > 0) throw invalid()
  const problems = value === undefined ? [] : isValidLabelValue(value)
  if (problems.length > 0) throw invalid(problems)
  const keyProblems = isQualifiedName(key)
  if (keyProblems.length > 0) throw invalid(keyProblems)
  return { key, effect: effect ?? '', ...(value ? { value } : {}) }
}
