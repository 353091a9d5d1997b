/** A pod's volume as a CSI driver is to mount it: out of a PersistentVolume, or written into the pod itself. */
import type { PersistentVolume, PersistentVolumeAccessMode, PersistentVolumeClaim, Pod, SecretReference, Volume } from '#api/gen/core/v1.ts'
import { csiDrivers, secrets } from '#api/gen/resources.ts'
import type { CSIDriverSpec } from '#api/gen/storage/v1.ts'
import type { ObjectSource } from '../types.ts'
import type { TokenSource } from '../volumes/tokens.ts'
import { ephemeralHandle } from './volume-data.ts'

export interface CsiSource {
  readonly driver: string
  readonly handle: string
  /** The PersistentVolume's name, or the pod's for its volume. */
  readonly specName: string
  /** What the pod calls it. */
  readonly podVolume: string
  readonly lifecycle: 'Persistent' | 'Ephemeral'
  readonly fsType: string
  readonly readOnly: boolean
  /** The pod has the device itself, with no file system on it. */
  readonly isBlock: boolean
  readonly attributes: Readonly<Record<string, string>>
  readonly mountOptions: readonly string[]
  readonly accessModes: readonly PersistentVolumeAccessMode[]
  readonly stageSecret?: SecretReference | undefined
  readonly publishSecret?: SecretReference | undefined
  readonly expandSecret?: SecretReference | undefined
  readonly volume?: PersistentVolume
  readonly claim?: PersistentVolumeClaim
}

export function persistentSource(podVolume: string, volume: PersistentVolume, claim: PersistentVolumeClaim, readOnly: boolean): CsiSource {
  const { csi, mountOptions = [], accessModes = [], volumeMode } = volume.spec
  return {
    driver: csi!.driver,
    handle: csi!.volumeHandle,
    podVolume,
    specName: volume.metadata.name,
    lifecycle: 'Persistent',
    fsType: csi!.fsType ?? '',
    readOnly: readOnly || csi!.readOnly === true,
    isBlock: volumeMode === 'Block',
    attributes: csi!.volumeAttributes ?? {},
    mountOptions,
    accessModes,
    stageSecret: csi!.nodeStageSecretRef,
    publishSecret: csi!.nodePublishSecretRef,
    expandSecret: csi!.nodeExpandSecretRef,
    volume,
    claim,
  }
}

export function inlineSource({ metadata }: Pod, { name, csi }: Volume): CsiSource {
  const { driver, fsType = '', readOnly = false, volumeAttributes = {}, nodePublishSecretRef } = csi!
  return {
    driver,
    handle: ephemeralHandle(metadata.uid, name),
    podVolume: name,
    specName: name,
    lifecycle: 'Ephemeral',
    fsType,
    readOnly,
    isBlock: false,
    attributes: volumeAttributes,
    mountOptions: [],
    accessModes: ['ReadWriteOnce'],
    publishSecret: nodePublishSecretRef ? { name: nodePublishSecretRef.name!, namespace: metadata.namespace } : undefined,
  }
}

/** What the driver's CSIDriver says; a driver that nobody described needs attaching and takes volumes of PersistentVolumes only. */
export async function driverSpec(objects: ObjectSource, { driver, lifecycle }: CsiSource, podUid: string): Promise<CSIDriverSpec> {
  const spec: CSIDriverSpec = (await objects.get(csiDrivers, { name: driver }, podUid))?.spec ?? {}
  const modes = spec.volumeLifecycleModes ?? ['Persistent']
  if (!modes.includes(lifecycle))
    throw new Error(
      `mounter.SetUpAt failed to check volume lifecycle mode: volume mode "${lifecycle}" not supported by driver ${driver} (no CSIDriver object that allows it)`,
    )
  return spec
}

export async function secretData(objects: ObjectSource, ref: SecretReference | undefined, podUid: string): Promise<Record<string, string>> {
  if (!ref?.name) return {}
  const found = await objects.get(secrets, { namespace: ref.namespace ?? '', name: ref.name }, podUid)
  if (!found) throw new Error(`failed to find the secret ${ref.name} in the namespace ${ref.namespace} with error: secrets "${ref.name}" not found`)
  return Object.fromEntries(Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]))
}

/** Whose pod it is, where the driver asks to be told. */
export function podInfo({ metadata, spec }: Pod, { podInfoOnMount }: CSIDriverSpec, { lifecycle }: CsiSource): Record<string, string> {
  if (!podInfoOnMount) return {}
  return {
    'csi.storage.k8s.io/pod.name': metadata.name,
    'csi.storage.k8s.io/pod.namespace': metadata.namespace ?? '',
    'csi.storage.k8s.io/pod.uid': metadata.uid,
    'csi.storage.k8s.io/serviceAccount.name': spec.serviceAccountName ?? 'default',
    'csi.storage.k8s.io/ephemeral': String(lifecycle === 'Ephemeral'),
  }
}

/** Tokens of the pod's account for the audiences that the driver names. */
export async function accountTokens(pod: Pod, { tokenRequests }: CSIDriverSpec, tokens: Pick<TokenSource, 'issue'>): Promise<Record<string, string>> {
  if (!tokenRequests || tokenRequests.length === 0) return {}
  const issued: Record<string, { token: string; expirationTimestamp: string }> = {}
  for (const { audience, expirationSeconds } of tokenRequests) {
    issued[audience] = await tokens.issue(pod, { audience, ...(expirationSeconds ? { expirationSeconds } : {}), path: 'csi' })
  }
  return { 'csi.storage.k8s.io/serviceAccount.tokens': JSON.stringify(issued) }
}
