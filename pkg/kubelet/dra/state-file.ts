/** dra_manager_state as upstream's kubelet writes and reads it (pkg/kubelet/cm/dra/state): what is prepared, and a checksum over its text. */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { PreparedDevice } from './messages.ts'
import { replaceFile } from '../replace-file.ts'

export interface Prepared {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly pods: readonly string[]
  /** By driver. */
  readonly devices: Readonly<Record<string, readonly PreparedDevice[]>>
}

interface StoredDevice {
  readonly PoolName: string
  readonly DeviceName: string
  readonly ShareID: string | null
  readonly RequestNames: readonly string[] | null
  readonly CDIDeviceIDs: readonly string[] | null
}

interface StoredClaim {
  readonly ClaimUID: string
  readonly ClaimName: string
  readonly Namespace: string
  readonly PodUIDs: Readonly<Record<string, object>>
  readonly DriverState: Readonly<Record<string, { readonly Devices: readonly StoredDevice[] | null }>>
}

const header = { kind: 'DRACheckpoint', apiVersion: 'checkpoint.dra.kubelet.k8s.io/v1' }
const sorted = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : 1)))

export function writeState(file: string, claims: Iterable<Prepared>): void {
  const ClaimInfoStateList = [...claims].map(
    ({ uid, name, namespace, pods, devices }): StoredClaim => ({
      ClaimUID: uid,
      ClaimName: name,
      Namespace: namespace,
      PodUIDs: sorted(pods.map((pod) => [pod, {}] as const)),
      DriverState: sorted(Object.entries(devices).map(([driver, list]) => [driver, { Devices: list.map(stored) }] as const)),
    }),
  )
  const Data = JSON.stringify({ ...header, ClaimInfoStateList })
  mkdirSync(dirname(file), { recursive: true })
  replaceFile(file, JSON.stringify({ Data, Checksum: crc32(Data) }))
}

const stored = (device: PreparedDevice): StoredDevice => ({
  PoolName: device.pool_name,
  DeviceName: device.device_name,
  ShareID: null,
  RequestNames: device.request_names,
  CDIDeviceIDs: device.cdi_device_ids,
})

/** By uid. Throws where the file is not what was written: devices would be given back that nobody knows of. */
export function readState(file: string): Map<string, Prepared> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw error
  }
  const { Data = '', Checksum } = JSON.parse(text) as { Data?: string; Checksum?: number }
  if (Checksum !== crc32(Data)) throw new Error(`the checkpoint ${file} is corrupt: its checksum is ${Checksum}, that of its data ${crc32(Data)}`)
  const { ClaimInfoStateList } = JSON.parse(Data) as { ClaimInfoStateList: readonly StoredClaim[] | null }
  return new Map((ClaimInfoStateList ?? []).map((claim) => [claim.ClaimUID, prepared(claim)]))
}

const prepared = ({ ClaimUID: uid, ClaimName: name, Namespace: namespace, PodUIDs, DriverState }: StoredClaim): Prepared => ({
  uid,
  name,
  namespace,
  pods: Object.keys(PodUIDs),
  devices: Object.fromEntries(
    Object.entries(DriverState).map(([driver, { Devices }]) => [
      driver,
      (Devices ?? []).map(({ PoolName, DeviceName, RequestNames, CDIDeviceIDs }) => ({
        pool_name: PoolName,
        device_name: DeviceName,
        request_names: RequestNames ?? [],
        cdi_device_ids: CDIDeviceIDs ?? [],
      })),
    ]),
  ),
})
