/**
 * What an update of a service takes over from the old one: addresses and node ports that were allocated and that
 * the writer left out (upstream: patchAllocatedValues), and what no longer fits its type (dropTypeDependentFields).
 */
import type { Service, ServiceSpec } from '#api/gen/core/v1.ts'
import { keepStatus } from '../../../doors.ts'
import { isExternallyAccessible } from './defaults.ts'
import { needsHealthCheckPort } from './validate-traffic.ts'

const needsClusterIp = ({ type }: ServiceSpec): boolean => type !== 'ExternalName'
const mayHaveNodePorts = ({ type }: ServiceSpec): boolean => type === 'NodePort' || type === 'LoadBalancer'
const allocatesNodePorts = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)

export function prepareServiceForUpdate(service: Service, old: Service): void {
  takeOverAllocated(service.spec, old.spec)
  normalizeClusterIps(service.spec, old.spec)
  keepStatus(service, old)
  dropWhatNoLongerFits(service, old.spec)
  dropInternalPolicy(service)
}

export function prepareServiceForCreate(service: Service): void {
  const { spec } = service
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
  dropInternalPolicy(service)
}

/** A name elsewhere has no traffic inside; what would be refused stays to be refused. */
function dropInternalPolicy({ spec }: Service): void {
  if (spec.type === 'ExternalName' && ['Cluster', 'Local'].includes(spec.internalTrafficPolicy ?? '')) delete spec.internalTrafficPolicy
}

/** `clusterIP` and `clusterIPs[0]` are one value under two names. */
function normalizeClusterIps(spec: ServiceSpec, old: ServiceSpec): void {
  if (old.clusterIPs?.length && !spec.clusterIPs?.length && (spec.clusterIP ?? '') === (old.clusterIP ?? '')) spec.clusterIPs = [...old.clusterIPs]
  if ((spec.clusterIP ?? '') === (old.clusterIP ?? '') || !sameList(spec.clusterIPs, old.clusterIPs)) return
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP]
  else delete spec.clusterIPs
}

function takeOverAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP
    if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs]
  }
  if (allocatesNodePorts(old) && allocatesNodePorts(spec)) takeOverNodePorts(spec, old)
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && old.healthCheckNodePort) spec.healthCheckNodePort ||= old.healthCheckNodePort
}

/** By the ports' names, but for numbers that another of them has now. */
function takeOverNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const before = new Map((old.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]))
  const named = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort))
  for (const port of spec.ports ?? []) {
    const nodePort = before.get(port.name ?? '')
    if (!port.nodePort && nodePort && !named.has(nodePort)) port.nodePort = nodePort
  }
}

function dropWhatNoLongerFits(service: Service, old: ServiceSpec): void {
  const { spec } = service
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    if (spec.clusterIP === old.clusterIP && sameList(spec.clusterIPs, old.clusterIPs)) for (const key of ['clusterIP', 'clusterIPs'] as const) delete spec[key]
    if (sameList(spec.ipFamilies, old.ipFamilies)) delete spec.ipFamilies
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) delete spec.ipFamilyPolicy
  }
  if (mayHaveNodePorts(old) && !mayHaveNodePorts(spec) && sameNodePorts(spec, old)) for (const port of spec.ports ?? []) delete port.nodePort
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec) && spec.externalTrafficPolicy === old.externalTrafficPolicy)
    delete spec.externalTrafficPolicy
  if (spec.type !== 'LoadBalancer' && service.status) service.status.loadBalancer = {}
}

function sameNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort).filter(Boolean))
  return (spec.ports ?? []).every(({ nodePort }) => !nodePort || before.has(nodePort))
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a ?? []).join() === (b ?? []).join()
}
