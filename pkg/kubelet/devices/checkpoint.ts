/** Which container has which devices, on disk in upstream's file: a restarted kubelet gives nobody what another runs with. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ContainerAllocation } from './messages.ts'

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

interface Checkpoint {
  readonly Data: DeviceCheckpoint
  readonly Checksum: string
}

const checksum = (data: object): string => createHash('sha256').update(JSON.stringify(data)).digest('hex')

export function writeDeviceCheckpoint(file: string, data: DeviceCheckpoint): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
  writeFileSync(`${file}.new`, JSON.stringify({ Data: data, Checksum: checksum(data) } satisfies Checkpoint), { mode: 0o600 })
  renameSync(`${file}.new`, file)
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
  const { Data, Checksum } = JSON.parse(text) as Checkpoint
  if (checksum(Data) !== Checksum) throw new Error(`checkpoint ${file} is corrupted: its checksum does not match`)
  return Data
}
