/** Validation of a pod's volumes. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { isDns1123Label, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { Volume } from '#api/gen/core/v1.ts'
import { complaints, fileMode, noBacksteps, optionalOneOf } from '../../../checks.ts'
import { validateDownwardFiles, validateItems } from './validate-volume-files.ts'
import { validateProjections } from './validate-projections.ts'

/** The fields that a source cannot be without. */
const needed: Readonly<Record<string, readonly string[]>> = {
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  gitRepo: ['repository'],
  nfs: ['server', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  flexVolume: ['driver'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  azureFile: ['secretName', 'shareName'],
  azureDisk: ['diskName', 'diskURI'],
  vsphereVolume: ['volumePath'],
  quobyte: ['registry', 'volume'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  hostPath: ['path'],
  secret: ['secretName'],
  configMap: ['name'],
  persistentVolumeClaim: ['claimName'],
  csi: ['driver'],
  ephemeral: ['volumeClaimTemplate'],
  image: ['reference'],
}

const hostPathTypes = ['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice']

export function validateVolumes(volumes: readonly Volume[] | undefined, at: FieldPath): FieldError[] {
  const names = new Set<string>()
  return (volumes ?? []).flatMap((volume, position) => {
    const here = at.index(position)
    const errors = validateVolume(volume, here)
    if (!volume.name) errors.push(required(here.child('name')))
    else errors.push(...complaints(here.child('name'), volume.name, isDns1123Label(volume.name)))
    if (names.has(volume.name)) errors.push(duplicate(here.child('name'), volume.name))
    names.add(volume.name)
    return errors
  })
}

function validateVolume(volume: Volume, at: FieldPath): FieldError[] {
  const sources = Object.keys(volume).filter((key) => key !== 'name' && volume[key as keyof Volume] !== undefined)
  if (sources.length === 0) return [required(at, 'must specify a volume type')]
  const errors: FieldError[] = []
  for (const [position, source] of sources.entries()) {
    const here = at.child(source)
    if (position > 0) errors.push(forbiddenField(here, 'may not specify more than 1 volume type'))
    else errors.push(...validateNeeded(volume, source, here), ...validateDetails(volume, here))
  }
  return errors
}

function validateNeeded(volume: Volume, source: string, at: FieldPath): FieldError[] {
  const given = volume[source as keyof Volume] as unknown as Record<string, unknown>
  return (needed[source] ?? []).filter((key) => !given[key] || (Array.isArray(given[key]) && given[key].length === 0)).map((key) => required(at.child(key)))
}

function validateDetails(
  { hostPath, nfs, emptyDir, secret, configMap, downwardAPI, projected, image, ephemeral, persistentVolumeClaim }: Volume,
  at: FieldPath,
): FieldError[] {
  const errors: FieldError[] = []
  if (hostPath?.path) errors.push(...noBacksteps(at.child('path'), hostPath.path))
  if (hostPath) errors.push(...optionalOneOf(at.child('type'), hostPath.type, hostPathTypes))
  if (nfs?.path && !nfs.path.startsWith('/')) errors.push(invalidValue(at.child('path'), nfs.path, 'must be an absolute path'))
  if (emptyDir?.sizeLimit !== undefined && Quantity.parse(emptyDir.sizeLimit).sign() < 0)
    errors.push(forbiddenField(at.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity'))
  if (persistentVolumeClaim?.claimName)
    errors.push(...complaints(at.child('claimName'), persistentVolumeClaim.claimName, nameIsDnsSubdomain(persistentVolumeClaim.claimName, false)))
  for (const source of [secret, configMap]) {
    if (!source) continue
    errors.push(...fileMode(at.child('defaultMode'), source.defaultMode), ...validateItems(source.items, at.child('items')))
  }
  if (downwardAPI) errors.push(...fileMode(at.child('defaultMode'), downwardAPI.defaultMode), ...validateDownwardFiles(downwardAPI.items, at))
  if (projected) errors.push(...fileMode(at.child('defaultMode'), projected.defaultMode), ...validateProjections(projected.sources, at.child('sources')))
  if (image) errors.push(...optionalOneOf(at.child('pullPolicy'), image.pullPolicy || undefined, ['Always', 'IfNotPresent', 'Never']))
  const claim = ephemeral?.volumeClaimTemplate?.spec
  if (claim) {
    if ((claim.accessModes ?? []).length === 0)
      errors.push(required(at.child('volumeClaimTemplate', 'spec', 'accessModes'), 'at least 1 access mode is required'))
    if (!claim.resources?.requests?.storage) errors.push(required(at.child('volumeClaimTemplate', 'spec', 'resources').key('storage')))
  }
  return errors
}
