/** The node's heartbeat: a Lease of nodeLeaseDurationSeconds in kube-node-lease, renewed after a quarter of it. */
import type { Lease } from '#api/gen/coordination/v1.ts'
import { leases } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339Micro, sleep } from '#base/clock.ts'
import type { KubeletContext } from '../context.ts'

const namespace = 'kube-node-lease'
const maxRetries = 5

export async function keepLease(
  { client, clock, log, nodeName, configuration }: KubeletContext,
  nodeUid: () => string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const durationSeconds = configuration.nodeLeaseDurationSeconds
  let held: Lease | undefined
  const renew = async (): Promise<void> => {
    const renewTime = rfc3339Micro(clock.now())
    if (!held) {
      held = await client.get(leases, { namespace, name: nodeName }).catch((error) => {
        if (isNotFound(error)) return undefined
        throw error
      })
    }
    const uid = nodeUid()
    const owner = uid ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }] } : {}
    if (!held) {
      held = await client.create(leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: nodeName, namespace, ...owner },
        spec: { holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime },
      })
      return
    }
    held = await client.update(leases, {
      ...held,
      metadata: { ...held.metadata, ...owner },
      spec: { ...held.spec, holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime },
    })
  }
  while (!signal.aborted) {
    for (let attempt = 1; ; attempt++) {
      try {
        await renew()
        break
      } catch (error) {
        held = undefined
        if (signal.aborted || attempt === maxRetries) {
          if (!signal.aborted) log.warn('cannot renew the lease of the node', { error })
          break
        }
        await sleep(clock, 200, signal)
      }
    }
    await sleep(clock, durationSeconds * 250, signal)
  }
}
