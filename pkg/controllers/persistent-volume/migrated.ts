/** Volumes whose plugins were once in Kubernetes itself: CSI drivers have their work since, under other names (csi-translation-lib). */
import type { PersistentVolume } from '#api/gen/core/v1.ts'

/** The driver of an in-tree plugin's name. */
const drivers: Readonly<Record<string, string>> = {
  'kubernetes.io/aws-ebs': 'ebs.csi.aws.com',
  'kubernetes.io/azure-disk': 'disk.csi.azure.com',
  'kubernetes.io/azure-file': 'file.csi.azure.com',
  'kubernetes.io/cinder': 'cinder.csi.openstack.org',
  'kubernetes.io/gce-pd': 'pd.csi.storage.gke.io',
  'kubernetes.io/portworx-volume': 'pxd.portworx.com',
  'kubernetes.io/vsphere-volume': 'csi.vsphere.vmware.com',
}

const sources = {
  awsElasticBlockStore: 'kubernetes.io/aws-ebs',
  azureDisk: 'kubernetes.io/azure-disk',
  azureFile: 'kubernetes.io/azure-file',
  cinder: 'kubernetes.io/cinder',
  gcePersistentDisk: 'kubernetes.io/gce-pd',
  portworxVolume: 'kubernetes.io/portworx-volume',
  vsphereVolume: 'kubernetes.io/vsphere-volume',
} as const satisfies Partial<Record<keyof PersistentVolume['spec'], string>>

/** The driver that does a plugin's work; undefined: there is no such plugin. */
export const driverOfPlugin = (name: string): string | undefined => (Object.hasOwn(drivers, name) ? drivers[name] : undefined)

/** The plugin that a volume was of. */
export function pluginOfVolume({ spec }: PersistentVolume): string | undefined {
  const found = (Object.keys(sources) as (keyof typeof sources)[]).find((source) => spec[source])
  return found && sources[found]
}
