/**
 * The sources that a pod's volumes may have, in the order in which upstream looks at them: where two are given,
 * the later is one too many. Persistent volumes share the checks of `volume-source-checks.ts`.
 */
import { type FieldError, type FieldPath, forbiddenField, required } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { ConfigMapVolumeSource, CSIVolumeSource, DownwardAPIVolumeSource, EphemeralVolumeSource, ImageVolumeSource } from '#api/gen/core/v1.ts'
import type { ProjectedVolumeSource, SecretVolumeSource } from '#api/gen/core/v1.ts'
import { complaints, descendingPath, fileMode, requiredOneOf, requiredText } from '../../../checks.ts'
import { validateClaimTemplate } from '../persistent-volume-claim/validate-spec.ts'
import type { PodSpecOptions } from './options.ts'
import { validateProjections } from './validate-projections.ts'
import { validateDownwardFiles, validateItems } from './validate-volume-files.ts'
import * as checks from './volume-source-checks.ts'

export { isInitiatorTooLong, shortInitiatorMessage } from './volume-source-checks.ts'

export interface SourceCheck {
  readonly key: string
  /** Where upstream's paths name the field otherwise than its JSON does. */
  readonly path?: string
  readonly tooManyPath?: string
  readonly check: (source: any, at: FieldPath, options: PodSpecOptions) => FieldError[]
}

export const pullPolicies = ['Always', 'IfNotPresent', 'Never']

export const podVolumeSources: readonly SourceCheck[] = [
  { key: 'emptyDir', check: emptyDir },
  { key: 'hostPath', check: checks.hostPath },
  { key: 'gitRepo', check: (source, at) => [...checks.needs('repository')(source, at), ...descendingPath(at.child('directory'), source.directory ?? '')] },
  { key: 'gcePersistentDisk', path: 'persistentDisk', check: checks.partitionedDisk('pdName') },
  { key: 'awsElasticBlockStore', check: checks.partitionedDisk('volumeID') },
  { key: 'secret', check: secret },
  { key: 'nfs', check: checks.nfs },
  { key: 'iscsi', check: checks.iscsi },
  { key: 'glusterfs', check: checks.needs('endpoints', 'path') },
  { key: 'flocker', check: checks.flocker },
  { key: 'persistentVolumeClaim', check: checks.needs('claimName') },
  { key: 'rbd', check: checks.needs('monitors', 'image') },
  { key: 'cinder', check: checks.cinder },
  { key: 'cephfs', tooManyPath: 'cephFS', check: checks.needs('monitors') },
  { key: 'quobyte', check: checks.quobyte },
  { key: 'downwardAPI', tooManyPath: 'downwarAPI', check: downwardApi },
  { key: 'fc', check: checks.fibreChannel },
  { key: 'flexVolume', check: checks.flexVolume },
  { key: 'configMap', check: configMap },
  { key: 'azureFile', check: checks.needs('secretName', 'shareName') },
  { key: 'vsphereVolume', check: checks.needs('volumePath') },
  { key: 'photonPersistentDisk', check: checks.needs('pdID') },
  { key: 'portworxVolume', check: checks.needs('volumeID') },
  { key: 'azureDisk', check: checks.azureDisk },
  { key: 'storageos', check: checks.storageOs },
  { key: 'projected', check: projected },
  { key: 'scaleIO', check: checks.needs('gateway', 'system', 'volumeName') },
  { key: 'csi', check: csi },
  { key: 'ephemeral', check: ephemeral },
  { key: 'image', check: image },
]

function emptyDir({ sizeLimit }: { sizeLimit?: string }, at: FieldPath): FieldError[] {
  if (sizeLimit === undefined || Quantity.parse(sizeLimit).sign() >= 0) return []
  return [forbiddenField(at.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity')]
}

function secret({ secretName, defaultMode, items }: SecretVolumeSource, at: FieldPath): FieldError[] {
  return [...requiredText(at.child('secretName'), secretName), ...fileMode(at.child('defaultMode'), defaultMode), ...validateItems(items, at.child('items'))]
}

function configMap({ name, defaultMode, items }: ConfigMapVolumeSource, at: FieldPath): FieldError[] {
  return [...requiredText(at.child('name'), name), ...fileMode(at.child('defaultMode'), defaultMode), ...validateItems(items, at.child('items'))]
}

function downwardApi({ defaultMode, items }: DownwardAPIVolumeSource, at: FieldPath): FieldError[] {
  return [...fileMode(at.child('defaultMode'), defaultMode), ...validateDownwardFiles(items, at)]
}

function projected({ defaultMode, sources }: ProjectedVolumeSource, at: FieldPath, options: PodSpecOptions): FieldError[] {
  return [...fileMode(at.child('defaultMode'), defaultMode), ...validateProjections(sources ?? [], at, options)]
}

function csi({ driver, nodePublishSecretRef: secret }: CSIVolumeSource, at: FieldPath): FieldError[] {
  const errors = checks.csiDriverName(driver, at.child('driver'))
  if (!secret) return errors
  if (!secret.name) return [...errors, required(at.child('nodePublishSecretRef', 'name'))]
  return [...errors, ...complaints(at.child('name'), secret.name, nameIsDnsSubdomain(secret.name, false))]
}

function ephemeral({ volumeClaimTemplate }: EphemeralVolumeSource, at: FieldPath): FieldError[] {
  const here = at.child('volumeClaimTemplate')
  return volumeClaimTemplate ? validateClaimTemplate(volumeClaimTemplate, here) : [required(here)]
}

/** A template may leave the image open; a pod may not. */
function image({ reference, pullPolicy }: ImageVolumeSource, at: FieldPath, { isPod }: PodSpecOptions): FieldError[] {
  return [...(isPod ? requiredText(at.child('reference'), reference) : []), ...requiredOneOf(at.child('pullPolicy'), pullPolicy, pullPolicies)]
}
