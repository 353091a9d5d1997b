/**
 * The nodes of the scenarios: two that are well all the time, and those that a scenario makes of its own. Of these one is heard of as long as
 * its label `does` says `live`; nobody renews the Lease of others.
 */
import { leases, nodes } from '#api/gen/resources.ts'
import { passing } from './pods-at-work.ts'
import { rfc3339, rfc3339Micro } from './times.ts'
import type { World } from './types.ts'

export const nodeNames = ['node-a', 'node-b'] as const
const size = { cpu: '4', memory: '8Gi', pods: '110' }

/** What a kubelet says; `ready` and what else is not as it should be. */
export function nodeConditions(at: string, { ready = 'True', ...others }: Readonly<Record<string, string>> = {}): object[] {
  const conditionOf = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: reason,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  })
  const pressures = [
    ['MemoryPressure', 'KubeletHasSufficientMemory'],
    ['DiskPressure', 'KubeletHasNoDiskPressure'],
    ['PIDPressure', 'KubeletHasSufficientPID'],
  ] as const
  const more = Object.entries(others).filter(([type]) => !pressures.some(([each]) => each === type))
  return [
    ...pressures.map(([type, reason]) => conditionOf(type, others[type] ?? 'False', reason)),
    ...more.map(([type, status]) => conditionOf(type, status, type)),
    conditionOf('Ready', ready, ready === 'True' ? 'KubeletReady' : 'KubeletNotReady'),
  ]
}

export async function addNodes(world: World): Promise<void> {
  for (const name of nodeNames) await addNode(world, name, { shared: 'yes', 'topology.kubernetes.io/zone': `zone-${name}` })
}

/** With a `spec` it is made at once with all that it says, so that who gives it its range sees it once. */
export async function addNode(world: World, name: string, labels: object = {}, annotations?: object, spec?: object): Promise<void> {
  const { client, clock } = world
  const metadata = { name, labels: { 'kubernetes.io/hostname': name, does: 'live', ...labels }, ...(annotations ? { annotations } : {}) }
  await client.create(nodes, { metadata, ...(spec ? { spec, status: wellStatus(world) } : {}) } as any)
  if (!spec) await sayWell(world, name)
  await client.create(leases, {
    metadata: { namespace: 'kube-node-lease', name },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(clock) },
  } as any)
}

async function renewLeases(world: World, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const spec = { renewTime: rfc3339Micro(world.clock) }
    await world.client.patch(leases, { namespace: 'kube-node-lease', name }, { spec }, { type: 'merge' }).catch(passing)
  }
}

const wellStatus = ({ clock }: World): object => ({ capacity: size, allocatable: size, conditions: nodeConditions(rfc3339(clock)) })

async function sayWell(world: World, name: string): Promise<void> {
  await world.client.patch(nodes, { name }, { status: wellStatus(world) }, { type: 'merge', subresource: 'status' })
}

/** Where they were left alone for a while. */
export async function wakeNodes(world: World): Promise<void> {
  for (const name of nodeNames) await sayWell(world, name)
}

/** One round over all nodes that live. */
export async function tendNodes(world: World): Promise<void> {
  const { items } = await world.client.list(nodes, { labelSelector: 'does=live' })
  const names = items.map(({ metadata }) => metadata.name)
  await renewLeases(world, names)
}
