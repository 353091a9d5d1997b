/** Validation of volume attachments. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required, tooLong } from '#apimachinery/field-error.ts'
import { inclusiveRangeError, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import {
  type VolumeAttachment,
  type VolumeAttachmentSource,
  VolumeAttachmentSpecSchema,
  type VolumeAttachmentStatus,
  type VolumeError,
} from '#api/gen/storage/v1.ts'
import { complaints, immutableMessage } from '../../checks.ts'
import { validateInlinePersistentVolumeSpec } from '../../core/v1/persistent-volume/validate.ts'
import { csiDriverName } from '../../core/v1/pod-spec/volume-source-checks.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { tooManyBytes } from './parameters.ts'

const at = path('spec')
const messageMaxLength = 1024
const oneSource = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
const maxInt32 = 2 ** 31 - 1

export function validateVolumeAttachment(object: VolumeAttachment): FieldError[] {
  const name = object.spec.source.persistentVolumeName
  return [
    ...validateCommon(object),
    ...(name === undefined ? [] : complaints(at.child('source', 'persistentVolumeName'), name, nameIsDnsSubdomain(name, false))),
  ]
}

function validateCommon({ spec, status }: VolumeAttachment): FieldError[] {
  return [
    ...csiDriverName(spec.attacher, at.child('attacher')),
    ...validateSource(spec.source, at.child('source')),
    ...complaints(at.child('nodeName'), spec.nodeName ?? '', nameIsDnsSubdomain(spec.nodeName ?? '', false)),
    ...validateStatus(status, path('status')),
  ]
}

function validateSource({ inlineVolumeSpec, persistentVolumeName }: VolumeAttachmentSource, at: FieldPath): FieldError[] {
  if (!inlineVolumeSpec && persistentVolumeName === undefined) return [required(at, oneSource)]
  if (inlineVolumeSpec && persistentVolumeName !== undefined) return [forbiddenField(at, oneSource)]
  if (inlineVolumeSpec) return validateInlinePersistentVolumeSpec(inlineVolumeSpec, at.child('inlineVolumeSpec'))
  return persistentVolumeName === '' ? [required(at.child('persistentVolumeName'), 'must specify non empty persistentVolumeName')] : []
}

function validateStatus({ attachmentMetadata, attachError, detachError }: VolumeAttachmentStatus, at: FieldPath): FieldError[] {
  return [
    ...tooManyBytes(attachmentMetadata, at.child('attachmentMetadata')),
    ...validateError(attachError, at.child('attachError')),
    ...validateError(detachError, at.child('detachError')),
  ]
}

/** The limit that is told is that of the metadata, as upstream has it. */
function validateError(error: VolumeError | undefined, at: FieldPath): FieldError[] {
  const code = error?.errorCode
  return [
    ...(Buffer.byteLength(error?.message ?? '') > messageMaxLength ? [tooLong(at.child('message'), 256 * 1024)] : []),
    ...(code !== undefined && code < 0 ? [invalidValue(at.child('errorCode'), code, inclusiveRangeError(0, maxInt32))] : []),
  ]
}

export function validateVolumeAttachmentUpdate(object: VolumeAttachment, old: VolumeAttachment): FieldError[] {
  return [
    ...validateVolumeAttachment(object),
    ...(semanticEqual(object.spec, old.spec) ? [] : [invalidValue(at, internalForm(VolumeAttachmentSpecSchema, object.spec), immutableMessage)]),
  ]
}
