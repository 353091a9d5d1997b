/** DefaultStorageClass, StorageObjectInUseProtection and PersistentVolumeClaimResize. */
import type { PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { storageClasses } from '#api/gen/resources.ts'
import { compareQuantities } from '#apimachinery/quantity.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionPlugin } from '../types.ts'
import { newestDefault } from './newest-default.ts'
import { refuse } from './refuse.ts'
import { type AdmissionContext, isFor } from './types.ts'

const isDefault = 'storageclass.kubernetes.io/is-default-class'
const isDefaultBeta = 'storageclass.beta.kubernetes.io/is-default-class'
const classBeta = 'volume.beta.kubernetes.io/storage-class'

export function defaultStorageClass(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, storageClasses)
  return {
    name: 'DefaultStorageClass',
    handles: (attributes) => isFor(attributes, '', 'persistentvolumeclaims', ['CREATE']),
    async admit({ object }) {
      const claim = object as PersistentVolumeClaim
      // An empty name is a choice: no class.
      if (!claim.spec || claim.spec.storageClassName !== undefined || claim.metadata.annotations?.[classBeta] !== undefined) return
      const found = newestDefault(await reader.list(), [isDefault, isDefaultBeta])
      if (found) claim.spec.storageClassName = found.metadata.name!
    },
  }
}

export function storageObjectInUseProtection(): AdmissionPlugin {
  const finalizers: Record<string, string> = {
    '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
    '/persistentvolumes': 'kubernetes.io/pv-protection',
    'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
  }
  return {
    name: 'StorageObjectInUseProtection',
    handles: ({ operation, group, resource, subresource }) => operation === 'CREATE' && subresource === '' && `${group}/${resource}` in finalizers,
    admit({ object, group, resource }) {
      const finalizer = finalizers[`${group}/${resource}`]!
      const { metadata } = object!
      if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer]
    },
  }
}

export function persistentVolumeClaimResize(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, storageClasses)
  return {
    name: 'PersistentVolumeClaimResize',
    handles: (attributes) => isFor(attributes, '', 'persistentvolumeclaims', ['UPDATE']),
    async validate(attributes) {
      const [claim, old] = [attributes.object as PersistentVolumeClaim, attributes.oldObject as PersistentVolumeClaim]
      const [next, before] = [claim.spec?.resources?.requests?.storage, old.spec?.resources?.requests?.storage]
      if (next === undefined || before === undefined || compareQuantities(next, before) <= 0) return
      if (old.status?.phase !== 'Bound') throw refuse(attributes, 'Only bound persistent volume claims can be expanded')
      const className = old.metadata.annotations?.[classBeta] ?? old.spec?.storageClassName ?? ''
      const found = className === '' ? undefined : await reader.get(undefined, className)
      if (!found?.allowVolumeExpansion)
        throw refuse(attributes, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize')
    },
  }
}
