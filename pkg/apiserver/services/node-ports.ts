/** Which node ports a Service takes when it is made and when it changes (registry/core/service/storage/alloc.go). */
import type { Service, ServicePort } from '#api/gen/core/v1.ts'
import { type FieldPath, path } from '#apimachinery/field-error.ts'
import type { Claims } from './claims.ts'

const needsPorts = ({ spec }: Service): boolean => spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
const needsHealthPort = ({ spec }: Service): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
const mayHavePorts = ({ spec }: Service): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer'

export function portsOf(service: Service): Set<number> {
  const { spec } = service
  const ports = new Set<number>()
  if (mayHavePorts(service)) for (const { nodePort } of spec.ports ?? []) if (nodePort) ports.add(nodePort)
  if (spec.healthCheckNodePort) ports.add(spec.healthCheckNodePort)
  return ports
}

export async function claimPorts(service: Service, old: Service | undefined, claims: Claims): Promise<void> {
  if (mayHavePorts(service)) await (old ? claimChanged(service, old, claims) : claimNew(service, claims))
  if (needsHealthPort(service) && !(old && needsHealthPort(old))) service.spec.healthCheckNodePort = await claims.healthPort(service.spec.healthCheckNodePort)
}

/** Asked for or not: no new ones where the Service wants none, but those that it names. */
const wanted = (service: Service): [number, ServicePort][] =>
  [...(service.spec.ports ?? []).entries()].filter(([, { nodePort }]) => nodePort || needsPorts(service))

const at = (index: number): FieldPath => path('spec').child('ports').index(index).child('nodePort')

/** One port of the Service, in several protocols, has one node port, if they do not name others. */
async function claimNew(service: Service, claims: Claims): Promise<void> {
  const known = new Map<number, number>()
  for (const [index, port] of wanted(service)) {
    const mine = known.get(port.port)
    if (mine === undefined) {
      const named = service.spec.ports!.find((each) => each.port === port.port && each.nodePort)?.nodePort
      port.nodePort = await claims.port(named, at(index))
      known.set(port.port, port.nodePort)
    } else if (!port.nodePort) port.nodePort = mine
    else if (port.nodePort !== mine) port.nodePort = await claims.port(port.nodePort, at(index))
  }
}

/** What the Service had it keeps; one number may serve several protocols. */
async function claimChanged(service: Service, old: Service, claims: Claims): Promise<void> {
  const held = new Set((old.spec.ports ?? []).map(({ nodePort }) => nodePort))
  const seen = new Set<string>()
  for (const [index, port] of wanted(service)) {
    const { nodePort, protocol = 'TCP' } = port
    if (!nodePort || !held.has(nodePort)) port.nodePort = await claims.port(nodePort || undefined, at(index))
    held.add(port.nodePort)
    const pair = `${protocol} ${port.nodePort}`
    if (seen.has(pair)) return claims.failPlainly(`duplicate nodePort: {${pair}}`)
    seen.add(pair)
  }
}
