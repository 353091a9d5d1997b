/** Validation of metadata, which all kinds share (k8s.io/apimachinery/pkg/api/validation/objectmeta.go). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required, tooLong } from '#apimachinery/field-error.ts'
import { isQualifiedName, type NameCheck, nameIsDnsLabel } from '#apimachinery/names.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import { complaints, immutable, nonNegative } from '../checks.ts'
import { validateAnnotations, validateLabels } from './labels.ts'
import { validateOwnerReferences } from './owner-references.ts'

/** Metadata of a new object, its name made already. */
export function validateObjectMeta(metadata: ObjectMeta, namespaced: boolean, validateName: NameCheck, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const { name, generateName, namespace } = metadata
  if (generateName) errors.push(...complaints(at.child('generateName'), generateName, validateName(generateName, true)))
  if (name) errors.push(...complaints(at.child('name'), name, validateName(name, false)))
  else errors.push(required(at.child('name'), 'name or generateName is required'))
  if (namespaced) {
    if (namespace) errors.push(...complaints(at.child('namespace'), namespace, nameIsDnsLabel(namespace, false)))
    else errors.push(required(at.child('namespace')))
  } else if (namespace) errors.push(forbiddenField(at.child('namespace'), 'not allowed on this type'))
  errors.push(
    ...nonNegative(at.child('generation'), metadata.generation),
    ...validateTexts(metadata, at),
    ...validateFinalizers(metadata.finalizers, at.child('finalizers')),
    ...validateManagedFields(metadata, at.child('managedFields')),
  )
  return errors
}

/** Metadata of an object that replaces `old`. */
export function validateObjectMetaUpdate(metadata: ObjectMeta, old: ObjectMeta, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (old.deletionTimestamp) errors.push(...noNewFinalizers(metadata, old, at.child('finalizers')))
  if (!metadata.resourceVersion) errors.push(invalidValue(at.child('resourceVersion'), metadata.resourceVersion ?? '', 'must be specified for an update'))
  if ((metadata.generation ?? 0) < (old.generation ?? 0)) errors.push(invalidValue(at.child('generation'), metadata.generation ?? 0, 'must not be decremented'))
  for (const key of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    errors.push(...immutable(at.child(key), metadata[key], old[key]))
  }
  return [...errors, ...validateTexts(metadata, at), ...validateManagedFields(metadata, at.child('managedFields'))]
}

function validateTexts(metadata: ObjectMeta, at: FieldPath): FieldError[] {
  return [
    ...validateLabels(metadata.labels, at.child('labels')),
    ...validateAnnotations(metadata.annotations, at.child('annotations')),
    ...validateOwnerReferences(metadata.ownerReferences, at.child('ownerReferences')),
  ]
}

export function validateFinalizers(finalizers: readonly string[] | undefined, at: FieldPath): FieldError[] {
  const errors = (finalizers ?? []).flatMap((finalizer) => complaints(at, finalizer, isQualifiedName(finalizer)))
  const contradict = ['orphan', 'foregroundDeletion'].every((each) => finalizers?.includes(each))
  return contradict ? [...errors, invalidValue(at, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set')] : errors
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion']

/** Without a domain only Kubernetes' own are known. */
export function validateStandardFinalizers(finalizers: readonly string[] | undefined, at: FieldPath): FieldError[] {
  return (finalizers ?? []).flatMap((finalizer, position) =>
    finalizer.includes('/') || standardFinalizers.includes(finalizer)
      ? []
      : [invalidValue(at.index(position), finalizer, 'name is neither a standard finalizer name nor is it fully qualified')],
  )
}

/** Metadata as most kinds' own validation looks at it, on creation and, in some kinds, on each update. */
export function validateKindMeta(metadata: ObjectMeta, namespaced: boolean, validateName: NameCheck): FieldError[] {
  const at = path('metadata')
  return [...validateObjectMeta(metadata, namespaced, validateName, at), ...validateStandardFinalizers(metadata.finalizers, at.child('finalizers'))]
}

function noNewFinalizers({ finalizers }: ObjectMeta, old: ObjectMeta, at: FieldPath): FieldError[] {
  const added = [...new Set(finalizers ?? [])].filter((each) => !old.finalizers?.includes(each)).sort()
  if (added.length === 0) return []
  const goList = `[]string{${added.map((each) => JSON.stringify(each)).join(', ')}}`
  return [forbiddenField(at, `no new finalizers can be added if the object is being deleted, found new finalizers ${goList}`)]
}

const operations = ['Apply', 'Update']
export const managerMaxLength = 128

/** A field manager's name: of a length that can be kept, in characters that can be read. */
export function validateFieldManager(manager: string, at: FieldPath): FieldError[] {
  const errors = Buffer.byteLength(manager) > managerMaxLength ? [tooLong(at, managerMaxLength)] : []
  // What all managers are; the long expression takes milliseconds to compile.
  if (/^[ -~]*$/.test(manager)) return errors
  for (const { 0: character, index } of manager.matchAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu)) {
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    errors.push(invalidValue(at, manager, `invalid character U+${code} (at position ${Buffer.byteLength(manager.slice(0, index))})`))
  }
  return errors
}
const subresourceMaxLength = 256

function validateManagedFields({ managedFields }: ObjectMeta, at: FieldPath): FieldError[] {
  return (managedFields ?? []).flatMap(({ operation, fieldsType, manager, subresource }, position) => {
    const here = at.index(position)
    return [
      ...(operations.includes(operation ?? '') ? [] : [invalidValue(here.child('operation'), operation ?? '', 'must be `Apply` or `Update`')]),
      ...(fieldsType && fieldsType !== 'FieldsV1' ? [invalidValue(here.child('fieldsType'), fieldsType, 'must be `FieldsV1`')] : []),
      ...validateFieldManager(manager ?? '', here.child('manager')),
      ...(Buffer.byteLength(subresource ?? '') > subresourceMaxLength ? [tooLong(here.child('subresource'), subresourceMaxLength)] : []),
    ]
  })
}
