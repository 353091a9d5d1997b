/** What the resize door refuses (KEP-1287): the class of service stays, no resource is taken away, and only CPU and memory change. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path } from '#apimachinery/field-error.ts'
import type { Container, Pod, PodSpec, ResourceRequirements } from '#api/gen/core/v1.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { mirrorAnnotation } from '../pod-spec/validate-annotations.ts'
import { qosClassOf } from './qos.ts'
import { validateWhole } from './validate.ts'

const specAt = path('spec')

export function validateResize(pod: Pod, old: Pod): FieldError[] {
  const refusal = refusedAtAll(pod, old)
  if (refusal) return [forbiddenField(path('[]'), refusal)]
  const errors = validateWhole(pod)
  if (qosClassOf(pod.spec) !== (old.status.qosClass ?? qosClassOf(old.spec)))
    errors.push(invalidValue(specAt, pod.status.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'))
  if (!isSupported(old)) errors.push(forbiddenField(specAt, 'Pod running on node without support for resize'))
  return [
    ...errors,
    ...validateNothingRemoved(pod.spec, old.spec, 'initContainers'),
    ...validateNothingRemoved(pod.spec, old.spec, 'containers'),
    ...validateOthersUnchanged(pod.spec, old.spec),
  ]
}

function refusedAtAll(pod: Pod, old: Pod): string | undefined {
  if (hasPodLevelResources(old) || hasPodLevelResources(pod)) return 'pods with pod-level resources cannot be resized'
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return 'static pods cannot be resized'
  return old.spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined
}

function hasPodLevelResources({ spec: { resources } }: Pod): boolean {
  return Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0
}

/** A node that cannot resize does not tell of the resources of what it runs. */
function isSupported({ status }: Pod): boolean {
  const running = (status.containerStatuses ?? []).find(({ state }) => state?.running)
  return running === undefined || running.resources !== undefined
}

const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always'

function validateNothingRemoved(spec: PodSpec, old: PodSpec, group: 'containers' | 'initContainers'): FieldError[] {
  return (old[group] ?? []).flatMap((before, position) => {
    if (group === 'initContainers' && !isSidecar(before)) return []
    return removed(spec[group]?.[position]?.resources, before.resources, specAt.child(group).index(position).child('resources'))
  })
}

function removed(resources: ResourceRequirements | undefined, old: ResourceRequirements | undefined, at: FieldPath): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((kind) => {
    const lost = Object.keys(old?.[kind] ?? {}).some((name) => resources?.[kind]?.[name] === undefined)
    return lost ? [forbiddenField(at.child(kind), `resource ${kind} cannot be removed`)] : []
  })
}

function validateOthersUnchanged(spec: PodSpec, old: PodSpec): FieldError[] {
  const changed = (group: 'containers' | 'initContainers', compare: (now: Container, before: Container) => string | undefined) =>
    (spec[group] ?? []).flatMap((now, position) => {
      const before = old[group]?.[position]
      const why = before && compare(now, before)
      return why ? [forbiddenField(specAt, why)] : []
    })
  return [
    ...changed('containers', (now, before) => (semanticEqual(withComputeOf(now, before), before) ? undefined : 'only cpu and memory resources are mutable')),
    ...changed('initContainers', (now, before) => {
      if (!isSidecar(now)) return semanticEqual(now, before) ? undefined : 'resources for non-sidecar init containers are immutable'
      return semanticEqual(withComputeOf(now, before), before) ? undefined : 'only cpu and memory resources for sidecar containers are mutable'
    }),
  ]
}

/** The container with its CPU and memory, and how they are resized, put back to what they were. */
function withComputeOf(container: Container, before: Container): Container {
  const list = (kind: 'requests' | 'limits') => {
    const [now, old] = [container.resources?.[kind] ?? {}, before.resources?.[kind] ?? {}]
    const others = Object.entries(now).filter(([name]) => name !== 'cpu' && name !== 'memory')
    const compute = Object.entries(old).filter(([name]) => name === 'cpu' || name === 'memory')
    const all = Object.fromEntries([...others, ...compute])
    return Object.keys(all).length > 0 ? { [kind]: all } : {}
  }
  const { resizePolicy: _, ...rest } = container
  const claims = container.resources?.claims
  return {
    ...rest,
    ...(before.resizePolicy ? { resizePolicy: before.resizePolicy } : {}),
    resources: { ...list('limits'), ...list('requests'), ...(claims ? { claims } : {}) },
  }
}
