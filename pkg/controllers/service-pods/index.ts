/** Which Services a pod is behind, and under what address and ports; for Endpoints and EndpointSlice alike. */
import type { Pod, Service, ServicePort } from '#api/gen/core/v1.ts'
import { services } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { Change, ControllerContext } from '#runtime/types.ts'
import { isPodReady, isPodTerminal } from '../workload/pod-state.ts'

export const headlessLabel = 'service.kubernetes.io/headless'

export function selects({ spec: { selector } }: Service, labels: Readonly<Record<string, string>> | undefined): boolean {
  const wanted = Object.entries(selector ?? {})
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value)
}

/** We write endpoints only of Services that select pods. */
export function isManaged({ spec }: Service): boolean {
  return spec.type !== 'ExternalName' && spec.selector !== undefined && Object.keys(spec.selector).length > 0
}

/** The Services that a pod's change concerns: none when nothing that endpoints show has changed. */
export function serviceKeysOfPod(pod: Pod, change: Change, previous: Pod | undefined, { cache }: ControllerContext): string[] {
  if (change === 'update' && previous && endpointView(previous) === endpointView(pod)) return []
  const keys: string[] = []
  for (const service of cache(services).list(pod.metadata.namespace)) {
    if (selects(service, pod.metadata.labels) || (previous && selects(service, previous.metadata.labels))) keys.push(keyOf(service))
  }
  return keys
}

function endpointView({ metadata, spec, status }: Pod): string {
  const { labels, deletionTimestamp } = metadata
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status
  return JSON.stringify([labels, deletionTimestamp, spec.nodeName, spec.hostname, spec.subdomain, status?.podIPs, status?.podIP, status?.phase, ready])
}

/** Has an address, and has not ended; one that is being deleted counts only when asked for. */
export function belongs(pod: Pod, includeTerminating: boolean): boolean {
  if (isPodTerminal(pod) || addressesOf(pod).length === 0) return false
  return includeTerminating || !pod.metadata.deletionTimestamp
}

export function addressesOf({ status }: Pod): string[] {
  return (status?.podIPs ?? []).length > 0 ? status!.podIPs!.map(({ ip }) => ip!) : status?.podIP ? [status.podIP] : []
}

export function isReadyEndpoint(pod: Pod, { spec }: Service): boolean {
  return spec.publishNotReadyAddresses === true || isPodReady(pod)
}

/** The pod's port behind a Service's; undefined when the pod has none of that name. */
export function targetPort(pod: Pod, { targetPort: target, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (target === undefined || target === 0 || target === '') return port
  if (typeof target === 'number') return target
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  for (const { ports = [] } of [...pod.spec.containers, ...sidecars]) {
    const found = ports.find((each) => each.name === target && (each.protocol ?? 'TCP') === protocol)
    if (found) return found.containerPort
  }
  return undefined
}

/** The name under which DNS shows the pod below a headless Service of its subdomain's name. */
export function endpointHostname({ metadata, spec }: Pod, service: Service): string | undefined {
  return spec.hostname && spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace ? spec.hostname : undefined
}

export function podReference({ metadata: { namespace, name, uid } }: Pod): { kind: string; namespace: string; name: string; uid: string } {
  return { kind: 'Pod', namespace: namespace!, name, uid }
}
