/** kubectl drain: cordon, then evict what may be evicted. */
import { isNotFound, isTooManyRequests } from '#apimachinery/status-error.ts'
import { resourcePath } from '#client/paths.ts'
import { CommandError } from '../errors.ts'
import { dryRunFlag, type Item, selectorFlag } from '../resources/types.ts'
import { listItems } from '../resources/visit.ts'
import { pause, waitUntilGone } from '../resources/wait-gone.ts'
import { builtIn, deleteObject, dryRunOf, dryRunSuffix } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
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
    const nodes = await namedNodes(invocation)
    for (const node of nodes) await setSchedulable(invocation, node, true)
    for (const node of nodes) await drain(invocation, node)
  },
}

async function drain(invocation: Invocation, node: Item): Promise<void> {
  const { flags, out, err } = invocation
  const pods = await listItems(invocation, await builtIn(invocation, 'v1', 'Pod'), undefined, {
    fieldSelector: `spec.nodeName=${node.name}`,
    selector: flags.string('pod-selector'),
  })
  const doomed: Item[] = []
  const refused = new Map<string, string[]>()
  const warned = new Map<string, string[]>()
  const note = (into: Map<string, string[]>, text: string, { namespace, name }: Item): void =>
    void into.set(text, [...(into.get(text) ?? []), `${namespace}/${name}`])
  for (const pod of pods) {
    const { metadata, spec, status = {} } = pod.object
    if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) continue
    const over = status.phase === 'Succeeded' || status.phase === 'Failed'
    const owner = metadata.ownerReferences?.find(({ controller }: any) => controller)
    if (!over && owner?.kind === 'DaemonSet') {
      note(
        flags.bool('ignore-daemonsets') ? warned : refused,
        flags.bool('ignore-daemonsets') ? 'ignoring DaemonSet-managed Pods' : 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)',
        pod,
      )
      continue
    }
    if (!over && spec.volumes?.some((volume: any) => volume.emptyDir) && !flags.bool('delete-emptydir-data')) {
      note(refused, 'cannot delete Pods with local storage (use --delete-emptydir-data to override)', pod)
      continue
    }
    if (!over && !owner) {
      note(
        flags.bool('force') ? warned : refused,
        flags.bool('force') ? 'deleting Pods that declare no controller' : 'cannot delete Pods that declare no controller (use --force to override)',
        pod,
      )
      if (!flags.bool('force')) continue
    }
    doomed.push(pod)
  }
  const told = (notes: Map<string, string[]>): string => [...notes].map(([text, names]) => `${text}: ${names.join(', ')}`).join('; ')
  if (refused.size > 0)
    throw new CommandError(
      `error: unable to drain node ${JSON.stringify(node.name)} due to error: ${told(refused)}, continuing command...\nThere are pending nodes to be drained:\n ${node.name}\n${told(refused)}`,
    )
  if (warned.size > 0) err(`Warning: ${told(warned)}\n`)
  const dryRun = dryRunOf(invocation)
  if (dryRun !== 'client') {
    const deadline = flags.duration('timeout') > 0 ? invocation.now() + flags.duration('timeout') : Number.POSITIVE_INFINITY
    for (const pod of doomed) await evict(invocation, pod, deadline)
    if (dryRun === 'none') {
      await waitUntilGone(
        invocation,
        doomed.map((pod) => ({ ...pod, uid: pod.object.metadata.uid })),
        Math.min(deadline - invocation.now(), 7 * 24 * 3_600_000),
      )
      for (const { name } of doomed) out(`pod/${name} ${flags.bool('disable-eviction') ? 'deleted' : 'evicted'}\n`)
    }
  } else for (const { namespace, name } of doomed) out(`evicting pod ${namespace}/${name} (dry run)\n`)
  out(`node/${node.name} drained${dryRunSuffix(dryRun)}\n`)
}

async function evict(invocation: Invocation, pod: Item, deadline: number): Promise<void> {
  const { flags, session, out, err } = invocation
  const grace = flags.int('grace-period')
  const dryRun = dryRunOf(invocation)
  const options = { ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}), ...(dryRun === 'server' ? { dryRun: ['All'] } : {}) }
  const { namespace, name } = pod
  out(`${flags.bool('disable-eviction') ? 'deleting' : 'evicting'} pod ${namespace}/${name}\n`)
  for (;;) {
    try {
      if (flags.bool('disable-eviction')) await deleteObject(invocation, pod, { ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}), dryRun })
      else {
        const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions: options }
        await session.json({
          method: 'POST',
          path: resourcePath(pod.resource, { namespace, name, subresource: 'eviction' }),
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      }
      return
    } catch (error) {
      if (isNotFound(error)) return
      if (!isTooManyRequests(error))
        throw new CommandError(`error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: ${(error as Error).message}`)
      if (invocation.now() + 5000 > deadline)
        throw new CommandError(
          `error: unable to drain node: error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: global timeout reached: ${flags.string('timeout')}`,
        )
      err(`error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${(error as Error).message}\n`)
      await pause(invocation, 5000)
    }
  }
}
