/** The baseline level: no known privilege escalation (docs: "Pod Security Standards"). In order of id. */
import type { LifecycleHandler, Probe, SELinuxOptions } from '#api/gen/core/v1.ts'
import { type Check, containersOf, hasUserNamespace, named, plural, quoted, setters, sorted } from './check.ts'
import { seccompBaseline } from './seccomp.ts'

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'

const appArmorProfile: Check = {
  id: 'appArmorProfile',
  check(pod) {
    const good = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost'
    const podType = pod.spec.securityContext?.appArmorProfile?.type
    const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.appArmorProfile && !good(securityContext.appArmorProfile.type))
    const annotations = Object.entries(pod.metadata.annotations ?? {})
      .filter(([key, value]) => key.startsWith(appArmorPrefix) && !(value === '' || value === 'runtime/default' || value.startsWith('localhost/')))
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .sort()
    const podBad = podType !== undefined && !good(podType)
    const who = setters(
      podBad,
      bad.map((each) => each.name),
    )
    if (annotations.length > 0) who.push(plural('annotation', annotations.length))
    if (who.length === 0) return undefined
    const values = [...sorted([...(podBad ? [podType] : []), ...bad.map((each) => each.securityContext!.appArmorProfile!.type)]), ...annotations]
    return {
      reason: plural('forbidden AppArmor profile', values.length),
      detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
    }
  },
}

const baselineCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
)

const capabilities: Check = {
  id: 'capabilities_baseline',
  check(pod) {
    const extra = (added: readonly string[] = []): string[] => added.filter((each) => !baselineCapabilities.has(each))
    const bad = containersOf(pod).filter((each) => extra(each.securityContext?.capabilities?.add).length > 0)
    if (bad.length === 0) return undefined
    const values = sorted(bad.flatMap((each) => extra(each.securityContext?.capabilities?.add)))
    return {
      reason: 'non-default capabilities',
      detail: `${named(bad.map((each) => each.name))} must not include ${quoted(values)} in securityContext.capabilities.add`,
    }
  },
}

const hostNamespaces: Check = {
  id: 'hostNamespaces',
  check({ spec }) {
    const found = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((each) => spec[each]).map((each) => `${each}=true`)
    return found.length > 0 ? { reason: 'host namespaces', detail: found.join(', ') } : undefined
  },
}

const hostPathVolumes: Check = {
  id: 'hostPathVolumes',
  check({ spec }) {
    const found = (spec.volumes ?? []).filter((each) => each.hostPath).map((each) => each.name)
    return found.length > 0 ? { reason: 'hostPath volumes', detail: `${plural('volume', found.length)} ${quoted(found)}` } : undefined
  },
}

const hostPorts: Check = {
  id: 'hostPorts',
  check(pod) {
    const bad = containersOf(pod).filter((each) => each.ports?.some((port) => port.hostPort))
    if (bad.length === 0) return undefined
    const ports = sorted(bad.flatMap((each) => each.ports!.filter((port) => port.hostPort).map((port) => String(port.hostPort))))
    const use = bad.length === 1 ? 'uses' : 'use'
    return { reason: 'hostPort', detail: `${named(bad.map((each) => each.name))} ${use} ${plural('hostPort', ports.length)} ${ports.join(', ')}` }
  },
}

const hostProbes: Check = {
  id: 'hostProbesAndHostLifecycle',
  since: 34,
  check(pod) {
    const hosts = (handler: Probe | LifecycleHandler | undefined): string[] =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((each) => each !== undefined && each !== '') as string[]
    const found = containersOf(pod).map((each) => ({
      name: each.name,
      hosts: [each.livenessProbe, each.readinessProbe, each.startupProbe, each.lifecycle?.postStart, each.lifecycle?.preStop].flatMap(hosts),
    }))
    const bad = found.filter((each) => each.hosts.length > 0)
    if (bad.length === 0) return undefined
    const values = sorted(bad.flatMap((each) => each.hosts))
    const use = bad.length === 1 ? 'uses' : 'use'
    return {
      reason: 'probe or lifecycle host',
      detail: `${named(sorted(bad.map((each) => each.name)))} ${use} ${plural('probe or lifecycle host', values.length)} ${quoted(values)}`,
    }
  },
}

const privileged: Check = {
  id: 'privileged',
  check(pod) {
    const bad = containersOf(pod).filter((each) => each.securityContext?.privileged)
    return bad.length > 0 ? { reason: 'privileged', detail: `${named(bad.map((each) => each.name))} must not set securityContext.privileged=true` } : undefined
  },
}

export const checkProcMount: Check['check'] = (pod) => {
  const mount = (each: { securityContext?: { procMount?: string } }): string => each.securityContext?.procMount ?? 'Default'
  const bad = containersOf(pod).filter((each) => mount(each) !== 'Default')
  if (bad.length === 0) return undefined
  return { reason: 'procMount', detail: `${named(bad.map((each) => each.name))} must not set securityContext.procMount to ${quoted(sorted(bad.map(mount)))}` }
}

const procMount: Check = { id: 'procMount', check: (pod, minor) => (minor >= 35 && hasUserNamespace(pod) ? undefined : checkProcMount(pod, minor)) }

const seLinuxOptions: Check = {
  id: 'seLinuxOptions',
  check(pod, minor) {
    const types = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', ...(minor >= 31 ? ['container_engine_t'] : [])])
    const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
      options !== undefined && (!types.has(options.type ?? '') || Boolean(options.user) || Boolean(options.role))
    const podOptions = pod.spec.securityContext?.seLinuxOptions
    const bad = containersOf(pod).filter((each) => isBad(each.securityContext?.seLinuxOptions))
    const who = setters(
      isBad(podOptions),
      bad.map((each) => each.name),
    )
    if (who.length === 0) return undefined
    const options = [podOptions, ...bad.map((each) => each.securityContext!.seLinuxOptions)].filter(isBad)
    const badTypes = sorted(options.map((each) => each.type ?? '').filter((each) => !types.has(each)))
    const said = [
      ...(badTypes.length > 0 ? [`${plural('type', badTypes.length)} ${quoted(badTypes)}`] : []),
      ...(options.some((each) => each.user) ? ['user may not be set'] : []),
      ...(options.some((each) => each.role) ? ['role may not be set'] : []),
    ]
    return { reason: 'seLinuxOptions', detail: `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${said.join('; ')}` }
  },
}

const sysctlsSince: readonly [number, string][] = [
  [0, 'kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start'],
  [27, 'net.ipv4.ip_local_reserved_ports'],
  [29, 'net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes'],
  [32, 'net.ipv4.tcp_rmem net.ipv4.tcp_wmem'],
]

const sysctls: Check = {
  id: 'sysctls',
  check({ spec }, minor) {
    const allowed = new Set(sysctlsSince.filter(([since]) => minor >= since).flatMap(([, names]) => names.split(' ')))
    const bad = (spec.securityContext?.sysctls ?? []).map((each) => each.name).filter((each) => !allowed.has(each))
    return bad.length > 0 ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined
  },
}

const windowsHostProcess: Check = {
  id: 'windowsHostProcess',
  check(pod) {
    const bad = containersOf(pod).filter((each) => each.securityContext?.windowsOptions?.hostProcess)
    const who = setters(
      pod.spec.securityContext?.windowsOptions?.hostProcess === true,
      bad.map((each) => each.name),
    )
    return who.length > 0 ? { reason: 'hostProcess', detail: `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true` } : undefined
  },
}

export const baselineChecks: readonly Check[] = [
  appArmorProfile,
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinuxOptions,
  seccompBaseline,
  sysctls,
  windowsHostProcess,
]
