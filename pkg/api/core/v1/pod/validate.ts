/** Validation of pods: new ones, and what an update may change. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import type { Container, Pod, PodSpec, Toleration } from '#api/gen/core/v1.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { unifiedDiff } from '../../../unified-diff.ts'
import { validateEphemeralContainers } from '../pod-spec/validate-container.ts'
import { validateTolerations } from '../pod-spec/validate-scheduling.ts'
import { validatePodSpec } from '../pod-spec/validate.ts'

const specAt = path('spec')
const mutableFields = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

export function validatePod(pod: Pod): FieldError[] {
  const errors = validatePodSpec(pod.spec, specAt)
  if ((pod.spec.ephemeralContainers ?? []).length > 0) errors.push(forbiddenField(specAt.child('ephemeralContainers'), 'cannot be set on create'))
  return errors
}

export function validatePodUpdate({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  const errors: FieldError[] = []
  for (const group of ['containers', 'initContainers'] as const) {
    const [now, before] = [spec[group] ?? [], old[group] ?? []]
    if (now.length !== before.length) return [forbiddenField(specAt.child(group), 'pod updates may not add or remove containers')]
    errors.push(...validateImages(now, specAt.child(group)))
  }
  errors.push(...validateDeadline(spec, old), ...validateRemainingGates(spec, old), ...validateAddedTolerations(spec, old))
  if (errors.length > 0) return errors
  const allowed = withAllowedChanges(spec, old)
  if (semanticEqual(allowed, old)) return []
  return [forbiddenField(specAt, `pod updates may not change fields other than ${mutableFields.join(',')}\n${unifiedDiff(old, allowed)}`)]
}

function validateImages(containers: readonly Container[], at: FieldPath): FieldError[] {
  return containers.flatMap(({ image }, position) => {
    const here = at.index(position).child('image')
    if (!image) return [required(here)]
    return image.trim() === image ? [] : [invalidValue(here, image, 'must not have leading or trailing whitespace')]
  })
}

function validateDeadline({ activeDeadlineSeconds: now }: PodSpec, { activeDeadlineSeconds: before }: PodSpec): FieldError[] {
  const here = specAt.child('activeDeadlineSeconds')
  if (now === undefined) return before === undefined ? [] : [invalidValue(here, now, 'must not update from a positive integer to nil value')]
  if (now < 0) return [invalidValue(here, now, 'must be between 0 and 2147483647, inclusive')]
  return before !== undefined && before < now ? [invalidValue(here, now, 'must be less than or equal to previous value')] : []
}

function validateRemainingGates({ schedulingGates: now }: PodSpec, { schedulingGates: before }: PodSpec): FieldError[] {
  const known = new Set((before ?? []).map(({ name }) => name))
  return (now ?? []).flatMap(({ name }, position) =>
    known.has(name)
      ? []
      : [forbiddenField(specAt.child('schedulingGates').index(position), `only deletion is allowed, but found new scheduling gate '${name}'`)],
  )
}

function validateAddedTolerations({ tolerations: now }: PodSpec, { tolerations: before }: PodSpec): FieldError[] {
  const here = specAt.child('tolerations')
  const sameApartFromSeconds = (a: Toleration, b: Toleration) => semanticEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined })
  const kept = (before ?? []).every((old) => (now ?? []).some((each) => sameApartFromSeconds(each, old)))
  return kept ? validateTolerations(now, here) : [forbiddenField(here, 'existing toleration can not be modified except its tolerationSeconds')]
}

/** The new spec with all that may change put back to what it was: whatever still differs may not. */
function withAllowedChanges(spec: PodSpec, old: PodSpec): PodSpec {
  const restored: PodSpec = { ...spec, containers: withImagesOf(spec.containers, old.containers) }
  if (spec.initContainers) restored.initContainers = withImagesOf(spec.initContainers, old.initContainers ?? [])
  restored.activeDeadlineSeconds = old.activeDeadlineSeconds
  restored.schedulingGates = old.schedulingGates
  restored.tolerations = old.tolerations
  if (old.terminationGracePeriodSeconds !== undefined && old.terminationGracePeriodSeconds < 0 && spec.terminationGracePeriodSeconds === 1) {
    restored.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds
  }
  if ((old.schedulingGates ?? []).length > 0 && onlyAdds(spec.nodeSelector, old.nodeSelector)) restored.nodeSelector = old.nodeSelector
  return restored
}

function withImagesOf(containers: readonly Container[], old: readonly Container[]): Container[] {
  return containers.map((container, position) => ({ ...container, image: old[position]?.image }) as Container)
}

function onlyAdds(now: Readonly<Record<string, string>> | undefined, before: Readonly<Record<string, string>> | undefined): boolean {
  return Object.entries(before ?? {}).every(([key, value]) => now?.[key] === value)
}

export function validateEphemeralContainersUpdate({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  const here = specAt.child('ephemeralContainers')
  const errors = validateEphemeralContainers(spec, here)
  for (const before of old.ephemeralContainers ?? []) {
    const now = spec.ephemeralContainers?.find(({ name }) => name === before.name)
    if (!now) errors.push(forbiddenField(here, `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed\n`))
    else if (!semanticEqual(now, before))
      errors.push(forbiddenField(here, `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed\n${unifiedDiff(before, now)}`))
  }
  return errors
}

/** What has ended for good stays ended. */
export function validatePodStatusUpdate({ spec, status }: Pod, { spec: old, status: before }: Pod): FieldError[] {
  if (spec.nodeName !== old.nodeName) return [forbiddenField(path('status', 'nodeName'), 'may not be changed directly')]
  if (old.restartPolicy === 'Always') return []
  const errors: FieldError[] = []
  for (const [position, container] of (before.containerStatuses ?? []).entries()) {
    const ended = container.state?.terminated
    const spec = old.containers.find(({ name }) => name === container.name)
    if (!ended || spec?.restartPolicy || (old.restartPolicy === 'OnFailure' && ended.exitCode !== 0)) continue
    const now = status.containerStatuses?.find(({ name }) => name === container.name)
    if (now && !now.state?.terminated)
      errors.push(forbiddenField(path('status', 'containerStatuses').index(position).child('state'), 'may not be transitioned to non-terminated state'))
  }
  return errors
}
