/** Validation of the sources of a projected volume. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import type { ServiceAccountTokenProjection, VolumeProjection } from '#api/gen/core/v1.ts'
import { localPath, validateDownwardFiles, validateItems } from './validate-volume-files.ts'

const minExpirationSeconds = 10 * 60
const maxExpirationSeconds = 2 ** 32

export function validateProjections(sources: readonly VolumeProjection[] | undefined, at: FieldPath): FieldError[] {
  return (sources ?? []).flatMap((source, position) => {
    const here = at.index(position)
    const given = Object.keys(source).filter((key) => source[key as keyof VolumeProjection] !== undefined)
    const errors: FieldError[] = given.slice(1).map((key) => forbiddenField(here.child(key), 'may not specify more than 1 volume type'))
    for (const key of ['secret', 'configMap'] as const) {
      const projection = source[key]
      if (!projection) continue
      if (!projection.name) errors.push(required(here.child(key, 'name')))
      errors.push(...validateItems(projection.items, here.child(key, 'items')))
    }
    if (source.downwardAPI) errors.push(...validateDownwardFiles(source.downwardAPI.items, here.child('downwardAPI')))
    if (source.serviceAccountToken) errors.push(...validateToken(source.serviceAccountToken, here.child('serviceAccountToken')))
    if (source.clusterTrustBundle && !source.clusterTrustBundle.path) errors.push(required(here.child('clusterTrustBundle', 'path')))
    return errors
  })
}

function validateToken({ expirationSeconds = 0, path }: ServiceAccountTokenProjection, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const here = at.child('expirationSeconds')
  if (expirationSeconds < minExpirationSeconds) errors.push(invalidValue(here, expirationSeconds, 'may not specify a duration less than 10 minutes'))
  if (expirationSeconds > maxExpirationSeconds) errors.push(invalidValue(here, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'))
  return [...errors, ...(path ? localPath(at.child('path'), path) : [required(at.child('path'))])]
}
