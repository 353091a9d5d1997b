/** Validation of claims: new ones, and what an update may change. */
import { cloneJson } from '#apimachinery/json-value.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { type PersistentVolumeClaim, PersistentVolumeClaimSpecSchema } from '#api/gen/core/v1.ts'
import { complaints, immutable, immutableMessage } from '../../../checks.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { unifiedDiff } from '../../../unified-diff.ts'
import { isNative } from '../resource-names.ts'
import { validateClaimSpec } from './validate-spec.ts'

const at = path('spec')
const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  return validateClaimSpec(spec, at)
}

/** A bound claim may grow, and change its attributes class; an unbound one may be bound. */
export function validateClaimUpdate(object: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const knownGroups = [old.spec.dataSource, old.spec.dataSourceRef].some((source) => typeof source?.apiGroup === 'string')
  return [
    ...validateClaimSpec(object.spec, at, knownGroups),
    ...validateUnchanged(object, old),
    ...validateSize(object, old, at.child('resources', 'requests', 'storage')),
    ...immutable(path('volumeMode'), object.spec.volumeMode, old.spec.volumeMode),
    ...validateAttributesClass(object, old, at.child('volumeAttributesClassName')),
  ]
}

function validateUnchanged(object: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = []
  const [now, before] = [cloneJson(object.spec), cloneJson(old.spec)]
  // It may be bound, once.
  if (!before.volumeName && now.volumeName !== undefined) before.volumeName = now.volumeName
  if (isUpgradeFromAnnotation(object, old)) delete now.storageClassName
  else {
    errors.push(...validateAnnotation(object, old))
    if (isUpgradeFromNothing(object, old)) delete now.storageClassName
  }
  // The status is the old one's: through this door nobody writes it.
  if (object.status?.phase === 'Bound') {
    const storage = before.resources?.requests?.storage
    if (now.resources?.requests && storage !== undefined) now.resources.requests.storage = storage
    delete now.volumeAttributesClassName
    if (before.volumeAttributesClassName !== undefined) now.volumeAttributesClassName = before.volumeAttributesClassName
  }
  if (semanticEqual(now, before, PersistentVolumeClaimSpecSchema)) return errors
  const why = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
  return [...errors, forbiddenField(at, `${why}\n${unifiedDiff(PersistentVolumeClaimSpecSchema, before, now)}`)]
}

function isUpgradeFromAnnotation({ metadata, spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const [was, is] = [old.metadata.annotations?.[classAnnotation], metadata.annotations?.[classAnnotation]]
  return was !== undefined && old.spec.storageClassName === undefined && spec.storageClassName === was && (is === undefined || is === was)
}

function isUpgradeFromNothing({ spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const was = old.metadata.annotations?.[classAnnotation]
  return spec.storageClassName !== undefined && old.spec.storageClassName === undefined && (was === undefined || spec.storageClassName === was)
}

function validateAnnotation({ metadata }: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [was, is] = [old.metadata.annotations?.[classAnnotation] ?? '', metadata.annotations?.[classAnnotation] ?? '']
  return was === is ? [] : [invalidValue(path('metadata', 'annotations', classAnnotation), is, immutableMessage)]
}

/** Smaller than before, to recover from a growth that failed; never smaller than what there is (KEP-1790). */
function validateSize({ spec }: PersistentVolumeClaim, old: PersistentVolumeClaim, at: FieldPath): FieldError[] {
  const [now, before, real] = [spec.resources?.requests?.storage, old.spec.resources?.requests?.storage, old.status?.capacity?.storage]
  const size = Quantity.parse(now ?? '0')
  if (size.compare(Quantity.parse(before ?? '0')) >= 0 || size.compare(Quantity.parse(real ?? '0')) > 0) return []
  return [forbiddenField(at, 'field can not be less than status.capacity')]
}

/** As long as no class was ever applied the wish for one can be taken back. */
function validateAttributesClass({ spec }: PersistentVolumeClaim, old: PersistentVolumeClaim, at: FieldPath): FieldError[] {
  const name = spec.volumeAttributesClassName
  if (name || name === old.spec.volumeAttributesClassName || old.status.currentVolumeAttributesClassName === undefined) return []
  const what = name === undefined ? 'nil' : 'empty string'
  return [forbiddenField(at, `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`)]
}

const resizeStates = ['ControllerResizeInProgress', 'ControllerResizeInfeasible', 'NodeResizeInProgress', 'NodeResizeInfeasible', 'NodeResizePending']

export function validateClaimStatus({ spec, status }: PersistentVolumeClaim): FieldError[] {
  const [capacityAt, statesAt, allocatedAt] = ['capacity', 'allocatedResourceStatuses', 'allocatedResources'].map((name) => path('status', name))
  return [
    ...((spec.accessModes ?? []).length === 0 ? [required(path('Spec', 'accessModes'))] : []),
    ...Object.entries(status.capacity ?? {}).flatMap(([name, amount]) => validateAmount(amount, capacityAt!.key(name))),
    ...Object.entries(status.allocatedResourceStatuses ?? {}).flatMap(([name, state]) => [
      ...validateResourceKey(name, statesAt!),
      ...(resizeStates.includes(state) ? [] : [notSupported(statesAt!, name, [...resizeStates].sort())]),
    ]),
    ...Object.entries(status.allocatedResources ?? {}).flatMap(([name, amount]) => {
      const wrong = validateResourceKey(name, allocatedAt!)
      return wrong.length > 0 ? wrong : validateAmount(amount, allocatedAt!.key(name))
    }),
  ]
}

function validateAmount(amount: string, at: FieldPath): FieldError[] {
  const quantity = Quantity.parse(amount)
  return quantity.sign() < 0 ? [invalidValue(at, quantity.value(), 'must be a valid resource quantity')] : []
}

function validateResourceKey(name: string, at: FieldPath): FieldError[] {
  const wrong = complaints(at, name, isQualifiedName(name))
  if (wrong.length > 0 || !isNative(name) || name === 'storage') return wrong
  return [notSupported(at, name, ['storage'])]
}
