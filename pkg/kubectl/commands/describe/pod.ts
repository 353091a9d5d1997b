/** Describing pods. */
import type { Describer } from './types.ts'
import { describeContainers, describeTolerations, describeTopology, describeVolumes } from './pod-template.ts'
import { rfc1123 } from './text.ts'

export const describePod: Describer = (out, { object }) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace)
  if (spec.priority !== undefined) out.line(0, 'Priority:', spec.priority)
  if (spec.priorityClassName) out.line(0, 'Priority Class Name:', spec.priorityClassName)
  if (spec.runtimeClassName) out.line(0, 'Runtime Class Name:', spec.runtimeClassName)
  if (spec.serviceAccountName) out.line(0, 'Service Account:', spec.serviceAccountName)
  out.line(0, 'Node:', spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : '<none>')
  if (status.startTime) out.line(0, 'Start Time:', rfc1123(status.startTime))
  out.map('Labels', metadata.labels).annotations(metadata.annotations)
  if (metadata.deletionTimestamp) {
    out.line(0, 'Status:', `Terminating (lasts ${'<invalid>'})`).line(0, 'Termination Grace Period:', `${metadata.deletionGracePeriodSeconds}s`)
  } else out.line(0, 'Status:', status.phase ?? '')
  if (status.reason) out.line(0, 'Reason:', status.reason)
  if (status.message) out.line(0, 'Message:', status.message)
  const profile = spec.securityContext?.seccompProfile
  if (profile) {
    out.line(0, 'SeccompProfile:', profile.type)
    if (profile.localhostProfile) out.line(0, 'LocalhostProfile:', profile.localhostProfile)
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
  if (spec.initContainers?.length > 0) describeContainers(out, 'Init Containers', spec.initContainers, status.initContainerStatuses ?? [], 0)
  describeContainers(out, 'Containers', spec.containers ?? [], status.containerStatuses ?? [], 0)
  if (spec.ephemeralContainers?.length > 0)
    describeContainers(out, 'Ephemeral Containers', spec.ephemeralContainers, status.ephemeralContainerStatuses ?? [], 0)
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
}
