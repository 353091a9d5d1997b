/**
 * VolumeAttributesClass protection: a deleted class stays while a claim or a volume names it.
 * In: classes, claims, volumes. Out: the finalizer of classes. Upstream: pkg/controller/volume/vacprotection.
 */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes, volumeAttributesClasses } from '#api/gen/resources.ts'
import { type Controller, input, output } from '#runtime/types.ts'

const finalizer = 'kubernetes.io/vac-protection'

export function vacProtectionController(): Controller {
  return {
    name: 'volumeattributesclass-protection-controller',
    account: 'volumeattributesclass-protection-controller',
    inputs: [
      input(volumeAttributesClasses, { keys: ({ metadata }, change) => (change === 'delete' ? [] : [metadata.name]) }),
      // Who names a class no longer may set it free.
      input(persistentVolumeClaims, { indexes: { class: classesOfClaim }, keys: (claim, change, previous) => freed(classesOfClaim, claim, change, previous) }),
      input(persistentVolumes, { indexes: { class: classesOfVolume }, keys: (volume, change, previous) => freed(classesOfVolume, volume, change, previous) }),
    ],
    outputs: [output(volumeAttributesClasses, 'finalizers')],
    async reconcile(name, { cache, client }) {
      const found = cache(volumeAttributesClasses).byKey(name)
      if (!found) return
      const { metadata } = found
      const { finalizers = [], deletionTimestamp } = metadata
      const has = finalizers.includes(finalizer)
      if (!deletionTimestamp) {
        if (!has) await client.update(volumeAttributesClasses, { ...found, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } })
        return
      }
      const used = cache(persistentVolumeClaims).byIndex('class', name).length > 0 || cache(persistentVolumes).byIndex('class', name).length > 0
      if (!has || used) return
      // The caches may be late: ask.
      const claims = await client.list(persistentVolumeClaims)
      const volumes = await client.list(persistentVolumes)
      if (claims.items.some((each) => classesOfClaim(each).includes(name)) || volumes.items.some((each) => classesOfVolume(each).includes(name))) return
      await client.update(volumeAttributesClasses, { ...found, metadata: { ...metadata, finalizers: finalizers.filter((each) => each !== finalizer) } })
    },
  }
}

function freed<T>(classesOf: (object: T) => string[], object: T, change: string, previous: T | undefined): string[] {
  if (change === 'delete') return classesOf(object)
  const now = classesOf(object)
  return previous ? classesOf(previous).filter((each) => !now.includes(each)) : []
}

function classesOfClaim({ spec, status }: PersistentVolumeClaim): string[] {
  const names = [spec.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName]
  return [...new Set(names.filter((each) => each !== undefined && each !== ''))] as string[]
}

function classesOfVolume({ spec }: PersistentVolume): string[] {
  return spec.volumeAttributesClassName ? [spec.volumeAttributesClassName] : []
}
