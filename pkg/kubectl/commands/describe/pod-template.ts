/** Containers, volumes and pod templates in descriptions. */
import { alignTabs, describeColumns } from '../../printers/tab-writer.ts'
import { ageOf } from '#api/ages.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { escapeTerminal } from '../../printers/terminal.ts'
import { Description, rfc1123, shorten } from './text.ts'

/** "Pod Template:" and what is below it. */
export function describePodTemplate(out: Description, template: any): void {
  out.line(0, 'Pod Template:')
  if (!template) {
    out.line(1, '<unset>')
    return
  }
  const { metadata = {}, spec } = template
  out.map('Labels', metadata.labels, 1)
  if (Object.keys(metadata.annotations ?? {}).length > 0) out.map('Annotations', metadata.annotations, 1, ': ')
  if (spec.serviceAccountName) out.line(1, 'Service Account:', spec.serviceAccountName)
  if (spec.initContainers?.length > 0) describeContainers(out, 'Init Containers', spec.initContainers, [], 1)
  describeContainers(out, 'Containers', spec.containers, [], 1)
  describeVolumes(out, spec.volumes, 1)
  describeTopology(out, spec.topologySpreadConstraints, 1)
  if (spec.priorityClassName) out.line(1, 'Priority Class Name:', spec.priorityClassName)
  out.map('Node-Selectors', spec.nodeSelector, 1)
  describeTolerations(out, spec.tolerations, 1)
}

export function podTemplateText(template: any): string {
  const out = new Description()
  describePodTemplate(out, template)
  return alignTabs(out.toString(), describeColumns)
}

export function describeContainers(out: Description, title: string, containers: readonly any[], statuses: readonly any[], level: number): void {
  out.line(level, containers.length === 0 ? `${title}: <none>` : `${title}:`)
  for (const container of containers) {
    const status = statuses.find(({ name }) => name === container.name)
    out.line(1, `${level > 0 ? ' ' : ''}${container.name}:`)
    describeContainer(out, container, status)
  }
  // Nothing is said of a container's restart policy unless it has one.
}

function describeContainer(out: Description, container: any, status: any): void {
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
    if (container.securityContext.seccompProfile.localhostProfile)
      out.line(level + 1, 'LocalhostProfile:', container.securityContext.seccompProfile.localhostProfile)
  }
  list(out, 'Command', container.command, level)
  list(out, 'Args', container.args, level)
  if (status) describeState(out, status, level)
  const { limits = {}, requests = {} } = container.resources ?? {}
  resources(out, 'Limits', limits, level)
  resources(out, 'Requests', requests, level)
  for (const [title, probe] of [
    ['Liveness', container.livenessProbe],
    ['Readiness', container.readinessProbe],
    ['Startup', container.startupProbe],
  ] as const) {
    if (probe) line(`${title}:`, probeText(probe))
  }
  describeEnv(out, container, level)
  describeMounts(out, container.volumeMounts, level)
  if (container.volumeDevices?.length > 0) {
    line('Devices:')
    for (const { devicePath, name } of container.volumeDevices) out.line(level + 1, `${devicePath} from ${name}`)
  }
}

function list(out: Description, title: string, values: readonly string[] | undefined, level: number): void {
  if (!values?.length) return
  out.line(level, `${title}:`)
  for (const value of values) for (const part of value.split('\n')) out.line(level + 1, part)
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
    return `http-get ${String(scheme).toLowerCase()}://${host}:${port}${path && !path.startsWith('/') ? '/' : ''}${path} ${attributes}`
  }
  if (probe.tcpSocket) return `tcp-socket ${probe.tcpSocket.host ?? ''}:${probe.tcpSocket.port} ${attributes}`
  if (probe.grpc) return `grpc <pod>:${probe.grpc.port} ${probe.grpc.service ?? ''} ${attributes}`
  return `unknown ${attributes}`
}

/** What a resourceFieldRef comes to, when the container says so itself (upstream's resource.ExtractContainerResourceValue). */
function resourceValue(container: any, { resource, divisor }: any): string {
  const [kind = '', name = ''] = String(resource).split('.')
  const value = container.resources?.[kind]?.[name]
  if (value === undefined) return '0'
  const by = divisor && divisor !== '0' ? Quantity.parse(divisor).toNumber() : 1
  return String(Math.ceil(Quantity.parse(value).toNumber() / by))
}

function describeEnv(out: Description, container: any, level: number): void {
  const { env = [], envFrom = [] } = container
  if (envFrom.length > 0) {
    out.line(level, 'Environment Variables from:')
    for (const { configMapRef, secretRef, prefix } of envFrom) {
      const ref = configMapRef ?? secretRef
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
    } else if (valueFrom.fieldRef) out.line(level + 1, `${name}:`, ` (${valueFrom.fieldRef.apiVersion}:${valueFrom.fieldRef.fieldPath})`)
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

const described: Readonly<Record<string, readonly [string, readonly (readonly [string, string])[]]>> = {
  hostPath: [
    'HostPath (bare host directory volume)',
    [
      ['Path', 'path'],
      ['HostPathType', 'type'],
    ],
  ],
  emptyDir: [
    "EmptyDir (a temporary directory that shares a pod's lifetime)",
    [
      ['Medium', 'medium'],
      ['SizeLimit', 'sizeLimit'],
    ],
  ],
  secret: [
    'Secret (a volume populated by a Secret)',
    [
      ['SecretName', 'secretName'],
      ['Optional', 'optional'],
    ],
  ],
  configMap: [
    'ConfigMap (a volume populated by a ConfigMap)',
    [
      ['Name', 'name'],
      ['Optional', 'optional'],
    ],
  ],
  persistentVolumeClaim: [
    'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    [
      ['ClaimName', 'claimName'],
      ['ReadOnly', 'readOnly'],
    ],
  ],
  nfs: [
    'NFS (an NFS mount that lasts the lifetime of a pod)',
    [
      ['Server', 'server'],
      ['Path', 'path'],
      ['ReadOnly', 'readOnly'],
    ],
  ],
  csi: [
    'CSI (a Container Storage Interface (CSI) volume source)',
    [
      ['Driver', 'driver'],
      ['FSType', 'fsType'],
      ['VolumeHandle', 'volumeHandle'],
      ['ReadOnly', 'readOnly'],
    ],
  ],
  local: ['LocalVolume (a persistent volume backed by local storage on a node)', [['Path', 'path']]],
  iscsi: [
    "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    [
      ['TargetPortal', 'targetPortal'],
      ['IQN', 'iqn'],
      ['Lun', 'lun'],
      ['FSType', 'fsType'],
      ['ReadOnly', 'readOnly'],
    ],
  ],
  image: [
    'Image (a container image or OCI artifact)',
    [
      ['Reference', 'reference'],
      ['PullPolicy', 'pullPolicy'],
    ],
  ],
}

export function describeVolumes(out: Description, volumes: readonly any[] = [], level: number): void {
  out.line(level, 'Volumes:', ...(volumes.length === 0 ? ['<none>'] : []))
  for (const { name, ...source } of volumes) {
    out.line(1, `${level > 0 ? ' ' : ''}${name}:`)
    describeVolumeSource(out, source)
  }
}

export function describeVolumeSource(out: Description, source: any): void {
  const level = 2
  const [kind = ''] = Object.keys(source)
  if (kind === 'downwardAPI') {
    out.line(level, 'Type:', 'DownwardAPI (a volume populated by information about the pod)').line(level, 'Items:')
    for (const { fieldRef, resourceFieldRef, path } of source.downwardAPI.items ?? [])
      out.line(3, `${fieldRef?.fieldPath ?? resourceFieldRef?.resource} -> ${path}`)
    return
  }
  if (kind === 'ephemeral') {
    const { metadata = {}, spec } = source.ephemeral.volumeClaimTemplate ?? {}
    out.line(level, 'Type:', 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)')
    if (spec) describeClaimFields(out, { metadata, spec, status: {} }, level)
    return
  }
  if (kind === 'projected') {
    out.line(level, 'Type:', 'Projected (a volume that contains injected data from multiple sources)')
    for (const part of source.projected.sources ?? []) {
      if (part.serviceAccountToken) out.line(level, 'TokenExpirationSeconds:', part.serviceAccountToken.expirationSeconds)
      else if (part.configMap) out.line(level, 'ConfigMapName:', part.configMap.name).line(level, 'Optional:', part.configMap.optional === true)
      else if (part.secret) out.line(level, 'SecretName:', part.secret.name).line(level, 'Optional:', part.secret.optional === true)
      else if (part.downwardAPI) out.line(level, 'DownwardAPI:', 'true')
    }
    return
  }
  const known = described[kind]
  if (!known) {
    out.line(level, kind === '' ? '<unknown>' : 'Type:', ...(kind === '' ? [] : [kind]))
    return
  }
  out.line(level, 'Type:', known[0])
  for (const [title, member] of known[1]) {
    const value = source[kind][member]
    if (title === 'VolumeHandle' && value === undefined) continue
    out.line(level, `${title}:`, value ?? (['Optional', 'ReadOnly'].includes(title) ? 'false' : title === 'SizeLimit' ? '<unset>' : ''))
  }
  if (kind === 'csi') {
    const pairs = Object.entries<string>(source.csi.volumeAttributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
    if (pairs.length === 0) out.line(level, 'VolumeAttributes:', '<none>')
    for (const [index, [key, value]] of pairs.entries()) {
      const text = shorten(`${key}=${value}`, 140)
      if (index === 0) out.line(level, 'VolumeAttributes:', `    ${text}`)
      else out.raw(`        \t    ${escapeTerminal(text)}\n`)
    }
  }
}

/** What a claim and a claim's template have in common (printPersistentVolumeClaim). */
export function describeClaimFields(out: Description, { metadata, spec, status }: any, level = 0): void {
  const whole = level === 0
  if (whole) out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace)
  out.line(level, 'StorageClass:', metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '')
  if (whole) out.line(0, 'Status:', metadata.deletionTimestamp ? `Terminating (lasts ${ageOf(metadata.deletionTimestamp, Date.now())})` : (status.phase ?? ''))
  out.line(level, 'Volume:', spec.volumeName ?? '')
  out.map('Labels', metadata.labels, level, '=', level).map('Annotations', metadata.annotations && withoutApplied(metadata.annotations), level, ': ', level)
  if (whole) out.line(0, 'Finalizers:', `[${(metadata.finalizers ?? []).join(' ')}]`)
  out.line(level, 'Capacity:', spec.volumeName ? (status.capacity?.storage ?? '0') : '')
  out.line(level, 'Access Modes:', spec.volumeName ? accessModes(status.accessModes) : '')
  if (spec.volumeMode) out.line(level, 'VolumeMode:', spec.volumeMode)
  if (!spec.dataSource) return
  out.line(level, 'DataSource:')
  if (spec.dataSource.apiGroup) out.line(level + 1, 'APIGroup:', spec.dataSource.apiGroup)
  out.line(level + 1, 'Kind:', spec.dataSource.kind).line(level + 1, 'Name:', spec.dataSource.name)
}

function withoutApplied(annotations: Record<string, string>): Record<string, string> {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...rest } = annotations
  return rest
}

const shortModes: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }

/** "RWO,ROX", in the order that upstream keeps to. */
export function accessModes(modes: readonly string[] = []): string {
  return Object.keys(shortModes)
    .filter((mode) => modes.includes(mode))
    .map((mode) => shortModes[mode])
    .join(',')
}

export function describeTopology(out: Description, constraints: readonly any[] = [], level: number): void {
  for (const [index, { topologyKey, whenUnsatisfiable, maxSkew, labelSelector }] of constraints.entries()) {
    const selector = Object.entries(labelSelector?.matchLabels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',')
    out.line(
      level,
      index === 0 ? 'Topology Spread Constraints:' : '',
      `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded for selector ${selector}`,
    )
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
