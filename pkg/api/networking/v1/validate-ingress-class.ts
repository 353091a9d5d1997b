/** Validation of ingress classes. */
import { type FieldError, type FieldPath, forbiddenField, notSupported, path, required, tooLong } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain, isDomainPrefixedPath, nameIsDnsLabel } from '#apimachinery/names.ts'
import type { IngressClass, IngressClassParametersReference } from '#api/gen/networking/v1.ts'
import { complaints, immutable } from '../../checks.ts'
import { validateTypedReference } from './validate-reference.ts'

const at = path('spec')
const controllerMaxLength = 250

export function validateIngressClass({ spec: { controller, parameters } }: IngressClass): FieldError[] {
  return [...validateController(controller ?? '', at.child('controller')), ...(parameters ? validateParameters(parameters, at.child('parameters')) : [])]
}

function validateController(controller: string, here: FieldPath): FieldError[] {
  if (controller === '') return [required(here)]
  return [...(Buffer.byteLength(controller) > controllerMaxLength ? [tooLong(here, controllerMaxLength)] : []), ...validateDomainPrefixedPath(controller, here)]
}

/** Each half is told by itself, as upstream does. */
function validateDomainPrefixedPath(value: string, here: FieldPath): FieldError[] {
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) return complaints(here, value, isDomainPrefixedPath(value))
  const host = value.slice(0, slash)
  return [
    ...complaints(here, host, isDns1123Subdomain(host)),
    ...complaints(here, value.slice(slash + 1), isDomainPrefixedPath(`a.b/${value.slice(slash + 1)}`)),
  ]
}

function validateParameters(parameters: IngressClassParametersReference, here: FieldPath): FieldError[] {
  const { scope, namespace } = parameters
  const errors = validateTypedReference(parameters, here)
  if (scope === undefined || scope === null) return [...errors, required(here.child('scope'))]
  if (scope !== 'Cluster' && scope !== 'Namespace') return [...errors, notSupported(here.child('scope'), scope, ['Cluster', 'Namespace'])]
  const namespaceAt = here.child('namespace')
  if (scope === 'Cluster') return namespace === undefined ? errors : [...errors, forbiddenField(namespaceAt, "`parameters.scope` is set to 'Cluster'")]
  if (namespace === undefined) return [...errors, required(namespaceAt, "`parameters.scope` is set to 'Namespace'")]
  return [...errors, ...complaints(namespaceAt, namespace, nameIsDnsLabel(namespace, false))]
}

export function validateIngressClassUpdate(object: IngressClass, old: IngressClass): FieldError[] {
  return immutable(at.child('controller'), object.spec.controller ?? '', old.spec.controller ?? '')
}
