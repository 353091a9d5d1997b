/** Validation of API services. */
import { type FieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1035Label, isDns1123Subdomain, isValidPortNum } from '#apimachinery/names.ts'
import type { APIService } from '#api/gen/apiregistration/v1.ts'
import { complaints, oneOf } from '../../checks.ts'

const at = path('spec')

export function validateApiService({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', service } = spec
  const errors: FieldError[] = []
  const name = `${version}.${group}`
  // A name that is not there is told of as such.
  if (metadata.name && metadata.name !== name)
    errors.push(invalidValue(path('metadata', 'name'), metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`))
  if (group !== '') errors.push(...complaints(at.child('group'), group, isDns1123Subdomain(group)))
  else if (version !== 'v1') errors.push(required(at.child('group'), 'only v1 may have an empty group and it better be legacy kube'))
  errors.push(...complaints(at.child('version'), version, isDns1035Label(version)))
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
  const wrong = isValidPortNum(service.port ?? 0)
  if (wrong.length > 0) errors.push(invalidValue(at.child('service', 'port'), service.port ?? 0, `port is not valid: ${wrong.join(', ')}`))
  if (spec.insecureSkipTLSVerify && spec.caBundle) errors.push(invalidValue(at.child('insecureSkipTLSVerify'), true, 'may not be true if caBundle is present'))
  return errors
}

const statuses = ['True', 'False', 'Unknown']

export function validateApiServiceStatus({ status }: APIService): FieldError[] {
  return (status.conditions ?? []).flatMap((condition, position) =>
    oneOf(path('status', 'conditions').index(position).child('status'), condition.status, statuses),
  )
}
