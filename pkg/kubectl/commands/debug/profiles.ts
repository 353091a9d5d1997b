/** What each profile of debug changes on the pod and its debugging container (KEP-1441). */
export type DebugStyle = 'ephemeral' | 'copy' | 'node'

export interface Keep {
  readonly labels: boolean
  readonly annotations: boolean
  readonly liveness: boolean
  readonly readiness: boolean
  readonly startup: boolean
  readonly initContainers: boolean
}

type Apply = (pod: any, container: any, style: DebugStyle, keep: Keep) => void

const context = (container: any): any => (container.securityContext ??= {})

function addCapabilities(container: any, ...names: string[]): void {
  const security = context(container)
  security.capabilities ??= {}
  const { capabilities } = security
  capabilities.add = [...(capabilities.add ?? []), ...names]
}

function strip(pod: any, keep: Keep): void {
  if (!keep.labels) delete pod.metadata.labels
  if (!keep.annotations) delete pod.metadata.annotations
  for (const each of pod.spec.containers) {
    if (!keep.liveness) delete each.livenessProbe
    if (!keep.readiness) delete each.readinessProbe
    if (!keep.startup) delete each.startupProbe
  }
  if (!keep.initContainers) delete pod.spec.initContainers
  pod.spec.shareProcessNamespace ??= true
}

function onHost(pod: any): void {
  Object.assign(pod.spec, { hostNetwork: true, hostPID: true, hostIPC: true })
}

function mountRoot(pod: any, container: any): void {
  pod.spec.volumes = [...(pod.spec.volumes ?? []), { name: 'host-root', hostPath: { path: '/' } }]
  container.volumeMounts = [...(container.volumeMounts ?? []), { mountPath: '/host', name: 'host-root' }]
}

export const profiles: Readonly<Record<string, Apply>> = {
  legacy(pod, container, style) {
    if (style === 'node') {
      mountRoot(pod, container)
      onHost(pod)
    } else if (style === 'copy') delete pod.metadata.labels
  },
  general(pod, container, style, keep) {
    if (style === 'node') {
      mountRoot(pod, container)
      delete container.securityContext
      onHost(pod)
      return
    }
    if (style === 'copy') strip(pod, keep)
    addCapabilities(container, 'SYS_PTRACE')
  },
  baseline(pod, container, style, keep) {
    delete container.securityContext
    if (style === 'copy') strip(pod, keep)
  },
  restricted(pod, container, style, keep) {
    container.securityContext = {
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
    }
    if (style === 'copy') strip(pod, keep)
  },
  netadmin(pod, container, style, keep) {
    addCapabilities(container, 'NET_ADMIN', 'NET_RAW')
    if (style === 'node') onHost(pod)
    if (style === 'copy') strip(pod, keep)
  },
  sysadmin(pod, container, style, keep) {
    context(container).privileged = true
    if (style === 'node') {
      onHost(pod)
      mountRoot(pod, container)
    }
    if (style === 'copy') strip(pod, keep)
  },
}
