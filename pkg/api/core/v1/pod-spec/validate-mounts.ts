/** Validation of a container's mounts and block devices. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notFoundField, required } from '#apimachinery/field-error.ts'
import type { Container, Volume } from '#api/gen/core/v1.ts'
import { descendingPath, noBacksteps, optionalOneOf } from '../../../checks.ts'

export type Volumes = ReadonlyMap<string, Volume>

export function validateVolumeMounts(container: Container, volumes: Volumes, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  const devices = new Set((container.volumeDevices ?? []).map(({ devicePath }) => devicePath))
  return (container.volumeMounts ?? []).flatMap((mount, position) => {
    const here = at.index(position)
    const errors: FieldError[] = []
    if (!mount.name) errors.push(required(here.child('name')))
    if (!volumes.has(mount.name)) errors.push(notFoundField(here.child('name'), mount.name))
    if (!mount.mountPath) errors.push(required(here.child('mountPath')))
    if (seen.has(mount.mountPath)) errors.push(invalidValue(here.child('mountPath'), mount.mountPath, 'must be unique'))
    seen.add(mount.mountPath)
    if (devices.has(mount.mountPath)) errors.push(invalidValue(here.child('mountPath'), mount.mountPath, 'must not already exist as a path in volumeDevices'))
    if (mount.subPath) errors.push(...descendingPath(here.child('subPath'), mount.subPath))
    if (mount.subPathExpr) {
      if (mount.subPath) errors.push(invalidValue(here.child('subPathExpr'), mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
      errors.push(...descendingPath(here.child('subPathExpr'), mount.subPathExpr))
    }
    errors.push(...optionalOneOf(here.child('mountPropagation'), mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None']))
    if (mount.mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
      errors.push(forbiddenField(here.child('mountPropagation'), 'Bidirectional mount propagation is available only to privileged containers'))
    }
    errors.push(...validateRecursiveReadOnly(mount, here))
    return errors
  })
}

function validateRecursiveReadOnly(
  { recursiveReadOnly, readOnly, mountPropagation }: NonNullable<Container['volumeMounts']>[number],
  at: FieldPath,
): FieldError[] {
  if (recursiveReadOnly === undefined) return []
  const here = at.child('recursiveReadOnly')
  if (recursiveReadOnly === 'Disabled') return []
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible')
    return optionalOneOf(here, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])
  if (!readOnly) return [forbiddenField(here, 'may only be specified when readOnly is true')]
  return mountPropagation && mountPropagation !== 'None' ? [forbiddenField(here, 'may only be specified when mountPropagation is None or not specified')] : []
}

export function validateVolumeDevices(container: Container, volumes: Volumes, at: FieldPath): FieldError[] {
  const paths = new Set<string>()
  const names = new Set<string>()
  const mounted = new Set((container.volumeMounts ?? []).map(({ name }) => name))
  return (container.volumeDevices ?? []).flatMap(({ name, devicePath }, position) => {
    const here = at.index(position)
    const errors: FieldError[] = []
    const volume = volumes.get(name)
    if (!name) errors.push(required(here.child('name')))
    if (names.has(name)) errors.push(invalidValue(here.child('name'), name, 'must be unique'))
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral)
      errors.push(invalidValue(here.child('name'), name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'))
    if (!volume) errors.push(notFoundField(here.child('name'), name))
    if (!devicePath) errors.push(required(here.child('devicePath')))
    if (paths.has(devicePath)) errors.push(invalidValue(here.child('devicePath'), devicePath, 'must be unique'))
    if (devicePath) errors.push(...noBacksteps(here.child('devicePath'), devicePath))
    if (mounted.has(name)) errors.push(invalidValue(here.child('name'), name, 'must not already exist in volumeMounts'))
    names.add(name)
    paths.add(devicePath)
    return errors
  })
}
