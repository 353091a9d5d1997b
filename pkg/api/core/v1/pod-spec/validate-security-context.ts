/** Validation of security contexts. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { isValidGroupId, isValidUserId } from '#apimachinery/names.ts'
import type { AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext } from '#api/gen/core/v1.ts'
import { complaints, descendingPath, optionalOneOf, requiredOneOf } from '../../../checks.ts'

type Identity = Pick<SecurityContext, 'runAsUser' | 'runAsGroup' | 'seccompProfile' | 'appArmorProfile'>

export function validateSecurityContext(context: SecurityContext | undefined, at: FieldPath): FieldError[] {
  if (!context) return []
  const errors = validateIdentity(context, at)
  errors.push(...optionalOneOf(at.child('procMount'), context.procMount, ['Default', 'Unmasked']))
  if (context.allowPrivilegeEscalation !== false) return errors
  if (context.privileged) errors.push(invalidValue(at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'))
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN'))
    errors.push(invalidValue(at, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'))
  return errors
}

export function validatePodSecurityContext(context: PodSecurityContext | undefined, spec: PodSpec, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (spec.shareProcessNamespace && spec.hostPID)
    errors.push(invalidValue(at.child('shareProcessNamespace'), true, 'ShareProcessNamespace and HostPID cannot both be enabled'))
  if (!context) return errors
  errors.push(...validateIdentity(context, at))
  if (context.fsGroup !== undefined) errors.push(...complaints(at.child('fsGroup'), context.fsGroup, isValidGroupId(context.fsGroup)))
  for (const [position, group] of (context.supplementalGroups ?? []).entries())
    errors.push(...complaints(at.child('supplementalGroups').index(position), group, isValidGroupId(group)))
  errors.push(...optionalOneOf(at.child('supplementalGroupsPolicy'), context.supplementalGroupsPolicy, ['Merge', 'Strict']))
  errors.push(...optionalOneOf(at.child('fsGroupChangePolicy'), context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']))
  errors.push(...validateSysctls(context, at.child('sysctls')))
  return errors
}

function validateIdentity({ runAsUser, runAsGroup, seccompProfile, appArmorProfile }: Identity, at: FieldPath): FieldError[] {
  return [
    ...(runAsUser === undefined ? [] : complaints(at.child('runAsUser'), runAsUser, isValidUserId(runAsUser))),
    ...(runAsGroup === undefined ? [] : complaints(at.child('runAsGroup'), runAsGroup, isValidGroupId(runAsGroup))),
    ...validateProfile(seccompProfile, at.child('seccompProfile'), true),
    ...validateProfile(appArmorProfile, at.child('appArmorProfile'), false),
  ]
}

function validateProfile(profile: SeccompProfile | AppArmorProfile | undefined, at: FieldPath, isPath: boolean): FieldError[] {
  if (!profile) return []
  const errors = requiredOneOf(at.child('type'), profile.type, ['Localhost', 'RuntimeDefault', 'Unconfined'])
  const here = at.child('localhostProfile')
  if (profile.type !== 'Localhost') {
    if (profile.localhostProfile !== undefined)
      errors.push(invalidValue(here, profile.localhostProfile, `can only be set when ${isPath ? 'seccomp' : 'AppArmor'} type is Localhost`))
  } else if (!profile.localhostProfile)
    errors.push(required(here, isPath ? 'must be set when seccomp type is Localhost' : 'must be set when AppArmor type is Localhost'))
  else if (isPath) errors.push(...descendingPath(here, profile.localhostProfile))
  return errors
}

const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
const sysctlMaxLength = 253

function validateSysctls({ sysctls }: PodSecurityContext, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return (sysctls ?? []).flatMap(({ name }, position) => {
    const here = at.index(position).child('name')
    if (!name) return [required(here)]
    if (name.length > sysctlMaxLength || !sysctlName.test(name))
      return [invalidValue(here, name, `must have at most ${sysctlMaxLength} characters and match regex ${sysctlName.source.replaceAll('\\/', '/')}`)]
    if (seen.has(name))
      return [{ reason: 'FieldValueDuplicate', field: here.toString(), message: `Duplicate value: ${JSON.stringify(name)}` } satisfies FieldError]
    seen.add(name)
    return []
  })
}

/** Pods that share the host's user namespace choice cannot share other namespaces of the host. */
export function validateHostUsers({ hostUsers, hostNetwork, hostPID, hostIPC }: PodSpec, at: FieldPath): FieldError[] {
  if (hostUsers !== false) return []
  const shared = [
    ['hostNetwork', hostNetwork],
    ['hostPID', hostPID],
    ['HostIPC', hostIPC],
  ] as const
  return shared.filter(([, isOn]) => isOn).map(([name]) => forbiddenField(at.child(name), 'when `hostUsers` is false'))
}
