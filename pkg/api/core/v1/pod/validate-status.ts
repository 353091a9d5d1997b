/** What may be written to a pod's status. */
import { isIP } from 'node:net'
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path } from '#apimachinery/field-error.ts'
import { isValidGroupId, isValidUserId, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus, ResourceStatus } from '#api/gen/core/v1.ts'
import { complaints, immutable, legacyIp } from '../../../checks.ts'
import { validateLabelName } from '../../../meta/labels.ts'
import { validateAnnotationsUpdate } from './validate-update.ts'

const at = path('status')
const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized'])

export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const { spec, status } = pod
  const before = old.status
  const errors = [...validateAnnotationsUpdate(pod, old), ...validateConditions(status)]
  if (spec.nodeName !== old.spec.nodeName) errors.push(forbiddenField(at.child('nodeName'), 'may not be changed directly'))
  const nominated = status.nominatedNodeName
  if (nominated && nominated !== before.nominatedNodeName)
    errors.push(...complaints(at.child('nominatedNodeName'), nominated, nameIsDnsSubdomain(nominated, false)))
  return [
    ...errors,
    ...immutable(at.child('qosClass'), status.qosClass ?? '', before.qosClass ?? ''),
    ...validateEnded(status, before, old.spec),
    ...validateClaimStatuses(status, spec),
    ...validateIps(status.podIPs ?? [], at.child('podIPs')),
    ...validateHostIps(status),
    ...groups.flatMap(([group]) => validateUsers(status[group] ?? [], spec.os?.name ?? 'linux', at.child(group))),
    ...groups.flatMap(([group, containers]) => validateAllocated(status[group] ?? [], containers && (spec[containers] ?? []), at.child(group))),
  ]
}

/** Statuses, and the containers that they are of; ephemeral containers have no resources. */
const groups = [
  ['containerStatuses', 'containers'],
  ['initContainerStatuses', 'initContainers'],
  ['ephemeralContainerStatuses', undefined],
] as const

/** Upstream's path names them under metadata. */
function validateConditions({ conditions }: PodStatus): FieldError[] {
  return (conditions ?? []).flatMap(({ type }, position) =>
    systemConditions.has(type) ? [] : validateLabelName(type, path('metadata', 'conditions').index(position).child('Type')),
  )
}

/** What has ended for good stays ended, unless one container may begin all of them anew. */
function validateEnded(status: PodStatus, before: PodStatus, { restartPolicy, initContainers, containers }: PodSpec): FieldError[] {
  const mayRestart = (name: string): boolean => {
    const container = [...(initContainers ?? []), ...(containers ?? [])].find((each) => each.name === name)
    return container?.restartPolicy !== undefined && (container.restartPolicy !== 'Never' || (container.restartPolicyRules ?? []).length > 0)
  }
  const restartsAll = [...(initContainers ?? []), ...(containers ?? [])].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  )
  if (restartsAll) return []
  return groups.flatMap(([group]) => {
    const policy = group === 'ephemeralContainerStatuses' ? 'Never' : restartPolicy
    if (policy === 'Always') return []
    return (before[group] ?? []).flatMap(({ name, state }, position) => {
      const ended = state?.terminated
      if (!ended || (ended.exitCode !== 0 && policy === 'OnFailure') || mayRestart(name)) return []
      const revived = (status[group] ?? []).filter((each) => each.name === name && !each.state?.terminated)
      return revived.map(() => forbiddenField(at.child(group).index(position).child('state'), 'may not be transitioned to non-terminated state'))
    })
  })
}

function validateClaimStatuses({ resourceClaimStatuses }: PodStatus, { resourceClaims }: PodSpec): FieldError[] {
  const seen = new Set<string>()
  return (resourceClaimStatuses ?? []).flatMap(({ name, resourceClaimName }, position) => {
    const here = at.child('resourceClaimStatuses').index(position).child('name')
    const errors: FieldError[] = []
    if (!(resourceClaims ?? []).some((claim) => claim.name === name))
      errors.push(invalidValue(here, name, 'must match the name of an entry in `spec.resourceClaims`'))
    if (seen.has(name)) errors.push(duplicate(here, name))
    seen.add(name)
    return resourceClaimName === undefined ? errors : [...errors, ...complaints(here, resourceClaimName, nameIsDnsSubdomain(resourceClaimName, false))]
  })
}

type HasIp = { readonly ip?: string }

function validateIps(ips: readonly HasIp[], here: FieldPath): FieldError[] {
  const errors = ips.flatMap(({ ip = '' }, position) => legacyIp(here.index(position), ip))
  if (ips.length < 2) return errors
  const families = new Set(ips.map(({ ip = '' }) => isIP(ip)))
  if (families.size < 2 || ips.length > 2) errors.push(invalidValue(here, ips, 'may specify no more than one IP for each IP family'))
  const seen = new Set<string>()
  for (const [position, each] of ips.entries()) {
    if (seen.has(each.ip ?? '')) errors.push(duplicate(here.index(position), each))
    seen.add(each.ip ?? '')
  }
  return errors
}

function validateHostIps({ hostIP, hostIPs }: PodStatus): FieldError[] {
  const first = hostIPs?.[0]
  if (!first) return []
  const here = at.child('hostIPs')
  const differs = first.ip === hostIP ? [] : [invalidValue(here.index(0).child('ip'), first.ip ?? '', 'must be equal to `hostIP`')]
  return [...differs, ...validateIps(hostIPs ?? [], here)]
}

function validateUsers(statuses: readonly ContainerStatus[], os: string, here: FieldPath): FieldError[] {
  return statuses.flatMap(({ user }, position) => {
    const linux = user?.linux
    const linuxAt = here.index(position).child('linux')
    if (!linux) return []
    if (os === 'windows') return [forbiddenField(linuxAt, 'cannot be set for a windows pod')]
    return [
      ...complaints(linuxAt.child('uid'), linux.uid ?? 0, isValidUserId(linux.uid ?? 0)),
      ...complaints(linuxAt.child('gid'), linux.gid ?? 0, isValidGroupId(linux.gid ?? 0)),
      ...(linux.supplementalGroups ?? []).flatMap((group, index) => complaints(linuxAt.child('supplementalGroups').index(index), group, isValidGroupId(group))),
    ]
  })
}

const healths = ['Healthy', 'Unhealthy', 'Unknown']

function validateAllocated(statuses: readonly ContainerStatus[], containers: readonly Container[] | undefined, here: FieldPath): FieldError[] {
  return statuses.flatMap(({ name, allocatedResourcesStatus: allocated }, position) => {
    const listAt = here.index(position).child('allocatedResourcesStatus')
    if (!containers) return (allocated ?? []).length > 0 ? [forbiddenField(listAt, 'must not be specified in container status')] : []
    const container = containers.find((each) => each.name === name)
    return (allocated ?? []).flatMap((each, index) => [
      ...(container ? validateAllocatedName(each, container, listAt.index(index).child('name')) : []),
      ...validateHealth(each, listAt.index(index).child('resources')),
    ])
  })
}

function validateAllocatedName({ name }: ResourceStatus, { resources }: Container, here: FieldPath): FieldError[] {
  if (!name.startsWith('claim:')) {
    return name in (resources?.requests ?? {}) ? [] : [invalidValue(here, name, "must match one of the container's resource requests")]
  }
  const claims = (resources?.claims ?? []).map((claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`)
  if (claims.includes(name)) return []
  const form = "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
  return [invalidValue(here, name, form)]
}

function validateHealth({ resources }: ResourceStatus, here: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return (resources ?? []).flatMap(({ resourceID, health }, position) => {
    const errors = healths.includes(health ?? '') ? [] : [notSupported(here.index(position).child('health'), health ?? '', healths)]
    if (seen.has(resourceID)) errors.push(duplicate(here.index(position).child('resourceID'), resourceID))
    seen.add(resourceID)
    return errors
  })
}
