/** Validation of persistent volumes and claims. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeSpec } from '#api/gen/core/v1.ts'
import { complaints, immutable, optionalOneOf } from '../../checks.ts'
import { validateLabelSelector } from '../../meta/labels.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { unifiedDiff } from '../../unified-diff.ts'
import { validateNodeSelector } from './pod-spec/validate-scheduling.ts'

const at = path('spec')
const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const notSources = new Set([
  ...['capacity', 'accessModes', 'claimRef', 'persistentVolumeReclaimPolicy', 'storageClassName'],
  ...['mountOptions', 'volumeMode', 'nodeAffinity', 'volumeAttributesClassName'],
])

export function validatePersistentVolume({ spec }: PersistentVolume): FieldError[] {
  const errors = validateAccessModes(spec.accessModes, at.child('accessModes'), '')
  const names = Object.keys(spec.capacity ?? {})
  if (names.length === 0) errors.push(required(at.child('capacity')))
  else if (spec.capacity?.storage === undefined || names.length > 1) errors.push(notSupported(at.child('capacity'), spec.capacity, ['storage']))
  for (const [name, amount] of Object.entries(spec.capacity ?? {})) {
    if (Quantity.parse(amount).sign() <= 0) errors.push(invalidValue(at.child('capacity').key(name), amount, 'must be greater than zero'))
  }
  errors.push(...optionalOneOf(at.child('persistentVolumeReclaimPolicy'), spec.persistentVolumeReclaimPolicy || undefined, ['Delete', 'Recycle', 'Retain']))
  if (spec.nodeAffinity?.required) errors.push(...validateNodeSelector(spec.nodeAffinity.required, at.child('nodeAffinity', 'required')))
  errors.push(...validateSource(spec))
  if (spec.storageClassName) errors.push(...complaints(at.child('storageClassName'), spec.storageClassName, nameIsDnsSubdomain(spec.storageClassName, false)))
  return [...errors, ...optionalOneOf(at.child('volumeMode'), spec.volumeMode, ['Block', 'Filesystem'])]
}

function sourcesOf(spec: PersistentVolumeSpec): [string, unknown][] {
  return Object.entries(spec).filter(([key, value]) => !notSources.has(key) && value !== undefined)
}

function validateSource(spec: PersistentVolumeSpec): FieldError[] {
  const [first, ...more] = sourcesOf(spec)
  if (!first) return [required(at, 'must specify a volume type')]
  const errors = more.map(([name]) => forbiddenField(at.child(name), 'may not specify more than 1 volume type'))
  if (spec.hostPath && !spec.hostPath.path) errors.push(required(at.child('hostPath', 'path')))
  if (spec.hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle')
    errors.push(forbiddenField(at.child('persistentVolumeReclaimPolicy'), "may not be 'recycle' for a hostPath mount of '/'"))
  for (const key of ['server', 'path'] as const) if (spec.nfs && !spec.nfs[key]) errors.push(required(at.child('nfs', key)))
  for (const key of ['driver', 'volumeHandle'] as const) if (spec.csi && !spec.csi[key]) errors.push(required(at.child('csi', key)))
  if (spec.local) {
    if (!spec.local.path) errors.push(required(at.child('local', 'path')))
    if (!spec.nodeAffinity) errors.push(required(path('metadata', 'annotations'), 'Local volume requires node affinity'))
  }
  return errors
}

export function validatePersistentVolumeUpdate(object: PersistentVolume, old: PersistentVolume): FieldError[] {
  const errors = validatePersistentVolume(object)
  const [now, before] = [Object.fromEntries(sourcesOf(object.spec)), Object.fromEntries(sourcesOf(old.spec))]
  if (!semanticEqual(now, before))
    errors.push(forbiddenField(at.child('persistentvolumesource'), `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(before, now)}`))
  return [...errors, ...immutable(at.child('volumeMode'), object.spec.volumeMode, old.spec.volumeMode)]
}

export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  return validateClaimSpec(spec, at)
}

export function validateClaimSpec(spec: PersistentVolumeClaimSpec, at: FieldPath): FieldError[] {
  const errors = validateAccessModes(spec.accessModes, at.child('accessModes'), 'at least 1 access mode is required')
  if (spec.selector) errors.push(...validateLabelSelector(spec.selector, at.child('selector')))
  const storage = spec.resources?.requests?.storage
  if (storage === undefined) errors.push(required(at.child('resources').key('storage')))
  else if (Quantity.parse(storage).sign() <= 0) errors.push(invalidValue(at.child('resources').key('storage'), storage, 'must be greater than zero'))
  for (const key of ['storageClassName', 'volumeAttributesClassName'] as const) {
    const name = spec[key]
    if (name) errors.push(...complaints(at.child(key), name, nameIsDnsSubdomain(name, false)))
  }
  errors.push(...optionalOneOf(at.child('volumeMode'), spec.volumeMode, ['Block', 'Filesystem']))
  for (const key of ['dataSource', 'dataSourceRef'] as const) {
    const source = spec[key]
    if (!source) continue
    for (const part of ['name', 'kind'] as const) if (!source[part]) errors.push(required(at.child(key, part)))
    if (!source.apiGroup && source.kind && source.kind !== 'PersistentVolumeClaim') {
      errors.push(invalidValue(at.child(key), source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
    }
  }
  return errors
}

function validateAccessModes(modes: readonly string[] | undefined, at: FieldPath, detail: string): FieldError[] {
  if ((modes ?? []).length === 0) return [required(at, detail)]
  const errors = (modes ?? []).filter((mode) => !accessModes.includes(mode)).map((mode) => notSupported(at, mode, accessModes))
  return modes?.includes('ReadWriteOncePod') && modes.length > 1
    ? [...errors, forbiddenField(at, 'may not use ReadWriteOncePod with other access modes')]
    : errors
}

/** A bound claim may grow, and change its attributes class; an unbound one may be bound. */
export function validateClaimUpdate(object: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateClaim(object)
  const [now, before] = [structuredClone(object.spec), old.spec]
  if (!before.volumeName) now.volumeName = before.volumeName
  const isBound = old.status.phase === 'Bound'
  const requested = now.resources?.requests?.storage
  if (isBound) now.resources = before.resources
  now.volumeAttributesClassName = before.volumeAttributesClassName
  if (now.storageClassName !== before.storageClassName && !before.storageClassName && !before.volumeName) now.storageClassName = before.storageClassName
  if (!semanticEqual(now, before)) {
    errors.push(
      forbiddenField(
        at,
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${unifiedDiff(before, now)}`,
      ),
    )
  }
  const current = old.status.capacity?.storage
  const asked = before.resources?.requests?.storage
  const shrinks = isBound && requested && asked && Quantity.parse(requested).compare(Quantity.parse(asked)) < 0
  if (shrinks && (!current || Quantity.parse(requested).compare(Quantity.parse(current)) <= 0)) {
    errors.push(forbiddenField(at.child('resources', 'requests', 'storage'), 'field can not be less than status.capacity'))
  }
  return errors
}
