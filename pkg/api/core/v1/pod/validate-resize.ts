/** What the resize door refuses (KEP-1287, KEP-5419): the class of service stays, no resource is taken away, and only CPU and memory change. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { validateKindMeta } from '#api/meta/validate-object-meta.ts'
import { ResourceRequirementsSchema, ContainerSchema, type Container, type Pod, type PodSpec, type ResourceRequirements } from '#api/gen/core/v1.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { mirrorAnnotation } from '../pod-spec/validate-annotations.ts'
import { qosClassOf } from './qos.ts'
import { validateWhole } from './validate.ts'

const specAt = path('spec')

export function validateResize(pod: Pod, old: Pod): FieldError[] {
  const refusal = refusedAtAll(old)
  if (refusal) return [forbiddenField(path('[]'), refusal)]
  const errors = [...validateKindMeta(pod.metadata, true, nameIsDnsSubdomain), ...validateWhole(pod, old)]
  if (qosClassOf(pod.spec) !== (old.status.qosClass ?? qosClassOf(old.spec)))
    errors.push(invalidValue(specAt, pod.status.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'))
  if (!isSupported(old)) errors.push(forbiddenField(specAt, 'Pod running on node without support for resize'))
  errors.push(...validatePodLevel(pod.spec, old.spec))
  if ((old.status.nodeAllocatableResourceClaimStatuses ?? []).length > 0)
    errors.push(forbiddenField(specAt, 'pods with node allocatable resource claims cannot be resized'))
  const disordered = groups.flatMap((group) => validateOrder(pod.spec, old.spec, group))
  if (disordered.length > 0) return [...errors, ...disordered]
  errors.push(...validateNothingRemoved(pod.spec, old.spec, 'initContainers'), ...validateNothingRemoved(pod.spec, old.spec, 'containers'))
  return [...errors, ...validateOthersUnchanged(pod.spec, old.spec)]
}

type Group = 'containers' | 'initContainers'
const groups: readonly Group[] = ['containers', 'initContainers']

function refusedAtAll(old: Pod): string | undefined {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return 'static pods cannot be resized'
  return old.spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined
}

/** A node that cannot resize does not tell of the resources of what it runs. */
function isSupported({ status }: Pod): boolean {
  const running = (status.containerStatuses ?? []).find(({ state }) => state?.running)
  return running === undefined || running.resources !== undefined
}

/** Resources of the pod as a whole may come, and grow and shrink, but not go. */
function validatePodLevel({ resources }: PodSpec, { resources: before }: PodSpec): FieldError[] {
  if (!isSet(resources) && !isSet(before)) return []
  const at = specAt.child('resources')
  if (before && !resources) return [forbiddenField(at, 'pod-level resources cannot be removed')]
  const errors = removed(resources, before, at, 'pod-level resource')
  const others = resources && withComputeOf(resources, before)
  if (!semanticEqual(others ?? {}, before ?? {}, ResourceRequirementsSchema))
    errors.push(forbiddenField(specAt, 'only cpu and memory resources are mutable at pod-level'))
  return errors
}

function isSet(resources: ResourceRequirements | undefined): boolean {
  return Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0
}

function validateOrder(spec: PodSpec, old: PodSpec, group: Group): FieldError[] {
  const at = specAt.child(group)
  const [now, before] = [spec[group] ?? [], old[group] ?? []]
  if (now.length !== before.length) return [forbiddenField(at, `${group} may not be added or removed on resize`)]
  return before.flatMap(({ name }, position) =>
    now[position]!.name === name ? [] : [forbiddenField(at.index(position).child('name'), `${group} may not be renamed or reordered on resize`)],
  )
}

function validateNothingRemoved(spec: PodSpec, old: PodSpec, group: Group): FieldError[] {
  return (old[group] ?? []).flatMap(({ resources }, position) =>
    removed(spec[group]?.[position]?.resources, resources, specAt.child(group).index(position).child('resources'), 'resource'),
  )
}

function removed(resources: ResourceRequirements | undefined, old: ResourceRequirements | undefined, at: FieldPath, what: string): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((kind) => {
    const lost = Object.keys(old?.[kind] ?? {}).some((name) => resources?.[kind]?.[name] === undefined)
    return lost ? [forbiddenField(at.child(kind), `${what} ${kind} cannot be removed`)] : []
  })
}

const onlyCompute = 'only cpu and memory resources are mutable'
const onlyComputeOfInit = 'only cpu and memory resources for init or sidecar containers are mutable'
const noRestartOfInit = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized'

function validateOthersUnchanged(spec: PodSpec, old: PodSpec): FieldError[] {
  const unchanged = (now: Container, before: Container) =>
    semanticEqual(
      { ...now, resources: withComputeOf(now.resources ?? {}, before.resources) },
      { ...before, resources: before.resources ?? {} },
      ContainerSchema,
    )
  const ofContainers = (spec.containers ?? []).flatMap((now, position) =>
    unchanged(now, old.containers![position]!) ? [] : [forbiddenField(specAt, onlyCompute)],
  )
  const ofInit = (spec.initContainers ?? []).flatMap((now, position) => {
    const before = old.initContainers![position]!
    const here = specAt.child('initContainers').index(position)
    const restarts = now.restartPolicy !== 'Always' && (now.resizePolicy ?? []).some(({ restartPolicy }) => restartPolicy === 'RestartContainer')
    return [
      ...(unchanged(now, before) ? [] : [forbiddenField(here, onlyComputeOfInit)]),
      ...(restarts && !semanticEqual(now, before, ContainerSchema) ? [forbiddenField(here, noRestartOfInit)] : []),
    ]
  })
  return [...ofContainers, ...ofInit]
}

/** The resources with CPU and memory put back to what they were. Upstream loses claims here: who has one cannot be resized. */
function withComputeOf(resources: ResourceRequirements, before: ResourceRequirements | undefined): ResourceRequirements {
  const list = (kind: 'requests' | 'limits') => {
    const others = Object.entries(resources[kind] ?? {}).filter(([name]) => !isCompute(name))
    const compute = Object.entries(before?.[kind] ?? {}).filter(([name]) => isCompute(name))
    const all = Object.fromEntries([...others, ...compute])
    return Object.keys(all).length > 0 ? { [kind]: all } : {}
  }
  return { ...list('limits'), ...list('requests') }
}

const isCompute = (name: string): boolean => name === 'cpu' || name === 'memory'
