/** The sources that a persistent volume may have, in the order in which upstream looks at them. */
import { type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isDns1123Label, isDns1123Subdomain, nameIsDnsLabel } from '#apimachinery/names.ts'
import type { CSIPersistentVolumeSource, GlusterfsPersistentVolumeSource, ISCSIPersistentVolumeSource, SecretReference } from '#api/gen/core/v1.ts'
import type { AzureFilePersistentVolumeSource, LocalVolumeSource } from '#api/gen/core/v1.ts'
import { complaints, noBacksteps, requiredText } from '../../../checks.ts'
import * as checks from '../pod-spec/volume-source-checks.ts'

export interface PersistentSourceCheck {
  readonly key: string
  readonly path?: string
  readonly tooManyPath?: string
  /** Upstream counts it as a source, but never as one too many. */
  readonly beside?: true
  readonly check: (source: any, at: FieldPath, volumeName: string) => FieldError[]
}

export const persistentVolumeSources: readonly PersistentSourceCheck[] = [
  { key: 'hostPath', check: checks.hostPath },
  { key: 'gcePersistentDisk', path: 'persistentDisk', check: checks.partitionedDisk('pdName') },
  { key: 'awsElasticBlockStore', check: checks.partitionedDisk('volumeID') },
  { key: 'glusterfs', check: glusterfs },
  { key: 'flocker', check: checks.flocker },
  { key: 'nfs', check: checks.nfs },
  { key: 'rbd', check: checks.needs('monitors', 'image') },
  { key: 'quobyte', check: checks.quobyte },
  { key: 'cephfs', tooManyPath: 'cephFS', check: checks.needs('monitors') },
  { key: 'iscsi', check: iscsi },
  { key: 'cinder', check: (source, at) => [...checks.needs('volumeID')(source, at), ...checks.secretRef(source, at, true)] },
  { key: 'fc', check: checks.fibreChannel },
  { key: 'flexVolume', beside: true, check: checks.flexVolume },
  { key: 'azureFile', check: azureFile },
  { key: 'vsphereVolume', check: checks.needs('volumePath') },
  { key: 'photonPersistentDisk', check: checks.needs('pdID') },
  { key: 'portworxVolume', check: checks.needs('volumeID') },
  { key: 'azureDisk', check: checks.azureDisk },
  { key: 'scaleIO', check: checks.needs('gateway', 'system', 'volumeName') },
  { key: 'local', check: local },
  { key: 'storageos', check: storageOs },
  { key: 'csi', check: csi },
]

function glusterfs(source: GlusterfsPersistentVolumeSource, at: FieldPath): FieldError[] {
  const { endpointsNamespace: namespace } = source
  const errors = checks.needs('endpoints', 'path')(source, at)
  if (namespace === undefined) return errors
  const here = at.child('endpointsNamespace')
  if (namespace === '') return [...errors, invalidValue(here, namespace, 'if the endpointnamespace is set, it must be a valid namespace name')]
  return [...errors, ...complaints(here, namespace, nameIsDnsLabel(namespace, false))]
}

function iscsi(source: ISCSIPersistentVolumeSource, at: FieldPath, volumeName: string): FieldError[] {
  const tooLong = checks.isInitiatorTooLong(source, volumeName)
  return [
    ...(tooLong ? [invalidValue(at.child('targetportal'), source.targetPortal, checks.shortInitiatorMessage)] : []),
    ...checks.iscsiWith(source, at, 'must be valid format'),
    ...(source.secretRef ? requiredText(at.child('secretRef', 'name'), source.secretRef.name) : []),
  ]
}

function azureFile(source: AzureFilePersistentVolumeSource, at: FieldPath): FieldError[] {
  const errors = checks.needs('secretName', 'shareName')(source, at)
  return source.secretNamespace === '' ? [...errors, required(at.child('secretNamespace'))] : errors
}

function local({ path }: LocalVolumeSource, at: FieldPath): FieldError[] {
  return path ? noBacksteps(at.child('path'), path) : [required(at.child('path'))]
}

function storageOs(source: Parameters<typeof checks.storageOs>[0], at: FieldPath): FieldError[] {
  const errors = checks.storageOs(source, at)
  return source.secretRef ? [...errors, ...requiredText(at.child('secretRef', 'namespace'), source.secretRef.namespace)] : errors
}

const secrets = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const

function csi(source: CSIPersistentVolumeSource, at: FieldPath): FieldError[] {
  return [
    ...checks.csiDriverName(source.driver, at.child('driver')),
    ...requiredText(at.child('volumeHandle'), source.volumeHandle),
    ...secrets.flatMap((key) => (source[key] ? secretReference(source[key], at.child(key)) : [])),
  ]
}

function secretReference({ name, namespace }: SecretReference, at: FieldPath): FieldError[] {
  return [
    ...(name ? complaints(at.child('name'), name, isDns1123Subdomain(name)) : [required(at.child('name'))]),
    ...(namespace ? complaints(at.child('namespace'), namespace, isDns1123Label(namespace)) : [required(at.child('namespace'))]),
  ]
}
