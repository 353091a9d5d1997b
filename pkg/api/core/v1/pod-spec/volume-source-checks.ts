/** Checks of single volume sources, which pods' volumes and persistent volumes share (pkg/apis/core/validation). */
import { type FieldError, type FieldPath, invalidValue, notSupported, required, tooLong } from '#apimachinery/field-error.ts'
import { inclusiveRangeError, isDns1123Label, isDns1123Subdomain } from '#apimachinery/names.ts'
import type { AzureDiskVolumeSource, FCVolumeSource, FlockerVolumeSource, HostPathVolumeSource, ISCSIVolumeSource, NFSVolumeSource } from '#api/gen/core/v1.ts'
import type { QuobyteVolumeSource } from '#api/gen/core/v1.ts'
import { complaints, noBacksteps, optionalOneOf, requiredText } from '../../../checks.ts'

type Check<T> = (source: T, at: FieldPath) => FieldError[]

/** The fields that a source cannot be without: a text, or a list of at least one. */
export function needs(...keys: readonly string[]): Check<object> {
  return (source, at) => {
    const given = source as Record<string, string | readonly string[] | undefined>
    return keys.filter((key) => !given[key]?.length).map((key) => required(at.child(key)))
  }
}

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

export const hostPath: Check<HostPathVolumeSource> = ({ path, type }, at) => {
  if (!path) return [required(at.child('path'))]
  return [...noBacksteps(at.child('path'), path), ...optionalOneOf(at.child('type'), type, hostPathTypes)]
}

const maxPartition = 255

function inByte(at: FieldPath, value: number | undefined, low = 0, message = inclusiveRangeError(low, maxPartition)): FieldError[] {
  const number = value ?? 0
  return number < 0 || number > maxPartition ? [invalidValue(at, number, message)] : []
}

export function partitionedDisk(name: string): Check<{ partition?: number }> {
  return (source, at) => [...needs(name)(source, at), ...inByte(at.child('partition'), source.partition, 0, inclusiveRangeError(1, maxPartition))]
}

export const nfs: Check<NFSVolumeSource> = ({ server, path }, at) => [
  ...requiredText(at.child('server'), server),
  ...requiredText(at.child('path'), path),
  ...(path?.startsWith('/') ? [] : [invalidValue(at.child('path'), path ?? '', 'must be an absolute path')]),
]

const initiators: readonly (readonly [string, RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[A-Za-z0-9]{16}$/],
  ['naa', /^naa.[A-Za-z0-9]{32}$/],
]

function qualifiedInitiator(at: FieldPath, name: string, unknownForm: string): FieldError[] {
  const rule = initiators.find(([prefix]) => name.startsWith(prefix))
  if (!rule) return [invalidValue(at, name, unknownForm)]
  return rule[1].test(name) ? [] : [invalidValue(at, name, 'must be valid format')]
}

export const shortInitiatorMessage = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'
const maxPortalName = 64

export function isInitiatorTooLong(iscsi: Pick<ISCSIVolumeSource, 'initiatorName' | 'targetPortal'> | undefined, volume: string): boolean {
  return iscsi?.initiatorName !== undefined && Buffer.byteLength(`${volume}:${iscsi.targetPortal}`) > maxPortalName
}

type Iscsi = Pick<ISCSIVolumeSource, 'targetPortal' | 'iqn' | 'lun' | 'chapAuthDiscovery' | 'chapAuthSession' | 'initiatorName'> & { secretRef?: unknown }

export const iscsi: Check<Iscsi> = (source, at) => iscsiWith(source, at, 'must be valid format starting with iqn, eui, or naa')

/** Pods and persistent volumes differ in how they call a name of no known form. */
export function iscsiWith({ targetPortal, iqn, lun, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName }: Iscsi, at: FieldPath, form: string) {
  return [
    ...requiredText(at.child('targetPortal'), targetPortal),
    ...(iqn ? qualifiedInitiator(at.child('iqn'), iqn, form) : [required(at.child('iqn'))]),
    ...inByte(at.child('lun'), lun),
    ...((chapAuthDiscovery || chapAuthSession) && !secretRef ? [required(at.child('secretRef'))] : []),
    ...(initiatorName === undefined ? [] : qualifiedInitiator(at.child('initiatorname'), initiatorName, form)),
  ]
}

export const flocker: Check<FlockerVolumeSource> = ({ datasetName, datasetUUID }, at) => [
  ...(datasetName || datasetUUID ? [] : [required(at, 'one of datasetName and datasetUUID is required')]),
  ...(datasetName && datasetUUID ? [invalidValue(at, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')] : []),
  ...(datasetName?.includes('/') ? [invalidValue(at.child('datasetName'), datasetName, "must not contain '/'")] : []),
]

type Referring = { secretRef?: { name?: string; namespace?: string } }

/** `withNamespace`: for persistent volumes, which are of no namespace themselves. */
export function secretRef({ secretRef }: Referring, at: FieldPath, withNamespace = false): FieldError[] {
  if (!secretRef) return []
  return [
    ...requiredText(at.child('secretRef', 'name'), secretRef.name),
    ...(withNamespace ? requiredText(at.child('secretRef', 'namespace'), secretRef.namespace) : []),
  ]
}

export const cinder: Check<Referring> = (source, at) => [...needs('volumeID')(source, at), ...secretRef(source, at)]

const registryForm = 'must be a host:port pair or multiple pairs separated by commas'
const maxTenantLength = 64

export const quobyte: Check<QuobyteVolumeSource> = ({ registry, tenant, volume }, at) => {
  const errors: FieldError[] = []
  if (!registry) errors.push(required(at.child('registry'), registryForm))
  else if ((tenant ?? '').length > maxTenantLength) errors.push(required(at.child('tenant'), 'must be a UUID and may not exceed a length of 64 characters'))
  else for (const pair of registry.split(',')) if (!isHostPort(pair)) errors.push(invalidValue(at.child('registry'), registry, registryForm))
  return [...errors, ...requiredText(at.child('volume'), volume)]
}

const isHostPort = (pair: string): boolean => /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair)

export const fibreChannel: Check<FCVolumeSource> = ({ targetWWNs = [], wwids = [], lun }, at) => {
  const here = at.child('targetWWNs')
  const errors: FieldError[] = []
  if (targetWWNs.length + wwids.length === 0) errors.push(required(here, 'must specify either targetWWNs or wwids, but not both'))
  if (targetWWNs.length > 0 && wwids.length > 0) errors.push(invalidValue(here, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'))
  if (targetWWNs.length === 0) return errors
  return [...errors, ...(lun === undefined ? [required(at.child('lun'), 'lun is required if targetWWNs is specified')] : inByte(at.child('lun'), lun))]
}

export const flexVolume: Check<{ driver: string; options?: Record<string, string> }> = ({ driver, options }, at) => [
  ...requiredText(at.child('driver'), driver),
  ...Object.keys(options ?? {})
    .filter((key) => /\.(kubernetes|k8s)\.io$/.test(`.${(key.includes('/') ? key.slice(0, key.indexOf('/')) : key).toLowerCase()}`))
    .map((key) => invalidValue(at.child('options').key(key), key, 'kubernetes.io and k8s.io namespaces are reserved')),
]

const managedDisk = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const blobDisk = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

export const azureDisk: Check<AzureDiskVolumeSource> = ({ diskName, diskURI, cachingMode, kind }, at) => {
  const errors = [
    ...requiredText(at.child('diskName'), diskName),
    ...requiredText(at.child('diskURI'), diskURI),
    ...optionalOneOf(at.child('cachingMode'), cachingMode, ['None', 'ReadOnly', 'ReadWrite']),
    ...optionalOneOf(at.child('kind'), kind, ['Dedicated', 'Managed', 'Shared']),
  ]
  if (kind === undefined) return errors
  const [prefix, form] = kind === 'Managed' ? ['/subscriptions/', managedDisk] : ['https://', blobDisk]
  return diskURI?.startsWith(prefix) ? errors : [...errors, notSupported(at.child('diskURI'), diskURI ?? '', [form])]
}

export function storageOs(source: { volumeName?: string; volumeNamespace?: string } & Referring, at: FieldPath): FieldError[] {
  const { volumeName, volumeNamespace } = source
  return [
    ...(volumeName ? complaints(at.child('volumeName'), volumeName, isDns1123Label(volumeName)) : [required(at.child('volumeName'))]),
    ...(volumeNamespace ? complaints(at.child('volumeNamespace'), volumeNamespace, isDns1123Label(volumeNamespace)) : []),
    ...secretRef(source, at),
  ]
}

const maxDriverName = 63

export function csiDriverName(driver: string | undefined, at: FieldPath): FieldError[] {
  const name = driver ?? ''
  if (name === '') return [required(at)]
  return [...(Buffer.byteLength(name) > maxDriverName ? [tooLong(at, maxDriverName)] : []), ...complaints(at, name, isDns1123Subdomain(name.toLowerCase()))]
}
