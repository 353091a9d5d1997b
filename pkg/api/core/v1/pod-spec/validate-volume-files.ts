/** Validation of the files that ConfigMaps, Secrets and the downward API become in a volume. */
import { type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import type { DownwardAPIVolumeFile, KeyToPath } from '#api/gen/core/v1.ts'
import { descendingPath, fileMode, requiredText } from '../../../checks.ts'
import { validateFieldRef, validateResourceFieldRef } from './validate-field-ref.ts'

const downwardFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']

export function validateItems(items: readonly KeyToPath[] | undefined, at: FieldPath): FieldError[] {
  return (items ?? []).flatMap((item, position) => validateItem(item, at.index(position)))
}

export function validateItem({ key, path, mode }: KeyToPath, at: FieldPath): FieldError[] {
  return [
    ...requiredText(at.child('key'), key),
    ...requiredText(at.child('path'), path),
    ...localPath(at.child('path'), path),
    ...fileMode(at.child('mode'), mode),
  ]
}

/** A relative path that stays below where it starts, and is none of the names that the kubelet keeps for itself. */
export function localPath(at: FieldPath, path = ''): FieldError[] {
  const errors = descendingPath(at, path)
  return path.startsWith('..') && !path.startsWith('../') ? [...errors, invalidValue(at, path, "must not start with '..'")] : errors
}

export function validateDownwardFiles(files: readonly DownwardAPIVolumeFile[] | undefined, at: FieldPath): FieldError[] {
  return (files ?? []).flatMap((file) => validateDownwardFile(file, at))
}

export function validateDownwardFile({ path, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile, at: FieldPath): FieldError[] {
  const errors = [...requiredText(at.child('path'), path), ...localPath(at.child('path'), path)]
  if (fieldRef) {
    errors.push(...validateFieldRef(fieldRef, downwardFields, at.child('fieldRef')))
    if (resourceFieldRef) errors.push(invalidValue(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
  } else if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, at.child('resourceFieldRef'), true))
  else errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'))
  return [...errors, ...fileMode(at.child('mode'), mode)]
}
