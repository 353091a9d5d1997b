/** Validation of how traffic from outside and inside reaches a service. */
import { type FieldError, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isQualifiedName, isValidPortNum } from '#apimachinery/names.ts'
import type { Service, ServiceSpec } from '#api/gen/core/v1.ts'
import { complaints, legacyCidr, oneOf, optionalOneOf, requiredOneOf } from '../../../checks.ts'
import { isExternallyAccessible } from './defaults.ts'

const at = path('spec')

/** The node answers on a port of its own whether it has pods of the service. */
export function needsHealthCheckPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
}

export function validateTraffic(spec: ServiceSpec): FieldError[] {
  const external = at.child('externalTrafficPolicy')
  const internal = at.child('internalTrafficPolicy')
  const errors: FieldError[] = []
  if (isExternallyAccessible(spec)) errors.push(...requiredOneOf(external, spec.externalTrafficPolicy, ['Cluster', 'Local']))
  else if (spec.externalTrafficPolicy) errors.push(invalidValue(external, spec.externalTrafficPolicy, 'may only be set for externally-accessible services'))
  errors.push(...validateHealthCheckPort(spec))
  if (spec.internalTrafficPolicy !== undefined) errors.push(...oneOf(internal, spec.internalTrafficPolicy, ['Cluster', 'Local']))
  else if (['ClusterIP', 'LoadBalancer', 'NodePort'].includes(spec.type ?? '')) errors.push(required(internal))
  return [...errors, ...optionalOneOf(at.child('trafficDistribution'), spec.trafficDistribution, ['PreferClose', 'PreferSameZone', 'PreferSameNode'])]
}

function validateHealthCheckPort(spec: ServiceSpec): FieldError[] {
  const here = at.child('healthCheckNodePort')
  const port = spec.healthCheckNodePort ?? 0
  if (needsHealthCheckPort(spec)) return port === 0 ? [] : complaints(here, port, isValidPortNum(port))
  return port === 0 ? [] : [invalidValue(here, port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")]
}

const onlyForBalancers = "may only be used when `type` is 'LoadBalancer'"
const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges'

export function validateLoadBalancer(service: Service, old?: Service): FieldError[] {
  const { spec } = service
  const isBalanced = spec.type === 'LoadBalancer'
  const errors = validateSourceRanges(service, isBalanced, old)
  const portsAt = 'allocateLoadBalancerNodePorts'
  if (spec[portsAt] !== undefined && !isBalanced) errors.push(forbiddenField(at.child(portsAt), onlyForBalancers))
  if (spec[portsAt] === undefined && isBalanced) errors.push(required(path(portsAt)))
  return [...errors, ...validateLoadBalancerClass(spec)]
}

export function validateLoadBalancerClass({ type, loadBalancerClass }: ServiceSpec): FieldError[] {
  if (loadBalancerClass === undefined) return []
  const here = at.child('loadBalancerClass')
  if (type !== 'LoadBalancer') return [forbiddenField(here, onlyForBalancers)]
  return complaints(here, loadBalancerClass, isQualifiedName(loadBalancerClass))
}

/** The field, else the annotation that it replaced. */
function validateSourceRanges({ metadata, spec }: Service, isBalanced: boolean, old?: Service): FieldError[] {
  const ranges = spec.loadBalancerSourceRanges ?? []
  const annotation = metadata.annotations?.[rangesAnnotation]
  const before = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim())
  if (ranges.length > 0) {
    const here = at.child('LoadBalancerSourceRanges')
    return [
      ...(isBalanced ? [] : [forbiddenField(here, onlyForBalancers)]),
      ...ranges.flatMap((range, position) => legacyCidr(here.index(position), range.trim(), before)),
    ]
  }
  if (annotation === undefined) return []
  const here = path('metadata', 'annotations').key(rangesAnnotation)
  const listed = annotation.trim() === '' ? [] : annotation.split(',').map((range) => range.trim())
  const unchanged = old?.metadata.annotations?.[rangesAnnotation] === annotation
  return [...(isBalanced ? [] : [forbiddenField(here, onlyForBalancers)]), ...(unchanged ? [] : listed.flatMap((range) => legacyCidr(here, range)))]
}
