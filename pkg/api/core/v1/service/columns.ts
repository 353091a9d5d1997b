/** The table of services. */
import type { Service } from '#api/gen/core/v1.ts'
import type { TableColumn } from '#api/types.ts'
import { ageColumn, mapText, nameColumn, text, wideText } from '../../../columns.ts'

export const serviceColumns: TableColumn<Service>[] = [
  nameColumn(),
  text('Type', ({ spec }) => spec.type, 'How the service is made reachable.'),
  text('Cluster-IP', ({ spec }) => spec.clusterIPs?.[0] || spec.clusterIP || '<none>', 'The address within the cluster.'),
  text('External-IP', externalIp, 'The addresses from outside the cluster.'),
  text('Port(s)', ports, 'The ports, with the node ports where there are.'),
  ageColumn(),
  wideText('Selector', ({ spec }) => mapText(spec.selector), 'The labels of the pods behind the service.'),
]

function externalIp(service: Service): string {
  const { spec } = service
  const external = spec.externalIPs ?? []
  if (spec.type === 'ExternalName') return spec.externalName ?? ''
  if (!spec.type) return '<unknown>'
  if (spec.type !== 'LoadBalancer') return external.length > 0 ? external.join(',') : '<none>'
  const balanced = loadBalancerText(service)
  if (external.length > 0) return [...(balanced ? [balanced] : []), ...external].join(',')
  return balanced || '<pending>'
}

function loadBalancerText({ status }: Service): string {
  const addresses = (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip || hostname || [])
  return [...new Set(addresses)].sort().join(',')
}

function ports({ spec }: Service): string {
  const texts = (spec.ports ?? []).map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`)
  return texts.length > 0 ? texts.join(',') : '<none>'
}
