/** Labels and annotations on sandboxes and containers: what a restarted kubelet knows its own by. Names are upstream's. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { goJson } from '#apimachinery/codec/go-json.ts'

export const podNameLabel = 'io.kubernetes.pod.name'
export const podNamespaceLabel = 'io.kubernetes.pod.namespace'
export const podUidLabel = 'io.kubernetes.pod.uid'
export const containerNameLabel = 'io.kubernetes.container.name'

export const hashAnnotation = 'io.kubernetes.container.hash'
export const restartCountAnnotation = 'io.kubernetes.container.restartCount'
export const terminationMessagePathAnnotation = 'io.kubernetes.container.terminationMessagePath'
export const terminationMessagePolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy'
export const podDeletionGraceAnnotation = 'io.kubernetes.pod.deletionGracePeriod'
export const podTerminationGraceAnnotation = 'io.kubernetes.pod.terminationGracePeriod'
export const preStopAnnotation = 'io.kubernetes.container.preStopHandler'
export const configSourceAnnotation = 'kubernetes.io/config.source'
export const configSeenAnnotation = 'kubernetes.io/config.seen'

/** The pod's own, and where the kubelet has it from. */
export function sandboxAnnotations({ metadata }: Pod, seen: string): Record<string, string> {
  return { [configSeenAnnotation]: seen, [configSourceAnnotation]: 'api', ...metadata.annotations }
}

export function sandboxLabels({ metadata }: Pod): Record<string, string> {
  return {
    ...metadata.labels,
    [podNameLabel]: metadata.name,
    [podNamespaceLabel]: metadata.namespace ?? '',
    [podUidLabel]: metadata.uid,
  }
}

export function containerLabels({ metadata }: Pod, container: Container): Record<string, string> {
  return {
    [containerNameLabel]: container.name,
    [podNameLabel]: metadata.name,
    [podNamespaceLabel]: metadata.namespace ?? '',
    [podUidLabel]: metadata.uid,
  }
}

export function containerAnnotations(pod: Pod, container: Container, restartCount: number): Record<string, string> {
  const { metadata, spec } = pod
  return {
    [hashAnnotation]: containerHash(container),
    [restartCountAnnotation]: String(restartCount),
    [terminationMessagePathAnnotation]: container.terminationMessagePath ?? '/dev/termination-log',
    [terminationMessagePolicyAnnotation]: container.terminationMessagePolicy ?? 'File',
    ...(metadata.deletionGracePeriodSeconds !== undefined ? { [podDeletionGraceAnnotation]: String(metadata.deletionGracePeriodSeconds) } : {}),
    ...(spec.terminationGracePeriodSeconds !== undefined ? { [podTerminationGraceAnnotation]: String(spec.terminationGracePeriodSeconds) } : {}),
    ...(container.lifecycle?.preStop ? { [preStopAnnotation]: JSON.stringify(container.lifecycle.preStop) } : {}),
  }
}

/**
 * Only what cannot change in place counts: name and image. FNV-1a, in hexadecimal, of what upstream takes it of: Go's print of the bytes of
 * their JSON. Equal, so that a node may go from one kubelet to the other without a restart.
 */
export function containerHash({ name, image }: Container): string {
  const bytes = Buffer.from(goJson({ image: image ?? '', name }))
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(`([]uint8)[${bytes.join(' ')}]`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash.toString(16)
}
