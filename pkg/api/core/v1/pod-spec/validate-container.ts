/** Validation of containers of every sort. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { isDns1123Label, isValidPortName, isValidPortNum } from '#apimachinery/names.ts'
import type { Container, ContainerPort, EphemeralContainer, PodSpec } from '#api/gen/core/v1.ts'
import { complaints, oneOf, requiredOneOf } from '../../../checks.ts'
import { validateEnv, validateEnvFrom } from './validate-env.ts'
import { validateVolumeDevices, validateVolumeMounts, type Volumes } from './validate-mounts.ts'
import { validateLifecycle, validateLivenessProbe, validateReadinessProbe } from './validate-probe.ts'
import { validateResources } from './validate-resources.ts'
import { validateSecurityContext } from './validate-security-context.ts'

export function validateContainers(spec: PodSpec, at: FieldPath): FieldError[] {
  const volumes: Volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
  const [mainAt, initAt] = [at.child('containers'), at.child('initContainers')]
  const main = spec.containers ?? []
  const errors: FieldError[] = main.length === 0 ? [required(mainAt)] : []
  const names = new Set<string>()
  for (const [position, container] of main.entries()) {
    const here = mainAt.index(position)
    errors.push(...validateContainer(container, volumes, spec, here), ...unique(container.name, names, here), ...validateProbes(container, here))
  }
  errors.push(...conflictingHostPorts(main, mainAt))
  for (const [position, container] of (spec.initContainers ?? []).entries()) {
    const here = initAt.index(position)
    errors.push(...validateContainer(container, volumes, spec, here), ...unique(container.name, names, here), ...validateInit(container, here))
  }
  return errors
}

function validateInit(container: Container, at: FieldPath): FieldError[] {
  const { restartPolicy } = container
  const policy = restartPolicy === undefined ? [] : oneOf(at.child('restartPolicy'), restartPolicy, ['Always', 'Never', 'OnFailure'])
  if (restartPolicy === 'Always') return [...policy, ...validateProbes(container, at)]
  const unfit = (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const).filter((key) => container[key])
  return [...policy, ...unfit.map((key) => forbiddenField(at.child(key), 'may not be set for init containers without restartPolicy=Always'))]
}

function validateProbes(container: Container, at: FieldPath): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, at.child('lifecycle')),
    ...validateLivenessProbe(container.livenessProbe, at.child('livenessProbe')),
    ...validateReadinessProbe(container.readinessProbe, at.child('readinessProbe')),
    ...validateLivenessProbe(container.startupProbe, at.child('startupProbe')),
  ]
}

function unique(name: string, names: Set<string>, at: FieldPath): FieldError[] {
  if (!name) return []
  if (names.has(name)) return [duplicate(at.child('name'), name)]
  names.add(name)
  return []
}

/** What init, main and ephemeral containers have in common. */
function validateContainer(container: Container, volumes: Volumes, spec: PodSpec, at: FieldPath): FieldError[] {
  return [
    ...(container.name ? complaints(at.child('name'), container.name, isDns1123Label(container.name)) : [required(at.child('name'))]),
    ...validateImage(container.image, at.child('image')),
    ...requiredOneOf(at.child('terminationMessagePolicy'), container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']),
    ...validatePorts(container.ports, spec.hostNetwork ?? false, at.child('ports')),
    ...validateEnv(container.env, at.child('env')),
    ...validateEnvFrom(container.envFrom, at.child('envFrom')),
    ...validateVolumeMounts(container, volumes, at.child('volumeMounts')),
    ...validateVolumeDevices(container, volumes, at.child('volumeDevices')),
    ...requiredOneOf(at.child('imagePullPolicy'), container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validateResources(container.resources, at.child('resources')),
    ...validateSecurityContext(container.securityContext, at.child('securityContext')),
  ]
}

function validateImage(image: string | undefined, at: FieldPath): FieldError[] {
  if (!image) return [required(at)]
  return image.trim() === image ? [] : [invalidValue(at, image, 'must not have leading or trailing whitespace')]
}

function validatePorts(ports: readonly ContainerPort[] | undefined, hostNetwork: boolean, at: FieldPath): FieldError[] {
  const names = new Set<string>()
  return (ports ?? []).flatMap(({ name, containerPort, hostPort, protocol }, position) => {
    const here = at.index(position)
    const errors: FieldError[] = []
    if (name) {
      const wrong = complaints(here.child('name'), name, isValidPortName(name))
      errors.push(...(wrong.length === 0 && names.has(name) ? [duplicate(here.child('name'), name)] : wrong))
      names.add(name)
    }
    if (!containerPort) errors.push(required(here.child('containerPort')))
    else errors.push(...complaints(here.child('containerPort'), containerPort, isValidPortNum(containerPort)))
    if (hostPort) errors.push(...complaints(here.child('hostPort'), hostPort, isValidPortNum(hostPort)))
    errors.push(...requiredOneOf(here.child('protocol'), protocol, ['SCTP', 'TCP', 'UDP']))
    if (hostNetwork && hostPort !== containerPort)
      errors.push(invalidValue(here.child('containerPort'), containerPort, 'must match `hostPort` when `hostNetwork` is true'))
    return errors
  })
}

function conflictingHostPorts(containers: readonly Container[], at: FieldPath): FieldError[] {
  const taken = new Set<string>()
  return containers.flatMap(({ ports }, container) =>
    (ports ?? []).flatMap(({ protocol, hostIP, hostPort }, position) => {
      if (!hostPort) return []
      const key = `${protocol}/${hostIP ?? ''}/${hostPort}`
      if (taken.has(key)) return [duplicate(at.index(container).child('ports').index(position).child('hostPort'), key)]
      taken.add(key)
      return []
    }),
  )
}

const notForEphemeral = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resizePolicy', 'restartPolicy'] as const

export function validateEphemeralContainers(spec: PodSpec, at: FieldPath): FieldError[] {
  const volumes: Volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name)
  const names = new Set(others)
  return (spec.ephemeralContainers ?? []).flatMap((container: EphemeralContainer, position) => {
    const here = at.index(position)
    const errors = [...validateContainer({ ...container, resources: {} } as Container, volumes, spec, here), ...unique(container.name, names, here)]
    const target = container.targetContainerName
    if (target && !others.includes(target))
      errors.push({ reason: 'FieldValueNotFound', field: here.child('targetContainerName').toString(), message: `Not found: ${JSON.stringify(target)}` })
    for (const key of notForEphemeral) {
      const value = container[key]
      if (value && !(Array.isArray(value) && value.length === 0)) errors.push(forbiddenField(here.child(key), 'cannot be set for an Ephemeral Container'))
    }
    if (Object.keys(container.resources ?? {}).length > 0) errors.push(forbiddenField(here.child('resources'), 'cannot be set for an Ephemeral Container'))
    return errors
  })
}
