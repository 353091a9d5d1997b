/** Validation of pods: new ones, and what an update of each door may change. */
import { type FieldError, forbiddenField, path } from '#apimachinery/field-error.ts'
import { EphemeralContainerSchema, type Pod } from '#api/gen/core/v1.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { unifiedDiff } from '../../../unified-diff.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { validateKindMeta } from '#api/meta/validate-object-meta.ts'
import { mirrorAnnotation, validateAnnotationsMatchFields, validatePodAnnotations } from '../pod-spec/validate-annotations.ts'
import { validateImageSpace } from '../pod-spec/validate-container.ts'
import { whatBroke } from '../pod-spec/tolerance.ts'
import { validatePodSpec } from '../pod-spec/validate.ts'

const specAt = path('spec')
const annotationsAt = path('metadata', 'annotations')

export function validatePod(pod: Pod): FieldError[] {
  const { metadata, spec } = pod
  const errors = validateWhole(pod)
  if ((spec.ephemeralContainers ?? []).length > 0) errors.push(forbiddenField(specAt.child('ephemeralContainers'), 'cannot be set on create'))
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0)
    errors.push(forbiddenField(specAt.child('nodeName'), 'cannot be set until all schedulingGates have been cleared'))
  return [...errors, ...validateAnnotationsMatchFields(metadata.annotations, spec, specAt)]
}

/** What holds for a pod at all times; `old` is what it was before an update. */
export function validateWhole({ metadata, spec }: Pod, old?: Pod): FieldError[] {
  const tolerates = whatBroke(old)
  const isMirror = metadata.annotations?.[mirrorAnnotation] !== undefined
  return [
    ...validatePodAnnotations(metadata.annotations, spec, annotationsAt, tolerates),
    ...validatePodSpec(spec, specAt, { isPod: true, isMirror, tolerates, ...(metadata.name ? { podName: metadata.name } : {}) }),
    ...validateTokensHaveAccount(spec),
    ...(['containers', 'initContainers'] as const).flatMap((group) =>
      (spec[group] ?? []).flatMap((container, position) => validateImageSpace(container, specAt.child(group).index(position))),
    ),
  ]
}

function validateTokensHaveAccount({ serviceAccountName, volumes }: Pod['spec']): FieldError[] {
  if (serviceAccountName) return []
  return (volumes ?? []).flatMap(({ projected }, volume) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, source) => {
      const here = specAt.child('volumes').index(volume).child('projected', 'sources').index(source).child('serviceAccountToken')
      return serviceAccountToken ? [forbiddenField(here, 'must not be specified when serviceAccountName is not set')] : []
    }),
  )
}

export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return [forbiddenField(path('[]'), 'static pods do not support ephemeral containers')]
  const here = specAt.child('ephemeralContainers')
  const errors = [...validateKindMeta(pod.metadata, true, nameIsDnsSubdomain), ...validateWhole(pod, old)]
  for (const before of old.spec.ephemeralContainers ?? []) {
    const now = pod.spec.ephemeralContainers?.find(({ name }) => name === before.name)
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`
    if (!now) errors.push(forbiddenField(here, `${which} may not be removed\n`))
    else if (!semanticEqual(now, before, EphemeralContainerSchema))
      errors.push(forbiddenField(here, `${which} may not be changed\n${unifiedDiff(EphemeralContainerSchema, before, now)}`))
  }
  return errors
}
