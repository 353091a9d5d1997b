/** Validation of one container: what init, main and ephemeral containers have in common. */
import { duplicate, type FieldError, type FieldPath, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isDns1123Label } from '#apimachinery/names.ts'
import type { Container, ContainerResizePolicy, PodSpec } from '#api/gen/core/v1.ts'
import { complaints, requiredOneOf, requiredText } from '../../../checks.ts'
import type { PodSpecOptions } from './options.ts'
import { validateEnv, validateEnvFrom } from './validate-env.ts'
import { validateVolumeDevices, validateVolumeMounts } from './validate-mounts.ts'
import { validatePorts } from './validate-ports.ts'
import { claimNamesOf, validateContainerResources } from './validate-resources.ts'
import { validateSecurityContext } from './validate-security-context.ts'
import type { Volumes } from './validate-volumes.ts'
import { pullPolicies } from './volume-sources.ts'

export function validateContainer(container: Container, volumes: Volumes, spec: PodSpec, at: FieldPath, options: PodSpecOptions): FieldError[] {
  return [
    ...(container.name ? complaints(at.child('name'), container.name, isDns1123Label(container.name)) : [required(at.child('name'))]),
    ...requiredText(at.child('image'), container.image),
    ...requiredOneOf(at.child('terminationMessagePolicy'), container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']),
    ...validatePorts(container.ports, at.child('ports')),
    ...validateEnv(container.env, at.child('env')),
    ...validateEnvFrom(container.envFrom, at.child('envFrom')),
    ...validateVolumeMounts(container, volumes, at.child('volumeMounts')),
    ...validateVolumeDevices(container, volumes, at.child('volumeDevices')),
    ...requiredOneOf(at.child('imagePullPolicy'), container.imagePullPolicy, pullPolicies),
    ...validateContainerResources(container.resources, claimNamesOf(spec), at.child('resources'), options),
    ...validateResizePolicy(container.resizePolicy, spec, at.child('resizePolicy')),
    ...validateSecurityContext(container.securityContext, spec.hostUsers ?? true, at.child('securityContext')),
  ]
}

function validateResizePolicy(policies: readonly ContainerResizePolicy[] | undefined, { restartPolicy: podPolicy }: PodSpec, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return (policies ?? []).flatMap(({ resourceName, restartPolicy }, position) => {
    const errors: FieldError[] = seen.has(resourceName) ? [duplicate(at.index(position), resourceName)] : []
    seen.add(resourceName)
    errors.push(...requiredOneOf(at, resourceName, ['cpu', 'memory']))
    if (!restartPolicy) errors.push(required(at))
    else if (!['NotRequired', 'RestartContainer'].includes(restartPolicy)) errors.push(notSupported(at, restartPolicy, ['NotRequired', 'RestartContainer']))
    if (podPolicy === 'Never' && restartPolicy !== 'NotRequired')
      errors.push(invalidValue(at, restartPolicy ?? '', "must be 'NotRequired' when pod `restartPolicy` is 'Never'"))
    return errors
  })
}

/** Asked of pods alone: templates of old may hold such images. */
export function validateImageSpace({ image = '' }: Container, at: FieldPath): FieldError[] {
  return image.trim() === image ? [] : [invalidValue(at.child('image'), image, 'must not have leading or trailing whitespace')]
}
