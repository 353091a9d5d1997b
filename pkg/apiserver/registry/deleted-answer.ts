/** Kinds whose DELETE answers the object that is gone, upstream; others answer a Status. */
import type { ResourceDefinition } from '#api/types.ts'

const kinds: ReadonlySet<string> = new Set([
  '/pods',
  '/services',
  '/serviceaccounts',
  '/podtemplates',
  '/resourcequotas',
  '/persistentvolumes',
  '/persistentvolumeclaims',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/volumeattachments',
  'storage.k8s.io/volumeattributesclasses',
  'resource.k8s.io/deviceclasses',
  'resource.k8s.io/devicetaintrules',
  'resource.k8s.io/resourceclaims',
  'resource.k8s.io/resourceclaimtemplates',
  'resource.k8s.io/resourceslices',
])

export function answersDeletedObject({ group, plural }: Pick<ResourceDefinition, 'group' | 'plural'>): boolean {
  return kinds.has(`${group}/${plural}`)
}
