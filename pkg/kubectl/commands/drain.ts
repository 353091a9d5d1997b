/** kubectl drain: cordon, then evict what may be evicted. */
import { parseLabelSelector } from '#apimachinery/labels.ts'
import { CommandError, ManyErrors } from '../errors.ts'
import { kindName } from '../printers/kind-name.ts'
import { dryRunFlag, type Item, selectorFlag } from '../resources/types.ts'
import { dryRunOf, dryRunSuffix } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
import { warningLine } from '../warnings.ts'
import { deleteAll, evictAll, messageOf } from './drain/evict.ts'
import { judgePods } from './drain/judge.ts'
import { namedNodes, setSchedulable } from './nodes.ts'

export const command: Command = {
  summary: 'Drain node in preparation for maintenance.',
  usage: 'NODE',
  examples: ['kubectl drain foo --force', 'kubectl drain foo --grace-period=900'],
  flags: [
    dryRunFlag,
    selectorFlag,
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks of this size' },
    { name: 'delete-emptydir-data', type: 'bool', default: 'false', usage: 'Continue even if pods use emptyDir' },
    { name: 'disable-eviction', type: 'bool', default: 'false', usage: 'Delete instead of evicting; disruption budgets do not count' },
    { name: 'force', type: 'bool', default: 'false', usage: 'Continue even if there are pods without a controller' },
    { name: 'grace-period', type: 'int', default: '-1', usage: 'Seconds given to each pod; negative: its own' },
    { name: 'ignore-daemonsets', type: 'bool', default: 'false', usage: 'Ignore pods of daemon sets' },
    { name: 'pod-selector', type: 'string', usage: 'Label selector to filter pods on the node' },
    { name: 'skip-wait-for-delete-timeout', type: 'int', default: '0', usage: 'Do not wait for pods whose deletion is older than this' },
    { name: 'timeout', type: 'duration', default: '0s', usage: 'How long to wait before giving up; zero means never' },
  ],
  async run(invocation) {
    const { flags, err } = invocation
    if (flags.changed('pod-selector') && flags.string('pod-selector') !== '') {
      try {
        parseLabelSelector(flags.string('pod-selector'))
      } catch {
        throw new CommandError('error: --pod-selector=<pod_selector> must be a valid label selector')
      }
    }
    const nodes = await namedNodes(invocation)
    for (const node of nodes) await setSchedulable(invocation, node, true)
    const failures: { readonly node: string; readonly errors: readonly unknown[] }[] = []
    for (const node of nodes) {
      const { texts, error } = await drain(invocation, node)
      if (texts.length === 0) continue
      err(`error: unable to drain node ${JSON.stringify(node.name)} due to error: ${aggregate(texts)}, continuing command...\n`)
      failures.push({ node: node.name, errors: error === undefined ? texts.map((text) => new CommandError(text)) : [error] })
    }
    const [first] = failures
    if (!first) return
    err(`There are pending nodes to be drained:\n${failures.map(({ node }) => ` ${node}\n`).join('')}`)
    // A deletion's failure is told as any other; one node's reasons stand on a line each, several nodes' on one a node.
    const [error] = first.errors
    if (failures.length === 1) throw error instanceof CommandError ? new ManyErrors(first.errors) : error
    throw new ManyErrors(failures.map(({ errors }) => (errors.length === 1 ? errors[0] : new CommandError(aggregate(errors.map(messageOf))))))
  },
}

/** What kept a node from being drained: nothing where it is. */
interface Outcome {
  readonly texts: readonly string[]
  /** The one failure of a deletion, where it is not several pods' that failed. */
  readonly error?: unknown
}

async function drain(invocation: Invocation, { name, object }: Item): Promise<Outcome> {
  const { out, err, io } = invocation
  const { doomed, warnings, refusals } = await judgePods(invocation, name)
  if (refusals.length > 0) return { texts: refusals }
  if (warnings !== '') err(warningLine(warnings, io))
  const dryRun = dryRunOf(invocation)
  if (dryRun === 'client') for (const { namespace, name: pod } of doomed) out(`evicting pod ${namespace}/${pod} (dry run)\n`)
  else {
    const outcome = await attempt(invocation, doomed)
    if (outcome.texts.length > 0) {
      const still = await judgePods(invocation, name)
      if (still.doomed.length > 0)
        err(
          `There are pending pods in node ${JSON.stringify(name)} when an error occurred: ${aggregate(outcome.texts)}\n${still.doomed.map((pod) => `pod/${pod.name}\n`).join('')}`,
        )
      if (still.refusals.length > 0) err(`Following errors occurred while getting the list of pods to delete:\n${aggregate(still.refusals)}`)
      return outcome
    }
  }
  out(`${kindName(object)} drained${dryRunSuffix(dryRun)}\n`)
  return { texts: [] }
}

async function attempt(invocation: Invocation, pods: readonly Item[]): Promise<Outcome> {
  if (!invocation.flags.bool('disable-eviction')) return { texts: await evictAll(invocation, pods) }
  try {
    await deleteAll(invocation, pods)
    return { texts: [] }
  } catch (error) {
    return { texts: [messageOf(error)], error }
  }
}

/** Several failures in one line, as Go's aggregates are told. */
function aggregate(texts: readonly string[]): string {
  const different = [...new Set(texts)]
  return different.length === 1 ? different[0]! : `[${different.join(', ')}]`
}
