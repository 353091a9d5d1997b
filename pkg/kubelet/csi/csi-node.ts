/** Tells the cluster which CSI drivers this node has: its CSINode, its labels of topology, and the annotation of its ids at the drivers. */
import type { CSINode, CSINodeDriver } from '#api/gen/storage/v1.ts'
import { csiNodes, nodes } from '#api/gen/resources.ts'
import { isAlreadyExists, isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { PluginInfo } from '../plugins/messages.ts'
import type { PluginHandler } from '../plugins/plugin-registry.ts'
import type { CsiDrivers } from './drivers.ts'
import type { NodeInfo } from './messages.ts'

const nodeIdAnnotation = 'csi.volume.kubernetes.io/nodeid'
const maxTries = 5

export interface CsiNodeOptions {
  readonly client: Client
  readonly nodeName: string
  readonly drivers: CsiDrivers
  /** A volume may be waiting for a driver. */
  readonly onChange: () => void
}

export function csiPlugins({ client, nodeName, drivers, onChange }: CsiNodeOptions): PluginHandler {
  return {
    async register(info: PluginInfo) {
      const node = await drivers.add(info)
      try {
        await describe(info.name, node)
      } catch (error) {
        drivers.remove(info.name)
        throw error
      }
      onChange()
    },
    async deregister(name) {
      drivers.remove(name)
      await changeDrivers(client, nodeName, (list) => list.filter((each) => each.name !== name))
      await changeIds(({ [name]: _gone, ...others }) => others)
    },
  }

  async function describe(name: string, { node_id: nodeID, max_volumes_per_node: most, accessible_topology: topology }: NodeInfo): Promise<void> {
    if (!nodeID) throw new Error(`CSI driver ${name} has no id for this node`)
    const segments = topology?.segments ?? {}
    const { labels = {} } = (await client.get(nodes, { name: nodeName })).metadata
    for (const [key, value] of Object.entries(segments)) {
      if (labels[key] !== undefined && labels[key] !== value) {
        throw new Error(`detected topology value collision: driver reported "${key}":"${value}" but existing label is "${key}":"${labels[key]}"`)
      }
    }
    await changeIds((ids) => ({ ...ids, [name]: nodeID }), segments)
    const driver: CSINodeDriver = { name, nodeID, topologyKeys: Object.keys(segments).sort(), ...(most > 0 ? { allocatable: { count: most } } : {}) }
    await changeDrivers(client, nodeName, (list) => [...list.filter((each) => each.name !== name), driver])
  }

  async function changeIds(change: (ids: Record<string, string>) => Record<string, string>, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    const { metadata } = await client.get(nodes, { name: nodeName })
    const before = metadata.annotations?.[nodeIdAnnotation]
    const ids = change(before ? (JSON.parse(before) as Record<string, string>) : {})
    const annotation = Object.keys(ids).length > 0 ? JSON.stringify(ids) : null
    await client.patch(nodes, { name: nodeName }, { metadata: { labels, annotations: { [nodeIdAnnotation]: annotation } } }, { type: 'merge' })
  }
}

/** Makes the node's CSINode if it is not there, empty as upstream does when it starts. */
export async function changeDrivers(client: Client, nodeName: string, change: (list: readonly CSINodeDriver[]) => CSINodeDriver[]): Promise<void> {
  for (let left = maxTries; ; left--) {
    try {
      const existing = await client.get(csiNodes, { name: nodeName }).catch((error): CSINode | undefined => {
        if (isNotFound(error)) return undefined
        throw error
      })
      if (existing) {
        const drivers = change(existing.spec.drivers ?? [])
        if (JSON.stringify(drivers) === JSON.stringify(existing.spec.drivers ?? [])) return
        await client.update(csiNodes, { ...existing, spec: { drivers } })
        return
      }
      const { uid } = (await client.get(nodes, { name: nodeName })).metadata
      await client.create(csiNodes, {
        metadata: { name: nodeName, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }] },
        spec: { drivers: change([]) },
      } as never)
      return
    } catch (error) {
      if (left === 0 || !(isConflict(error) || isAlreadyExists(error))) throw error
    }
  }
}
