/** What an update of a pod may change: little, since what runs cannot be changed under its feet. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { inclusiveRangeError, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { validateKindMeta } from '#api/meta/validate-object-meta.ts'
import {
  type Container,
  type NodeAffinity,
  type NodeSelectorTerm,
  NodeSelectorTermSchema,
  type Pod,
  type PodSpec,
  PodSpecSchema,
  type Toleration,
} from '#api/gen/core/v1.ts'
import { internalForm } from '../../../internal-form.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { unifiedDiff } from '../../../unified-diff.ts'
import { appArmorPrefix, mirrorAnnotation, validatePodAnnotations } from '../pod-spec/validate-annotations.ts'
import { whatBroke } from '../pod-spec/tolerance.ts'
import { validateTolerations } from '../pod-spec/validate-tolerations.ts'
import { validateWhole } from './validate.ts'

const specAt = path('spec')
const annotationsAt = path('metadata', 'annotations')
const mutableFields = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

export function validatePodUpdate(pod: Pod, oldPod: Pod): FieldError[] {
  const { spec } = pod
  const old = oldPod.spec
  const errors = [...validateKindMeta(pod.metadata, true, nameIsDnsSubdomain), ...validateWhole(pod, oldPod), ...validateAnnotationsUpdate(pod, oldPod)]
  for (const group of ['containers', 'initContainers'] as const) {
    const [now, before] = [spec[group] ?? [], old[group] ?? []]
    if (now.length !== before.length) return [...errors, forbiddenField(specAt.child(group), 'pod updates may not add or remove containers')]
    errors.push(...validateImages(now, specAt.child(group)))
  }
  const deadline = validateDeadline(spec, old)
  errors.push(...deadline.errors)
  if (deadline.stops) return errors
  errors.push(...validateAddedTolerations(spec, old), ...validateRemainingGates(spec, old))
  if (semanticEqual(spec, old, PodSpecSchema)) return errors
  const { allowed, gated } = withAllowedChanges(spec, old)
  errors.push(...gated)
  if (semanticEqual(allowed, old, PodSpecSchema)) return errors
  return [
    ...errors,
    forbiddenField(specAt, `pod updates may not change fields other than ${mutableFields.join(',')}\n${unifiedDiff(PodSpecSchema, old, allowed)}`),
  ]
}

/** Some annotations stand for what was decided when the pod was made. */
export function validateAnnotationsUpdate(pod: Pod, oldPod: Pod): FieldError[] {
  const [now, before] = [pod.metadata.annotations ?? {}, oldPod.metadata.annotations ?? {}]
  const errors: FieldError[] = []
  for (const [keys, verb] of [
    [Object.keys(before).filter((key) => now[key] !== before[key]), 'remove or update'],
    [Object.keys(now).filter((key) => before[key] === undefined), 'add'],
  ] as const) {
    for (const key of keys) {
      if (key.startsWith(appArmorPrefix)) errors.push(forbiddenField(annotationsAt.key(key), `may not ${verb} AppArmor annotations`))
      if (key === mirrorAnnotation) errors.push(forbiddenField(annotationsAt.key(key), `may not ${verb} mirror pod annotation`))
    }
  }
  return [...errors, ...validatePodAnnotations(pod.metadata.annotations, pod.spec, annotationsAt, whatBroke(oldPod))]
}

function validateImages(containers: readonly Container[], at: FieldPath): FieldError[] {
  return containers.flatMap(({ image = '' }, position) => {
    const here = at.index(position).child('image')
    if (!image) return [required(here)]
    return image.trim() === image ? [] : [invalidValue(here, image, 'must not have leading or trailing whitespace')]
  })
}

const maxInt32 = 2 ** 31 - 1

/** It may be set, and brought forward. */
function validateDeadline({ activeDeadlineSeconds: now }: PodSpec, { activeDeadlineSeconds: before }: PodSpec): { errors: FieldError[]; stops: boolean } {
  const here = specAt.child('activeDeadlineSeconds')
  if (now === undefined) {
    return { errors: before === undefined ? [] : [invalidValue(here, now, 'must not update from a positive integer to nil value')], stops: false }
  }
  if (now < 0 || now > maxInt32) return { errors: [invalidValue(here, now, inclusiveRangeError(0, maxInt32))], stops: true }
  if (before === undefined || before >= now) return { errors: [], stops: false }
  return { errors: [invalidValue(here, now, 'must be less than or equal to previous value')], stops: true }
}

function validateRemainingGates({ schedulingGates: now }: PodSpec, { schedulingGates: before }: PodSpec): FieldError[] {
  const known = new Set((before ?? []).map(({ name }) => name))
  return (now ?? []).flatMap(({ name }, position) => {
    const here = specAt.child('schedulingGates').index(position).child('name')
    return known.has(name) ? [] : [forbiddenField(here, `only deletion is allowed, but found new scheduling gate '${name}'`)]
  })
}

function validateAddedTolerations({ tolerations: now }: PodSpec, { tolerations: before }: PodSpec): FieldError[] {
  const here = specAt.child('tolerations')
  const sameApartFromSeconds = (a: Toleration, b: Toleration) => semanticEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined })
  const kept = (before ?? []).every((old) => (now ?? []).some((each) => sameApartFromSeconds(each, old)))
  return kept ? validateTolerations(now, here) : [forbiddenField(here, 'existing toleration can not be modified except its tolerationSeconds')]
}

/** The new spec with all that may change put back to what it was: whatever still differs may not. */
function withAllowedChanges(spec: PodSpec, old: PodSpec): { allowed: PodSpec; gated: FieldError[] } {
  const allowed: PodSpec = { ...spec, containers: withImagesOf(spec.containers, old.containers) }
  if (spec.initContainers) allowed.initContainers = withImagesOf(spec.initContainers, old.initContainers ?? [])
  for (const key of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations'] as const) putBack(allowed, old, key)
  if (old.terminationGracePeriodSeconds !== undefined && old.terminationGracePeriodSeconds < 0 && spec.terminationGracePeriodSeconds === 1)
    putBack(allowed, old, 'terminationGracePeriodSeconds')
  if ((old.schedulingGates ?? []).length === 0) return { allowed, gated: [] }
  return { allowed, gated: [...validateNodeSelectorGated(allowed, old), ...validateNodeAffinityGated(allowed, old)] }
}

function putBack<K extends keyof PodSpec>(spec: PodSpec, old: PodSpec, key: K): void {
  if (old[key] === undefined) delete spec[key]
  else spec[key] = old[key]
}

function withImagesOf(containers: readonly Container[], old: readonly Container[]): Container[] {
  return containers.map((container, position) => ({ ...container, image: old[position]?.image }) as Container)
}

/** As long as a pod is gated, where it may go can be narrowed (KEP-3838). */
function validateNodeSelectorGated(spec: PodSpec, { nodeSelector: before, ...old }: PodSpec): FieldError[] {
  const now = spec.nodeSelector
  putBack(spec, { ...old, ...(before ? { nodeSelector: before } : {}) }, 'nodeSelector')
  if (Object.entries(before ?? {}).every(([key, value]) => now?.[key] === value)) return []
  return [invalidValue(specAt.child('nodeSelector'), now ?? null, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)')]
}

function validateNodeAffinityGated(spec: PodSpec, old: PodSpec): FieldError[] {
  const [now, before] = [spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity]
  if (semanticEqual(now, before)) return []
  const { nodeAffinity: _, ...others } = spec.affinity ?? {}
  if (before) spec.affinity = { ...others, nodeAffinity: before }
  else if (old.affinity === undefined && Object.keys(others).length === 0) delete spec.affinity
  else spec.affinity = others
  return validateNarrowed(now, before, specAt.child('affinity', 'nodeAffinity'))
}

function validateNarrowed(now: NodeAffinity | undefined, before: NodeAffinity | undefined, at: FieldPath): FieldError[] {
  const old = before?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const terms = now?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const here = at.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms')
  if (old.length > 0 && old.length !== terms.length)
    return [
      invalidValue(
        here,
        terms.length === 0 ? null : terms.map((term) => internalForm(NodeSelectorTermSchema, term)),
        'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
      ),
    ]
  return old.flatMap((term, position) =>
    onlyAdds(terms[position]!, term)
      ? []
      : [invalidValue(here.index(position), internalForm(NodeSelectorTermSchema, terms[position]), 'only additions are allowed (no mutations or deletions)')],
  )
}

function onlyAdds(now: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const groups = ['matchExpressions', 'matchFields'] as const
  // A term of nothing picks no node: anything added to it would pick some.
  if (groups.every((group) => (old[group] ?? []).length === 0)) return groups.every((group) => (now[group] ?? []).length === 0)
  return groups.every((group) => {
    const before = old[group] ?? []
    return semanticEqual((now[group] ?? []).slice(0, before.length), before)
  })
}
