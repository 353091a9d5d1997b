/** Validation of a container's mounts and block devices. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notFoundField, required } from '#apimachinery/field-error.ts'
import type { Container, VolumeMount } from '#api/gen/core/v1.ts'
import { descendingPath, noBacksteps, optionalOneOf, requiredText } from '../../../checks.ts'
import type { Volumes } from './validate-volumes.ts'

/** Some paths name the list where one would expect the entry: upstream's do. */
export function validateVolumeMounts(container: Container, volumes: Volumes, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  const deviceNames = new Set((container.volumeDevices ?? []).map(({ name }) => name))
  const devicePaths = new Set((container.volumeDevices ?? []).map(({ devicePath }) => devicePath))
  return (container.volumeMounts ?? []).flatMap((mount, position) => {
    const { name, mountPath = '' } = mount
    const here = at.index(position)
    const [nameAt, pathAt] = [here.child('name'), here.child('mountPath')]
    const errors = requiredText(nameAt, name)
    if (!volumes.has(name)) errors.push(notFoundField(nameAt, name))
    errors.push(...requiredText(pathAt, mountPath))
    if (seen.has(mountPath)) errors.push(invalidValue(pathAt, mountPath, 'must be unique'))
    seen.add(mountPath)
    if (deviceNames.has(name)) errors.push(invalidValue(nameAt, name, 'must not already exist in volumeDevices'))
    if (devicePaths.has(mountPath)) errors.push(invalidValue(pathAt, mountPath, 'must not already exist as a path in volumeDevices'))
    return [
      ...errors,
      ...validateSubPaths(mount, here, at),
      ...validatePropagation(mount, container, at.child('mountPropagation')),
      ...validateRecursiveReadOnly(mount, at.child('recursiveReadOnly')),
    ]
  })
}

function validateSubPaths({ subPath, subPathExpr }: VolumeMount, at: FieldPath, listAt: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (subPath) errors.push(...descendingPath(listAt.child('subPath'), subPath))
  if (!subPathExpr) return errors
  if (subPath) errors.push(invalidValue(at.child('subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
  return [...errors, ...descendingPath(listAt.child('subPathExpr'), subPathExpr)]
}

function validatePropagation({ mountPropagation }: VolumeMount, { securityContext }: Container, at: FieldPath): FieldError[] {
  const errors = optionalOneOf(at, mountPropagation, ['Bidirectional', 'HostToContainer', 'None'])
  if (mountPropagation !== 'Bidirectional' || securityContext?.privileged) return errors
  return [...errors, forbiddenField(at, 'Bidirectional mount propagation is available only to privileged containers')]
}

function validateRecursiveReadOnly({ recursiveReadOnly, readOnly, mountPropagation }: VolumeMount, at: FieldPath): FieldError[] {
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return []
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') return optionalOneOf(at, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])
  const errors: FieldError[] = []
  if (!readOnly) errors.push(forbiddenField(at, 'may only be specified when readOnly is true'))
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    errors.push(forbiddenField(at, 'may only be specified when mountPropagation is None or not specified'))
  return errors
}

export function validateVolumeDevices(container: Container, volumes: Volumes, at: FieldPath): FieldError[] {
  const paths = new Set<string>()
  const names = new Set<string>()
  const mounts = container.volumeMounts ?? []
  return (container.volumeDevices ?? []).flatMap(({ name, devicePath = '' }, position) => {
    const [nameAt, pathAt] = [at.index(position).child('name'), at.index(position).child('devicePath')]
    const errors: FieldError[] = requiredText(nameAt, name)
    const volume = volumes.get(name)
    if (names.has(name)) errors.push(invalidValue(nameAt, name, 'must be unique'))
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral)
      errors.push(invalidValue(nameAt, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'))
    if (!volume) errors.push(notFoundField(nameAt, name))
    if (!devicePath) errors.push(required(pathAt))
    if (paths.has(devicePath)) errors.push(invalidValue(pathAt, devicePath, 'must be unique'))
    if (devicePath && noBacksteps(pathAt, devicePath).length > 0) errors.push(invalidValue(pathAt, devicePath, "can not contain backsteps ('..')"))
    else paths.add(devicePath)
    if (mounts.some((mount) => mount.name === name)) errors.push(invalidValue(nameAt, name, 'must not already exist in volumeMounts'))
    if (mounts.some(({ mountPath }) => mountPath === devicePath))
      errors.push(invalidValue(pathAt, devicePath, 'must not already exist as a path in volumeMounts'))
    if (name) names.add(name)
    return errors
  })
}
