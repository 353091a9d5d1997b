/** Grows a volume's file system on the node when its PersistentVolume has grown ("Resizing Persistent Volumes"), and says so in the claim. */
import type { Pod } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims } from '#api/gen/resources.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { Client } from '#client/types.ts'
import type { ObjectSource } from '../types.ts'
import type { CsiDriver } from './drivers.ts'
import { type CsiSource, secretData } from './volume-source.ts'

export interface ExpandOptions {
  readonly client: Client
  readonly objects: ObjectSource
  readonly onExpanded: (pod: Pod, source: CsiSource) => void
}

export interface ExpandInput {
  readonly pod: Pod
  readonly source: CsiSource
  readonly driver: CsiDriver
  readonly target: string
  readonly staging: string
  readonly capability: object
}

export async function expandOnNode(
  { client, objects, onExpanded }: ExpandOptions,
  { pod, source, driver, target, staging, capability }: ExpandInput,
): Promise<void> {
  const { volume, claim, handle, readOnly } = source
  if (!volume || !claim || readOnly || !driver.capabilities.has('EXPAND_VOLUME')) return
  const wanted = volume.spec.capacity?.storage
  const known = claim.status?.capacity?.storage
  if (!wanted || !known || Quantity.parse(wanted).value() <= Quantity.parse(known).value()) return
  try {
    await driver.call('NodeExpandVolume', {
      volume_id: handle,
      volume_path: target,
      capacity_range: { required_bytes: Quantity.parse(wanted).value() },
      staging_target_path: staging,
      volume_capability: capability,
      secrets: await secretData(objects, source.expandSecret, pod.metadata.uid),
    })
  } catch (error) {
    throw new Error(`NodeExpandVolume.NodeExpandVolume failed: ${(error as Error).message}`)
  }
  const { namespace, name } = claim.metadata
  const conditions = (claim.status?.conditions ?? []).filter(({ type }) => type !== 'FileSystemResizePending' && type !== 'Resizing')
  const status = { capacity: { ...claim.status?.capacity, storage: wanted }, conditions, allocatedResourceStatuses: null }
  await client.patch(persistentVolumeClaims, { namespace: namespace ?? '', name }, { status }, { type: 'merge', subresource: 'status' })
  onExpanded(pod, source)
}
