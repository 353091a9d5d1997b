/** Validation of services: new ones, updates, status. Addresses and traffic have files of their own. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isIpv4Address, isIpv6Address } from '#apimachinery/ip.ts'
import { isDns1123Label, isDns1123Subdomain, isQualifiedName, isValidPortNum } from '#apimachinery/names.ts'
import type { Service, ServicePort, ServiceSpec } from '#api/gen/core/v1.ts'
import { complaints, legacyIp, oneOf, portNumberOrName, requiredOneOf } from '../../../checks.ts'
import { validateLabels } from '../../../meta/labels.ts'
import { protocols } from '../pod-spec/validate-ports.ts'
import { isHeadless, validateAddresses, validateExternalIps } from './validate-addresses.ts'
import { validateAddressesUpdate } from './validate-addresses-update.ts'
import { needsHealthCheckPort, validateLoadBalancerClass, validateLoadBalancer, validateTraffic } from './validate-traffic.ts'

const at = path('spec')
const portsAt = at.child('ports')

export function validateService(service: Service): FieldError[] {
  return validateWith(service)
}

function validateWith(service: Service, old?: Service): FieldError[] {
  const { spec } = service
  return [
    ...validateTopologyAnnotations(service),
    ...((spec.ports ?? []).length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName' ? [required(portsAt)] : []),
    ...validateType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, at.child('selector')),
    ...requiredOneOf(at.child('sessionAffinity'), spec.sessionAffinity, ['ClientIP', 'None']),
    ...validateAffinityConfig(spec, at.child('sessionAffinityConfig')),
    ...validateAddresses(spec, old?.spec),
    ...validateExternalIps(spec, old?.spec),
    ...requiredOneOf(at.child('type'), spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...(spec.type === 'ClusterIP' ? validateNoNodePorts(spec) : []),
    ...uniqueNodePorts(spec),
    ...uniquePorts(spec),
    ...validateLoadBalancer(service, old),
    ...validateTraffic(spec),
  ]
}

function validateTopologyAnnotations({ metadata }: Service): FieldError[] {
  const [modeKey, hintsKey] = ['service.kubernetes.io/topology-mode', 'service.kubernetes.io/topology-aware-hints']
  const [mode, hints] = [metadata.annotations?.[modeKey], metadata.annotations?.[hintsKey]]
  if (mode === undefined || hints === undefined || mode === hints) return []
  return [invalidValue(path('metadata', 'annotations').key(modeKey), mode, `must match annotations[${hintsKey}] when both are specified`)]
}

function validateType(spec: ServiceSpec): FieldError[] {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') {
    return isHeadless(spec) ? [invalidValue(at.child('clusterIPs').index(0), 'None', `may not be set to 'None' for ${spec.type} services`)] : []
  }
  if (spec.type !== 'ExternalName') return []
  const unfit = (['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const).filter((key) => (spec[key] ?? '').length > 0)
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  return [
    ...unfit.map((key) => forbiddenField(at.child(key), 'may not be set for ExternalName services')),
    ...(name ? complaints(at.child('externalName'), name, isDns1123Subdomain(name)) : [required(at.child('externalName'))]),
  ]
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const names = new Set<string>()
  const ports = spec.ports ?? []
  return ports.flatMap((port, position) => validatePort(port, ports.length > 1, names, portsAt.index(position)))
}

function validatePort({ name, port = 0, protocol, targetPort, appProtocol }: ServicePort, named: boolean, names: Set<string>, here: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (name) {
    errors.push(...complaints(here.child('name'), name, isDns1123Label(name)))
    if (names.has(name)) errors.push(duplicate(here.child('name'), name))
    names.add(name)
  } else if (named) errors.push(required(here.child('name')))
  return [
    ...errors,
    ...complaints(here.child('port'), port, isValidPortNum(port)),
    ...requiredOneOf(here.child('protocol'), protocol, protocols),
    ...portNumberOrName(here.child('targetPort'), targetPort),
    ...(appProtocol === undefined ? [] : complaints(here.child('appProtocol'), appProtocol, isQualifiedName(appProtocol))),
  ]
}

function validateNoNodePorts({ ports }: ServiceSpec): FieldError[] {
  return (ports ?? []).flatMap(({ nodePort }, position) =>
    nodePort ? [forbiddenField(portsAt.index(position).child('nodePort'), "may not be used when `type` is 'ClusterIP'")] : [],
  )
}

function uniqueNodePorts({ ports }: ServiceSpec): FieldError[] {
  const seen = new Set<string>()
  return (ports ?? []).flatMap(({ protocol, nodePort }, position) => {
    if (!nodePort) return []
    const key = `${protocol}/${nodePort}`
    if (seen.has(key)) return [duplicate(portsAt.index(position).child('nodePort'), nodePort)]
    seen.add(key)
    return []
  })
}

/** In the form in which upstream prints the port that stands for the pair. */
const pair = (values: object) => ({ Name: '', Protocol: '', AppProtocol: null, Port: 0, TargetPort: 0, NodePort: 0, ...values })

function uniquePorts({ ports }: ServiceSpec): FieldError[] {
  const seen = new Set<string>()
  return (ports ?? []).flatMap(({ protocol, port }, position) => {
    const key = `${protocol}/${port}`
    if (seen.has(key)) return [duplicate(portsAt.index(position), pair({ Protocol: protocol, Port: port }))]
    seen.add(key)
    return []
  })
}

const maxTimeoutSeconds = 86400

function validateAffinityConfig({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec, here: FieldPath): FieldError[] {
  if (sessionAffinity === 'None') return config ? [forbiddenField(here, 'must not be set when session affinity is None')] : []
  if (sessionAffinity !== 'ClientIP') return []
  const why = 'when session affinity type is ClientIP'
  if (!config) return [required(here, why)]
  if (!config.clientIP) return [required(here.child('clientIP'), why)]
  const seconds = config.clientIP.timeoutSeconds
  const secondsAt = here.child('clientIP', 'timeoutSeconds')
  if (seconds === undefined) return [required(secondsAt, why)]
  return seconds > 0 && seconds <= maxTimeoutSeconds ? [] : [invalidValue(secondsAt, seconds, `must be greater than 0 and less than ${maxTimeoutSeconds}`)]
}

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const [now, before] = [service.spec, old.spec]
  const errors = validateAddressesUpdate(now, before)
  if (now.type === 'LoadBalancer' && before.type === 'LoadBalancer' && now.loadBalancerClass !== before.loadBalancerClass)
    errors.push(invalidValue(at.child('loadBalancerClass'), now.loadBalancerClass, 'may not change once set'))
  // Once more below, as upstream.
  errors.push(...validateLoadBalancerClass(now))
  if (needsHealthCheckPort(before) && needsHealthCheckPort(now) && now.healthCheckNodePort !== before.healthCheckNodePort)
    errors.push(forbiddenField(at.child('healthCheckNodePort'), 'field is immutable'))
  return [...errors, ...validateWith(service, old)]
}

export function validateServiceStatus({ spec, status }: Service, old?: Service): FieldError[] {
  const here = path('status', 'loadBalancer', 'ingress')
  const ingress = status.loadBalancer?.ingress ?? []
  const before = (old?.status.loadBalancer?.ingress ?? []).map(({ ip }) => ip)
  if (ingress.length > 0 && spec.type !== 'LoadBalancer') return [forbiddenField(here, "may only be used when `spec.type` is 'LoadBalancer'")]
  return ingress.flatMap(({ ip, hostname, ipMode }, position) => [
    ...(ip ? legacyIp(here.index(position).child('ip'), ip, before) : []),
    ...validateIpMode(ip, ipMode, here.index(position).child('ipMode')),
    ...(hostname ? validateHostname(hostname, here.index(position).child('hostname')) : []),
  ])
}

function validateIpMode(ip: string | undefined, mode: string | undefined, here: FieldPath): FieldError[] {
  if (mode === undefined) return ip ? [required(here, 'must be specified when `ip` is set')] : []
  if (!ip) return [forbiddenField(here, 'may not be specified when `ip` is not set')]
  return oneOf(here, mode, ['Proxy', 'VIP'])
}

function validateHostname(hostname: string, here: FieldPath): FieldError[] {
  const errors = complaints(here, hostname, isDns1123Subdomain(hostname))
  if (!isIpv4Address(hostname) && !isIpv6Address(hostname)) return errors
  return [...errors, invalidValue(here, hostname, 'must be a DNS name, not an IP address')]
}
