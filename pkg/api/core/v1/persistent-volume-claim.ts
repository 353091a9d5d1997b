/** PersistentVolumeClaim. */
import { type PersistentVolumeClaim, PersistentVolumeClaimSchema, type PersistentVolumeClaimSpec } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text, wideText } from '../../columns.ts'
import { keepSpec, keepStatus } from '../../doors.ts'
import { accessModesText } from './access-modes.ts'
import { claimWarnings } from './persistent-volume-claim/warnings.ts'
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './persistent-volume-claim/validate.ts'

export const persistentVolumeClaim: ResourceDefinition<PersistentVolumeClaim> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  namespaced: true,
  schema: PersistentVolumeClaimSchema,
  defaults: ({ spec, status }) => {
    status.phase ||= 'Pending'
    spec.volumeMode ??= 'Filesystem'
  },
  create: {
    prepare: (object) => {
      object.status = { phase: 'Pending' }
      dropForeignDataSource(object.spec)
      dropOddDataSource(object.spec)
      normalizeDataSources(object.spec)
    },
    validate: validateClaim,
    warnings: claimWarnings,
  },
  update: {
    prepare: (object, old) => {
      keepStatus(object, old)
      if (!old.spec.dataSourceRef) dropForeignDataSource(object.spec)
      if (!old.spec.dataSource && !old.spec.dataSourceRef) dropOddDataSource(object.spec)
      normalizeDataSources(object.spec)
    },
    validate: validateClaimUpdate,
    looks: ['metadata-change', 'metadata', 'rules'],
    warnings: claimWarnings,
  },
  status: { prepare: keepSpec, validate: validateClaimStatus },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : status.phase), 'Whether it is bound.'),
    text('Volume', ({ spec }) => spec.volumeName ?? '', 'The volume that it is bound to.'),
    text('Capacity', ({ spec, status }) => (spec.volumeName ? (status.capacity?.storage ?? '0') : ''), 'The size of the volume.'),
    text('Access Modes', ({ spec, status }) => (spec.volumeName ? accessModesText(status.accessModes) : ''), 'How the volume may be mounted.'),
    text(
      'StorageClass',
      ({ metadata, spec }) => metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '',
      'Its storage class.',
    ),
    text('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>', 'Its volume attributes class.'),
    ageColumn(),
    wideText('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>', 'Whether it wants a file system or a raw block device.'),
  ],
}

/** Sources in other namespaces are a feature that is off by default (CrossNamespaceVolumeDataSource). */
function dropForeignDataSource(spec: PersistentVolumeClaimSpec): void {
  if (spec.dataSourceRef?.namespace) delete spec.dataSourceRef
}

/** What `dataSource` never could mean is as if it were not said; `dataSourceRef` may name anything (KEP-1495). */
function dropOddDataSource(spec: PersistentVolumeClaimSpec): void {
  if (!spec.dataSourceRef && spec.dataSource && !isDataSourceKind(spec.dataSource)) delete spec.dataSource
}

/** `dataSource` and `dataSourceRef` mirror one another, unless the reference names a namespace. */
function normalizeDataSources(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource }
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { apiGroup, kind, name } = dataSourceRef
    spec.dataSource = { apiGroup: apiGroup ?? null, kind, name }
  }
}

function isDataSourceKind({ apiGroup, kind }: { apiGroup?: string | null; kind: string }): boolean {
  return (kind === 'PersistentVolumeClaim' && !apiGroup) || (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io')
}
