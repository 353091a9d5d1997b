/** Which container has which devices, on disk in upstream's file: a restarted kubelet gives nobody what another runs with. */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { checksumOf, dumpList, dumpMap } from '../topology/checksum.ts'
import { type ContainerAllocation, decodeAllocation, encodeAllocation } from './messages.ts'
import { replaceFile } from '../replace-file.ts'

export const checkpointName = 'kubelet_internal_checkpoint'

export interface DeviceEntry {
  readonly PodUID: string
  readonly ContainerName: string
  readonly ResourceName: string
  readonly DeviceIDs: readonly string[]
  readonly AllocResp: ContainerAllocation
}

export interface DeviceCheckpoint {
  readonly PodDeviceEntries: readonly DeviceEntry[]
  /** Ids by resource. */
  readonly RegisteredDevices: Readonly<Record<string, readonly string[]>>
}

/** As the file has it: ids by NUMA node, and the plugin's answer as protobuf in base64. */
interface Stored {
  readonly PodDeviceEntries:
    | readonly (Omit<DeviceEntry, 'DeviceIDs' | 'AllocResp'> & {
        readonly DeviceIDs: Readonly<Record<string, readonly string[]>>
        readonly AllocResp: string
      })[]
    | null
  readonly RegisteredDevices: Readonly<Record<string, readonly string[]>>
}

/** The NUMA nodes of a device, as its plugin tells of them. */
export type NodesOf = (resource: string, id: string) => readonly number[]

/** Where a plugin tells of no NUMA node. */
const noNode = -1

export function writeDeviceCheckpoint(file: string, { PodDeviceEntries: entries, RegisteredDevices }: DeviceCheckpoint, nodesOf: NodesOf): void {
  const data: Stored = {
    PodDeviceEntries:
      entries.length === 0
        ? null
        : entries.map(({ DeviceIDs, AllocResp, ...entry }) => ({
            ...entry,
            DeviceIDs: byNode(DeviceIDs, (id) => nodesOf(entry.ResourceName, id)),
            AllocResp: encodeAllocation(AllocResp).toString('base64'),
          })),
    RegisteredDevices,
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
  replaceFile(file, JSON.stringify({ Data: data, Checksum: checksumOf(dump(data)) }))
}

/** Nothing where there is none; throws when it is not what was written. */
export function readDeviceCheckpoint(file: string): DeviceCheckpoint {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { PodDeviceEntries: [], RegisteredDevices: {} }
    throw error
  }
  const Data = parse(text, file)
  return {
    RegisteredDevices: Data.RegisteredDevices,
    PodDeviceEntries: (Data.PodDeviceEntries ?? []).map(({ DeviceIDs, AllocResp, ...entry }) => ({
      ...entry,
      // A device of several nodes stands at each of them.
      DeviceIDs: [...new Set(Object.values(DeviceIDs).flat())],
      AllocResp: decodeAllocation(Buffer.from(AllocResp, 'base64')),
    })),
  }
}

function parse(text: string, file: string): Stored {
  try {
    const { Data, Checksum } = JSON.parse(text) as { readonly Data: Stored; readonly Checksum: number }
    if (checksumOf(dump(Data)) === Checksum) return Data
  } catch {
    // What has another shape is as broken as what has another sum.
  }
  throw new Error(`checkpoint ${file} is corrupted: its checksum does not match`)
}

function byNode(ids: readonly string[], nodesOf: (id: string) => readonly number[]): Record<string, string[]> {
  const nodes: Record<string, string[]> = {}
  for (const id of ids) {
    const own = nodesOf(id)
    for (const node of own.length > 0 ? own : [noNode]) nodes[node] = [...(nodes[node] ?? []), id]
  }
  return nodes
}

/** As Go's spew dumps it. */
function dump({ PodDeviceEntries, RegisteredDevices }: Stored): string {
  const entries = PodDeviceEntries
    ? dumpList(PodDeviceEntries, ({ PodUID, ContainerName, ResourceName, DeviceIDs, AllocResp }) => {
        const owner = `PodUID:(string)${PodUID} ContainerName:(string)${ContainerName} ResourceName:(string)${ResourceName}`
        const ids = dumpMap(DeviceIDs, (each) => dumpList(each), 'number')
        return `{${owner} DeviceIDs:(checkpoint.DevicesPerNUMA)${ids} AllocResp:([]uint8)${dumpList([...Buffer.from(AllocResp, 'base64')])}}`
      })
    : '<nil>'
  const registered = dumpMap(RegisteredDevices, (each) => dumpList(each))
  return `(checkpoint.checkpointData){PodDeviceEntries:([]checkpoint.PodDevicesEntry)${entries} RegisteredDevices:(map[string][]string)${registered}}`
}
