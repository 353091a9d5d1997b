/** Validation of the files that ConfigMaps, Secrets and the downward API become in a volume. */
import { type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isConfigMapKey } from '#apimachinery/names.ts'
import type { DownwardAPIVolumeFile, KeyToPath } from '#api/gen/core/v1.ts'
import { complaints, descendingPath, fileMode } from '../../../checks.ts'
import { validateFieldRef, validateResourceFieldRef } from './validate-env.ts'

const downwardFields = ['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid']

export function validateItems(items: readonly KeyToPath[] | undefined, at: FieldPath): FieldError[] {
  return (items ?? []).flatMap(({ key, path, mode }, position) => {
    const here = at.index(position)
    return [
      ...(key ? complaints(here.child('key'), key, isConfigMapKey(key)) : [required(here.child('key'))]),
      ...(path ? localPath(here.child('path'), path) : [required(here.child('path'))]),
      ...fileMode(here.child('mode'), mode),
    ]
  })
}

export function localPath(at: FieldPath, path: string): FieldError[] {
  const errors = descendingPath(at, path)
  return path.startsWith('..') && !path.startsWith('../') && path !== '..' ? [...errors, invalidValue(at, path, "must not start with '..'")] : errors
}

export function validateDownwardFiles(files: readonly DownwardAPIVolumeFile[] | undefined, at: FieldPath): FieldError[] {
  return (files ?? []).flatMap(({ path, fieldRef, resourceFieldRef, mode }) => {
    const errors = path ? localPath(at.child('path'), path) : [required(at.child('path'))]
    if (fieldRef) {
      errors.push(...validateFieldRef(fieldRef, downwardFields, at.child('fieldRef')))
      if (resourceFieldRef) errors.push(invalidValue(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
    } else if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, at.child('resourceFieldRef'), true))
    else errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'))
    return [...errors, ...fileMode(at.child('mode'), mode)]
  })
}
