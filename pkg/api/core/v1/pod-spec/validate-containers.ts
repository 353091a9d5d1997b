/** Validation of a pod's lists of containers: main, init and ephemeral. */
import { isNilList } from '#apimachinery/nil-list.ts'
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, notFoundField, required } from '#apimachinery/field-error.ts'
import type { Container, EphemeralContainer, PodSpec } from '#api/gen/core/v1.ts'
import { conflictingHostPorts } from './validate-ports.ts'
import { validateContainer, validateImageSpace } from './validate-container.ts'
import { validateProbes } from './validate-probe.ts'
import { validateRestart } from './validate-restart-rules.ts'
import type { PodSpecOptions } from './options.ts'
import type { Volumes } from './validate-volumes.ts'

export function validateMainContainers(spec: PodSpec, volumes: Volumes, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const containers = spec.containers ?? []
  if (containers.length === 0) return [required(at)]
  const names = new Set<string>()
  const errors = containers.flatMap((container, position) => {
    const here = at.index(position)
    const common = validateContainer(container, volumes, spec, here, options)
    const repeated = names.has(container.name) ? [duplicate(here.child('name'), container.name)] : []
    names.add(container.name)
    return [...common, ...repeated, ...validateProbes(container, spec, here), ...validateRestart(container, here)]
  })
  return [...errors, ...conflictingHostPorts(containers, at)]
}

export function validateInitContainers(spec: PodSpec, volumes: Volumes, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const names = new Set((spec.containers ?? []).map(({ name }) => name))
  return (spec.initContainers ?? []).flatMap((container, position) => {
    const here = at.index(position)
    const errors = [...validateContainer(container, volumes, spec, here, options), ...validateRestart(container, here)]
    if (names.has(container.name)) errors.push(duplicate(here.child('name'), container.name))
    else if (container.name) names.add(container.name)
    // They run one after the other, so that ports conflict within one alone.
    errors.push(...conflictingHostPorts([container], at))
    if (container.restartPolicy === 'Always') return [...errors, ...validateProbes(container, spec, here)]
    return [
      ...errors,
      ...noProbes(container, here),
      ...(options.tolerates('restartOfInitOnResize') ? [] : noRestartOnResize(container, here.child('resizePolicy'))),
    ]
  })
}

const onlyForSidecars = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const

function noProbes(container: Container, at: FieldPath): FieldError[] {
  return onlyForSidecars
    .filter((key) => container[key])
    .map((key) => forbiddenField(at.child(key), 'may not be set for init containers without restartPolicy=Always'))
}

/** What runs once is not restarted for having grown. */
function noRestartOnResize({ resizePolicy }: Container, at: FieldPath): FieldError[] {
  return (resizePolicy ?? []).flatMap(({ restartPolicy }, position) =>
    restartPolicy === 'RestartContainer'
      ? [invalidValue(at.index(position).child('restartPolicy'), restartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers")]
      : [],
  )
}

/** In the order of the fields of upstream's type. */
const notForEphemeral = [
  ...(['ports', 'resources', 'resizePolicy', 'restartPolicy', 'restartPolicyRules', 'livenessProbe'] as const),
  ...(['readinessProbe', 'startupProbe', 'lifecycle'] as const),
] as const
const cannotBeSet = 'cannot be set for an Ephemeral Container'

export function validateEphemeralContainers(spec: PodSpec, volumes: Volumes, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name))
  const names = new Set(others)
  return (spec.ephemeralContainers ?? []).flatMap((container: EphemeralContainer, position) => {
    const here = at.index(position)
    const common = container as Container
    const errors = [...validateContainer(common, volumes, spec, here, options), ...validateImageSpace(common, here)]
    if (names.has(container.name)) errors.push(duplicate(here.child('name'), container.name))
    names.add(container.name)
    const target = container.targetContainerName
    if (target && !others.has(target)) errors.push(notFoundField(here.child('targetContainerName'), target))
    for (const key of notForEphemeral) if (isSet(container[key], key === 'resources')) errors.push(forbiddenField(here.child(key), cannotBeSet))
    for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
      const mountAt = here.child('volumeMounts').index(index)
      for (const key of ['subPath', 'subPathExpr'] as const) if (mount[key]) errors.push(forbiddenField(mountAt.child(key), cannotBeSet))
    }
    return errors
  })
}

/** Of pointers and lists, also where nothing is in them. */
function isSet(value: unknown, isStruct: boolean): boolean {
  if (value === undefined || isNilList(value)) return false
  return !isStruct || Object.keys(value as object).length > 0
}
