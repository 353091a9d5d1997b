/** The sandbox of a pod, as CRI takes it. */
import type { Pod } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { PortMapping, SandboxConfig } from '../cri/types.ts'
import { podDns } from '../network/dns.ts'
import { podHostname } from '../network/hosts.ts'
import type { KubeletContext } from '../context.ts'
import { containersOf } from './containers.ts'
import { sandboxAnnotations, sandboxLabels } from './labels.ts'
import { sandboxResources } from './sandbox-resources.ts'
import { isPrivileged, namespaceOptions, seccomp, seLinux } from './security-context.ts'

export function sandboxConfig(context: KubeletContext, pod: Pod, attempt: number): SandboxConfig {
  const { metadata, spec } = pod
  const ofPod = spec.securityContext
  const containers = containersOf(pod)
  return {
    metadata: { name: metadata.name, namespace: metadata.namespace ?? '', uid: metadata.uid, attempt },
    // The host's own name stays where the network is the host's.
    hostname: spec.hostNetwork ? '' : podHostname(pod, context.clusterDomain),
    logDirectory: context.paths.podLogs(pod),
    dnsConfig: podDns(pod, context),
    portMappings: spec.hostNetwork ? [] : portMappings(pod),
    labels: sandboxLabels(pod),
    annotations: sandboxAnnotations(pod, rfc3339(context.clock.now())),
    linux: {
      cgroupParent: context.cgroups.parentOf(pod),
      sysctls: Object.fromEntries((ofPod?.sysctls ?? []).map(({ name, value }) => [name, value])),
      securityContext: {
        privileged: containers.some(({ container }) => isPrivileged(container)),
        namespaceOptions: namespaceOptions(pod, { users: context.userNamespaces.of(pod) }),
        ...seLinux(ofPod?.seLinuxOptions),
        seccomp: seccomp({ type: 'RuntimeDefault' }, context.paths.seccomp),
        ...(ofPod?.runAsUser !== undefined ? { runAsUser: { value: ofPod.runAsUser } } : {}),
        ...(ofPod?.runAsGroup !== undefined && ofPod?.runAsUser !== undefined ? { runAsGroup: { value: ofPod.runAsGroup } } : {}),
        supplementalGroups: [...(ofPod?.fsGroup !== undefined ? [ofPod.fsGroup] : []), ...(ofPod?.supplementalGroups ?? [])],
      },
      ...sandboxResources(pod, context.configuration),
    },
  }
}

function portMappings(pod: Pod): PortMapping[] {
  return containersOf(pod).flatMap(({ container }) =>
    (container.ports ?? [])
      .filter(({ hostPort }) => hostPort)
      .map(({ protocol = 'TCP', containerPort, hostPort, hostIP }) => ({
        protocol: protocol as PortMapping['protocol'],
        containerPort,
        hostPort: hostPort!,
        ...(hostIP ? { hostIp: hostIP } : {}),
      })),
  )
}
