/** The pods that are bound to this node, as the API tells of them. */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { Reflector } from '#client/reflector.ts'
import type { PodSet } from '../pod-set.ts'
import { isMirror, type MirrorPods } from '../static-pods/mirror-pods.ts'
import type { KubeletOptions } from '../types.ts'

export interface PodWatch {
  run(): Promise<void>
  /** Resolves with the first list, or when the kubelet stops before. */
  readonly known: Promise<void>
}

/** Mirrors are of pods that run already; all others are the set's. */
export function podWatch({ client, clock, log, nodeName, signal }: KubeletOptions, set: PodSet, mirrors: Pick<MirrorPods, 'replace' | 'apply'>): PodWatch {
  const { promise: known, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  const reflector = new Reflector<Pod>({
    client,
    resource: pods,
    clock,
    log: log.named('pods'),
    fieldSelector: `spec.nodeName=${nodeName}`,
    store: {
      replace(list) {
        mirrors.replace(list.filter(isMirror))
        set.replace(list.filter((pod) => !isMirror(pod)))
        resolve()
      },
      apply({ type, object }) {
        if (isMirror(object)) mirrors.apply(type, object)
        else if (type === 'DELETED') set.removed(object.metadata.uid)
        else set.accept(object)
      },
    },
  })
  return { run: () => reflector.run(signal), known }
}
