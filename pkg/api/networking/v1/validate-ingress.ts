/** Validation of ingresses (pkg/apis/networking/validation). What was stored before a rule came may stay as it is. */
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { parseIpSloppy } from '#apimachinery/ip.ts'
import { isDns1123Subdomain, isValidPortName, isValidPortNum, isWildcardDns1123Subdomain, nameIsDnsLabel, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressTLS } from '#api/gen/networking/v1.ts'
import { complaints, legacyIp } from '../../checks.ts'
import { validateTypedReference } from './validate-reference.ts'

const at = path('spec')
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const forbiddenInPaths = ['//', '/./', '/../', '%2f', '%2F']
const forbiddenSuffixes = ['/..', '/.']
const classAnnotation = 'kubernetes.io/ingress.class'
const notAnAddress = 'must be a DNS name, not an IP address'

export function validateIngress(ingress: Ingress): FieldError[] {
  const errors = validateSpec(ingress)
  const annotation = ingress.metadata.annotations?.[classAnnotation]
  const className = ingress.spec.ingressClassName
  if (annotation !== undefined && className !== undefined && annotation !== className)
    errors.push(invalidValue(path('annotations', classAnnotation), annotation, 'must match `ingressClassName` when both are specified'))
  return errors
}

export function validateIngressUpdate(ingress: Ingress, old: Ingress): FieldError[] {
  return validateSpec(ingress, old)
}

function validateSpec({ spec }: Ingress, old?: Ingress): FieldError[] {
  const errors: FieldError[] = []
  const rules = spec.rules ?? []
  if (rules.length === 0 && !spec.defaultBackend) errors.push(invalidValue(at, spec.rules, 'either `defaultBackend` or `rules` must be specified'))
  if (spec.defaultBackend) errors.push(...validateBackend(spec.defaultBackend, at.child('defaultBackend')))
  const anyWildcardRule = old?.spec.rules?.some(({ host, http }) => host?.includes('*') && validateHttp(http, path()).length > 0)
  for (const [position, { host, http }] of rules.entries()) {
    const here = at.child('rules').index(position)
    if (host) errors.push(...validateHost(host, here.child('host')))
    if (!host?.includes('*') || !anyWildcardRule) errors.push(...validateHttp(http, here.child('http')))
  }
  for (const [position, tls] of (spec.tls ?? []).entries()) errors.push(...validateTls(tls, at.child('tls').index(position), old))
  if (spec.ingressClassName !== undefined)
    errors.push(...complaints(at.child('ingressClassName'), spec.ingressClassName, nameIsDnsSubdomain(spec.ingressClassName, false)))
  return errors
}

function validateTls({ hosts, secretName }: IngressTLS, here: FieldPath, old: Ingress | undefined): FieldError[] {
  const errors = (hosts ?? []).flatMap((host, index) => validateDnsHost(host, here.child('hosts').index(index)))
  const wrong = (name: string | undefined) => (name ? nameIsDnsSubdomain(name, false) : [])
  if (old?.spec.tls?.some((each) => wrong(each.secretName).length > 0)) return errors
  return [...errors, ...complaints(here.child('secretName'), secretName, wrong(secretName))]
}

function validateHost(host: string, here: FieldPath): FieldError[] {
  return [...(parseIpSloppy(host) === undefined ? [] : [invalidValue(here, host, notAnAddress)]), ...validateDnsHost(host, here)]
}

function validateDnsHost(host: string, here: FieldPath): FieldError[] {
  return complaints(here, host, host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host))
}

function validateHttp(http: HTTPIngressRuleValue | undefined, here: FieldPath): FieldError[] {
  if (!http) return []
  const pathsAt = here.child('paths')
  const paths = http.paths ?? []
  return [...(paths.length === 0 ? [required(pathsAt)] : []), ...paths.flatMap((each, index) => validatePath(each, pathsAt.index(index)))]
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
  if (resource) return validateTypedReference(resource, here.child('resource'))
  if (!service) return [invalidValue(here, '', 'resource or service backend is required')]
  const nameAt = here.child('service', 'name')
  const errors = service.name ? complaints(nameAt, service.name, nameIsDnsLabel(service.name, false)) : [required(nameAt)]
  const { name, number } = service.port ?? {}
  const portAt = here.child('service', 'port')
  if (name && number) return [...errors, invalidValue(here, '', 'cannot set both port name & port number')]
  if (name) return [...errors, ...complaints(portAt.child('name'), name, isValidPortName(name))]
  return [...errors, ...(number ? complaints(portAt.child('number'), number, isValidPortNum(number)) : [required(here, 'port name or number is required')])]
}

export function validateIngressStatus({ status }: Ingress, old: Ingress): FieldError[] {
  const before = (old.status.loadBalancer?.ingress ?? []).map(({ ip }) => ip)
  return (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, position) => {
    const here = path('status', 'loadBalancer', 'ingress').index(position)
    const errors = ip ? legacyIp(here.child('ip'), ip, before) : []
    if (!hostname) return errors
    errors.push(...complaints(here.child('hostname'), hostname, isDns1123Subdomain(hostname)))
    return parseIpSloppy(hostname) === undefined ? errors : [...errors, invalidValue(here.child('hostname'), hostname, notAnAddress)]
  })
}
