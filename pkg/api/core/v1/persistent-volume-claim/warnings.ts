/** What the server warns of in claims (upstream: pkg/api/persistentvolumeclaim/util.go). */
import { type FieldPath, path } from '#apimachinery/field-error.ts'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '#api/gen/core/v1.ts'
import { fractionWarnings } from '../fraction-warnings.ts'

const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  const annotated = metadata.annotations?.[classAnnotation] !== undefined
  return [...(annotated ? [storageClassAnnotationWarning] : []), ...claimSpecWarnings(spec, path('spec'))]
}

export const storageClassAnnotationWarning = `metadata.annotations[${classAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`

export function claimSpecWarnings({ resources }: PersistentVolumeClaimSpec, at: FieldPath): string[] {
  const here = at.child('resources')
  return [
    ...fractionWarnings(resources?.requests, ['storage'], here.child('requests')),
    ...fractionWarnings(resources?.limits, ['storage'], here.child('limits')),
  ]
}
