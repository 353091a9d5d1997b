/** A pod's host name, and the /etc/hosts that all its containers share. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Pod } from '#api/gen/core/v1.ts'

export function podHostname({ metadata, spec }: Pod, clusterDomain: string): string {
  if (spec.hostnameOverride) return spec.hostnameOverride
  const name = (spec.hostname || metadata.name).slice(0, 63).replace(/[-.]+$/, '')
  return spec.setHostnameAsFQDN && spec.subdomain ? podDomain(name, spec.subdomain, metadata.namespace ?? '', clusterDomain) : name
}

function podDomain(hostname: string, subdomain: string, namespace: string, clusterDomain: string): string {
  return `${hostname}.${subdomain}.${namespace}.svc.${clusterDomain}`
}

export function writeHostsFile(path: string, pod: Pod, podIps: readonly string[], clusterDomain: string): void {
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`).join('')
  const tail = aliases === '' ? '' : `\n# Entries added by HostAliases.\n${aliases}`
  writeFileSync(path, pod.spec.hostNetwork ? `${hostFile()}${tail}` : `${managed(pod, podIps, clusterDomain)}${tail}`, { mode: 0o644 })
}

function hostFile(): string {
  return `# Kubernetes-managed hosts file (host network).\n${readFileSync('/etc/hosts', 'utf8')}`
}

function managed(pod: Pod, podIps: readonly string[], clusterDomain: string): string {
  const { metadata, spec } = pod
  const hostname = (spec.hostname || metadata.name).slice(0, 63)
  const names = spec.subdomain ? `${podDomain(hostname, spec.subdomain, metadata.namespace ?? '', clusterDomain)}\t${hostname}` : hostname
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...podIps.map((ip) => `${ip}\t${names}`),
    '',
  ].join('\n')
}
