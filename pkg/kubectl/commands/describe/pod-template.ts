/** Containers, volumes and pod templates in descriptions. */
import { Quantity } from '#apimachinery/quantity.ts'
import { formatLabelSelector } from '#apimachinery/labels.ts'
import { Description, rfc1123 } from './text.ts'
import { describeVolumeSource } from './volume-sources.ts'

/** "Pod Template:" and what is below it. */
export function describePodTemplate(out: Description, template: any): void {
  out.line(0, 'Pod Template:')
  if (!template) {
    out.line(1, '<unset>')
    return
  }
  const { metadata = {}, spec } = template
  out.map('Labels', metadata.labels, 1)
  if (Object.keys(metadata.annotations ?? {}).length > 0) out.annotations(metadata.annotations, 1)
  if (spec.serviceAccountName) out.line(1, 'Service Account:', spec.serviceAccountName)
  if (spec.initContainers?.length > 0) describeContainers(out, 'Init Containers', spec.initContainers, { level: 1 })
  describeContainers(out, 'Containers', spec.containers, { level: 1 })
  describeVolumes(out, spec.volumes, 1)
  describeTopology(out, spec.topologySpreadConstraints, 1)
  if (spec.priorityClassName) out.line(1, 'Priority Class Name:', spec.priorityClassName)
  out.map('Node-Selectors', spec.nodeSelector, 1)
  describeTolerations(out, spec.tolerations, 1)
  describeSchedulingGroup(out, spec.schedulingGroup, 1)
}

export function describeSchedulingGroup(out: Description, group: any, level: number): void {
  if (group) out.line(level, 'SchedulingGroup:').line(1, 'PodGroupName:', group.podGroupName)
}

/** With its tabs as they are, for those who do not align them. */
export function podTemplateLines(template: any): string {
  const out = new Description()
  describePodTemplate(out, template)
  return out.toString()
}

/** Of a pod, `fieldValue` tells what its fields come to for the environment. */
export function describeContainers(
  out: Description,
  title: string,
  containers: readonly any[],
  {
    statuses = [],
    level,
    fieldValue = () => '',
  }: { readonly statuses?: readonly any[]; readonly level: number; readonly fieldValue?: (fieldPath: string) => string },
): void {
  out.line(level, containers.length === 0 ? `${title}: <none>` : `${title}:`)
  for (const container of containers) {
    const status = statuses.find(({ name }) => name === container.name)
    out.line(1, `${level > 0 ? ' ' : ''}${container.name}:`)
    describeContainer(out, container, status, fieldValue)
  }
  // Nothing is said of a container's restart policy unless it has one.
}

function describeContainer(out: Description, container: any, status: any, fieldValue: (fieldPath: string) => string): void {
  const level = 2
  const line = (name: string, ...cells: unknown[]): void => void out.line(level, name, ...cells)
  if (status) line('Container ID:', status.containerID)
  line('Image:', container.image)
  if (status) line('Image ID:', status.imageID)
  const ports: any[] = container.ports ?? []
  const portText = ports.map(({ name, containerPort, protocol = 'TCP' }) => `${containerPort}/${protocol}${name ? ` (${name})` : ''}`).join(', ')
  const hostPorts = ports.map(({ name, hostPort = 0, protocol = 'TCP' }) => `${hostPort}/${protocol}${name ? ` (${name})` : ''}`).join(', ')
  line(ports.length > 1 ? 'Ports:' : 'Port:', portText || '<none>')
  line(ports.length > 1 ? 'Host Ports:' : 'Host Port:', hostPorts || '<none>')
  if (container.securityContext?.seccompProfile) {
    line('SeccompProfile:', container.securityContext.seccompProfile.type)
    if (container.securityContext.seccompProfile.type === 'Localhost')
      out.line(level + 1, 'LocalhostProfile:', container.securityContext.seccompProfile.localhostProfile)
  }
  list(out, 'Command', container.command, level)
  list(out, 'Args', container.args, level)
  if (status) describeState(out, status, level)
  describeResources(out, container.resources, level)
  for (const [title, probe] of [
    ['Liveness', container.livenessProbe],
    ['Readiness', container.readinessProbe],
    ['Startup', container.startupProbe],
  ] as const) {
    if (probe) line(`${title}:`, probeText(probe))
  }
  describeEnv(out, container, level, fieldValue)
  describeMounts(out, container.volumeMounts, level)
  if (container.volumeDevices?.length > 0) {
    // The original says here that there are no mounts, when there are none.
    line('Devices:', ...(container.volumeMounts?.length ? [] : ['<none>']))
    for (const { devicePath, name } of container.volumeDevices.toSorted((a: any, b: any) => (a.devicePath < b.devicePath ? -1 : 1)))
      out.line(level + 1, `${devicePath} from ${name}`)
  }
}

function list(out: Description, title: string, values: readonly string[] | undefined, level: number): void {
  if (!values?.length) return
  out.line(level, `${title}:`)
  for (const value of values) for (const part of value.split('\n')) out.line(level + 1, part)
}

export function describeResources(out: Description, { limits = {}, requests = {} }: any = {}, level: number): void {
  resources(out, 'Limits', limits, level)
  resources(out, 'Requests', requests, level)
}

function resources(out: Description, title: string, values: Record<string, string>, level: number): void {
  const names = Object.keys(values).sort()
  if (names.length === 0) return
  out.line(level, `${title}:`)
  for (const name of names) out.line(level + 1, `${name}:`, values[name])
}

function describeState(out: Description, status: any, level: number): void {
  state(out, 'State', status.state ?? {}, level)
  if (status.lastState?.terminated) state(out, 'Last State', status.lastState, level)
  out.line(level, 'Ready:', status.ready ? 'True' : 'False')
  out.line(level, 'Restart Count:', status.restartCount ?? 0)
}

function state(out: Description, title: string, { running, waiting, terminated }: any, level: number): void {
  if (running) {
    out.line(level, `${title}:`, 'Running')
    out.line(level + 1, 'Started:', rfc1123(running.startedAt))
  } else if (terminated) {
    out.line(level, `${title}:`, 'Terminated')
    if (terminated.reason) out.line(level + 1, 'Reason:', terminated.reason)
    if (terminated.message) out.line(level + 1, 'Message:', terminated.message)
    out.line(level + 1, 'Exit Code:', terminated.exitCode)
    if (terminated.signal > 0) out.line(level + 1, 'Signal:', terminated.signal)
    out.line(level + 1, 'Started:', rfc1123(terminated.startedAt))
    out.line(level + 1, 'Finished:', rfc1123(terminated.finishedAt))
  } else {
    out.line(level, `${title}:`, 'Waiting')
    if (waiting?.reason) out.line(level + 1, 'Reason:', waiting.reason)
  }
}

function probeText(probe: any): string {
  const attributes = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s period=${probe.periodSeconds ?? 0}s #success=${probe.successThreshold ?? 0} #failure=${probe.failureThreshold ?? 0}`
  if (probe.exec) return `exec [${(probe.exec.command ?? []).join(' ')}] ${attributes}`
  if (probe.httpGet) {
    const { scheme = 'HTTP', host = '', port, path = '' } = probe.httpGet
    const at = `${host.includes(':') ? `[${host}]` : host}:${port}`
    return `http-get ${String(scheme).toLowerCase()}://${at}${path && !path.startsWith('/') ? '/' : ''}${escapedPath(path)} ${attributes}`
  }
  if (probe.tcpSocket) return `tcp-socket ${probe.tcpSocket.host ?? ''}:${probe.tcpSocket.port} ${attributes}`
  if (probe.grpc) return `grpc <pod>:${probe.grpc.port} ${probe.grpc.service ?? ''} ${attributes}`
  return `unknown ${attributes}`
}

/** As Go's url.URL writes a path. */
function escapedPath(path: string): string {
  const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  return path.replace(/[^\w.~$&+,/:;=@-]+/gu, (run) => [...Buffer.from(run)].map(hex).join(''))
}

/** What a resourceFieldRef comes to, when the container says so itself (upstream's resource.ExtractContainerResourceValue). */
function resourceValue(container: any, { resource, divisor }: any): string {
  const [, kind = '', name = ''] = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.*)$/.exec(resource) ?? []
  if (!kind) return ''
  const amount = Quantity.parse(String(container.resources?.[kind]?.[name] ?? '0'))
  const by = Quantity.parse(String(divisor ?? '0')).toNumber() || 1
  const value = String(Math.ceil((name === 'cpu' ? amount.milliValue() / 1000 : amount.value()) / by))
  return value === '0' && (resource === 'limits.cpu' || resource === 'limits.memory') ? 'node allocatable' : value
}

function describeEnv(out: Description, container: any, level: number, fieldValue: (fieldPath: string) => string): void {
  const { env = [], envFrom = [] } = container
  if (envFrom.length > 0) {
    out.line(level, 'Environment Variables from:')
    for (const { configMapRef, secretRef, prefix } of envFrom) {
      const ref = configMapRef ?? secretRef ?? {}
      out.line(level + 1, ref.name, `${configMapRef ? 'ConfigMap' : 'Secret'}${prefix ? ` with prefix '${prefix}'` : ''}`, `Optional: ${ref.optional === true}`)
    }
  }
  out.line(level, env.length === 0 ? 'Environment:' : 'Environment:', ...(env.length === 0 ? ['<none>'] : []))
  for (const { name, value, valueFrom } of env) {
    if (!valueFrom) {
      for (const [index, part] of String(value ?? '')
        .split('\n')
        .entries()) {
        if (index === 0) out.line(level + 1, `${name}:`, part)
        else out.line(level + 1, '', part)
      }
    } else if (valueFrom.fieldRef)
      out.line(level + 1, `${name}:`, `${fieldValue(valueFrom.fieldRef.fieldPath)} (${valueFrom.fieldRef.apiVersion}:${valueFrom.fieldRef.fieldPath})`)
    else if (valueFrom.resourceFieldRef)
      out.line(level + 1, `${name}:`, `${resourceValue(container, valueFrom.resourceFieldRef)} (${valueFrom.resourceFieldRef.resource})`)
    else if (valueFrom.secretKeyRef)
      out.line(
        level + 1,
        `${name}:`,
        `<set to the key '${valueFrom.secretKeyRef.key}' in secret '${valueFrom.secretKeyRef.name}'>`,
        `Optional: ${valueFrom.secretKeyRef.optional === true}`,
      )
    else if (valueFrom.configMapKeyRef)
      out.line(
        level + 1,
        `${name}:`,
        `<set to the key '${valueFrom.configMapKeyRef.key}' of config map '${valueFrom.configMapKeyRef.name}'>`,
        `Optional: ${valueFrom.configMapKeyRef.optional === true}`,
      )
  }
}

function describeMounts(out: Description, mounts: readonly any[] = [], level: number): void {
  if (mounts.length === 0) {
    out.line(level, 'Mounts:', '<none>')
    return
  }
  out.line(level, 'Mounts:')
  for (const { name, mountPath, readOnly, subPath } of mounts.toSorted((a, b) => (a.mountPath < b.mountPath ? -1 : 1))) {
    out.line(level + 1, `${mountPath} from ${name} (${readOnly ? 'ro' : 'rw'}${subPath ? `,path=${JSON.stringify(subPath)}` : ''})`)
  }
}

export function describeVolumes(out: Description, volumes: readonly any[] = [], level: number): void {
  out.line(level, 'Volumes:', ...(volumes.length === 0 ? ['<none>'] : []))
  for (const { name, ...source } of volumes) {
    out.line(1, `${level > 0 ? ' ' : ''}${name}:`)
    describeVolumeSource(out, source)
  }
}

export function describeTopology(out: Description, constraints: readonly any[] = [], level: number): void {
  const sorted = constraints.toSorted((a, b) => (a.topologyKey < b.topologyKey ? -1 : a.topologyKey > b.topologyKey ? 1 : 0))
  for (const [index, { topologyKey, whenUnsatisfiable, maxSkew, labelSelector }] of sorted.entries()) {
    const selector = labelSelector ? ` for selector ${formatLabelSelector(labelSelector)}` : ''
    out.line(level, index === 0 ? 'Topology Spread Constraints:' : '', `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}`)
  }
}

export function describeTolerations(out: Description, tolerations: readonly any[] = [], level: number): void {
  if (tolerations.length === 0) {
    out.line(level, 'Tolerations:', '<none>')
    return
  }
  const texts = tolerations
    .toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : (a.key ?? '') > (b.key ?? '') ? 1 : 0))
    .map(({ key = '', value = '', effect = '', operator = '', tolerationSeconds }) => {
      const head = `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`
      const how = operator === 'Exists' && !value ? (key !== '' || effect !== '' ? ' op=Exists' : 'op=Exists') : ''
      return `${head}${how}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`
    })
  for (const [index, text] of texts.entries()) out.line(level, index === 0 ? 'Tolerations:' : '', text)
}
