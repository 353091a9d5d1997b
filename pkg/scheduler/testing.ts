/** For tests: a cluster of plain objects, and what a pod would meet there. */
import type { Pod } from '#api/gen/core/v1.ts'
import { type KubeObject, keyOf } from '#apimachinery/object.ts'
import { NodeFinder } from './framework/find-node.ts'
import type { Cycle, Plugin, Profile } from './framework/types.ts'
import { Nominator } from './nominator.ts'
import { defaultProfile } from './profile.ts'
import { ClusterState } from './state/cluster-state.ts'
import type { NodeInfo } from './state/node-info.ts'
import type { Objects, Reader } from './state/objects.ts'
import { podInfoOf } from './state/pod-info.ts'

export const node = (name: string, labels: Record<string, string> = {}, more: any = {}): any => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
  spec: more.spec ?? {},
  status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...more.allocatable }, ...more.status },
})

export const pod = (name: string, { labels, namespace = 'n', requests = {}, metadata, status, ...spec }: any = {}): any => ({
  metadata: { namespace, name, uid: name, labels, ...metadata },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...spec },
  status: { phase: 'Pending', ...status },
})

/** A pod that stands on a node. */
export const placed = (name: string, nodeName: string, more: any = {}): any => pod(name, { ...more, nodeName })

export interface World {
  readonly nodes: readonly any[]
  readonly pods?: readonly any[]
  readonly profile?: Profile
  readonly objects?: Partial<Record<keyof Objects, readonly any[]>>
}

export interface TestCluster {
  readonly cluster: ClusterState
  readonly objects: Objects
  readonly nominator: Nominator
  cycle(pod: Pod): Cycle
  /** The node's name, or the message. */
  place(pod: Pod): string
  /** Nodes that will do, in their order. */
  fits(pod: Pod): string[]
  score(plugin: Plugin, pod: Pod): Record<string, number>
}

export function testCluster({ nodes, pods = [], profile = defaultProfile(), objects: given = {} }: World): TestCluster {
  const cluster = new ClusterState()
  for (const each of nodes) cluster.setNode(each)
  for (const each of pods) cluster.place(each, each.spec.nodeName)
  const objects = objectsOf(given)
  const nominator = new Nominator()
  const cycle = (each: Pod): Cycle => ({ pod: podInfoOf(each), cluster, objects })
  const finder = new NodeFinder(nominator, () => 0.999)
  return {
    cluster,
    objects,
    nominator,
    cycle,
    place(each) {
      const found = finder.find(profile, cycle(each))
      return 'node' in found ? found.node.name : found.message
    },
    fits(each) {
      return nodes.flatMap(({ metadata: { name } }) => {
        const only: Profile = { ...profile, plugins: [...profile.plugins, { plugin: onlyNode(name), weight: 0 }] }
        return 'node' in finder.find(only, cycle(each)) ? [name] : []
      })
    },
    score(plugin, each) {
      const list = cluster.list()
      const into = new Float64Array(list.length)
      const differ = plugin.score!(cycle(each), list, into)
      return Object.fromEntries(list.map(({ name }: NodeInfo, index) => [name, differ ? into[index]! : 0]))
    },
  }
}

function onlyNode(wanted: string): Plugin {
  const verdict = { plugin: 'Test', reasons: ['another node is asked for'], resolvable: false }
  return {
    name: 'Test',
    filter(_state, _cycle, { nodes, verdicts, length }) {
      for (let i = 0; i < length; i++) if (nodes[i]!.name !== wanted) verdicts[i] ??= verdict
    },
  }
}

export function objectsOf(given: Partial<Record<keyof Objects, readonly any[]>> = {}): Objects {
  const names = [
    ...(['namespaces', 'claims', 'volumes', 'storageClasses', 'csiNodes', 'csiDrivers', 'csiCapacities', 'budgets'] as const),
    ...(['services', 'replicationControllers', 'replicaSets', 'statefulSets', 'resourceClaims', 'resourceSlices', 'deviceClasses'] as const),
  ]
  return Object.fromEntries(names.map((name) => [name, reader(given[name] ?? [])])) as unknown as Objects
}

function reader<T extends KubeObject>(objects: readonly T[]): Reader<T> {
  const byKey = new Map(objects.map((object) => [keyOf(object), object]))
  return {
    get: (namespace, name) => byKey.get(namespace ? `${namespace}/${name}` : name),
    list: (namespace) => [...byKey.values()].filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
  }
}
