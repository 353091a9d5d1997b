/** Defaults of volume sources (pkg/apis/core/v1/defaults.go). */
import type {
  AzureDiskVolumeSource,
  DownwardAPIVolumeFile,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
  Volume,
  VolumeProjection,
} from '#api/gen/core/v1.ts'
import { defaultPullPolicy } from './image-name.ts'

const fileMode = 0o644
const tokenExpirationSeconds = 60 * 60

export function defaultVolume(volume: Volume): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name')
  if (sources.length === 0) volume.emptyDir = {}
  if (volume.hostPath) defaultHostPath(volume.hostPath)
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) if (source) source.defaultMode ??= fileMode
  for (const file of volume.downwardAPI?.items ?? []) defaultFile(file)
  for (const projection of volume.projected?.sources ?? []) defaultProjection(projection)
  if (volume.iscsi) defaultIscsi(volume.iscsi)
  if (volume.rbd) defaultRbd(volume.rbd)
  if (volume.azureDisk) defaultAzureDisk(volume.azureDisk)
  if (volume.scaleIO) defaultScaleIo(volume.scaleIO)
  const claim = volume.ephemeral?.volumeClaimTemplate
  if (claim) claim.spec.volumeMode ??= 'Filesystem'
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference)
}

function defaultProjection({ serviceAccountToken, downwardAPI }: VolumeProjection): void {
  if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= tokenExpirationSeconds
  for (const file of downwardAPI?.items ?? []) defaultFile(file)
}

function defaultFile({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile): void {
  if (fieldRef) fieldRef.apiVersion ||= 'v1'
  if (resourceFieldRef) resourceFieldRef.divisor ||= '0'
}

export function defaultHostPath(source: HostPathVolumeSource): void {
  source.type ??= ''
}

export function defaultIscsi(source: Pick<ISCSIVolumeSource, 'iscsiInterface'>): void {
  source.iscsiInterface ||= 'default'
}

export function defaultRbd(source: Pick<RBDVolumeSource, 'pool' | 'user' | 'keyring'>): void {
  source.pool ||= 'rbd'
  source.user ||= 'admin'
  source.keyring ||= '/etc/ceph/keyring'
}

export function defaultAzureDisk(source: AzureDiskVolumeSource): void {
  source.cachingMode ??= 'ReadWrite'
  source.kind ??= 'Shared'
  source.fsType ??= 'ext4'
  source.readOnly ??= false
}

export function defaultScaleIo(source: Pick<ScaleIOVolumeSource, 'storageMode' | 'fsType'>): void {
  source.storageMode ||= 'ThinProvisioned'
  source.fsType ||= 'xfs'
}
