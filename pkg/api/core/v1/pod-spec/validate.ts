/** Validation of a pod's spec, alone and in templates (pkg/apis/core/validation). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { inclusiveRangeError, isDns1123Label, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { PodSpec, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { complaints, oneOf, requiredOneOf } from '../../../checks.ts'
import { validateAnnotations, validateLabels } from '../../../meta/labels.ts'
import { validateContainers, validateEphemeralContainers } from './validate-container.ts'
import { validateDns, validateHostAliases } from './validate-dns.ts'
import { validateResources } from './validate-resources.ts'
import { validateAffinity, validateGates, validateTolerations, validateTopologySpread } from './validate-scheduling.ts'
import { validateHostUsers, validatePodSecurityContext } from './validate-security-context.ts'
import { validateVolumes } from './validate-volumes.ts'

export const restartPolicies = ['Always', 'OnFailure', 'Never']
const maxInt32 = 2 ** 31 - 1

export function validatePodSpec(spec: PodSpec, at: FieldPath): FieldError[] {
  return [
    ...validateVolumes(spec.volumes, at.child('volumes')),
    ...validateContainers(spec, at),
    ...validateEphemeralContainers(spec, at.child('ephemeralContainers')),
    ...validateResources(spec.resources, at.child('resources')),
    ...requiredOneOf(at.child('restartPolicy'), spec.restartPolicy, restartPolicies),
    ...validateLifetime(spec, at),
    ...validateDns(spec, at),
    ...validateLabels(spec.nodeSelector, at.child('nodeSelector')),
    ...validatePodSecurityContext(spec.securityContext, spec, at.child('securityContext')),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, position) => (name ? [] : [required(at.child('imagePullSecrets').index(position).child('name'))])),
    ...validateAffinity(spec.affinity, at.child('affinity')),
    ...validateGates(spec, at),
    ...validateTopologySpread(spec.topologySpreadConstraints, at.child('topologySpreadConstraints')),
    ...validateHostUsers(spec, at),
    ...validateReferences(spec, at),
    ...validateHostname(spec, at),
    ...validateTolerations(spec.tolerations, at.child('tolerations')),
    ...validateHostAliases(spec.hostAliases, at.child('hostAliases')),
    ...(spec.preemptionPolicy === undefined ? [] : requiredOneOf(at.child('preemptionPolicy'), spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'])),
    ...(spec.os === undefined ? [] : oneOf(at.child('os', 'name'), spec.os.name, ['linux', 'windows'])),
  ]
}

function validateLifetime({ activeDeadlineSeconds: deadline }: PodSpec, at: FieldPath): FieldError[] {
  if (deadline === undefined || (deadline >= 1 && deadline <= maxInt32)) return []
  return [invalidValue(at.child('activeDeadlineSeconds'), deadline, inclusiveRangeError(1, maxInt32))]
}

function validateReferences(spec: PodSpec, at: FieldPath): FieldError[] {
  return (['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName'] as const).flatMap((key) => {
    const name = spec[key]
    return name ? complaints(at.child(key), name, nameIsDnsSubdomain(name, false)) : []
  })
}

function validateHostname({ hostname, subdomain }: PodSpec, at: FieldPath): FieldError[] {
  return [
    ...(hostname ? complaints(at.child('hostname'), hostname, isDns1123Label(hostname)) : []),
    ...(subdomain ? complaints(at.child('subdomain'), subdomain, isDns1123Label(subdomain)) : []),
  ]
}

export function validatePodTemplate(template: PodTemplateSpec, at: FieldPath): FieldError[] {
  const errors = [
    ...validateLabels(template.metadata.labels, at.child('labels')),
    ...validateAnnotations(template.metadata.annotations, at.child('annotations')),
    ...validatePodSpec(template.spec, at.child('spec')),
  ]
  if ((template.spec.ephemeralContainers ?? []).length > 0)
    errors.push(forbiddenField(at.child('spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template'))
  return errors
}
