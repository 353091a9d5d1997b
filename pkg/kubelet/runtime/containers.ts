/** A pod's containers in the order and kinds in which the kubelet treats them. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import type { ContainerEntry } from '../types.ts'

export function containersOf({ spec }: Pod): ContainerEntry[] {
  return [
    ...(spec.initContainers ?? []).map((container): ContainerEntry => ({ container, kind: isSidecar(container) ? 'sidecar' : 'init' })),
    ...spec.containers.map((container): ContainerEntry => ({ container, kind: 'regular' })),
    ...(spec.ephemeralContainers ?? []).map((container): ContainerEntry => ({ container: container as unknown as Container, kind: 'ephemeral' })),
  ]
}

export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

export function findContainer(pod: Pod, name: string): ContainerEntry | undefined {
  return containersOf(pod).find(({ container }) => container.name === name)
}

/** Where an event about a container points: `spec.containers{web}`. */
export function fieldPathOf({ container, kind }: ContainerEntry): string {
  const list = kind === 'regular' ? 'containers' : kind === 'ephemeral' ? 'ephemeralContainers' : 'initContainers'
  return `spec.${list}{${container.name}}`
}

/** "web-0_default(1234-…)", as upstream writes a pod in messages. */
export function podLabel(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`
}
