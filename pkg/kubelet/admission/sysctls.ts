/** Sysctls that a pod may set by itself, and those that the node's allowedUnsafeSysctls lets through (documentation "Using sysctls"). */
import type { Pod } from '#api/gen/core/v1.ts'

const safe: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
])

/** Why the pod is refused, or undefined. */
export function forbiddenSysctl({ spec }: Pod, allowed: readonly string[]): { readonly reason: string; readonly message: string } | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll('/', '.')
    const fits = (pattern: string) => (pattern.endsWith('*') ? dotted.startsWith(pattern.slice(0, -1)) : dotted === pattern)
    const why = !safe.has(dotted) && !allowed.some(fits) ? 'not allowlisted' : hostNamespace(dotted, spec)
    if (why) return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${name}" ${why}` }
  }
  return undefined
}

/** It would be set on the host, not for the pod. */
function hostNamespace(name: string, { hostNetwork, hostIPC }: Pod['spec']): string | undefined {
  if (hostNetwork && name.startsWith('net.')) return 'not allowed with host net enabled'
  if (hostIPC && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(name)) return 'not allowed with host ipc enabled'
  return undefined
}
