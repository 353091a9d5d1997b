/** What every object's metadata must be, on creation and on update (apimachinery's api/validation/objectmeta.go). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required, tooLong } from '#apimachinery/field-error.ts'
import { isDns1123Label, isDns1123Subdomain, isPathSegmentName, isPathSegmentPrefix, isQualifiedName, isValidLabelValue } from '#apimachinery/names.ts'
import { type ObjectMeta, type OwnerReference, parseApiVersion } from '#apimachinery/object.ts'
import type { ResourceDefinition } from '#api/types.ts'

const annotationsLimit = 256 * 1024
const metadata = path('metadata')

export function validateMetaOnCreate(definition: ResourceDefinition, meta: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  if (meta.generateName)
    for (const text of checkName(definition, meta.generateName, true)) errors.push(invalidValue(metadata.child('generateName'), meta.generateName, text))
  if (!meta.name) errors.push(required(metadata.child('name'), 'name or generateName is required'))
  else for (const text of checkName(definition, meta.name, false)) errors.push(invalidValue(metadata.child('name'), meta.name, text))
  errors.push(...validateCommon(definition, meta))
  return errors
}

export function validateMetaOnUpdate(definition: ResourceDefinition, meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  if (old.deletionTimestamp) {
    const added = (meta.finalizers ?? []).filter((each) => !(old.finalizers ?? []).includes(each)).sort()
    if (added.length > 0) {
      const list = `[]string{${added.map((each) => JSON.stringify(each)).join(', ')}}`
      errors.push(forbiddenField(metadata.child('finalizers'), `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`))
    }
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) errors.push(invalidValue(metadata.child('generation'), meta.generation ?? 0, 'must not be decremented'))
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if ((meta[field] ?? '') !== (old[field] ?? '')) errors.push(invalidValue(metadata.child(field), meta[field] ?? '', 'field is immutable'))
  }
  errors.push(...validateCommon(definition, meta))
  return errors
}

function checkName({ validateName }: ResourceDefinition, name: string, prefix: boolean): string[] {
  if (!validateName) return isDns1123Subdomain(prefix && name.endsWith('-') ? name.slice(0, -1) : name)
  const errors = validateName(name, prefix)
  return errors.length > 0 ? errors : prefix ? isPathSegmentPrefix(name) : isPathSegmentName(name)
}

function validateCommon({ namespaced }: ResourceDefinition, meta: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  if (namespaced) {
    if (!meta.namespace) errors.push(required(metadata.child('namespace')))
    else for (const text of isDns1123Label(meta.namespace)) errors.push(invalidValue(metadata.child('namespace'), meta.namespace, text))
  } else if (meta.namespace) errors.push(forbiddenField(metadata.child('namespace'), 'not allowed on this type'))
  if ((meta.generation ?? 0) < 0) errors.push(invalidValue(metadata.child('generation'), meta.generation, 'must be greater than or equal to 0'))
  errors.push(...validateLabels(meta.labels ?? {}, metadata.child('labels')))
  errors.push(...validateAnnotations(meta.annotations ?? {}, metadata.child('annotations')))
  errors.push(...validateOwners(meta.ownerReferences ?? [], metadata.child('ownerReferences')))
  errors.push(...validateFinalizers(meta.finalizers ?? [], metadata.child('finalizers')))
  return errors
}

export function validateLabels(labels: Readonly<Record<string, string>>, at: FieldPath): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...isQualifiedName(key).map((text) => invalidValue(at, key, text)),
    ...isValidLabelValue(value).map((text) => invalidValue(at.key(key), value, text)),
  ])
}

function validateAnnotations(annotations: Readonly<Record<string, string>>, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    for (const text of isQualifiedName(key.toLowerCase())) errors.push(invalidValue(at, key, text))
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > annotationsLimit) errors.push(tooLong(at, annotationsLimit))
  return errors
}

function validateOwners(owners: readonly OwnerReference[], at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  let controller: string | undefined
  owners.forEach((owner, index) => {
    const here = at.index(index)
    if (!owner.apiVersion) errors.push(required(here.child('apiVersion'), 'must not be empty'))
    else if (owner.apiVersion.split('/').length > 2 || parseApiVersion(owner.apiVersion).version === '') {
      errors.push(invalidValue(here.child('apiVersion'), owner.apiVersion, 'must be <group>/<version> or <version>'))
    }
    for (const field of ['kind', 'name', 'uid'] as const) if (!owner[field]) errors.push(required(here.child(field), 'must not be empty'))
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') errors.push(invalidValue(here, owner, '/v1, Kind=Event is disallowed from being an owner'))
    if (!owner.controller) return
    const name = `${owner.kind}/${owner.name}`
    if (controller === undefined) controller = name
    else errors.push(invalidValue(at, owners, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`))
  })
  return errors
}

function validateFinalizers(finalizers: readonly string[], at: FieldPath): FieldError[] {
  const errors = finalizers.flatMap((each) => isQualifiedName(each).map((text) => invalidValue(at, each, text)))
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalidValue(at, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return errors
}
