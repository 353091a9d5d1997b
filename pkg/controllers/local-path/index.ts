/**
 * Local path: volumes that are directories of the node where they are first used, behind the default StorageClass "standard".
 * In: claims, volumes, classes, nodes, pods. Out: volumes, the selected-node mark of claims, the class. Upstream: none; what
 * rancher.io/local-path is to k3s and kind, speaking the protocol of external provisioners.
 */
import type { Node, PersistentVolume, PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { nodes, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { claimClass, selectedNode, storageProvisioner, waitsForConsumer } from '../persistent-volume/annotations.ts'
import { claimsOfPod } from '../persistent-volume/index.ts'
import type { ControllerSettings } from '../types.ts'
import { kubeletDirectories, type LocalDirectories } from './directories.ts'
import { directoryFinalizer, nodeOf, provisionerName, unsupported, volumeNameFor, volumeObject } from './volume.ts'

const volumePrefix = 'volume:'
/** No claim has such a key. It is tried again on its own: the cluster works without the class. */
const defaultClassKey = '/default-class'
const hostname = 'kubernetes.io/hostname'

export function localPathController({ localDirectories }: ControllerSettings): Controller {
  let directories: LocalDirectories
  return {
    name: 'local-path-provisioner',
    account: 'local-path-provisioner',
    eventSource: provisionerName,
    inputs: [
      input(persistentVolumeClaims, { keys: (claim, change) => (change === 'delete' || claim.spec.volumeName ? [] : [keyOf(claim)]) }),
      input(persistentVolumes, { keys: (volume, change) => (change !== 'delete' && mayGo(volume) ? [`${volumePrefix}${volume.metadata.name}`] : []) }),
      input(storageClasses, {
        keys: ({ metadata, provisioner }, change, _previous, { cache }) =>
          change === 'delete' || provisioner !== provisionerName
            ? []
            : cache(persistentVolumeClaims)
                .list()
                .filter((claim) => !claim.spec.volumeName && claimClass(claim) === metadata.name)
                .map(keyOf),
      }),
      input(nodes),
      // A pod that was put on a node without asking about its volumes still shows where they are needed.
      input(pods, {
        keys: (pod, change, previous) => (change !== 'delete' && pod.spec.nodeName && !previous?.spec.nodeName ? claimsOfPod(pod) : []),
        indexes: { localClaim: claimsOfPod },
      }),
    ],
    outputs: [output(persistentVolumeClaims, 'object', { shared: true }), output(persistentVolumes, 'object', { shared: true }), output(storageClasses)],
    start(context) {
      directories = localDirectories ?? kubeletDirectories(context.client)
      context.enqueue(defaultClassKey)
    },
    async reconcile(key, context) {
      const { cache } = context
      if (key === defaultClassKey) return ensureDefaultClass(context)
      if (key.startsWith(volumePrefix)) {
        const volume = cache(persistentVolumes).byKey(key.slice(volumePrefix.length))
        if (volume && mayGo(volume)) await remove(volume, directories, context)
        return
      }
      const claim = cache(persistentVolumeClaims).byKey(key)
      if (claim) await provide(claim, directories, context)
    },
  }
}

async function ensureDefaultClass({ client, cache }: ControllerContext): Promise<void> {
  if (cache(storageClasses).byKey('standard')) return
  try {
    await client.create(storageClasses, {
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: provisionerName,
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

function isOurs({ metadata, spec }: PersistentVolumeClaim): boolean {
  return !spec.volumeName && !metadata.deletionTimestamp && metadata.annotations?.[storageProvisioner] === provisionerName
}

async function provide(claim: PersistentVolumeClaim, directories: LocalDirectories, context: ControllerContext): Promise<void> {
  const { cache, client, events } = context
  if (claim.spec.volumeName || claim.metadata.deletionTimestamp) return
  const className = claimClass(claim)
  const storageClass = cache(storageClasses).byKey(className)
  if (storageClass?.provisioner !== provisionerName) return
  const chosen = claim.metadata.annotations?.[selectedNode]
  if (waitsForConsumer(storageClass) && chosen === undefined) return noteConsumerNode(claim, context)
  if (!isOurs(claim) || cache(persistentVolumes).byKey(volumeNameFor(claim))) return
  events.event(claim, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim "${keyOf(claim)}"`)
  const fail = (why: string): void =>
    events.event(claim, 'Warning', 'ProvisioningFailed', `failed to provision volume with StorageClass "${className}": ${why}`)
  const why = unsupported(claim)
  if (why) return fail(why)
  const node = chosen === undefined ? anyNode(claim, context) : cache(nodes).byKey(chosen)
  if (!node) {
    fail(chosen === undefined ? 'no node is ready' : `node "${chosen}" not found`)
    if (chosen !== undefined) return reschedule(claim, context)
    throw new Error(`no node is ready for claim ${keyOf(claim)}`)
  }
  const { name } = node.metadata
  let path: string
  try {
    path = await directories.create(name, volumeNameFor(claim))
  } catch (error) {
    fail((error as Error).message)
    throw error
  }
  try {
    await client.create(persistentVolumes, volumeObject(claim, storageClass, name, node.metadata.labels?.[hostname] ?? name, path))
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
  events.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volumeNameFor(claim)}`)
}

async function noteConsumerNode(claim: PersistentVolumeClaim, { cache, client }: ControllerContext): Promise<void> {
  const consumer = cache(pods)
    .byIndex('localClaim', keyOf(claim))
    .find(({ spec, metadata }) => spec.nodeName && !metadata.deletionTimestamp)
  if (!consumer) return
  const annotations = { ...claim.metadata.annotations, [selectedNode]: consumer.spec.nodeName! }
  await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations } })
}

/** The scheduler is to choose again. */
async function reschedule(claim: PersistentVolumeClaim, { client }: ControllerContext): Promise<void> {
  const { [selectedNode]: _gone, ...annotations } = claim.metadata.annotations ?? {}
  await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations } })
}

/** For classes that bind at once: claims are spread by their uid. */
function anyNode({ metadata }: PersistentVolumeClaim, { cache }: ControllerContext): Node | undefined {
  const ready = cache(nodes)
    .list()
    .filter(({ spec, status }) => !spec?.unschedulable && status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const sum = [...metadata.uid].reduce((all, each) => (all * 31 + each.charCodeAt(0)) % 65_521, 7)
  return ready[sum % ready.length]
}

/** Released and not to be kept; or deleted by a user while nobody is bound to it. */
function mayGo({ metadata, spec, status }: PersistentVolume): boolean {
  if (metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== provisionerName) return false
  if (status?.phase === 'Bound') return false
  if (metadata.deletionTimestamp) return metadata.finalizers?.includes(directoryFinalizer) === true
  return status?.phase === 'Released' && spec.persistentVolumeReclaimPolicy === 'Delete'
}

async function remove(volume: PersistentVolume, directories: LocalDirectories, { cache, client, events }: ControllerContext): Promise<void> {
  const { metadata, spec } = volume
  const nodeName = nodeOf(volume)
  // What is on a node that is gone went with it; a volume that is to be kept keeps its directory.
  if (nodeName && cache(nodes).byKey(nodeName) && spec.persistentVolumeReclaimPolicy === 'Delete') {
    try {
      await directories.remove(nodeName, metadata.name)
    } catch (error) {
      events.event(volume, 'Warning', 'VolumeFailedDelete', (error as Error).message)
      throw error
    }
  }
  try {
    if (metadata.finalizers?.includes(directoryFinalizer))
      await client.update(persistentVolumes, {
        ...volume,
        metadata: { ...metadata, finalizers: metadata.finalizers.filter((each) => each !== directoryFinalizer) },
      })
    if (!metadata.deletionTimestamp) await client.delete(persistentVolumes, { name: metadata.name }, { preconditions: { uid: metadata.uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
