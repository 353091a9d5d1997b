/** One volume brought to a node, and what the pods there are told of it. */
import type { VolumeAttachment } from '#api/gen/storage/v1.ts'
import { nodes, pods, volumeAttachments } from '#api/gen/resources.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { claimsOfPod } from '../persistent-volume/index.ts'
import { attachmentName, isExclusive, type WantedVolume } from './wanted.ts'

/** False: it has to wait for another node to let go of it. */
export async function attach({ volume, pods: users }: WantedVolume, nodeName: string, context: ControllerContext): Promise<boolean> {
  const { cache, client, events } = context
  if (!cache(nodes).byKey(nodeName)) return true
  const elsewhere = isExclusive(volume)
    ? cache(volumeAttachments)
        .byIndex('volume', volume.metadata.name)
        .filter(({ spec }) => spec.nodeName !== nodeName)
    : []
  if (elsewhere.length > 0) {
    const message = `Multi-Attach error for volume "${volume.metadata.name}" ${whoHasIt(elsewhere, volume, users, context)}`
    for (const pod of users) events.event(pod, 'Warning', 'FailedAttachVolume', message)
    return false
  }
  try {
    await client.create(volumeAttachments, {
      metadata: { name: attachmentName(volume, nodeName) },
      spec: { attacher: volume.spec.csi!.driver, nodeName, source: { persistentVolumeName: volume.metadata.name } },
    })
  } catch (error) {
    // The cache is late; or it is on its way out, and its deletion wakes us.
    if (!isAlreadyExists(error)) throw error
  }
  return true
}

function whoHasIt(elsewhere: readonly VolumeAttachment[], { spec }: WantedVolume['volume'], users: WantedVolume['pods'], { cache }: ControllerContext): string {
  const there = new Set(elsewhere.map(({ spec: { nodeName } }) => nodeName))
  const claim = `${spec.claimRef?.namespace}/${spec.claimRef?.name}`
  const others = cache(pods)
    .byIndex('claim', claim)
    .filter((pod) => there.has(pod.spec.nodeName ?? '') && claimsOfPod(pod).includes(claim))
  if (others.length === 0) return "Volume is already exclusively attached to one node and can't be attached to another"
  const mine = new Set(users.map(({ metadata }) => metadata.namespace))
  const named = others.filter(({ metadata }) => mine.has(metadata.namespace)).map(({ metadata }) => metadata.name)
  const hidden = others.length - named.length
  if (named.length === 0) return `Volume is already used by ${hidden} pod(s) in different namespaces`
  return `Volume is already used by pod(s) ${named.join(', ')}${hidden > 0 ? ` and ${hidden} pod(s) in different namespaces` : ''}`
}

const said = new WeakSet<VolumeAttachment>()

/** The driver's answer, to each pod that waits for it. */
export function sayAttached({ volume, pods: users }: WantedVolume, attachment: VolumeAttachment, { events }: ControllerContext): void {
  if (said.has(attachment)) return
  said.add(attachment)
  const { attached, attachError } = attachment.status ?? {}
  const { name } = volume.metadata
  const waiting = users.filter(({ status }) => status?.phase === undefined || status.phase === 'Pending')
  for (const pod of waiting) {
    if (attached) events.event(pod, 'Normal', 'SuccessfulAttachVolume', `AttachVolume.Attach succeeded for volume "${name}" `)
    else if (attachError?.message)
      events.event(pod, 'Warning', 'FailedAttachVolume', `AttachVolume.Attach failed for volume "${name}" : ${attachError.message}`)
  }
}
