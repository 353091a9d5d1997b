/** Validation of storage classes, drivers and attachments. */
import { duplicate, type FieldError, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain, isQualifiedName } from '#apimachinery/names.ts'
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment, VolumeAttributesClass } from '#api/gen/storage/v1.ts'
import { complaints, immutable, requiredOneOf } from '../../checks.ts'
import { semanticEqual } from '../../semantic-equal.ts'

export function validateStorageClass({ provisioner, parameters, reclaimPolicy, volumeBindingMode }: StorageClass): FieldError[] {
  const errors: FieldError[] = provisioner
    ? complaints(path('provisioner'), provisioner, isQualifiedName(provisioner.toLowerCase()))
    : [required(path('provisioner'))]
  for (const name of Object.keys(parameters ?? {})) if (name === '') errors.push(invalidValue(path('parameters'), name, 'name must not be empty'))
  errors.push(...requiredOneOf(path('reclaimPolicy'), reclaimPolicy, ['Delete', 'Retain']))
  return [...errors, ...requiredOneOf(path('volumeBindingMode'), volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'])]
}

export function validateStorageClassUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const errors = validateStorageClass(object)
  for (const key of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
    if (!semanticEqual(object[key] ?? {}, old[key] ?? {})) errors.push(forbiddenField(path(key), `updates to ${key} are forbidden.`))
  }
  return [...errors, ...immutable(path('volumeBindingMode'), object.volumeBindingMode, old.volumeBindingMode)]
}

export function validateVolumeAttributesClass({ driverName }: VolumeAttributesClass): FieldError[] {
  return driverName ? complaints(path('driverName'), driverName, isDns1123Subdomain(driverName.toLowerCase())) : [required(path('driverName'))]
}

export function validateVolumeAttributesClassUpdate(object: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  const errors = validateVolumeAttributesClass(object)
  if (object.driverName !== old.driverName) errors.push(forbiddenField(path('driverName'), 'updates to driverName are forbidden.'))
  if (!semanticEqual(object.parameters ?? {}, old.parameters ?? {})) errors.push(forbiddenField(path('parameters'), 'updates to parameters are forbidden.'))
  return errors
}

export function validateCsiDriver({ spec }: CSIDriver): FieldError[] {
  const at = path('spec')
  const errors = requiredOneOf(at.child('fsGroupPolicy'), spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType'])
  for (const key of ['attachRequired', 'podInfoOnMount', 'storageCapacity'] as const) if (spec[key] === undefined) errors.push(required(at.child(key)))
  for (const [position, mode] of (spec.volumeLifecycleModes ?? []).entries())
    errors.push(...requiredOneOf(at.child('volumeLifecycleModes').index(position), mode, ['Ephemeral', 'Persistent']))
  const audiences = new Set<string>()
  for (const [position, { audience }] of (spec.tokenRequests ?? []).entries()) {
    if (audiences.has(audience)) errors.push(duplicate(at.child('tokenRequests').index(position).child('audience'), audience))
    audiences.add(audience)
  }
  return errors
}

export function validateCsiDriverUpdate(object: CSIDriver, old: CSIDriver): FieldError[] {
  const at = path('spec')
  const errors = validateCsiDriver(object)
  return [...errors, ...(['attachRequired', 'volumeLifecycleModes'] as const).flatMap((key) => immutable(at.child(key), object.spec[key], old.spec[key]))]
}

export function validateCsiNode({ spec }: CSINode): FieldError[] {
  const names = new Set<string>()
  return (spec.drivers ?? []).flatMap(({ name, nodeID, topologyKeys }, position) => {
    const here = path('spec', 'drivers').index(position)
    const errors: FieldError[] = name ? complaints(here.child('name'), name, isDns1123Subdomain(name.toLowerCase())) : [required(here.child('name'))]
    if (!nodeID) errors.push(required(here.child('nodeID')))
    if (names.has(name)) errors.push(duplicate(here.child('name'), name))
    names.add(name)
    return [...errors, ...(topologyKeys ?? []).flatMap((key) => complaints(here.child('topologyKeys'), key, isQualifiedName(key)))]
  })
}

export function validateCapacity({ storageClassName }: CSIStorageCapacity): FieldError[] {
  return storageClassName ? complaints(path('storageClassName'), storageClassName, isDns1123Subdomain(storageClassName)) : [required(path('storageClassName'))]
}

export function validateVolumeAttachment({ spec }: VolumeAttachment): FieldError[] {
  const at = path('spec')
  const errors = (['attacher', 'nodeName'] as const).filter((key) => !spec[key]).map((key) => required(at.child(key)))
  const { persistentVolumeName, inlineVolumeSpec } = spec.source
  if (!persistentVolumeName && !inlineVolumeSpec)
    errors.push(required(at.child('source'), 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'))
  if (persistentVolumeName && inlineVolumeSpec)
    errors.push(forbiddenField(at.child('source'), 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'))
  return errors
}

export function validateVolumeAttachmentUpdate(object: VolumeAttachment, old: VolumeAttachment): FieldError[] {
  return semanticEqual(object.spec, old.spec) ? [] : [invalidValue(path('spec'), object.spec, 'field is immutable')]
}
