/**
 * Persistent volume binder: joins claims and volumes, asks provisioners for volumes, and settles what becomes of released ones.
 * In: claims, volumes, storage classes, pods. Out: claims, volumes, their status. Upstream: pkg/controller/volume/persistentvolume.
 */
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { claimClass, volumeClass } from './annotations.ts'
import { syncClaim } from './claim.ts'
import { VolumeMetrics } from './metrics.ts'
import { syncVolume } from './volume.ts'

const claimPrefix = 'claim:'
const volumePrefix = 'volume:'
const claimKey = (key: string): string => `${claimPrefix}${key}`
const volumeKey = (name: string): string => `${volumePrefix}${name}`

export function persistentVolumeController({ volumes = {} }: Pick<ControllerSettings, 'volumes'> = {}): Controller {
  /** The volume, the claim it is for, and those who may have waited for one like it. */
  function keysOfVolume(volume: PersistentVolume, _change: unknown, _previous: unknown, { cache }: ControllerContext): string[] {
    const { name } = volume.metadata
    const reference = volume.spec.claimRef
    const keys = new Set([volumeKey(name)])
    if (reference) keys.add(claimKey(`${reference.namespace}/${reference.name}`))
    for (const claim of cache(persistentVolumeClaims).byIndex('volume', name)) keys.add(claimKey(keyOf(claim)))
    if (!reference) for (const claim of openClaims(volumeClass(volume), cache)) keys.add(claimKey(keyOf(claim)))
    return [...keys]
  }

  function keysOfClaim(claim: PersistentVolumeClaim): string[] {
    const { volumeName } = claim.spec
    return [claimKey(keyOf(claim)), ...(volumeName ? [volumeKey(volumeName)] : [])]
  }

  const metrics = new VolumeMetrics()
  return {
    name: 'persistentvolume-binder-controller',
    account: 'persistent-volume-binder',
    metrics: metrics.set,
    eventSource: 'persistentvolume-controller',
    // One at a time, so that what a claim takes is taken when the next one looks.
    workers: 1,
    inputs: [
      input(persistentVolumeClaims, {
        keys: keysOfClaim,
        indexes: {
          volume: ({ spec }) => (spec.volumeName ? [spec.volumeName] : []),
          open: (claim) => (claim.spec.volumeName ? [] : [`class/${claimClass(claim)}`]),
        },
      }),
      input(persistentVolumes, {
        keys: keysOfVolume,
        indexes: { claimRef: ({ spec }) => (spec.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : []) },
      }),
      input(storageClasses, {
        keys: ({ metadata }, change, _previous, { cache }) =>
          change === 'delete' ? [] : [...openClaims(metadata.name, cache), ...openClaims('', cache)].map((claim) => claimKey(keyOf(claim))),
      }),
      input(pods, { indexes: { claim: claimsOfPod } }),
    ],
    outputs: [
      output(persistentVolumeClaims, 'object', { shared: true }),
      output(persistentVolumeClaims, 'status', { shared: true }),
      output(persistentVolumes, 'object', { shared: true }),
      output(persistentVolumes, 'status'),
    ],
    start: ({ cache }) => metrics.read(cache),
    async reconcile(key, context) {
      const { cache, enqueue } = context
      if (key.startsWith(volumePrefix)) {
        const volume = cache(persistentVolumes).byKey(key.slice(volumePrefix.length))
        if (volume) await syncVolume(volume, (of) => enqueue(claimKey(of)), context)
        return undefined
      }
      const of = key.slice(claimPrefix.length)
      const claim = cache(persistentVolumeClaims).byKey(of)
      if (claim) return syncClaim(claim, volumes, context)
      // Without a uid the volume only waits for such a claim.
      for (const { metadata, spec } of cache(persistentVolumes).byIndex('claimRef', of)) if (spec.claimRef?.uid) enqueue(volumeKey(metadata.name))
      return undefined
    },
  }
}

function openClaims(className: string, cache: ControllerContext['cache']): readonly PersistentVolumeClaim[] {
  return cache(persistentVolumeClaims).byIndex('open', `class/${className}`)
}

/** The keys of the claims that a pod's volumes name, its ephemeral ones too. */
export function claimsOfPod({ metadata, spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [`${metadata.namespace}/${persistentVolumeClaim.claimName}`]
    return ephemeral ? [`${metadata.namespace}/${metadata.name}-${name}`] : []
  })
}
