/** Describing namespaces, configmaps, secrets, service accounts, services, nodes, claims, ingresses. */
import { formatLabelSelector } from '#apimachinery/labels.ts'
import { queryString } from '#client/paths.ts'
import { listItems } from '../../resources/visit.ts'
import { builtIn } from '../../resources/write.ts'
import type { Item } from '../../resources/types.ts'
import type { Invocation } from '../../types.ts'
import { describeClaimFields } from './claim-fields.ts'
import { describeHard, describeLimits, describeScopes } from './quota.ts'
import { conditionTime, rfc1123 } from './text.ts'
import type { Description } from './text.ts'
import type { Describer } from './types.ts'

export const describeNamespace: Describer = async (out, { object, name }, invocation) => {
  const { metadata, status = {} } = object
  out
    .line(0, 'Name:', metadata.name)
    .map('Labels', metadata.labels)
    .annotations(metadata.annotations)
    .line(0, 'Status:', status.phase ?? '')
  if (status.conditions?.length > 0) describeConditionTimes(out, status.conditions)
  const quotas = await listItems(invocation, await builtIn(invocation, 'v1', 'ResourceQuota'), name)
  out.line(0, '').line(0, quotas.length === 0 ? 'No resource quota.' : 'Resource Quotas')
  for (const { object: quota } of quotas.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    out.line(1, 'Name:', quota.metadata.name)
    describeScopes(out, quota.spec.scopes, 1, '* ')
    out.line(1, 'Resource', 'Used', 'Hard').line(1, '--------', '---', '---')
    describeHard(out, quota.status, 1)
  }
  const limits = await listItems(invocation, await builtIn(invocation, 'v1', 'LimitRange'), name)
  out.line(0, '').line(0, limits.length === 0 ? 'No LimitRange resource.' : 'Resource Limits')
  if (limits.length > 0)
    describeLimits(
      out,
      ' ',
      limits.flatMap(({ object: limit }) => limit.spec.limits ?? []),
    )
}

/** The conditions of namespaces and of ranges of addresses. */
export function describeConditionTimes(out: Description, conditions: readonly any[]): void {
  out
    .line(0, 'Conditions:')
    .line(1, 'Type', 'Status', 'LastTransitionTime', 'Reason', 'Message')
    .line(1, '----', '------', '------------------', '------', '-------')
  for (const { type, status, lastTransitionTime, reason = '', message = '' } of conditions)
    out.line(1, type, status, conditionTime(lastTransitionTime), reason, message)
}

export const describeConfigMap: Describer = (out, { object }) => {
  const { metadata, data = {}, binaryData = {} } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, '').line(0, 'Data').line(0, '====')
  for (const key of Object.keys(data).sort()) out.line(0, `${key}:`).line(0, '----').line(0, data[key]).line(0, '')
  out.line(0, '').line(0, 'BinaryData').line(0, '====')
  for (const key of Object.keys(binaryData).sort()) out.line(0, `${key}: ${Buffer.from(binaryData[key], 'base64').length} bytes`)
  out.line(0, '')
}

export const describeSecret: Describer = (out, { object }) => {
  const { metadata, data = {}, type } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, '').line(0, 'Type:', type).line(0, '').line(0, 'Data').line(0, '====')
  for (const key of Object.keys(data).sort()) {
    const bytes = Buffer.from(data[key], 'base64')
    if (key === 'token' && type === 'kubernetes.io/service-account-token') out.line(0, `${key}:`, bytes.toString('utf8'))
    else out.line(0, `${key}:`, `${bytes.length} bytes`)
  }
}

export const describeServiceAccount: Describer = (out, { object }) => {
  const { metadata, imagePullSecrets = [] } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).map('Labels', metadata.labels).annotations(metadata.annotations)
  if (imagePullSecrets.length === 0) out.line(0, 'Image pull secrets:', '<none>')
  for (const [index, { name }] of imagePullSecrets.entries()) out.line(0, index === 0 ? 'Image pull secrets:' : ' '.repeat(19), name)
}

export const describeService: Describer = async (out, { object, namespace, name }, invocation) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'Selector:', formatLabelSelector({ matchLabels: spec.selector ?? {} })).line(0, 'Type:', spec.type)
  if (spec.ipFamilyPolicy) out.line(0, 'IP Family Policy:', spec.ipFamilyPolicy)
  out.line(0, 'IP Families:', (spec.ipFamilies ?? []).join(',') || '<none>')
  out.line(0, 'IP:', spec.clusterIP ?? '')
  out.line(0, 'IPs:', (spec.clusterIPs ?? []).join(',') || '<none>')
  if (spec.externalIPs?.length > 0) out.line(0, 'External IPs:', spec.externalIPs.join(','))
  if (spec.loadBalancerIP) out.line(0, 'Desired LoadBalancer IP:', spec.loadBalancerIP)
  if (spec.externalName) out.line(0, 'External Name:', spec.externalName)
  const ingress: any[] = status.loadBalancer?.ingress ?? []
  if (ingress.length > 0)
    out.line(0, 'LoadBalancer Ingress:', ingress.map(({ ip, hostname, ipMode }) => `${ip ?? hostname}${ipMode ? ` (${ipMode})` : ''}`).join(', '))
  const slices = await listItems(invocation, await builtIn(invocation, 'discovery.k8s.io/v1', 'EndpointSlice'), namespace, {
    selector: `kubernetes.io/service-name=${name}`,
  }).catch(() => [])
  for (const port of spec.ports ?? []) {
    const title = port.name || '<unset>'
    out.line(0, 'Port:', title, `${port.port}/${port.protocol}`)
    out.line(0, 'TargetPort:', `${port.targetPort === 0 ? port.port : port.targetPort}/${port.protocol}`)
    if (port.appProtocol !== undefined) out.line(0, 'AppProtocol:', port.appProtocol)
    if (port.nodePort) out.line(0, 'NodePort:', title, `${port.nodePort}/${port.protocol}`)
    out.line(0, 'Endpoints:', endpointsText(slices, port.name ?? ''))
  }
  out.line(0, 'Session Affinity:', spec.sessionAffinity)
  if (spec.externalTrafficPolicy) out.line(0, 'External Traffic Policy:', spec.externalTrafficPolicy)
  if (spec.internalTrafficPolicy) out.line(0, 'Internal Traffic Policy:', spec.internalTrafficPolicy)
  if (spec.healthCheckNodePort) out.line(0, 'HealthCheck NodePort:', spec.healthCheckNodePort)
  if (spec.loadBalancerSourceRanges?.length > 0) out.line(0, 'LoadBalancer Source Ranges:', spec.loadBalancerSourceRanges.join(','))
  if (spec.trafficDistribution) out.line(0, 'Traffic Distribution:', spec.trafficDistribution)
}

export const describeClaim: Describer = async (out, { object, namespace }, invocation) => {
  describeClaimFields(out, { status: {}, ...object })
  const owners = (object.metadata.ownerReferences ?? []).filter(({ kind }: any) => kind === 'Pod').map(({ uid }: any) => uid)
  const pods = (await listItems(invocation, await builtIn(invocation, 'v1', 'Pod'), namespace))
    .flatMap((pod) => {
      // The original names a pod once for each of its volumes that is of this claim.
      const times = (pod.object.spec.volumes ?? []).filter((each: any) => each.persistentVolumeClaim?.claimName === object.metadata.name).length
      return Array<Item>(times || Number(owners.includes(pod.object.metadata.uid))).fill(pod)
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (pods.length === 0) out.line(0, 'Used By:', '<none>')
  for (const [index, pod] of pods.entries()) out.line(0, index === 0 ? 'Used By:' : '', pod.name)
  const conditions: any[] = object.status?.conditions ?? []
  if (conditions.length === 0) return
  out.line(0, 'Conditions:').line(1, 'Type', 'Status', 'LastProbeTime', 'LastTransitionTime', 'Reason', 'Message')
  out.line(1, '----', '------', '-----------------', '------------------', '------', '-------')
  for (const { type, status, lastProbeTime, lastTransitionTime, reason = '', message = '' } of conditions)
    out.line(1, `${type} `, `${status} `, `${conditionTime(lastProbeTime)} `, `${conditionTime(lastTransitionTime)} `, `${reason} `, message)
}

export const describeIngress: Describer = async (out, { object, namespace }, invocation) => {
  const { metadata, spec, status = {} } = object
  const backend = (each: any): Promise<string> | string => (each ? backendText(invocation, namespace ?? '', each) : '<default>')
  const preset = await backend(spec.defaultBackend)
  out.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).line(0, 'Namespace:', metadata.namespace)
  const addresses = new Set<string>((status.loadBalancer?.ingress ?? []).map(({ ip, hostname }: any) => ip || hostname).filter(Boolean))
  out.line(0, 'Address:', [...addresses].sort().join(','))
  out.line(0, 'Ingress Class:', spec.ingressClassName ?? '<none>').line(0, 'Default backend:', preset)
  if (spec.tls?.length > 0) {
    out.line(0, 'TLS:')
    for (const { secretName, hosts = [] } of spec.tls) out.line(1, secretName ? `${secretName} terminates ${hosts.join(',')}` : `SNI routes ${hosts.join(',')}`)
  }
  out.line(0, 'Rules:').line(1, 'Host', 'Path', 'Backends').line(1, '----', '----', '--------')
  for (const { host = '*', http } of spec.rules ?? []) {
    if (!http) continue
    out.line(1, host, '')
    for (const { path = '', backend: to } of http.paths ?? []) out.line(2, '', `${path} `, await backend(to))
  }
  if (!spec.rules?.some(({ http }: any) => http)) out.line(1, '*', '*', preset)
  out.annotations(metadata.annotations)
}

/** "web:80 (10.0.0.1:80)", or why there is nothing behind it. */
async function backendText(invocation: Invocation, namespace: string, { service, resource }: any): Promise<string> {
  if (resource) return `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind}, Name: ${resource.name}`
  if (!service) return ''
  const shown = `${service.name}:${service.port?.number || service.port?.name || ''}`
  const { session } = invocation
  try {
    const of = await session.json({ method: 'GET', path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(service.name)}` })
    const port = of.spec.ports?.find((each: any) => each.port === service.port?.number || (service.port?.name && each.name === service.port.name))
    const slices = await listItems(invocation, await builtIn(invocation, 'discovery.k8s.io/v1', 'EndpointSlice'), namespace, {
      selector: `kubernetes.io/service-name=${service.name}`,
    })
    return `${shown} (${endpointsText(slices, port?.name ?? '')})`
  } catch (error) {
    return `${shown} (<error: ${(error as Error).message}>)`
  }
}

/** At most three ready addresses of one port; slices without ports tell addresses alone (upstream's formatEndpointSlices). */
function endpointsText(slices: readonly Item[], portName: string): string {
  if (slices.length === 0) return '<none>'
  const ends: string[] = []
  // Whether there are more is seen at the next endpoint, ready or not.
  let more = false
  for (const { object: slice } of slices) {
    const ports: any[] = slice.ports?.length ? slice.ports.filter((each: any) => (each.name ?? '') === portName) : [undefined]
    for (const port of ports) {
      for (const { addresses, conditions } of slice.endpoints ?? []) {
        more ||= ends.length === 3
        const [address] = addresses
        if (conditions?.ready !== false) ends.push(port ? `${address.includes(':') ? `[${address}]` : address}:${port.port}` : address)
      }
    }
  }
  const shown = ends.slice(0, 3).join(',')
  return more ? `${shown} + ${ends.length - 3} more...` : shown
}

export const describeNode: Describer = async (out, { object, name }, invocation) => {
  const { metadata, spec, status = {} } = object
  const roles = Object.entries<string>(metadata.labels ?? {})
    .map(([key, value]) => (key.startsWith('node-role.kubernetes.io/') ? key.slice(24) : key === 'kubernetes.io/role' ? value : ''))
    .filter(Boolean)
    .sort()
  out
    .line(0, 'Name:', metadata.name)
    .line(0, 'Roles:', [...new Set(roles)].join(',') || '<none>')
    .map('Labels', metadata.labels)
    .annotations(metadata.annotations)
  out.line(0, 'CreationTimestamp:', rfc1123(metadata.creationTimestamp))
  const order = ({ effect, key }: any): string => `${effect},${key}`
  const taints: any[] = (spec.taints ?? []).toSorted((a: any, b: any) => (order(a) < order(b) ? -1 : 1))
  if (taints.length === 0) out.line(0, 'Taints:', '<none>')
  for (const [index, { key, value, effect }] of taints.entries()) out.line(0, index === 0 ? 'Taints:' : '', `${key}${value ? `=${value}` : ''}:${effect}`)
  out.line(0, 'Unschedulable:', spec.unschedulable === true)
  const lease = await invocation.session
    .json({ method: 'GET', path: `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${encodeURIComponent(name)}` })
    .catch((error: Error) => ({ failed: error.message }))
  if (lease.failed === undefined)
    out
      .line(0, 'Lease:')
      .line(1, 'HolderIdentity:', lease.spec.holderIdentity ?? '<unset>')
      .line(1, 'AcquireTime:', rfc1123(lease.spec.acquireTime))
      .line(1, 'RenewTime:', rfc1123(lease.spec.renewTime))
  else out.line(0, 'Lease:', `Failed to get lease: ${lease.failed}`)
  if (status.conditions?.length > 0) {
    out
      .line(0, 'Conditions:')
      .line(1, 'Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message')
      .line(1, '----', '------', '-----------------', '------------------', '------', '-------')
    for (const each of status.conditions)
      out.line(
        1,
        `${each.type} `,
        `${each.status} `,
        `${conditionTime(each.lastHeartbeatTime)} `,
        `${conditionTime(each.lastTransitionTime)} `,
        `${each.reason ?? ''} `,
        each.message ?? '',
      )
  }
  out.line(0, 'Addresses:')
  for (const { type, address } of status.addresses ?? []) out.line(1, `${type}:`, address)
  for (const [title, values] of [
    ['Capacity', status.capacity],
    ['Allocatable', status.allocatable],
  ] as const) {
    if (Object.keys(values ?? {}).length === 0) continue
    out.line(0, `${title}:`)
    for (const key of Object.keys(values).sort()) out.line(1, `${key}:`, values[key])
  }
  await describeResourceSlices(out, invocation, name)
  const info = status.nodeInfo ?? {}
  out.line(0, 'System Info:')
  for (const [title, member] of [
    ['Machine ID', 'machineID'],
    ['System UUID', 'systemUUID'],
    ['Boot ID', 'bootID'],
    ['Kernel Version', 'kernelVersion'],
    ['OS Image', 'osImage'],
    ['Operating System', 'operatingSystem'],
    ['Architecture', 'architecture'],
    ['Container Runtime Version', 'containerRuntimeVersion'],
    ['Kubelet Version', 'kubeletVersion'],
  ])
    out.line(1, `${title}:`, info[member!] ?? '')
  if (spec.podCIDR) out.line(0, 'PodCIDR:', spec.podCIDR)
  if (spec.podCIDRs?.length > 0) out.line(0, 'PodCIDRs:', spec.podCIDRs.join(','))
  if (spec.providerID) out.line(0, 'ProviderID:', spec.providerID)
  const { describeNodePods } = await import('./node-pods.ts')
  await describeNodePods(out, invocation, object)
}

/** At most this many pools of devices are told of one node. */
const mostPools = 10

/** The devices that only this node has, by driver and pool; nothing where the server has none or does not let them be seen. */
async function describeResourceSlices(out: Description, { session }: Invocation, node: string): Promise<void> {
  const path = `/apis/resource.k8s.io/v1/resourceslices${queryString({ fieldSelector: `spec.nodeName=${node}` })}`
  const slices: any[] = await session.json({ method: 'GET', path }).then(
    (list) => list.items ?? [],
    () => [],
  )
  const pools = new Map<string, { driver: string; pool: string; slices: number; devices: number }>()
  for (const { spec } of slices) {
    const key = `${spec.driver}/${spec.pool.name}`
    const known = pools.get(key) ?? { driver: spec.driver, pool: spec.pool.name, slices: 0, devices: 0 }
    pools.set(key, { ...known, slices: known.slices + 1, devices: known.devices + (spec.devices ?? []).length })
  }
  if (pools.size === 0) return
  out.line(0, 'Node-Local ResourceSlices:').line(1, 'Driver', 'Pool', 'Slices', 'Devices').line(1, '------', '----', '------', '-------')
  for (const key of [...pools.keys()].sort().slice(0, mostPools)) {
    const { driver, pool, slices: count, devices } = pools.get(key)!
    out.line(1, driver, pool, count, devices)
  }
  if (pools.size > mostPools) out.line(1, `...and ${pools.size - mostPools} more pools`)
}
