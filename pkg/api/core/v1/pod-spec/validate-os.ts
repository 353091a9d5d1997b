/** Validation of the operating system that a pod names, and of what does not exist on it (KEP-2802). */
import { type FieldError, type FieldPath, forbiddenField, required } from '#apimachinery/field-error.ts'
import type { PodSpec } from '#api/gen/core/v1.ts'
import { oneOf } from '../../../checks.ts'
import { containersWithPaths } from './containers-with-paths.ts'

export function validateOs(spec: PodSpec, at: FieldPath): FieldError[] {
  if (!spec.os) return []
  const { name } = spec.os
  if (!name) return [required(at.child('os', 'name'))]
  if (name === 'linux') return validateLinux(spec, at)
  return name === 'windows' ? validateWindows(spec, at) : oneOf(at.child('os'), name, ['linux', 'windows'])
}

function validateLinux(spec: PodSpec, at: FieldPath): FieldError[] {
  const holders = [{ holder: spec, at }, ...containersWithPaths(spec, at).map(({ container, at }) => ({ holder: container, at }))]
  return holders
    .filter(({ holder }) => holder.securityContext?.windowsOptions)
    .map(({ at }) => forbiddenField(at.child('securityContext', 'windowsOptions'), 'windows options cannot be set for a linux pod'))
}

const notForWindows = 'cannot be set for a windows pod'

/** Of the pod, in upstream's order; a path of one name is the spec's own field. */
const podFields = [
  ...(['securityContext.appArmorProfile', 'securityContext.seLinuxOptions', 'hostUsers', 'hostPID', 'hostIPC'] as const),
  ...(['securityContext.seccompProfile', 'securityContext.fsGroup', 'securityContext.fsGroupChangePolicy'] as const),
  ...(['securityContext.sysctls', 'shareProcessNamespace', 'securityContext.runAsUser', 'securityContext.runAsGroup'] as const),
  ...(['securityContext.supplementalGroups', 'securityContext.supplementalGroupsPolicy', 'securityContext.seLinuxChangePolicy'] as const),
]
/** A switch that is off, and a list of nothing, are as good as absent. */
const unsetWhenFalse = new Set(['hostPID', 'hostIPC'])

const containerFields = [
  ...(['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged'] as const),
  ...(['allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'] as const),
]

function validateWindows(spec: PodSpec, at: FieldPath): FieldError[] {
  const ofPod = podFields.filter((name) => isSet(valueAt(spec, name.split('.')), unsetWhenFalse.has(name)))
  return [
    ...ofPod.map((name) => forbiddenField(at.child(name), notForWindows)),
    ...containersWithPaths(spec, at).flatMap(({ container: { securityContext }, at: here }) =>
      containerFields.filter((name) => securityContext?.[name] !== undefined).map((name) => forbiddenField(here.child('securityContext', name), notForWindows)),
    ),
  ]
}

function valueAt(value: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>((holder, name) => (holder as Record<string, unknown> | undefined)?.[name], value)
}

function isSet(value: unknown, unsetWhenFalse: boolean): boolean {
  if (value === undefined || (unsetWhenFalse && value === false)) return false
  return !Array.isArray(value) || value.length > 0
}
