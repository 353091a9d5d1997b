/**
 * What an update of a service takes over from the old one: addresses and node ports that were allocated and that
 * the writer left out (upstream: patchAllocatedValues), and what no longer fits its type (dropTypeDependentFields).
 */
import type { Service, ServicePort, ServiceSpec } from '#api/gen/core/v1.ts'
import { keepStatus } from '../../../doors.ts'
import { needsHealthCheckPort } from './validate-traffic.ts'

const needsClusterIp = ({ type }: ServiceSpec): boolean => type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer'
const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)

export function prepareServiceForUpdate(service: Service, old: Service): void {
  keepStatus(service, old)
  normalizeClusterIps(service.spec, old.spec)
  dropWhatNoLongerFits(service.spec, old.spec)
  takeOverAllocated(service.spec, old.spec)
}

/** `clusterIP` and `clusterIPs[0]` are one value under two names. */
export function normalizeClusterIps(spec: ServiceSpec, old?: ServiceSpec): void {
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs) spec.clusterIPs = [spec.clusterIP]
    return
  }
  if (spec.clusterIP !== old.clusterIP && sameList(spec.clusterIPs, old.clusterIPs)) {
    if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP]
    else delete spec.clusterIPs
  }
  if (spec.clusterIP && !spec.clusterIPs) spec.clusterIPs = [spec.clusterIP]
}

function takeOverAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP
    if (!spec.clusterIPs && spec.clusterIP === old.clusterIP && old.clusterIPs) spec.clusterIPs = [...old.clusterIPs]
  }
  if (needsNodePort(old) && needsNodePort(spec)) takeOverNodePorts(spec, old)
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && old.healthCheckNodePort) spec.healthCheckNodePort ||= old.healthCheckNodePort
}

function takeOverNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const keyOf = ({ protocol, port }: ServicePort) => `${protocol}/${port}`
  const allocated = new Map((old.ports ?? []).map((port) => [keyOf(port), port.nodePort]))
  const taken = new Set((spec.ports ?? []).map(({ nodePort, protocol }) => (nodePort ? `${protocol}/${nodePort}` : '')))
  for (const port of spec.ports ?? []) {
    const nodePort = allocated.get(keyOf(port))
    if (port.nodePort || !nodePort || taken.has(`${port.protocol}/${nodePort}`)) continue
    port.nodePort = nodePort
  }
}

function dropWhatNoLongerFits(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && !needsClusterIp(spec) && spec.clusterIP === old.clusterIP) {
    for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) delete spec[key]
  }
  if (needsNodePort(old) && !needsNodePort(spec) && sameNodePorts(spec, old)) for (const port of spec.ports ?? []) delete port.nodePort
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass
  }
  const external = spec.type !== 'ExternalName' && (spec.type !== 'ClusterIP' || (spec.externalIPs ?? []).length > 0)
  if (!external && spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy
}

function sameNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort).filter(Boolean))
  return (spec.ports ?? []).every(({ nodePort }) => !nodePort || before.has(nodePort))
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a ?? []).join() === (b ?? []).join()
}
