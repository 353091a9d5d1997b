/** The flags of upstream's that set nothing here: those that may say what is so in any case, and those that are refused, each with its reason. */
import { ofEveryComponent } from '#base/component-flags.ts'
import type { LeftOut } from '#base/flags.ts'

const noLegacyCloud = "a cloud's controllers are the cloud controller manager's"

export const fixed: LeftOut['fixed'] = {
  ...ofEveryComponent.fixed,
  'allow-untagged-cloud': { value: 'false', why: noLegacyCloud },
  'attach-detach-reconcile-sync-period': { value: '1m0s', why: 'attachments are watched, and nothing is asked in between' },
  'cidr-allocator-type': { value: 'RangeAllocator', why: 'built-in cloud providers are disabled. The ipam of clouds is not available' },
  'concurrent-service-syncs': { value: '1', why: 'two Services must not find the same address free' },
  'configure-cloud-routes': { value: 'true', why: noLegacyCloud },
  'disable-attach-detach-reconcile-sync': { value: 'false', why: 'attachments are watched, and nothing is asked in between' },
  'enable-hostpath-provisioner': { value: 'false', why: 'the class "standard" makes directories of nodes into volumes' },
  'enable-leader-migration': { value: 'false', why: 'no controllers move between two managers here' },
  'route-reconciliation-period': { value: '10s', why: 'the local cloud has no routes' },
  'use-service-account-credentials': { value: 'true', why: 'each controller has its own account' },
}

const elsewhere = {
  clouds: noLegacyCloud,
  cluster: 'the cluster decides it when it is made (k8ts up --help)',
  recycler: 'volumes are not recycled, which upstream has deprecated too; let them be deleted',
} as const

export const refused: LeftOut['refused'] = {
  ...ofEveryComponent.refused,
  'cloud-config': elsewhere.clouds,
  'cloud-provider': elsewhere.clouds,
  'cluster-cidr': elsewhere.cluster,
  'cluster-name': elsewhere.cluster,
  'external-cloud-volume-plugin': elsewhere.clouds,
  'flex-volume-plugin-dir': 'there are no FlexVolume plugins here; CSI drivers attach volumes',
  'leader-migration-config': 'no controllers move between two managers here',
  'node-sync-period': 'upstream knows the flag and heeds it no longer',
  'pv-recycler-increment-timeout-nfs': elsewhere.recycler,
  'pv-recycler-minimum-timeout-hostpath': elsewhere.recycler,
  'pv-recycler-minimum-timeout-nfs': elsewhere.recycler,
  'pv-recycler-pod-template-filepath-hostpath': elsewhere.recycler,
  'pv-recycler-pod-template-filepath-nfs': elsewhere.recycler,
  'pv-recycler-timeout-increment-hostpath': elsewhere.recycler,
  'root-ca-file': 'pods are told the authority of the cluster',
  'service-account-private-key-file': "tokens are signed by the cluster's own key",
  'service-cluster-ip-range': elsewhere.cluster,
}
