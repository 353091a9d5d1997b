/** What may be written to a pod's status. */
import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  internalFieldError,
  invalidValue,
  notSupported,
  path,
  required,
  tooLong,
} from '#apimachinery/field-error.ts'
import { isIpv4Address, parseIpSloppy } from '#apimachinery/ip.ts'
import { isDns1123Label, isValidGroupId, isValidUserId, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import {
  type Container,
  type ContainerExtendedResourceRequest,
  type ContainerStatus,
  type Pod,
  type PodExtendedResourceClaimStatus,
  PodIPSchema,
  type PodSpec,
  type PodStatus,
  type ResourceStatus,
} from '#api/gen/core/v1.ts'
import { complaints, immutable, legacyIp } from '../../../checks.ts'
import { internalForm } from '../../../internal-form.ts'
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
  if (old.spec.nodeName && nominated && nominated !== before.nominatedNodeName)
    errors.push(forbiddenField(at.child('nominatedNodeName'), 'may not be set on pods that are already bound to a node'))
  errors.push(...observed(status.observedGeneration, at))
  return [
    ...errors,
    ...immutable(at.child('qosClass'), status.qosClass ?? '', before.qosClass ?? ''),
    ...validateEnded(status, before, old.spec),
    ...validateClaimStatuses(status, spec),
    ...validateExtendedClaim(status.extendedResourceClaimStatus, spec, at.child('extendedResourceClaimStatus')),
    ...validateIps(status.podIPs ?? [], before.podIPs, at.child('podIPs')),
    ...validateHostIps(status, before),
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

function validateConditions({ conditions }: PodStatus): FieldError[] {
  return (conditions ?? []).flatMap(({ type, observedGeneration }, position) => {
    const here = at.child('conditions').index(position)
    return [...observed(observedGeneration, here), ...(systemConditions.has(type) ? [] : validateLabelName(type, here.child('Type')))]
  })
}

function observed(generation: number | undefined, here: FieldPath): FieldError[] {
  return (generation ?? 0) < 0 ? [invalidValue(here.child('observedGeneration'), generation, 'must be a non-negative integer')] : []
}

/** What has ended for good stays ended, unless one container may begin all of them anew. */
function validateEnded(status: PodStatus, before: PodStatus, spec: PodSpec): FieldError[] {
  const mayRestartAll = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  )
  return groups.flatMap(([group, containers]) => {
    if (mayRestartAll && containers) return []
    return (before[group] ?? []).flatMap(({ name, state }, position) => {
      const ended = state?.terminated
      const isRevived = ended && status[group]?.some((each) => each.name === name && !each.state?.terminated)
      const container = containers && spec[containers]?.find((each) => each.name === name)
      if (!isRevived || (container && shouldRestart(container, spec, ended.exitCode))) return []
      return [forbiddenField(at.child(group).index(position).child('state'), 'may not be transitioned to non-terminated state')]
    })
  })
}

/** Its own rules first, then its own policy, then the pod's. */
function shouldRestart({ restartPolicy, restartPolicyRules }: Container, pod: PodSpec, exitCode: number): boolean {
  const rule = restartPolicyRules?.find(({ exitCodes }) => exitCodes && (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === 'In'))
  if (restartPolicy !== undefined && rule?.action === 'Restart') return true
  const policy = restartPolicy ?? pod.restartPolicy
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

function validateClaimStatuses({ resourceClaimStatuses }: PodStatus, { resourceClaims }: PodSpec): FieldError[] {
  const seen = new Set<string>()
  return (resourceClaimStatuses ?? []).flatMap(({ name, resourceClaimName }, position) => {
    const claimAt = at.child('resourceClaimStatuses').index(position)
    const here = claimAt.child('name')
    const errors: FieldError[] = []
    if (!(resourceClaims ?? []).some((claim) => claim.name === name))
      errors.push(invalidValue(here, name, 'must match the name of an entry in `spec.resourceClaims`'))
    if (seen.has(name)) errors.push(duplicate(here, name))
    seen.add(name)
    return resourceClaimName === undefined
      ? errors
      : [...errors, ...complaints(claimAt.child('resourceClaimName'), resourceClaimName, nameIsDnsSubdomain(resourceClaimName, false))]
  })
}

type HasIp = { readonly ip?: string }

/** Which claim stands for what the containers asked of as extended resources (KEP-5004). */
function validateExtendedClaim(status: PodExtendedResourceClaimStatus | undefined, spec: PodSpec, here: FieldPath): FieldError[] {
  if (!status) return []
  const { requestMappings = [], resourceClaimName } = status
  const mappingsAt = here.child('requestMappings')
  const seen = new Set<string>()
  const errors = requestMappings.flatMap((mapping, position) => {
    const mappingAt = mappingsAt.index(position)
    const wrong = [
      ...validateMapping(mapping, spec, mappingAt),
      ...complaints(here.child('requestName'), mapping.requestName, isDns1123Label(mapping.requestName)),
    ]
    const keys = ['containerName', 'resourceName', 'requestName'] as const
    const key = keys.map((each) => mapping[each]).join(' ')
    if (seen.has(key)) wrong.push(...keys.map((each) => duplicate(mappingAt.child(each), mapping[each])))
    seen.add(key)
    return wrong
  })
  return [
    ...(requestMappings.length === 0 ? [required(mappingsAt, 'at least one request mapping is required')] : []),
    ...errors,
    ...(resourceClaimName
      ? complaints(here.child('resourceClaimName'), resourceClaimName, nameIsDnsSubdomain(resourceClaimName, false))
      : [required(here.child('resourceClaimName'))]),
  ]
}

function validateMapping({ containerName, resourceName }: ContainerExtendedResourceRequest, spec: PodSpec, here: FieldPath): FieldError[] {
  // Of two of a name the main one counts.
  const container = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].find(({ name }) => name === containerName)
  if (!container)
    return [invalidValue(here.child('containerName'), containerName, 'must match the name of an entry in spec.initContainers.name or spec.containers.name')]
  if (resourceName in (container.resources?.requests ?? {})) return []
  const form = 'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests'
  return [invalidValue(here.child('resourceName'), resourceName, form)]
}

function validateIps(ips: readonly HasIp[], before: readonly HasIp[] | undefined, here: FieldPath): FieldError[] {
  const known = (before ?? []).map(({ ip }) => ip)
  const errors = ips.flatMap(({ ip = '' }, position) => legacyIp(here.index(position), ip, known))
  if (ips.length < 2) return errors
  const parsed = ips.map(({ ip = '' }) => parseIpSloppy(ip))
  const wrong = parsed.indexOf(undefined)
  if (wrong >= 0) errors.push(internalFieldError(here, `failed to check for dual stack with error:invalid IP[${wrong}]: ${ips[wrong]!.ip ?? ''}`))
  const isDualStack = wrong < 0 && new Set(parsed.map((ip) => isIpv4Address(ip!))).size === 2
  if (!isDualStack || ips.length > 2) {
    const shown = ips.map((each) => internalForm(PodIPSchema, each))
    errors.push(invalidValue(here, shown, 'may specify no more than one IP for each IP family'))
  }
  return errors
}

function validateHostIps({ hostIP, hostIPs }: PodStatus, before: PodStatus): FieldError[] {
  const first = hostIPs?.[0]
  if (!first) return []
  const here = at.child('hostIPs')
  const differs = first.ip === hostIP ? [] : [invalidValue(here.index(0).child('ip'), first.ip ?? '', 'must be equal to `hostIP`')]
  return [...differs, ...validateIps(hostIPs ?? [], before.hostIPs, here)]
}

function validateUsers(statuses: readonly ContainerStatus[], os: string, here: FieldPath): FieldError[] {
  return statuses.flatMap(({ user }, position) => {
    const linux = user?.linux
    const linuxAt = here.index(position).child('user', 'linux')
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

const maxMessageLength = 1024

function validateHealth({ resources }: ResourceStatus, here: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return (resources ?? []).flatMap(({ resourceID, health, message }, position) => {
    const resourceAt = here.index(position)
    const errors = healths.includes(health ?? '') ? [] : [notSupported(resourceAt.child('health'), health ?? '', healths)]
    if (message === '') errors.push(required(resourceAt.child('message'), 'must be non-empty if specified'))
    else if (Buffer.byteLength(message ?? '') > maxMessageLength) errors.push(tooLong(resourceAt.child('message'), maxMessageLength))
    if (seen.has(resourceID)) errors.push(duplicate(resourceAt.child('resourceID'), resourceID))
    seen.add(resourceID)
    return errors
  })
}
