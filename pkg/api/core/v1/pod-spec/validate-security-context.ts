/** Validation of security contexts, of containers and of pods. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { isValidGroupId, isValidUserId } from '#apimachinery/names.ts'
import { type PodSecurityContext, type PodSpec, type SecurityContext, SecurityContextSchema } from '#api/gen/core/v1.ts'
import { internalForm } from '../../../internal-form.ts'
import { complaints, oneOf, optionalOneOf } from '../../../checks.ts'
import { containersWithPaths } from './containers-with-paths.ts'
import type { PodSpecOptions } from './options.ts'
import { validateAppArmorProfile, validateSeccompProfile } from './validate-profiles.ts'
import { validateWindowsOptions } from './validate-windows.ts'

type Identity = Pick<SecurityContext, 'runAsUser' | 'runAsGroup'>

function validateIdentity({ runAsUser, runAsGroup }: Identity, at: FieldPath): FieldError[] {
  return [
    ...(runAsUser === undefined ? [] : complaints(at.child('runAsUser'), runAsUser, isValidUserId(runAsUser))),
    ...(runAsGroup === undefined ? [] : complaints(at.child('runAsGroup'), runAsGroup, isValidGroupId(runAsGroup))),
  ]
}

/** `hostUsers`: whether the pod's users are the host's, as they are unless it says otherwise. */
export function validateSecurityContext(context: SecurityContext | undefined, hostUsers: boolean, at: FieldPath): FieldError[] {
  if (!context) return []
  const { procMount, seccompProfile, appArmorProfile, windowsOptions } = context
  const errors = validateIdentity(context, at)
  if (procMount !== undefined) errors.push(...oneOf(at.child('procMount'), procMount, ['Default', 'Unmasked']))
  if (procMount === 'Unmasked' && hostUsers) errors.push(invalidValue(at.child('procMount'), procMount, '`hostUsers` must be false to use `Unmasked`'))
  return [
    ...errors,
    ...validateSeccompProfile(seccompProfile, at.child('seccompProfile')),
    ...validateEscalation(context, at),
    ...validateWindowsOptions(windowsOptions, at.child('windowsOptions')),
    ...validateAppArmorProfile(appArmorProfile, at.child('appArmorProfile')),
  ]
}

function validateEscalation(context: SecurityContext, at: FieldPath): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return []
  const administers = (context.capabilities?.add ?? []).filter((capability) => capability === 'CAP_SYS_ADMIN')
  return [
    ...(context.privileged
      ? [invalidValue(at, internalForm(SecurityContextSchema, context), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true')]
      : []),
    ...administers.map(() =>
      invalidValue(at, internalForm(SecurityContextSchema, context), 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'),
    ),
  ]
}

export function validatePodSecurityContext(spec: PodSpec, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const context = spec.securityContext ?? {}
  const { fsGroup, supplementalGroups, fsGroupChangePolicy, seccompProfile, windowsOptions, appArmorProfile } = context
  return [
    ...(fsGroup === undefined ? [] : complaints(at.child('fsGroup'), fsGroup, isValidGroupId(fsGroup))),
    ...validateIdentity(context, at),
    ...(supplementalGroups ?? []).flatMap((group, position) => complaints(at.child('supplementalGroups').index(position), group, isValidGroupId(group))),
    ...validateSharedProcesses(spec, at.child('shareProcessNamespace')),
    ...validateSysctls(context, spec, at.child('sysctls'), options),
    ...optionalOneOf(at.child('fsGroupChangePolicy'), fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...validateSeccompProfile(seccompProfile, at.child('seccompProfile')),
    ...validateWindowsOptions(windowsOptions, at.child('windowsOptions')),
    ...validateAppArmorProfile(appArmorProfile, at.child('appArmorProfile')),
    ...optionalOneOf(at.child('supplementalGroupsPolicy'), context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...optionalOneOf(
      at.child('seLinuxChangePolicy'),
      context.seLinuxChangePolicy,
      options.tolerates('labelsByMount') ? ['MountOption', 'Recursive'] : ['Recursive'],
    ),
  ]
}

function validateSharedProcesses({ shareProcessNamespace, hostPID }: PodSpec, at: FieldPath): FieldError[] {
  return shareProcessNamespace && hostPID ? [invalidValue(at, true, 'ShareProcessNamespace and HostPID cannot both be enabled')] : []
}

const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const sysctlForm = `^(${sysctlSegment}[\\./])*${sysctlSegment}$`
const sysctlName = new RegExp(sysctlForm)
const sysctlMaxLength = 253
const ofIpc = ['kernel.shmall', 'kernel.shmmax', 'kernel.shmmni', 'kernel.shm_rmid_forced', 'kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni', 'kernel.sem']

function validateSysctls(context: PodSecurityContext, spec: PodSpec, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const seen = new Set<string>()
  return (context.sysctls ?? []).flatMap(({ name = '' }, position) => {
    const here = at.index(position).child('name')
    const errors: FieldError[] = []
    if (!name) errors.push(required(here))
    else if (name.length > sysctlMaxLength || !sysctlName.test(name))
      errors.push(invalidValue(here, name, `must have at most ${sysctlMaxLength} characters and match regex ${sysctlForm}`))
    else if (seen.has(name)) errors.push(duplicate(here, name))
    seen.add(name)
    return options.tolerates('hostSysctl') ? errors : [...errors, ...validateHostSysctl(name, spec, here)]
  })
}

/** Of the host's namespaces a pod changes nothing. */
export function validateHostSysctl(name: string, { hostNetwork, hostIPC }: PodSpec, at: FieldPath): FieldError[] {
  const dotted = dottedSysctl(name)
  if (hostNetwork && dotted.startsWith('net.')) return [invalidValue(at, name, "may not be specified when 'hostNetwork' is true")]
  const isOfIpc = ofIpc.includes(dotted) || dotted.startsWith('fs.mqueue.')
  return hostIPC && isOfIpc ? [invalidValue(at, name, "may not be specified when 'hostIPC' is true")] : []
}

/** Names are written with dots or, where the first separator is a slash, with slashes. */
function dottedSysctl(name: string): string {
  return /^[^.]*\//.test(name) ? name.replace(/[./]/g, (each) => (each === '/' ? '.' : '/')) : name
}

/** Pods of users of their own cannot share other namespaces of the host, nor have its devices. The paths are upstream's. */
export function validateHostUsers(spec: PodSpec, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const { hostUsers, hostNetwork, hostPID, hostIPC } = spec
  if (hostUsers !== false) return []
  const why = 'when `hostUsers` is false'
  const shared = [
    ['hostNetwork', hostNetwork && !options.tolerates('ownUsersOnHostNetwork')],
    ['HostPID', hostPID],
    ['HostIPC', hostIPC],
  ] as const
  const devices = options.tolerates('ownUsersWithDevices')
    ? []
    : containersWithPaths(spec, at).filter(({ container }) => (container.volumeDevices ?? []).length > 0)
  return [
    ...shared.filter(([, isOn]) => isOn).map(([name]) => forbiddenField(at.child(name), why)),
    ...devices.map(({ at: here }) => forbiddenField(here.child('volumeDevices'), why)),
  ]
}
