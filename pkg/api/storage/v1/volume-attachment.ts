/** VolumeAttachment. */
import { type VolumeAttachment, VolumeAttachmentSchema } from '#api/gen/storage/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text, truth } from '../../columns.ts'
import { clearStatus, keepSpec, keepStatus, resetMetadataForStatus, resetsOfWholeMetadata } from '../../doors.ts'
import { validateVolumeAttachment, validateVolumeAttachmentUpdate } from './validate-volume-attachment.ts'

export const volumeAttachment: ResourceDefinition<VolumeAttachment> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  schema: VolumeAttachmentSchema,
  create: { prepare: (object) => clearStatus(object, VolumeAttachmentSchema), validate: validateVolumeAttachment },
  update: { looks: ['metadata', 'rules'], prepare: keepStatus, validate: validateVolumeAttachmentUpdate },
  status: {
    prepare: (object, old) => {
      keepSpec(object, old)
      resetMetadataForStatus(object, old)
    },
    validate: validateVolumeAttachmentUpdate,
    resets: resetsOfWholeMetadata,
  },
  columns: [
    nameColumn(),
    // Upstream gives this one the format of a name too.
    { ...text<VolumeAttachment>('Attacher', ({ spec }) => spec.attacher, 'The driver that attaches it.'), format: 'name' },
    text('PV', ({ spec }) => spec.source.persistentVolumeName ?? '', 'The volume.'),
    text('Node', ({ spec }) => spec.nodeName, 'The node.'),
    truth('Attached', ({ status }) => status.attached ?? false, 'Whether it is attached.'),
    ageColumn(),
  ],
}
