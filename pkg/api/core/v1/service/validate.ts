/** Validation of services. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isValidCidr, isValidIp } from '#apimachinery/ip.ts'
import { isDns1123Label, isDns1123Subdomain, isQualifiedName, isValidPortNum } from '#apimachinery/names.ts'
import type { Service, ServiceSpec } from '#api/gen/core/v1.ts'
import { complaints, portNumberOrName, requiredOneOf } from '../../../checks.ts'
import { validateLabels } from '../../../meta/labels.ts'
import { isExternallyAccessible } from './defaults.ts'

const at = path('spec')
const portsAt = at.child('ports')
const kubeletPort = 10250
const maxTimeoutSeconds = 86400

export function validateService({ spec }: Service): FieldError[] {
  const headless = spec.clusterIP === 'None'
  const errors: FieldError[] = []
  if ((spec.ports ?? []).length === 0 && !headless && spec.type !== 'ExternalName') errors.push(required(portsAt))
  errors.push(...validateType(spec, headless), ...validatePorts(spec), ...validateLabels(spec.selector, at.child('selector')))
  errors.push(...requiredOneOf(at.child('sessionAffinity'), spec.sessionAffinity, ['ClientIP', 'None']), ...validateAffinityConfig(spec))
  for (const [position, ip] of (spec.externalIPs ?? []).entries()) errors.push(...complaints(at.child('externalIPs').index(position), ip, isValidIp(ip)))
  errors.push(...requiredOneOf(at.child('type'), spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']))
  errors.push(...uniquePorts(spec), ...validateNodePorts(spec), ...validateTrafficPolicies(spec), ...validateLoadBalancer(spec), ...validateClusterIps(spec))
  return errors
}

function validateType(spec: ServiceSpec, headless: boolean): FieldError[] {
  const ipAt = at.child('clusterIPs').index(0)
  if (spec.type === 'LoadBalancer') {
    const exposed = (spec.ports ?? []).flatMap(({ port }, position) =>
      port === kubeletPort ? [invalidValue(portsAt.index(position), port, `may not expose port ${kubeletPort} externally since it is used by kubelet`)] : [],
    )
    return headless ? [...exposed, invalidValue(ipAt, 'None', "may not be set to 'None' for LoadBalancer services")] : exposed
  }
  if (spec.type === 'NodePort') return headless ? [invalidValue(ipAt, 'None', "may not be set to 'None' for NodePort services")] : []
  if (spec.type !== 'ExternalName') return []
  const errors: FieldError[] = []
  if ((spec.clusterIPs ?? []).length > 0) errors.push(forbiddenField(at.child('clusterIPs'), 'may not be set for ExternalName services'))
  if ((spec.ipFamilies ?? []).length > 0) errors.push(forbiddenField(at.child('ipFamilies'), 'may not be set for ExternalName services'))
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  return [...errors, ...(name ? complaints(at.child('externalName'), name, isDns1123Subdomain(name)) : [required(at.child('externalName'))])]
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? []
  const names = new Set<string>()
  return ports.flatMap(({ name, port, protocol, targetPort, appProtocol }, position) => {
    const here = portsAt.index(position)
    const errors: FieldError[] = []
    if (name) {
      errors.push(...complaints(here.child('name'), name, isDns1123Label(name)))
      if (names.has(name)) errors.push(duplicate(here.child('name'), name))
      names.add(name)
    } else if (ports.length > 1) errors.push(required(here.child('name')))
    errors.push(
      ...complaints(here.child('port'), port ?? 0, isValidPortNum(port ?? 0)),
      ...requiredOneOf(here.child('protocol'), protocol, ['SCTP', 'TCP', 'UDP']),
    )
    errors.push(...portNumberOrName(here.child('targetPort'), targetPort))
    return appProtocol === undefined ? errors : [...errors, ...complaints(here.child('appProtocol'), appProtocol, isQualifiedName(appProtocol))]
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

function validateNodePorts(spec: ServiceSpec): FieldError[] {
  const seen = new Set<string>()
  return (spec.ports ?? []).flatMap(({ protocol, nodePort }, position) => {
    if (!nodePort) return []
    const here = portsAt.index(position)
    if (spec.type === 'ClusterIP') return [forbiddenField(here.child('nodePort'), "may not be used when `type` is 'ClusterIP'")]
    const key = `${protocol}/${nodePort}`
    if (seen.has(key)) return [duplicate(here.child('nodePort'), pair({ Protocol: protocol, NodePort: nodePort }))]
    seen.add(key)
    return []
  })
}

function validateAffinityConfig({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): FieldError[] {
  const here = at.child('sessionAffinityConfig')
  if (sessionAffinity === 'None') return config ? [forbiddenField(here, 'must not be set when session affinity is None')] : []
  const seconds = config?.clientIP?.timeoutSeconds
  if (sessionAffinity !== 'ClientIP' || seconds === undefined || (seconds > 0 && seconds <= maxTimeoutSeconds)) return []
  return [invalidValue(here.child('clientIP', 'timeoutSeconds'), seconds, `must be greater than 0 and less than ${maxTimeoutSeconds}`)]
}

function validateTrafficPolicies(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = []
  const external = at.child('externalTrafficPolicy')
  if (isExternallyAccessible(spec)) errors.push(...requiredOneOf(external, spec.externalTrafficPolicy, ['Cluster', 'Local']))
  else if (spec.externalTrafficPolicy) errors.push(invalidValue(external, spec.externalTrafficPolicy, 'may only be set for externally-accessible services'))
  const isHealthChecked = spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
  if (spec.healthCheckNodePort && !isHealthChecked) {
    errors.push(
      invalidValue(
        at.child('healthCheckNodePort'),
        spec.healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    )
  }
  if (spec.internalTrafficPolicy !== undefined)
    errors.push(...requiredOneOf(at.child('internalTrafficPolicy'), spec.internalTrafficPolicy, ['Cluster', 'Local']))
  else if (spec.type !== 'ExternalName') errors.push(required(at.child('internalTrafficPolicy')))
  if (spec.trafficDistribution !== undefined)
    errors.push(...requiredOneOf(at.child('trafficDistribution'), spec.trafficDistribution, ['PreferClose', 'PreferSameNode', 'PreferSameZone']))
  return errors
}

function validateLoadBalancer(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = []
  const isBalanced = spec.type === 'LoadBalancer'
  const ranges = spec.loadBalancerSourceRanges ?? []
  if (ranges.length > 0 && !isBalanced) errors.push(forbiddenField(at.child('loadBalancerSourceRanges'), "may only be used when `type` is 'LoadBalancer'"))
  for (const [position, range] of ranges.entries())
    errors.push(...complaints(at.child('loadBalancerSourceRanges').index(position), range, isValidCidr(range.trim())))
  if (isBalanced && spec.allocateLoadBalancerNodePorts === undefined) errors.push(required(at.child('allocateLoadBalancerNodePorts')))
  if (!isBalanced && spec.allocateLoadBalancerNodePorts !== undefined)
    errors.push(forbiddenField(at.child('allocateLoadBalancerNodePorts'), "may only be used when `type` is 'LoadBalancer'"))
  if (!isBalanced && spec.loadBalancerClass !== undefined)
    errors.push(forbiddenField(at.child('loadBalancerClass'), "may only be used when `type` is 'LoadBalancer'"))
  return errors
}

function validateClusterIps({ clusterIP, clusterIPs = [], type, ipFamilies = [], ipFamilyPolicy }: ServiceSpec): FieldError[] {
  if (type === 'ExternalName') return []
  const here = at.child('clusterIPs')
  const errors: FieldError[] = []
  if (clusterIP && clusterIPs.length === 0) errors.push(required(here))
  else if ((clusterIP ?? '') !== (clusterIPs[0] ?? '')) errors.push(invalidValue(here, clusterIPs, 'first value must match `clusterIP`'))
  for (const [position, family] of ipFamilies.entries()) errors.push(...requiredOneOf(at.child('ipFamilies').index(position), family, ['IPv4', 'IPv6']))
  if (ipFamilyPolicy !== undefined)
    errors.push(...requiredOneOf(at.child('ipFamilyPolicy'), ipFamilyPolicy, ['SingleStack', 'PreferDualStack', 'RequireDualStack']))
  if (clusterIPs.length > 2) errors.push(invalidValue(here, clusterIPs, 'may only hold up to 2 values'))
  for (const [position, ip] of clusterIPs.entries()) errors.push(...validateClusterIp(ip, position, here))
  return errors
}

function validateClusterIp(ip: string, position: number, at: FieldPath): FieldError[] {
  if (ip === 'None') return position === 0 ? [] : [invalidValue(at.index(position), ip, "'None' must be the first and only value")]
  return ip === '' ? [] : complaints(at.index(position), ip, isValidIp(ip))
}

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors: FieldError[] = []
  const [now, before] = [service.spec, old.spec]
  const bothHaveIps = now.type !== 'ExternalName' && before.type !== 'ExternalName'
  for (const [position, ip] of (before.clusterIPs ?? []).entries()) {
    const given = now.clusterIPs?.[position]
    if (bothHaveIps && position === 0 && now.clusterIP !== ip)
      errors.push(invalidValue(at.child('clusterIPs').index(0), [now.clusterIP ?? ''], 'may not change once set'))
    else if (bothHaveIps && given !== undefined && given !== ip)
      errors.push(invalidValue(at.child('clusterIPs').index(position), now.clusterIPs, 'may not change once set'))
  }
  if (before.type === 'LoadBalancer' && now.type === 'LoadBalancer' && now.loadBalancerClass !== before.loadBalancerClass) {
    errors.push(invalidValue(at.child('loadBalancerClass'), now.loadBalancerClass, 'may not change once set'))
  }
  return [...errors, ...validateService(service)]
}

export function validateServiceStatus({ spec, status }: Service): FieldError[] {
  const here = path('status', 'loadBalancer', 'ingress')
  const ingress = status.loadBalancer?.ingress ?? []
  if (ingress.length > 0 && spec.type !== 'LoadBalancer') return [forbiddenField(here, "may only be used when `spec.type` is 'LoadBalancer'")]
  return ingress.flatMap(({ ip, hostname, ipMode }, position) => [
    ...(ip ? complaints(here.index(position).child('ip'), ip, isValidIp(ip)) : []),
    ...(ip && ipMode === undefined ? [required(here.index(position).child('ipMode'), 'must be specified when `ip` is set')] : []),
    ...(hostname ? complaints(here.index(position).child('hostname'), hostname, isDns1123Subdomain(hostname)) : []),
  ])
}
