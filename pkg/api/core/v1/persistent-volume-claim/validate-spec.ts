/** Validation of what a claim asks for: a claim's own spec, and those in templates of pods and stateful sets. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain, nameIsDnsLabel, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate, TypedObjectReference } from '#api/gen/core/v1.ts'
import { complaints, optionalOneOf, requiredText } from '../../../checks.ts'
import { validateAnnotations, validateLabels, validateLabelSelector } from '../../../meta/labels.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
export const volumeModes = ['Block', 'Filesystem']

/** `knownGroups`: sources of any API group are taken, since the claim had one of an odd name before. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, at: FieldPath, knownGroups = false): FieldError[] {
  return [
    ...((spec.accessModes ?? []).length === 0 ? [required(at.child('accessModes'), 'at least 1 access mode is required')] : []),
    ...validateLabelSelector(spec.selector, at.child('selector')),
    ...validateAccessModes(spec.accessModes, at.child('accessModes')),
    ...validateStorage(spec.resources?.requests?.storage, at.child('resources').key('storage')),
    ...className(spec.storageClassName, at.child('storageClassName')),
    ...optionalOneOf(at.child('volumeMode'), spec.volumeMode, volumeModes),
    ...validateSource(spec.dataSource, at.child('dataSource'), knownGroups),
    ...validateSource(spec.dataSourceRef, at.child('dataSourceRef'), knownGroups),
    ...validateSourcesAgree(spec, at),
    ...className(spec.volumeAttributesClassName, at.child('volumeAttributesClassName')),
  ]
}

function className(name: string | undefined, at: FieldPath): FieldError[] {
  return name ? complaints(at, name, nameIsDnsSubdomain(name, false)) : []
}

export function validateAccessModes(modes: readonly string[] | undefined, at: FieldPath): FieldError[] {
  const given = modes ?? []
  const errors = given.filter((mode) => !accessModes.includes(mode)).map((mode) => notSupported(at, mode, accessModes))
  const others = given.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))
  return given.includes('ReadWriteOncePod') && others ? [...errors, forbiddenField(at, 'may not use ReadWriteOncePod with other access modes')] : errors
}

function validateStorage(storage: string | undefined, at: FieldPath): FieldError[] {
  if (storage === undefined) return [required(at)]
  return Quantity.parse(storage).sign() > 0 ? [] : [invalidValue(at, storage, 'must be greater than zero')]
}

function validateSource(source: TypedObjectReference | undefined, at: FieldPath, knownGroups: boolean): FieldError[] {
  if (!source) return []
  const { apiGroup, kind, name, namespace } = source
  const errors = [...requiredText(at.child('name'), name), ...requiredText(at.child('kind'), kind)]
  if (!apiGroup && kind !== 'PersistentVolumeClaim')
    errors.push(invalidValue(at, kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
  if (apiGroup && !knownGroups) errors.push(...complaints(at.child('apiGroup'), apiGroup, isDns1123Subdomain(apiGroup)))
  return namespace ? [...errors, ...complaints(at.child('namespace'), namespace, nameIsDnsLabel(namespace, false))] : errors
}

function validateSourcesAgree({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, at: FieldPath): FieldError[] {
  if (!dataSource || !dataSourceRef) return []
  // Upstream gives the path for a value, which has no JSON.
  if (dataSourceRef.namespace) return [invalidValue(at, {}, 'may not be specified when dataSourceRef.namespace is specified')]
  const agree = (['apiGroup', 'kind', 'name'] as const).every((key) => dataSource[key] === dataSourceRef[key])
  return agree ? [] : [invalidValue(at, {}, 'must match dataSourceRef')]
}

/** Of a template's metadata only labels and annotations mean anything; the rest is refused rather than ignored. */
export function validateTemplateMetadata(metadata: PersistentVolumeClaimTemplate['metadata'], here: FieldPath): FieldError[] {
  const unfit = Object.keys(metadata ?? {}).filter((key) => key !== 'labels' && key !== 'annotations' && isSet(key, metadata?.[key as keyof typeof metadata]))
  return [
    ...validateAnnotations(metadata?.annotations, here.child('annotations')),
    ...validateLabels(metadata?.labels, here.child('labels')),
    ...unfit.map((key) => forbiddenField(here.child(key === 'uid' ? 'uID' : key), 'cannot be set')),
  ]
}

export function validateClaimTemplate({ metadata, spec }: PersistentVolumeClaimTemplate, at: FieldPath): FieldError[] {
  return [...validateTemplateMetadata(metadata, at.child('metadata')), ...validateClaimSpec(spec, at.child('spec'))]
}

function isSet(key: string, value: unknown): boolean {
  if (key === 'deletionGracePeriodSeconds') return value !== undefined
  return value !== undefined && value !== null && value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0)
}
