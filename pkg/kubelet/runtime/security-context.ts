/** The security context of pod and container, as CRI takes it. */
import type { AppArmorProfile, Container, Pod, SeccompProfile, SELinuxOptions } from '#api/gen/core/v1.ts'
import { join } from 'node:path'
import type { ContainerSecurity, Image, NamespaceMode, NamespaceOption, SecurityProfile, SeLinuxOption, UserNamespace } from '../cri/types.ts'
import { appArmorProfile } from '../admission/app-armor.ts'
import { ContainerStartError } from '../types.ts'

export function namespaceOptions(
  { spec }: Pod,
  { targetId, users }: { targetId?: string | undefined; users?: UserNamespace | undefined } = {},
): NamespaceOption {
  const pid: NamespaceMode = spec.hostPID ? 'NODE' : spec.shareProcessNamespace ? 'POD' : 'CONTAINER'
  return {
    network: spec.hostNetwork ? 'NODE' : 'POD',
    ipc: spec.hostIPC ? 'NODE' : 'POD',
    ...(targetId && pid === 'CONTAINER' ? { pid: 'TARGET', targetId } : { pid }),
    ...(users ? { usernsOptions: users } : {}),
  }
}

/** Unset means unconfined, as the API's default does. */
export function seccomp(profile: SeccompProfile | undefined, seccompRoot: string): SecurityProfile {
  if (profile?.type === 'RuntimeDefault') return { profileType: 'RuntimeDefault' }
  if (profile?.type === 'Localhost') return { profileType: 'Localhost', localhostRef: join(seccompRoot, profile.localhostProfile ?? '') }
  return { profileType: 'Unconfined' }
}

/** Nothing without a profile: the runtime then takes its own where the host has AppArmor. */
function appArmor(profile: AppArmorProfile | undefined): { readonly apparmor?: SecurityProfile } {
  if (!profile) return {}
  if (profile.type === 'Localhost') return { apparmor: { profileType: 'Localhost', localhostRef: profile.localhostProfile ?? '' } }
  return { apparmor: { profileType: profile.type === 'RuntimeDefault' ? 'RuntimeDefault' : 'Unconfined' } }
}

/** The label that its processes and files get, where the host has SELinux. */
export function seLinux(options: SELinuxOptions | undefined): { readonly selinuxOptions?: SeLinuxOption } {
  if (!options) return {}
  const { user = '', role = '', type = '', level = '' } = options
  return { selinuxOptions: { user, role, type, level } }
}

export function isPrivileged(container: Container): boolean {
  return container.securityContext?.privileged === true
}

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

export interface SecurityInput {
  readonly pod: Pod
  readonly container: Container
  readonly image: Image | undefined
  readonly seccompRoot: string
  readonly targetId?: string | undefined
  /** Of the pod's own. */
  readonly users?: UserNamespace | undefined
  /** Without a profile, the runtime's own stands for none at all. */
  readonly seccompDefault?: boolean
  /** Further groups that volumes ask for. */
  readonly groups?: readonly number[]
}

export function containerSecurity({
  pod,
  container,
  image,
  seccompRoot,
  targetId,
  users,
  seccompDefault = false,
  groups = [],
}: SecurityInput): ContainerSecurity {
  const ofPod = pod.spec.securityContext
  const own = container.securityContext
  const privileged = isPrivileged(container)
  const runAsUser = own?.runAsUser ?? ofPod?.runAsUser
  const runAsGroup = own?.runAsGroup ?? ofPod?.runAsGroup
  const user = runAsUser !== undefined ? { runAsUser: { value: runAsUser } } : imageUser(image)
  verifyNonRoot(pod, container, runAsUser, image)
  const supplementalGroups = [...new Set([...(ofPod?.supplementalGroups ?? []), ...(ofPod?.fsGroup !== undefined ? [ofPod.fsGroup] : []), ...groups])]
  const unmasked = privileged || own?.procMount === 'Unmasked'
  return {
    privileged,
    namespaceOptions: namespaceOptions(pod, { targetId, users }),
    ...(own?.capabilities ? { capabilities: { addCapabilities: own.capabilities.add ?? [], dropCapabilities: own.capabilities.drop ?? [] } } : {}),
    ...user,
    ...(runAsGroup !== undefined ? { runAsGroup: { value: runAsGroup } } : {}),
    readonlyRootfs: own?.readOnlyRootFilesystem === true,
    supplementalGroups,
    ...(ofPod?.supplementalGroupsPolicy === 'Strict' ? { supplementalGroupsPolicy: 'Strict' as const } : {}),
    noNewPrivs: own?.allowPrivilegeEscalation === false && !privileged,
    ...seLinux(own?.seLinuxOptions ?? ofPod?.seLinuxOptions),
    ...appArmor(appArmorProfile(pod, container)),
    ...(unmasked ? {} : { maskedPaths, readonlyPaths }),
    ...(privileged
      ? {}
      : { seccomp: seccomp(own?.seccompProfile ?? ofPod?.seccompProfile ?? (seccompDefault ? { type: 'RuntimeDefault' } : undefined), seccompRoot) }),
  }
}

function imageUser(image: Image | undefined): Pick<ContainerSecurity, 'runAsUser' | 'runAsUsername'> {
  if (!image) return {}
  if (image.uid) return { runAsUser: { value: image.uid.value } }
  return image.username ? { runAsUsername: image.username } : {}
}

function verifyNonRoot(pod: Pod, container: Container, runAsUser: number | undefined, image: Image | undefined): void {
  if (!(container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot)) return
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`
  const fail = (why: string): never => {
    throw new ContainerStartError('CreateContainerConfigError', why)
  }
  if (runAsUser !== undefined) {
    if (runAsUser === 0) fail(`container's runAsUser breaks non-root policy ${where}`)
    return
  }
  if (image?.uid?.value === 0 || (!image?.uid && !image?.username)) fail(`container has runAsNonRoot and image will run as root ${where}`)
  if (!image?.uid && image?.username) {
    fail(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`)
  }
}
