/** What cordon, uncordon and drain share. */
import { throwGathered, usageError } from '../errors.ts'
import { dryRunFlag, selectorFlag, type Item } from '../resources/types.ts'
import { getItem, listItems } from '../resources/visit.ts'
import { builtIn, changeObject, dryRunOf, dryRunSuffix } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'

export async function namedNodes(invocation: Invocation): Promise<Item[]> {
  const { args, flags, path } = invocation
  const selector = flags.string('selector')
  if (args.length === 0 && selector === '') throw usageError(path, `USAGE: ${path.replace('kubectl ', '')} NODE [flags]`)
  if (args.length > 0 && selector !== '') throw usageError(path, 'cannot specify both a node name and a --selector option')
  const nodes = await builtIn(invocation, 'v1', 'Node')
  if (selector !== '') return listItems(invocation, nodes, undefined, { selector })
  const errors: unknown[] = []
  const found: Item[] = []
  for (const arg of args) {
    try {
      found.push(await getItem(invocation, nodes, undefined, arg.replace(/^nodes?\//, '')))
    } catch (error) {
      errors.push(error)
    }
  }
  throwGathered(errors)
  return found
}

export async function setSchedulable(invocation: Invocation, node: Item, unschedulable: boolean): Promise<void> {
  const dryRun = dryRunOf(invocation)
  const past = unschedulable ? 'cordoned' : 'uncordoned'
  const changed = await changeObject(
    invocation,
    node,
    (copy) => {
      if (unschedulable) copy.spec.unschedulable = true
      else delete copy.spec.unschedulable
    },
    { dryRun },
  )
  invocation.out(changed ? `node/${node.name} ${past}${dryRunSuffix(dryRun)}\n` : `node/${node.name} already ${past}${dryRunSuffix(dryRun)}\n`)
}

export function schedulingCommand(verb: string, unschedulable: boolean): Command {
  return {
    summary: `Mark node as ${unschedulable ? 'un' : ''}schedulable.`,
    usage: 'NODE',
    examples: [`kubectl ${verb} foo`],
    flags: [dryRunFlag, selectorFlag],
    async run(invocation) {
      for (const node of await namedNodes(invocation)) await setSchedulable(invocation, node, unschedulable)
    },
  }
}
