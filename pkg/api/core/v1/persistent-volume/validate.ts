/** Validation of persistent volumes. */
import { cloneJson } from '#apimachinery/json-value.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import {
  type PersistentVolume,
  PersistentVolumeSourceSchema,
  type PersistentVolumeSpec,
  type VolumeNodeAffinity,
  VolumeNodeAffinitySchema,
} from '#api/gen/core/v1.ts'
import { complaints, immutable, immutableMessage, optionalOneOf } from '../../../checks.ts'
import { internalForm } from '../../../internal-form.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { unifiedDiff } from '../../../unified-diff.ts'
import { validateAccessModes, volumeModes } from '../persistent-volume-claim/validate-spec.ts'
import { validateNodeSelector } from '../pod-spec/validate-node-selector.ts'
import { persistentVolumeSources } from './volume-sources.ts'

const at = path('spec')

export function validatePersistentVolume({ metadata, spec }: PersistentVolume): FieldError[] {
  return [
    ...((spec.accessModes ?? []).length === 0 ? [required(at.child('accessModes'))] : []),
    ...validateAccessModes(spec.accessModes, at.child('accessModes')),
    ...validateCapacity(spec, at.child('capacity')),
    ...optionalOneOf(at.child('persistentVolumeReclaimPolicy'), spec.persistentVolumeReclaimPolicy || undefined, ['Delete', 'Recycle', 'Retain']),
    ...validateNodeAffinity(spec.nodeAffinity, at.child('nodeAffinity')),
    ...validateSources(spec, metadata.name ?? '', at),
    ...validateRecycling(spec, at.child('persistentVolumeReclaimPolicy')),
    ...(spec.storageClassName ? complaints(at.child('storageClassName'), spec.storageClassName, nameIsDnsSubdomain(spec.storageClassName, false)) : []),
    ...optionalOneOf(at.child('volumeMode'), spec.volumeMode, volumeModes),
    ...validateAttributesClass(spec, at),
    ...validateMountOptions(metadata, spec),
  ]
}

const inlineDetail = 'in the context of inline volumes'

/** A volume that an attachment carries in itself: of CSI, and without what only a volume of its own can have. */
export function validateInlinePersistentVolumeSpec(spec: PersistentVolumeSpec, at: FieldPath): FieldError[] {
  const absent = (key: keyof PersistentVolumeSpec, isThere: boolean): FieldError[] =>
    isThere ? [forbiddenField(at.child(key), `may not be specified ${inlineDetail}`)] : []
  const { persistentVolumeReclaimPolicy: policy, volumeMode } = spec
  return [
    ...absent('claimRef', spec.claimRef !== undefined),
    ...absent('capacity', Object.keys(spec.capacity ?? {}).length > 0),
    ...(spec.csi ? [] : [required(at.child('csi'), `has to be specified ${inlineDetail}`)]),
    ...((spec.accessModes ?? []).length === 0 ? [required(at.child('accessModes'))] : []),
    ...validateAccessModes(spec.accessModes, at.child('accessModes')),
    ...(policy && policy !== 'Retain' ? [forbiddenField(at.child('persistentVolumeReclaimPolicy'), `may only be Retain ${inlineDetail}`)] : []),
    ...absent('nodeAffinity', spec.nodeAffinity !== undefined),
    ...validateSources(spec, '', at),
    ...validateRecycling(spec, at.child('persistentVolumeReclaimPolicy')),
    ...absent('storageClassName', (spec.storageClassName ?? '') !== ''),
    ...(volumeMode !== undefined && volumeMode !== 'Filesystem'
      ? [forbiddenField(at.child('volumeMode'), `may not specify volumeMode other than Filesystem ${inlineDetail}`)]
      : []),
  ]
}

function validateCapacity({ capacity: given }: PersistentVolumeSpec, at: FieldPath): FieldError[] {
  const capacity = given ?? {}
  const names = Object.keys(capacity)
  const errors = names.length === 0 ? [required(at)] : []
  if (capacity.storage === undefined || names.length > 1) errors.push(notSupported(at, given, ['storage']))
  for (const [name, amount] of Object.entries(capacity)) {
    const quantity = Quantity.parse(amount)
    if (quantity.sign() < 0) errors.push(invalidValue(at.key(name), quantity.value(), 'must be a valid resource quantity'))
    if (quantity.sign() <= 0) errors.push(invalidValue(at.key(name), amount, 'must be greater than zero'))
  }
  return errors
}

function validateNodeAffinity(affinity: VolumeNodeAffinity | undefined, at: FieldPath): FieldError[] {
  if (!affinity) return []
  if (!affinity.required) return [required(at.child('required'), 'must specify required node constraints')]
  return validateNodeSelector(affinity.required, at.child('required'))
}

function validateSources(spec: PersistentVolumeSpec, name: string, at: FieldPath): FieldError[] {
  const given = persistentVolumeSources.filter(({ key }) => spec[key as keyof PersistentVolumeSpec] !== undefined)
  if (given.length === 0) return [required(at, 'must specify a volume type')]
  return given.flatMap(({ key, path = key, tooManyPath = key, check, beside }, position) => {
    if (position > 0 && !beside) return [forbiddenField(at.child(tooManyPath), 'may not specify more than 1 volume type')]
    const errors = check(spec[key as keyof PersistentVolumeSpec], at.child(path), name)
    if (key === 'local' && !spec.nodeAffinity) errors.push(required(at.child('nodeAffinity'), 'Local volume requires node affinity'))
    return errors
  })
}

function validateRecycling({ hostPath, persistentVolumeReclaimPolicy }: PersistentVolumeSpec, at: FieldPath): FieldError[] {
  const isRoot = hostPath !== undefined && /^\/+(\.?\/*)*$/.test(hostPath.path)
  return isRoot && persistentVolumeReclaimPolicy === 'Recycle' ? [forbiddenField(at, "may not be 'recycle' for a hostPath mount of '/'")] : []
}

function validateAttributesClass({ volumeAttributesClassName: name, csi }: PersistentVolumeSpec, at: FieldPath): FieldError[] {
  const here = at.child('volumeAttributesClassName')
  if (name === undefined) return []
  const errors = name === '' ? [required(here, 'an empty string is disallowed')] : complaints(here, name, nameIsDnsSubdomain(name, false))
  return csi ? errors : [...errors, required(at.child('csi'), 'has to be specified when using volumeAttributesClassName')]
}

const mountOptions = 'volume.beta.kubernetes.io/mount-options'
const mountedWithOptions = [
  ...['gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'cinder', 'cephfs', 'azureFile', 'vsphereVolume'],
  ...['azureDisk', 'photonPersistentDisk'],
]

function validateMountOptions({ annotations = {} }: PersistentVolume['metadata'], spec: PersistentVolumeSpec): FieldError[] {
  if (!(mountOptions in annotations) || mountedWithOptions.some((source) => spec[source as keyof PersistentVolumeSpec])) return []
  return [forbiddenField(path('metadata').child('annotations', mountOptions), 'may not specify mount options for this volume type')]
}

export function validatePersistentVolumeUpdate(object: PersistentVolume, old: PersistentVolume): FieldError[] {
  // Both upstream's strategy and the function that it calls look at the whole volume: each error but the strategy's own is told of twice.
  const errors = validatePersistentVolume(object).filter(({ field }) => !field.includes(mountOptions))
  const [now, before] = [sourcesOf(object.spec), sourcesOf(old.spec)]
  // What it needs to be grown by may be added later.
  if (before.csi && !before.csi.controllerExpandSecretRef) delete now.csi?.controllerExpandSecretRef
  if (!semanticEqual(now, before, PersistentVolumeSourceSchema))
    errors.push(
      forbiddenField(
        at.child('persistentvolumesource'),
        `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(PersistentVolumeSourceSchema, before, now)}`,
      ),
    )
  errors.push(...immutable(path('volumeMode'), object.spec.volumeMode, old.spec.volumeMode))
  if (old.spec.nodeAffinity && !semanticEqual(withStableLabels(object.spec.nodeAffinity, old.spec.nodeAffinity), old.spec.nodeAffinity))
    errors.push(
      invalidValue(
        path('nodeAffinity'),
        internalForm(VolumeNodeAffinitySchema, object.spec.nodeAffinity),
        `${immutableMessage}, except for updating from beta label to GA`,
      ),
    )
  if (old.spec.volumeAttributesClassName !== undefined && object.spec.volumeAttributesClassName === undefined)
    errors.push(forbiddenField(at.child('volumeAttributesClassName'), 'update from non-nil value to nil is forbidden'))
  return errors
}

type Sources = { csi?: { controllerExpandSecretRef?: unknown } } & Record<string, unknown>

function sourcesOf(spec: PersistentVolumeSpec): Sources {
  const keys = persistentVolumeSources.map(({ key }) => key)
  return cloneJson(Object.fromEntries(Object.entries(spec).filter(([key, value]) => keys.includes(key) && value !== undefined)))
}

const stableLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
}

/** The new affinity with each key that only lost its "beta" put back to the old one's; none at all counts as that of a key without "beta". */
function withStableLabels(affinity: VolumeNodeAffinity | undefined, old: VolumeNodeAffinity): VolumeNodeAffinity | undefined {
  const restored = cloneJson(affinity)
  for (const [index, term] of (restored?.required?.nodeSelectorTerms ?? []).entries()) {
    for (const group of ['matchExpressions', 'matchFields'] as const) {
      for (const [position, requirement] of (term[group] ?? []).entries()) {
        const before = old.required?.nodeSelectorTerms?.[index]?.[group]?.[position]?.key
        if (before !== undefined && (stableLabels[before] ?? '') === requirement.key) requirement.key = before
      }
    }
  }
  return restored
}
