/** Validation of a pod's spec, alone and in templates (pkg/apis/core/validation), in the order of upstream. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required, tooLong } from '#apimachinery/field-error.ts'
import { inclusiveRangeError, isDns1123Label, isDns1123Subdomain, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { PodSpec, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { complaints, requiredOneOf } from '../../../checks.ts'
import { validateAnnotations, validateLabels } from '../../../meta/labels.ts'
import type { PodSpecOptions } from './options.ts'
import { whatBroke } from './tolerance.ts'
import { validateAffinity } from './validate-affinity.ts'
import { validateAnnotationsMatchFields, validatePodAnnotations } from './validate-annotations.ts'
import { validateEphemeralContainers, validateInitContainers, validateMainContainers } from './validate-containers.ts'
import { dnsPolicies, validateDnsConfig, validateHostAliases } from './validate-dns.ts'
import { validateFileKeyVolumes } from './validate-env.ts'
import { validateReadinessGates, validateSchedulingGates } from './validate-gates.ts'
import { validateOs } from './validate-os.ts'
import { validatePodLevelResources } from './validate-pod-level-resources.ts'
import { validateHostNetworkPorts } from './validate-ports.ts'
import { validateResourceClaims } from './validate-resource-claims.ts'
import { validateContainerResources } from './validate-resources.ts'
import { validateHostUsers, validatePodSecurityContext } from './validate-security-context.ts'
import { validateTolerations } from './validate-tolerations.ts'
import { validateTopologySpread } from './validate-topology-spread.ts'
import { validateVolumes } from './validate-volumes.ts'
import { validateHostProcesses } from './validate-windows.ts'

export const restartPolicies = ['Always', 'OnFailure', 'Never']

export function validatePodSpec(spec: PodSpec, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const { volumes, errors } = validateVolumes(spec.volumes, at.child('volumes'), options)
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(at.child('terminationGracePeriodSeconds'))] : []),
    ...errors,
    ...validateResourceClaims(spec.resourceClaims, at.child('resourceClaims'), options),
    ...validateMainContainers(spec, volumes, at.child('containers'), options),
    ...validateInitContainers(spec, volumes, at.child('initContainers'), options),
    ...validateEphemeralContainers(spec, volumes, at.child('ephemeralContainers'), options),
    ...validatePodLevelResources(spec, at.child('resources'), options),
    ...validateHostNetworkPorts(spec, at, options),
    ...requiredOneOf(at.child('restartPolicy'), spec.restartPolicy, restartPolicies),
    ...requiredOneOf(at.child('dnsPolicy'), spec.dnsPolicy, dnsPolicies),
    ...validateLabels(spec.nodeSelector, at.child('nodeSelector')),
    ...validatePodSecurityContext(spec, at.child('securityContext'), options),
    ...validateAffinity(spec.affinity, at.child('affinity'), options),
    ...validateDnsConfig(spec, at.child('dnsConfig')),
    ...validateReadinessGates(spec.readinessGates, at.child('readinessGates')),
    ...validateSchedulingGates(spec.schedulingGates, at.child('schedulingGates')),
    ...validateTopologySpread(spec.topologySpreadConstraints, at.child('topologySpreadConstraints'), options),
    ...validateHostProcesses(spec, at),
    ...validateHostUsers(spec, at, options),
    ...validateHostnameOverride(spec, at.child('hostnameOverride')),
    ...validateNames(spec, ['serviceAccountName', 'nodeName'], at),
    ...validateDeadline(spec, at.child('activeDeadlineSeconds')),
    ...validateHostname(spec, at),
    ...validateTolerations(spec.tolerations, at.child('tolerations')),
    ...validateHostAliases(spec.hostAliases, at.child('hostAliases')),
    ...validateNames(spec, ['priorityClassName'], at),
    ...(spec.runtimeClassName === undefined
      ? []
      : complaints(at.child('runtimeClassName'), spec.runtimeClassName, nameIsDnsSubdomain(spec.runtimeClassName, false))),
    ...(spec.preemptionPolicy === undefined ? [] : requiredOneOf(at.child('preemptionPolicy'), spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'])),
    ...(spec.overhead ? validateContainerResources({ limits: spec.overhead }, new Set(), at.child('overhead'), options) : []),
    ...validateOs(spec, at),
    ...validateFileKeyVolumes(spec, at),
  ]
}

function validateNames(spec: PodSpec, keys: readonly ('serviceAccountName' | 'nodeName' | 'priorityClassName')[], at: FieldPath): FieldError[] {
  return keys.flatMap((key) => {
    const name = spec[key]
    return name ? complaints(at.child(key), name, nameIsDnsSubdomain(name, false)) : []
  })
}

const maxInt32 = 2 ** 31 - 1

function validateDeadline({ activeDeadlineSeconds: deadline }: PodSpec, at: FieldPath): FieldError[] {
  if (deadline === undefined || (deadline >= 1 && deadline <= maxInt32)) return []
  return [invalidValue(at, deadline, inclusiveRangeError(1, maxInt32))]
}

/** What Linux lets a host be called. */
const maxHostnameLength = 64

function validateHostname({ hostname, subdomain }: PodSpec, at: FieldPath): FieldError[] {
  return [
    ...(hostname ? complaints(at.child('hostname'), hostname, isDns1123Label(hostname)) : []),
    ...(subdomain ? complaints(at.child('subdomain'), subdomain, isDns1123Label(subdomain)) : []),
  ]
}

function validateHostnameOverride({ hostnameOverride: name, setHostnameAsFQDN, hostNetwork }: PodSpec, at: FieldPath): FieldError[] {
  if (name === undefined) return []
  return [
    ...(setHostnameAsFQDN ? [forbiddenField(at, 'may not be specified when setHostnameAsFQDN is true')] : []),
    ...(hostNetwork ? [forbiddenField(at, 'may not be specified when hostNetwork is true')] : []),
    ...(Buffer.byteLength(name) > maxHostnameLength ? [tooLong(at, maxHostnameLength)] : []),
    ...complaints(at, name, isDns1123Subdomain(name)),
  ]
}

/** `old`: what the template was before an update. */
export function validatePodTemplate(template: PodTemplateSpec, at: FieldPath, old?: PodTemplateSpec): FieldError[] {
  const { metadata, spec } = template
  const tolerates = whatBroke(old)
  return [
    ...validateTemplateMetadata(template, at),
    ...validatePodAnnotations(metadata.annotations, spec, at.child('annotations'), tolerates),
    ...validatePodSpec(spec, at.child('spec'), { isPod: false, tolerates }),
    ...validateAnnotationsMatchFields(metadata.annotations, spec, at.child('spec')),
    ...((spec.ephemeralContainers ?? []).length > 0
      ? [forbiddenField(at.child('spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template')]
      : []),
  ]
}

export function validateTemplateMetadata({ metadata }: PodTemplateSpec, at: FieldPath): FieldError[] {
  return [...validateLabels(metadata.labels, at.child('labels')), ...validateAnnotations(metadata.annotations, at.child('annotations'))]
}
