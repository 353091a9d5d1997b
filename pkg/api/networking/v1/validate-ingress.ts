/** Validation of ingresses and their classes. */
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isValidIp } from '#apimachinery/ip.ts'
import { isDns1123Subdomain, isValidPortName, isValidPortNum, isWildcardDns1123Subdomain, nameIsDns1035Label, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { HTTPIngressPath, Ingress, IngressBackend, IngressClass } from '#api/gen/networking/v1.ts'
import { complaints, immutable } from '../../checks.ts'

const at = path('spec')
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const forbiddenInPaths = ['//', '/./', '/../', '%2f', '%2F']
const forbiddenSuffixes = ['/..', '/.']

export function validateIngress({ spec }: Ingress): FieldError[] {
  const errors: FieldError[] = []
  const rules = spec.rules ?? []
  if (rules.length === 0 && !spec.defaultBackend) errors.push(invalidValue(at, rules, 'either `defaultBackend` or `rules` must be specified'))
  if (spec.defaultBackend) errors.push(...validateBackend(spec.defaultBackend, at.child('defaultBackend')))
  for (const [position, { host, http }] of rules.entries()) {
    const here = at.child('rules').index(position)
    if (host) errors.push(...validateHost(host, here.child('host')))
    if (!http) continue
    const pathsAt = here.child('http', 'paths')
    if ((http.paths ?? []).length === 0) errors.push(required(pathsAt))
    for (const [index, each] of (http.paths ?? []).entries()) errors.push(...validatePath(each, pathsAt.index(index)))
  }
  for (const [position, { hosts, secretName }] of (spec.tls ?? []).entries()) {
    const here = at.child('tls').index(position)
    for (const [index, host] of (hosts ?? []).entries()) errors.push(...validateDnsHost(host, here.child('hosts').index(index)))
    if (secretName) errors.push(...complaints(here.child('secretName'), secretName, nameIsDnsSubdomain(secretName, false)))
  }
  if (spec.ingressClassName !== undefined)
    errors.push(...complaints(at.child('ingressClassName'), spec.ingressClassName, nameIsDnsSubdomain(spec.ingressClassName, false)))
  return errors
}

function validateHost(host: string, here: FieldPath): FieldError[] {
  if (isValidIp(host).length === 0) return [invalidValue(here, host, 'must be a DNS name, not an IP address')]
  return validateDnsHost(host, here)
}

function validateDnsHost(host: string, here: FieldPath): FieldError[] {
  return complaints(here, host, host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host))
}

function validatePath({ path: target, pathType, backend }: HTTPIngressPath, here: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const value = target ?? ''
  if (pathType === undefined) return [required(here.child('pathType'), 'pathType must be specified')]
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!value.startsWith('/')) errors.push(invalidValue(here.child('path'), value, 'must be an absolute path'))
    for (const each of forbiddenInPaths) if (value.includes(each)) errors.push(invalidValue(here.child('path'), value, `must not contain '${each}'`))
    for (const each of forbiddenSuffixes) if (value.endsWith(each)) errors.push(invalidValue(here.child('path'), value, `cannot end with '${each}'`))
  } else if (pathType !== 'ImplementationSpecific') errors.push(notSupported(here.child('pathType'), pathType, pathTypes))
  else if (value !== '' && !value.startsWith('/')) errors.push(invalidValue(here.child('path'), value, 'must be an absolute path'))
  return [...errors, ...validateBackend(backend, here.child('backend'))]
}

function validateBackend({ service, resource }: IngressBackend, here: FieldPath): FieldError[] {
  if (service && resource) return [invalidValue(here, '', 'cannot set both resource and service backends')]
  if (resource) return (['kind', 'name'] as const).filter((key) => !resource[key]).map((key) => required(here.child('resource', key)))
  if (!service) return [required(here, 'either service or resource is required')]
  const nameAt = here.child('service', 'name')
  const errors = service.name ? complaints(nameAt, service.name, nameIsDns1035Label(service.name, false)) : [required(nameAt)]
  const { name, number } = service.port ?? {}
  const portAt = here.child('service', 'port')
  if (name && number) return [...errors, invalidValue(here, '', 'cannot set both port name & port number')]
  if (name) return [...errors, ...complaints(portAt.child('name'), name, isValidPortName(name))]
  return [...errors, ...(number ? complaints(portAt.child('number'), number, isValidPortNum(number)) : [required(here, 'port name or number is required')])]
}

export function validateIngressClass({ spec: { controller, parameters } }: IngressClass): FieldError[] {
  const errors: FieldError[] = []
  const here = at.child('controller')
  if (!controller) errors.push(required(here))
  else if (!/^[^/]+\/.+$/.test(controller)) errors.push(invalidValue(here, controller, 'must be a domain-prefixed path (such as "acme.io/foo")'))
  if (!parameters) return errors
  const parametersAt = at.child('parameters')
  for (const key of ['kind', 'name'] as const) if (!parameters[key]) errors.push(required(parametersAt.child(key), `${key} is required`))
  if (parameters.scope === 'Namespace' && !parameters.namespace)
    errors.push(required(parametersAt.child('namespace'), "`parameters.scope` is set to 'Namespace'"))
  return errors
}

export function validateIngressClassUpdate(object: IngressClass, old: IngressClass): FieldError[] {
  return [...validateIngressClass(object), ...immutable(at.child('controller'), object.spec.controller, old.spec.controller)]
}
