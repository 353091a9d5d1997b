/**
 * The kubelets of the scenarios: every pod is bound to a node, and does what its label `does` says: `run` (the default) until it is deleted,
 * `wait` for ever, `exit-CODE`, `first-exits-CODE` (the pod of index 0; the others run). Asked again and again, so that both control planes have the same.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import { nodeNames } from './nodes-at-work.ts'
import { rfc3339 } from './times.ts'
import type { Place } from './types.ts'

/** One round over the pods of a namespace. */
export async function tendPods(place: Place, addresses: Addresses): Promise<void> {
  for (const pod of (await place.client.list(pods, { namespace: place.namespace })).items) await tend(place, pod, addresses).catch(passing)
}

export interface Addresses {
  next: number
}

async function tend({ client, clock }: Place, pod: Pod, addresses: Addresses): Promise<void> {
  const key = { namespace: pod.metadata.namespace!, name: pod.metadata.name }
  if (pod.metadata.deletionTimestamp && pod.spec.nodeName) {
    if (pod.metadata.labels?.lingers) return
    await client.delete(pods, key, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } })
    return
  }
  const does = pod.metadata.labels?.does ?? 'run'
  if (!pod.spec.nodeName) {
    if (pod.spec.schedulingGates?.length) return
    // Those of a DaemonSet say themselves where they belong.
    const wanted = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0]
    await client.create(pods, { metadata: key, target: { kind: 'Node', name: wanted ?? nodeNames[0] } } as any, { subresource: 'binding' })
    return
  }
  if (pod.status?.phase !== 'Pending' || does === 'wait') return
  await client.patch(
    pods,
    key,
    { status: statusOf(pod, does, addresses, rfc3339(clock)) },
    { type: 'strategic', subresource: 'status', fieldManager: 'kubelet' },
  )
}

function statusOf(pod: Pod, does: string, addresses: Addresses, at: string): object {
  const isFirst = pod.metadata.labels?.['batch.kubernetes.io/job-completion-index'] === '0'
  const code = Number(/^exit-(\d+)$/.exec(does)?.[1] ?? (isFirst ? /^first-exits-(\d+)$/.exec(does)?.[1] : undefined) ?? -1)
  const running = code < 0
  const ready = running && does !== 'unready'
  const ip = `10.244.1.${++addresses.next}`
  return {
    phase: running ? 'Running' : code === 0 ? 'Succeeded' : 'Failed',
    startTime: at,
    hostIP: '10.0.0.1',
    podIP: ip,
    podIPs: [{ ip }],
    conditions: ['Initialized', 'Ready', 'ContainersReady'].map((type) => ({
      type,
      status: ready || type === 'Initialized' ? 'True' : 'False',
      lastTransitionTime: at,
    })),
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready,
      restartCount: 0,
      state: running
        ? { running: { startedAt: at } }
        : { terminated: { exitCode: code, reason: code === 0 ? 'Completed' : 'Error', startedAt: at, finishedAt: at } },
    })),
  }
}

/** What another writer was quicker with is looked at again in the next round. */
export function passing(error: unknown): void {
  if (!isNotFound(error) && !(error instanceof StatusError && error.code === 409)) throw error
}
