/** Describing pods. */
import type { Describer } from './types.ts'
import { ageOf } from '#api/ages.ts'
import { describeContainers, describeResources, describeSchedulingGroup, describeTolerations, describeTopology, describeVolumes } from './pod-template.ts'
import { rfc1123 } from './text.ts'

export const describePod: Describer = (out, { object }, { now }) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace)
  if (spec.priority !== undefined) out.line(0, 'Priority:', spec.priority)
  if (spec.priorityClassName) out.line(0, 'Priority Class Name:', spec.priorityClassName)
  if (spec.runtimeClassName) out.line(0, 'Runtime Class Name:', spec.runtimeClassName)
  if (spec.serviceAccountName) out.line(0, 'Service Account:', spec.serviceAccountName)
  out.line(0, 'Node:', spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : '<none>')
  if (status.startTime) out.line(0, 'Start Time:', rfc1123(status.startTime))
  out.map('Labels', metadata.labels).annotations(metadata.annotations)
  if (metadata.deletionTimestamp && status.phase !== 'Failed' && status.phase !== 'Succeeded') {
    out
      .line(0, 'Status:', `Terminating (lasts ${ageOf(metadata.deletionTimestamp, now())})`)
      .line(0, 'Termination Grace Period:', `${metadata.deletionGracePeriodSeconds}s`)
  } else out.line(0, 'Status:', status.phase ?? '')
  if (status.reason) out.line(0, 'Reason:', status.reason)
  if (status.message) out.line(0, 'Message:', status.message)
  const profile = spec.securityContext?.seccompProfile
  if (profile) {
    out.line(0, 'SeccompProfile:', profile.type)
    if (profile.type === 'Localhost') out.line(0, 'LocalhostProfile:', profile.localhostProfile)
  }
  out.line(0, 'IP:', status.podIP ?? '')
  const ips: any[] = status.podIPs ?? []
  if (ips.length === 0) out.line(0, 'IPs:', '<none>')
  else {
    out.line(0, 'IPs:')
    for (const { ip } of ips) out.line(1, 'IP:', ip)
  }
  const owner = metadata.ownerReferences?.find(({ controller }: any) => controller)
  if (owner) out.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`)
  if (status.nominatedNodeName) out.line(0, 'NominatedNodeName:', status.nominatedNodeName)
  if (spec.resources) describeResources(out.line(0, 'Resources:'), spec.resources, 1)
  const containers = (title: string, list: readonly any[], statuses: readonly any[] | undefined): void =>
    describeContainers(out, title, list, { statuses: statuses ?? [], level: 0, fieldValue: (path) => metadataValue(metadata, path) })
  if (spec.initContainers?.length > 0) containers('Init Containers', spec.initContainers, status.initContainerStatuses)
  containers('Containers', spec.containers ?? [], status.containerStatuses)
  if (spec.ephemeralContainers?.length > 0) containers('Ephemeral Containers', spec.ephemeralContainers, status.ephemeralContainerStatuses)
  if (spec.readinessGates?.length > 0) {
    out.line(0, 'Readiness Gates:').line(1, 'Type', 'Status')
    for (const { conditionType } of spec.readinessGates)
      out.line(1, `${conditionType} `, `${status.conditions?.find(({ type }: any) => type === conditionType)?.status ?? '<none>'} `)
  }
  if (status.conditions?.length > 0) {
    out.line(0, 'Conditions:').line(1, 'Type', 'Status')
    for (const { type, status: value } of status.conditions) out.line(1, `${type} `, `${value} `)
  }
  describeVolumes(out, spec.volumes, 0)
  out.line(0, 'QoS Class:', status.qosClass ?? '')
  out.map('Node-Selectors', spec.nodeSelector)
  describeTolerations(out, spec.tolerations, 0)
  describeTopology(out, spec.topologySpreadConstraints, 0)
  describeSchedulingGroup(out, spec.schedulingGroup, 0)
}

/** What a fieldRef comes to: the original knows no others of pods. */
function metadataValue({ name, namespace }: any, path: string): string {
  return path === 'metadata.name' ? name : path === 'metadata.namespace' ? namespace : ''
}
