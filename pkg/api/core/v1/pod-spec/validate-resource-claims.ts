/** Validation of the resource claims that a pod names (KEP-4381). */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Label, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { type PodResourceClaim, PodResourceClaimSchema } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'
import { internalForm } from '../../../internal-form.ts'
import type { PodSpecOptions } from './options.ts'

export function validateResourceClaims(claims: readonly PodResourceClaim[] | undefined, at: FieldPath, { isMirror }: PodSpecOptions): FieldError[] {
  if (isMirror) return (claims ?? []).map(() => forbiddenField(path('[]'), 'static pods do not support resource claims'))
  const names = new Set<string>()
  return (claims ?? []).flatMap((claim, position) => {
    const here = at.index(position)
    const { name, resourceClaimName, resourceClaimTemplateName } = claim
    const errors = !name
      ? [required(here.child('name'))]
      : names.has(name)
        ? [duplicate(here.child('name'), name)]
        : complaints(here.child('name'), name, isDns1123Label(name))
    names.add(name)
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
      errors.push(
        invalidValue(here, internalForm(PodResourceClaimSchema, claim), 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'),
      )
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
      errors.push(invalidValue(here, internalForm(PodResourceClaimSchema, claim), 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'))
    for (const key of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const referred = claim[key]
      if (referred !== undefined) errors.push(...complaints(here.child(key), referred, nameIsDnsSubdomain(referred, false)))
    }
    return errors
  })
}
