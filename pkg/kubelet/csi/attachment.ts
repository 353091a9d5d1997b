/** Waits until a volume is attached to this node, as the attach/detach controller tells in the node's status, and reads what the attacher left for the mount. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { volumeAttachments } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Client } from '#client/types.ts'
import type { CsiSource } from './volume-source.ts'
import { attachmentId, uniqueName } from './volume-data.ts'

export interface AttachmentOptions {
  readonly client: Client
  readonly clock: Clock
  readonly nodeName: string
  readonly node: () => Node | undefined
}

const pollMs = 100
/** In one go; then the pod's worker comes again. */
const waitMs = 10_000

export async function attachedContext({ client, clock, nodeName, node }: AttachmentOptions, source: CsiSource, pod: Pod): Promise<Record<string, string>> {
  const unique = uniqueName({ driverName: source.driver, volumeHandle: source.handle })
  const isAttached = () => node()?.status?.volumesAttached?.some(({ name }) => name === unique) === true
  for (const until = clock.now() + waitMs; !isAttached() && clock.now() < until; ) await sleep(clock, pollMs)
  if (!isAttached()) {
    throw new Error(
      `Volume not attached according to node status for volume "${source.specName}" (UniqueName: "${unique}") pod "${pod.metadata.name}" (UID: "${pod.metadata.uid}")`,
    )
  }
  const name = attachmentId(source.handle, source.driver, nodeName)
  try {
    return (await client.get(volumeAttachments, { name })).status?.attachmentMetadata ?? {}
  } catch (error) {
    if (isNotFound(error)) throw new Error(`volumeattachments.storage.k8s.io "${name}" not found`)
    throw error
  }
}
