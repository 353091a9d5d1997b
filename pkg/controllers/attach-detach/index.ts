/**
 * Attach/detach: volumes of CSI drivers are attached to the nodes whose pods use them, and detached once nothing there does.
 * In: pods, claims, volumes, drivers, nodes, VolumeAttachments. Out: VolumeAttachments, nodes' volumesAttached. Upstream: pkg/controller/volume/attachdetach.
 */
import type { AttachedVolume, Node } from '#api/gen/core/v1.ts'
import type { VolumeAttachment } from '#api/gen/storage/v1.ts'
import { csiDrivers, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { claimsOfPod } from '../persistent-volume/index.ts'
import { attach, sayAttached } from './attach.ts'
import { AttachMetrics } from './metrics.ts'
import { attachmentName, uniqueName, wantedOn } from './wanted.ts'

/** A node that is not well and has not unmounted by then has lost its volume. */
const maxWaitForUnmountMs = 360_000
const recheckMs = 10_000
const outOfServiceTaint = 'node.kubernetes.io/out-of-service'

export function attachDetachController({ forceDetach = true }: Pick<ControllerSettings, 'forceDetach'> = {}): Controller {
  /** Since when an attachment is not wanted, by its name. */
  const unwantedSince = new Map<string, number>()
  const metrics = new AttachMetrics()

  return {
    name: 'persistentvolume-attach-detach-controller',
    account: 'attachdetach-controller',
    metrics: metrics.set,
    eventSource: 'attachdetach-controller',
    workers: 10,
    inputs: [
      input(pods, {
        indexes: { node: ({ spec }) => (spec.nodeName ? [spec.nodeName] : []), claim: claimsOfPod },
        keys: (pod) => (pod.spec.nodeName && claimsOfPod(pod).length > 0 ? [pod.spec.nodeName] : []),
      }),
      input(persistentVolumeClaims, { keys: (claim, _change, _previous, context) => nodesOfClaim(keyOf(claim), context) }),
      input(persistentVolumes, {
        keys: ({ spec }, _change, _previous, context) =>
          spec.csi && spec.claimRef ? nodesOfClaim(`${spec.claimRef.namespace}/${spec.claimRef.name}`, context) : [],
      }),
      input(csiDrivers, {
        keys: (_driver, change, _previous, { cache }) =>
          change === 'update'
            ? []
            : cache(nodes)
                .list()
                .map(({ metadata }) => metadata.name),
      }),
      input(nodes, { keys: (node, change, previous) => (change === 'update' && same(node, previous!) ? [] : [node.metadata.name]) }),
      input(volumeAttachments, {
        indexes: { node: ({ spec }) => [spec.nodeName], volume: ({ spec }) => (spec.source.persistentVolumeName ? [spec.source.persistentVolumeName] : []) },
        keys: (attachment, change, _previous, context) => {
          if (change === 'delete') unwantedSince.delete(attachment.metadata.name)
          const { nodeName, source } = attachment.spec
          // One that went may set another node's free.
          const waiting = change === 'delete' ? nodesOfVolume(source.persistentVolumeName ?? '', context) : []
          return [nodeName, ...waiting]
        },
      }),
    ],
    outputs: [output(volumeAttachments), output(nodes, 'status.volumesAttached')],
    async reconcile(nodeName, context): Promise<ReconcileResult | undefined> {
      metrics.context = context
      const { cache, clock } = context
      const node = cache(nodes).byKey(nodeName)
      const wanted = wantedOn(nodeName, context)
      const present = cache(volumeAttachments)
        .byIndex('node', nodeName)
        .filter((each) => isOurs(each, nodeName, context))
      let again = false
      const detaching = new Set<string>()
      for (const attachment of present) {
        const { name } = attachment.metadata
        if (wanted.has(attachment.spec.source.persistentVolumeName!)) {
          unwantedSince.delete(name)
          continue
        }
        const since = unwantedSince.get(name) ?? clock.now()
        unwantedSince.set(name, since)
        if (mayDetach(attachment, node, forceDetach ? clock.now() - since : 0, context, metrics)) detaching.add(name)
        else again = true
      }
      const attached = present.filter(({ metadata, status }) => status?.attached && !metadata.deletionTimestamp && !detaching.has(metadata.name))
      // Nothing may be detached that the node is still told it has.
      if (node) await tellNode(node, attached, context)
      for (const attachment of present) if (detaching.has(attachment.metadata.name)) await detach(attachment, context)
      for (const each of wanted.values()) {
        const existing = cache(volumeAttachments).byKey(attachmentName(each.volume, nodeName))
        if (!existing) again = !(await attach(each, nodeName, context)) || again
        else sayAttached(each, existing, context)
      }
      return again ? { requeueAfterMs: recheckMs } : undefined
    },
  }
}

function nodesOfClaim(key: string, { cache }: ControllerContext): string[] {
  return cache(pods)
    .byIndex('claim', key)
    .map(({ spec }) => spec.nodeName)
    .filter((each) => each !== undefined)
}

function nodesOfVolume(name: string, context: ControllerContext): string[] {
  const reference = context.cache(persistentVolumes).byKey(name)?.spec.claimRef
  return reference ? nodesOfClaim(`${reference.namespace}/${reference.name}`, context) : []
}

/** What decides about detaching. */
function same(a: Node, b: Node): boolean {
  const facts = ({ spec, status }: Node): string => JSON.stringify([status?.volumesInUse, status?.volumesAttached, isReady({ status } as Node), spec?.taints])
  return facts(a) === facts(b)
}

function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
}

/** Others may write VolumeAttachments too: ours have names that follow from what they attach. A volume that is gone was ours. */
function isOurs({ metadata, spec }: VolumeAttachment, nodeName: string, { cache }: ControllerContext): boolean {
  const { persistentVolumeName } = spec.source
  if (!persistentVolumeName) return false
  const volume = cache(persistentVolumes).byKey(persistentVolumeName)
  return volume?.spec.csi ? attachmentName(volume, nodeName) === metadata.name : /^csi-[0-9a-f]{64}$/.test(metadata.name)
}

/** Not while the node has it mounted: unless the node is out of service, or has not been well for long enough. */
function mayDetach(
  attachment: VolumeAttachment,
  node: Node | undefined,
  unwantedMs: number,
  { cache, log }: ControllerContext,
  metrics: AttachMetrics,
): boolean {
  if (attachment.metadata.deletionTimestamp) return true
  const volume = cache(persistentVolumes).byKey(attachment.spec.source.persistentVolumeName!)
  // Of a node that is gone nobody can say what it has mounted.
  const mounted = !node || (volume?.spec.csi !== undefined && (node.status?.volumesInUse ?? []).includes(uniqueName(volume)))
  if (!mounted) return true
  const outOfService = node?.spec?.taints?.some(({ key }) => key === outOfServiceTaint) ?? false
  const givenUp = unwantedMs >= maxWaitForUnmountMs && !(node && isReady(node))
  if (outOfService || givenUp) {
    metrics.forced()
    log.warn('a volume is detached that may be mounted', { attachment: attachment.metadata.name, node: attachment.spec.nodeName, outOfService })
  }
  return outOfService || givenUp
}

async function detach({ metadata }: VolumeAttachment, { client }: ControllerContext): Promise<void> {
  if (metadata.deletionTimestamp) return
  try {
    await client.delete(volumeAttachments, { name: metadata.name }, { preconditions: { uid: metadata.uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** The kubelet mounts what its node's status says is attached. */
async function tellNode(node: Node, attached: readonly VolumeAttachment[], { cache, client }: ControllerContext): Promise<void> {
  const wanted: AttachedVolume[] = attached
    .map(({ spec }) => cache(persistentVolumes).byKey(spec.source.persistentVolumeName!))
    .filter((volume) => volume?.spec.csi !== undefined)
    .map((volume) => ({ name: uniqueName(volume!), devicePath: '' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const others = (node.status?.volumesAttached ?? []).filter(({ name }) => !name.startsWith('kubernetes.io/csi/'))
  const next = [...others, ...wanted]
  const names = (list: readonly AttachedVolume[]): string => JSON.stringify(list.map(({ name }) => name))
  if (names(next) === names(node.status?.volumesAttached ?? [])) return
  const { name, resourceVersion } = node.metadata
  await client.patch(nodes, { name }, { metadata: { resourceVersion }, status: { volumesAttached: next } }, { type: 'merge', subresource: 'status' })
}
