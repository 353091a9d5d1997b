/** One claim brought nearer to a volume. */
import type { PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { ControllerContext, ReconcileResult } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import {
  bindCompleted,
  boundByController,
  claimClass,
  hasNoClass,
  isVolumeBoundTo,
  selectedNode,
  storageProvisioner,
  storageProvisionerBeta,
  waitsForConsumer,
} from './annotations.ts'
import { bind, setClaimLost, setClaimPending } from './binding.ts'
import { findMatch, mismatch } from './match.ts'
import { driverOfPlugin } from './migrated.ts'

/** How often a waiting claim says what it waits for. */
const defaultSyncMs = 15_000
const isDefault = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

export async function syncClaim(
  claim: PersistentVolumeClaim,
  { syncMs = defaultSyncMs, provisions = true }: NonNullable<ControllerSettings['volumes']>,
  context: ControllerContext,
): Promise<ReconcileResult | undefined> {
  if (claim.metadata.annotations?.[bindCompleted] !== undefined) {
    await syncBound(claim, context)
    return undefined
  }
  const waits = claim.spec.volumeName ? await syncNamed(claim, claim.spec.volumeName, context) : await syncOpen(claim, provisions, context)
  return waits ? { requeueAfterMs: syncMs } : undefined
}

/** Neither user nor controller has chosen a volume yet. Answers whether it waits for something. */
async function syncOpen(claim: PersistentVolumeClaim, provisions: boolean, context: ControllerContext): Promise<boolean> {
  const { cache, events } = context
  const className = claimClass(claim)
  const storageClass = className === '' ? undefined : cache(storageClasses).byKey(className)
  const delayed = waitsForConsumer(storageClass)
  const volume = findMatch(claim, cache(persistentVolumes).list(), delayed)
  if (volume) {
    await bind(volume, claim, context)
    return false
  }
  if (await giveDefaultClass(claim, context)) return false
  if (delayed && !claim.metadata.annotations?.[selectedNode]) sayWhoIsAwaited(claim, context)
  else if (className !== '') {
    // A claim that goes away again is not worth a volume.
    if (provisions && !claim.metadata.deletionTimestamp) await askProvisioner(claim, className, context)
    return true
  } else events.event(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
  await setClaimPending(claim, context)
  return true
}

/** A default class that came after the claim still becomes the claim's (KEP-3333). */
async function giveDefaultClass(claim: PersistentVolumeClaim, { cache, client }: ControllerContext): Promise<boolean> {
  if (!hasNoClass(claim)) return false
  const newest = cache(storageClasses)
    .list()
    .filter(({ metadata }) => isDefault.some((name) => metadata.annotations?.[name] === 'true'))
    .sort((a, b) => Date.parse(b.metadata.creationTimestamp!) - Date.parse(a.metadata.creationTimestamp!) || (a.metadata.name < b.metadata.name ? -1 : 1))[0]
  if (!newest) return false
  await client.update(persistentVolumeClaims, { ...claim, spec: { ...claim.spec, storageClassName: newest.metadata.name } })
  return true
}

function sayWhoIsAwaited(claim: PersistentVolumeClaim, { cache, events }: ControllerContext): void {
  const users = cache(pods)
    .byIndex('claim', keyOf(claim))
    .filter(({ status }) => status?.phase !== 'Failed' && status?.phase !== 'Succeeded')
    .map(({ metadata }) => metadata.name)
  if (users.length === 0) events.event(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
  else events.event(claim, 'Normal', 'WaitForPodScheduled', `waiting for ${users.length > 1 ? 'pods' : 'pod'} ${users.join(',')} to be scheduled`)
}

async function askProvisioner(claim: PersistentVolumeClaim, className: string, context: ControllerContext): Promise<void> {
  const { cache, client, events } = context
  const storageClass = cache(storageClasses).byKey(className)
  const fail = async (message: string) => {
    events.event(claim, 'Warning', 'ProvisioningFailed', message)
    await setClaimPending(claim, context)
  }
  if (!storageClass) return fail(`storageclass.storage.k8s.io "${className}" not found`)
  const provisioner = driverOfPlugin(storageClass.provisioner) ?? storageClass.provisioner
  // The other names of upstream's own are of plugins in the tree, and none is left there.
  if (provisioner.startsWith('kubernetes.io/')) return fail(`no volume plugin matched name: ${provisioner}`)
  const { annotations = {} } = claim.metadata
  let asked = claim
  if (annotations[storageProvisioner] !== provisioner || annotations[storageProvisionerBeta] !== provisioner) {
    const next = { ...annotations, [storageProvisioner]: provisioner, [storageProvisionerBeta]: provisioner }
    asked = await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations: next } })
  }
  events.event(
    asked,
    'Normal',
    'ExternalProvisioning',
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
  )
  await setClaimPending(asked, context)
}

/** A volume is chosen, and the binding is not finished. */
async function syncNamed(claim: PersistentVolumeClaim, name: string, context: ControllerContext): Promise<boolean> {
  const { cache, events } = context
  const volume = cache(persistentVolumes).byKey(name)
  const waiting = async () => {
    await setClaimPending(claim, context)
    return true
  }
  if (!volume) return waiting()
  if (!volume.spec.claimRef || isVolumeBoundTo(volume, claim)) {
    const why = volume.spec.claimRef ? undefined : mismatch(volume, claim)
    if (why === undefined) {
      await bind(volume, claim, context)
      return false
    }
    events.event(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${name}": ${why}`)
    return waiting()
  }
  if (claim.metadata.annotations?.[boundByController] !== undefined) {
    const { namespace, name: other } = volume.spec.claimRef
    throw new Error(`invalid binding of claim "${keyOf(claim)}" to volume "${name}": volume already claimed by "${namespace}/${other}"`)
  }
  events.event(claim, 'Warning', 'FailedBinding', `volume "${name}" already bound to a different claim.`)
  return waiting()
}

/** Was bound before: is its volume still there and still its own? */
async function syncBound(claim: PersistentVolumeClaim, context: ControllerContext): Promise<void> {
  const { volumeName } = claim.spec
  if (!volumeName) return lost(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!', context)
  const volume = context.cache(persistentVolumes).byKey(volumeName)
  if (!volume) return lost(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!', context)
  const reference = volume.spec.claimRef
  if (reference && reference.uid !== claim.metadata.uid)
    return lost(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly', context)
  await bind(volume, claim, context)
}

async function lost(claim: PersistentVolumeClaim, reason: string, message: string, context: ControllerContext): Promise<void> {
  await setClaimLost(claim, reason, message, context)
}
