/**
 * The kubelets of the scenarios: every pod is bound to a node, and does what its label `does` says: `run` (the default) until it is deleted,
 * `wait` for ever, `exit-CODE`, `first-exits-CODE` (the pod of index 0; the others run). Asked again and again, so that both control planes have the same.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { leases, nodes, pods } from '#api/gen/resources.ts'
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import { rfc3339, rfc3339Micro } from './times.ts'

export const nodeNames = ['node-a', 'node-b'] as const

const conditionsOf = (name: string, status: string, reason: string, at: string) => ({
  type: name,
  status,
  reason,
  message: reason,
  lastHeartbeatTime: at,
  lastTransitionTime: at,
})

export async function addNodes(client: Client): Promise<void> {
  const at = rfc3339()
  for (const name of nodeNames) {
    await client.create(nodes, { metadata: { name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${name}` } } } as any)
    const conditions = [
      conditionsOf('MemoryPressure', 'False', 'KubeletHasSufficientMemory', at),
      conditionsOf('DiskPressure', 'False', 'KubeletHasNoDiskPressure', at),
      conditionsOf('PIDPressure', 'False', 'KubeletHasSufficientPID', at),
      conditionsOf('Ready', 'True', 'KubeletReady', at),
    ]
    const size = { cpu: '4', memory: '8Gi', pods: '110' }
    await client.patch(nodes, { name }, { status: { capacity: size, allocatable: size, conditions } }, { type: 'merge', subresource: 'status' })
    await client.create(leases, {
      metadata: { namespace: 'kube-node-lease', name },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro() },
    } as any)
  }
}

export async function renewLeases(client: Client): Promise<void> {
  for (const name of nodeNames)
    await client.patch(leases, { namespace: 'kube-node-lease', name }, { spec: { renewTime: rfc3339Micro() } }, { type: 'merge' }).catch(passing)
}

/** One round over the pods of a namespace. */
export async function tendPods(client: Client, namespace: string, addresses: Addresses): Promise<void> {
  for (const pod of (await client.list(pods, { namespace })).items) await tend(client, pod, addresses).catch(passing)
}

export interface Addresses {
  next: number
}

async function tend(client: Client, pod: Pod, addresses: Addresses): Promise<void> {
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
  await client.patch(pods, key, { status: statusOf(pod, does, addresses) }, { type: 'strategic', subresource: 'status', fieldManager: 'kubelet' })
}

function statusOf(pod: Pod, does: string, addresses: Addresses): object {
  const at = rfc3339()
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
function passing(error: unknown): void {
  if (!isNotFound(error) && !(error instanceof StatusError && error.code === 409)) throw error
}
