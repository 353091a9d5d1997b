/** What the node's server may ask about pods. */
import type { Pod } from '#api/gen/core/v1.ts'
import type { KubeletContext } from './context.ts'
import type { PodWorker } from './pod-worker/pod-worker.ts'
import { latest, previous } from './runtime/pod-runtime.ts'
import type { PodDirectory } from './types.ts'

export function podDirectory(workers: ReadonlyMap<string, PodWorker>, { statuses, paths }: KubeletContext): PodDirectory {
  const shown = ({ pod, uid }: PodWorker): Pod => {
    const status = statuses.get(uid)
    return status ? { ...pod, status } : pod
  }
  return {
    list: () => [...workers.values()].map(shown),
    get(namespace, name) {
      for (const worker of workers.values()) {
        if (worker.pod.metadata.name === name && worker.pod.metadata.namespace === namespace) return shown(worker)
      }
      return undefined
    },
    runtimeStatus: (uid) => workers.get(uid)?.runtime,
    containerId(uid, container, before = false) {
      const runtime = workers.get(uid)?.runtime
      return runtime && (before ? previous(runtime, container) : latest(runtime, container))?.id
    },
    logDirectory: (pod) => paths.podLogs(pod),
  }
}
