/** Validation of API services. */
import { type FieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1035Label, isDns1123Subdomain, isInRange } from '#apimachinery/names.ts'
import type { APIService } from '#api/gen/apiregistration/v1.ts'
import { complaints } from '../../checks.ts'

const at = path('spec')

export function validateApiService({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', service } = spec
  const errors: FieldError[] = []
  const name = `${version}.${group}`
  if (metadata.name !== name)
    errors.push(invalidValue(path('metadata', 'name'), metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`))
  if (version === '') errors.push(required(at.child('version')))
  else errors.push(...complaints(at.child('version'), version, isDns1035Label(version)))
  if (group !== '') errors.push(...complaints(at.child('group'), group, isDns1123Subdomain(group)))
  if (!(spec.groupPriorityMinimum > 0 && spec.groupPriorityMinimum <= 20000))
    errors.push(invalidValue(at.child('groupPriorityMinimum'), spec.groupPriorityMinimum ?? 0, 'must be positive and less than 20000'))
  if (!(spec.versionPriority > 0 && spec.versionPriority <= 1000))
    errors.push(invalidValue(at.child('versionPriority'), spec.versionPriority ?? 0, 'must be positive and less than 1000'))
  if (!service) {
    if (spec.caBundle)
      errors.push(invalidValue(at.child('caBundle'), `${Buffer.byteLength(spec.caBundle, 'base64')} bytes`, 'local APIServices may not have a caBundle'))
    if (spec.insecureSkipTLSVerify) errors.push(invalidValue(at.child('insecureSkipTLSVerify'), true, 'local APIServices may not have insecureSkipTLSVerify'))
    return errors
  }
  for (const key of ['namespace', 'name'] as const) if (!service[key]) errors.push(required(at.child('service', key)))
  if (service.port !== undefined) errors.push(...complaints(at.child('service', 'port'), service.port, isInRange(service.port, 1, 65535)))
  if (spec.insecureSkipTLSVerify && spec.caBundle) errors.push(invalidValue(at.child('insecureSkipTLSVerify'), true, 'may not be true if caBundle is present'))
  return errors
}
