/** The pods behind "deployment/web", "svc/web", "job/x": for logs, exec, attach, port-forward. */
import { CommandError, usageError } from '../errors.ts'
import type { Invocation } from '../types.ts'
import { targetsOf } from './args.ts'
import { forAttaching, type PodOrder } from './pod-order.ts'
import type { Item } from './types.ts'
import { getItem, listItems, scopeOf } from './visit.ts'
import { pause } from './wait-gone.ts'
import { builtIn } from './write.ts'

/** "web" is a pod; "TYPE/NAME" anything with pods. */
export async function namedOwner(invocation: Invocation, text: string): Promise<Item> {
  const { session } = invocation
  const catalog = await session.catalog()
  const [target] = targetsOf(catalog, [text.includes('/') ? text : `pods/${text}`])
  if (target?.type !== 'get') throw new CommandError(`error: expected a resource name, got ${JSON.stringify(text)}`)
  return getItem(invocation, target.resource, scopeOf(target.resource, await session.namespace()), target.name)
}

const withPods = new Set(['Service', 'ReplicationController', 'ReplicaSet', 'Deployment', 'DaemonSet', 'StatefulSet', 'Job'])

/** Refuses a --pod-running-timeout in which nothing can be waited for. */
export function checkRunningTimeout({ flags, path }: Invocation): void {
  if (flags.duration('pod-running-timeout') <= 0) throw usageError(path, '--pod-running-timeout must be higher than zero')
}

/** All pods of an owner, the most useful first. */
export async function podsOf(
  invocation: Invocation,
  owner: Item,
  { purpose, order }: { readonly purpose: string; readonly order: PodOrder } = { purpose: 'attach to', order: forAttaching },
): Promise<Item[]> {
  if (owner.resource.kind === 'Pod') return [owner]
  const { formatLabelSelector } = await import('#apimachinery/labels.ts')
  const { spec } = owner.object
  const plain = owner.resource.kind === 'Service' || owner.resource.kind === 'ReplicationController'
  const { kind, version } = owner.resource
  const refuse = (why: string): CommandError => new CommandError(`error: cannot ${purpose} *${version}.${kind}: ${why}`)
  if (!withPods.has(kind)) throw refuse(`selector for *${version}.${kind} not implemented`)
  if (!spec?.selector || Object.keys(spec.selector).length === 0)
    throw refuse(kind === 'Service' ? `invalid service '${owner.name}': Service is defined without a selector` : 'invalid label selector: no selector')
  const selector = formatLabelSelector(plain ? { matchLabels: spec.selector } : spec.selector)
  const resource = await builtIn(invocation, 'v1', 'Pod')
  const timeoutMs = invocation.flags.has('pod-running-timeout') ? invocation.flags.duration('pod-running-timeout') : 0
  const deadline = invocation.now() + timeoutMs
  let pods = await listItems(invocation, resource, owner.namespace, { selector })
  while (pods.length === 0 && invocation.now() < deadline) {
    await pause(invocation, Math.min(500, deadline - invocation.now()))
    pods = await listItems(invocation, resource, owner.namespace, { selector })
  }
  return pods.sort((a, b) => order(a.object, b.object))
}

export async function firstPodOf(invocation: Invocation, owner: Item): Promise<Item> {
  const [pod] = await podsOf(invocation, owner)
  if (!pod) throw new CommandError('error: timed out waiting for the condition')
  return pod
}

/** The container that is meant: the named one, that of the annotation, or the first; `told` when several stood to choose. */
export function containerOf(pod: any, wanted: string): { name: string; told: string } {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec
  const all = [...containers, ...initContainers, ...ephemeralContainers].map(({ name }: any) => String(name))
  if (wanted !== '') {
    if (!all.includes(wanted)) throw new CommandError(`error: container ${wanted} is not valid for pod ${pod.metadata.name} out of: ${listed(pod)}`)
    return { name: wanted, told: '' }
  }
  const preset = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (preset && all.includes(preset)) return { name: preset, told: '' }
  const [first] = containers
  return { name: first.name, told: all.length > 1 ? `Defaulted container ${JSON.stringify(first.name)} out of: ${listed(pod)}\n` : '' }
}

function listed({ spec }: any): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec
  return [
    ...containers.map(({ name }: any) => name),
    ...ephemeralContainers.map(({ name }: any) => `${name} (ephem)`),
    ...initContainers.map(({ name }: any) => `${name} (init)`),
  ].join(', ')
}
