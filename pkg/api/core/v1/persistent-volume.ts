/** PersistentVolume. */
import { type PersistentVolume, PersistentVolumeSchema } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text, wideText } from '../../columns.ts'
import { keepSpec, keepStatus } from '../../doors.ts'
import { accessModesText } from './access-modes.ts'
import { defaultAzureDisk, defaultHostPath, defaultIscsi, defaultRbd, defaultScaleIo } from './pod-spec/volume-defaults.ts'
import { persistentVolumeWarnings } from './persistent-volume/warnings.ts'
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './persistent-volume/validate.ts'

export const persistentVolume: ResourceDefinition<PersistentVolume> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  namespaced: false,
  schema: PersistentVolumeSchema,
  defaults,
  create: {
    prepare: (object, { now }) => {
      object.status = { phase: 'Pending', lastPhaseTransitionTime: rfc3339(now) }
    },
    validate: validatePersistentVolume,
    warnings: persistentVolumeWarnings,
  },
  update: {
    prepare: keepStatus,
    validate: validatePersistentVolume,
    validateChange: validatePersistentVolumeUpdate,
    looks: ['metadata', 'rules', 'metadata', 'changes'],
    warnings: persistentVolumeWarnings,
  },
  status: {
    prepare: (object, old, { now }) => {
      keepSpec(object, old)
      const [given, before] = [object.status.lastPhaseTransitionTime, old.status.lastPhaseTransitionTime]
      if (object.status.phase !== old.status.phase) {
        if (!given || given === before) object.status.lastPhaseTransitionTime = rfc3339(now)
      } else if (!given && before) object.status.lastPhaseTransitionTime = before
    },
  },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Capacity', ({ spec }) => spec.capacity?.storage ?? '0', 'Its size.'),
    text('Access Modes', ({ spec }) => accessModesText(spec.accessModes), 'How it may be mounted.'),
    text('Reclaim Policy', ({ spec }) => spec.persistentVolumeReclaimPolicy, 'What becomes of it when its claim is gone.'),
    text('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : status.phase), 'Whether it is free, bound, released or failed.'),
    text('Claim', ({ spec }) => (spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : ''), 'The claim that it is bound to.'),
    text(
      'StorageClass',
      ({ metadata, spec }) => metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '',
      'Its storage class.',
    ),
    text('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>', 'Its volume attributes class.'),
    text('Reason', ({ status }) => status.reason ?? '', 'Why it is in this state.'),
    ageColumn(),
    wideText('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>', 'Whether it holds a file system or is a raw block device.'),
  ],
}

function defaults({ spec, status }: PersistentVolume): void {
  status.phase ||= 'Pending'
  spec.persistentVolumeReclaimPolicy ||= 'Retain'
  spec.volumeMode ??= 'Filesystem'
  if (spec.hostPath) defaultHostPath(spec.hostPath)
  if (spec.iscsi) defaultIscsi(spec.iscsi)
  if (spec.rbd) defaultRbd(spec.rbd)
  if (spec.azureDisk) defaultAzureDisk(spec.azureDisk)
  if (spec.scaleIO) defaultScaleIo(spec.scaleIO)
}
