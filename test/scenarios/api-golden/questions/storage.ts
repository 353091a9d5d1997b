import { createEach, updateEach } from '../mutations.ts'
import type { Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const group = '/apis/storage.k8s.io/v1'
const apiVersion = 'storage.k8s.io/v1'

const storageClass = (name: string) => ({
  apiVersion,
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'example.com/disk',
  parameters: { type: 'fast' },
  reclaimPolicy: 'Retain',
  mountOptions: ['noatime'],
  allowVolumeExpansion: true,
  volumeBindingMode: 'WaitForFirstConsumer',
  allowedTopologies: [{ matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: ['a', 'b'] }] }],
})
const attachment = (name: string) => ({
  apiVersion,
  kind: 'VolumeAttachment',
  metadata: { name },
  spec: { attacher: 'disk.example.com', nodeName: 'one', source: { persistentVolumeName: 'volume' } },
})
const attached = {
  ...attachment('kept'),
  status: {
    attached: true,
    attachmentMetadata: { a: 'b' },
    attachError: { time: '2026-01-02T03:04:05Z', message: 'no', errorCode: 3 },
    detachError: { message: 'no' },
  },
}
const driver = (name: string) => ({
  apiVersion,
  kind: 'CSIDriver',
  metadata: { name },
  spec: {
    attachRequired: true,
    podInfoOnMount: true,
    volumeLifecycleModes: ['Persistent', 'Ephemeral'],
    storageCapacity: true,
    fsGroupPolicy: 'File',
    tokenRequests: [{ audience: 'a', expirationSeconds: 3600 }, { audience: '' }],
    requiresRepublish: true,
    seLinuxMount: true,
    nodeAllocatableUpdatePeriodSeconds: 60,
    serviceAccountTokenInSecrets: false,
  },
})
const node = (name: string) => ({
  apiVersion,
  kind: 'CSINode',
  metadata: { name },
  spec: { drivers: [{ name: 'disk.example.com', nodeID: 'i-1', topologyKeys: ['example.com/zone'], allocatable: { count: 5 } }] },
})
const capacity = (name: string) => ({
  apiVersion,
  kind: 'CSIStorageCapacity',
  metadata: { name, namespace: 'golden' },
  storageClassName: 'fast',
  nodeTopology: { matchLabels: { 'example.com/zone': 'a' } },
  capacity: '10Gi',
  maximumVolumeSize: '1Gi',
})
const attributes = (name: string) => ({
  apiVersion,
  kind: 'VolumeAttributesClass',
  metadata: { name },
  driverName: 'disk.example.com',
  parameters: { iops: '100' },
})
const capacities = `${group}/namespaces/golden/csistoragecapacities`

export const storage: Questionnaire = {
  setup: [
    ...inNamespace,
    { key: 'class', method: 'POST', path: `${group}/storageclasses`, body: storageClass('kept') },
    { key: 'attachment', method: 'POST', path: `${group}/volumeattachments`, body: attachment('kept') },
    { key: 'driver', method: 'POST', path: `${group}/csidrivers`, body: driver('kept') },
    { key: 'node', method: 'POST', path: `${group}/csinodes`, body: node('kept') },
    { key: 'capacity', method: 'POST', path: capacities, body: capacity('kept') },
    { key: 'attributes', method: 'POST', path: `${group}/volumeattributesclasses`, body: attributes('kept') },
  ],
  questions: [
    ...createEach('StorageClass', `${group}/storageclasses`, storageClass('made')),
    ...updateEach('StorageClass', `${group}/storageclasses/kept`, storageClass('kept'), { skip: ['metadata'] }),
    ...createEach('VolumeAttachment', `${group}/volumeattachments`, attachment('made')),
    ...createEach(
      'VolumeAttachment inline',
      `${group}/volumeattachments`,
      {
        ...attachment('made'),
        spec: {
          attacher: 'disk.example.com',
          nodeName: 'one',
          source: {
            inlineVolumeSpec: {
              accessModes: ['ReadWriteOnce'],
              capacity: { storage: '1Gi' },
              csi: { driver: 'disk.example.com', volumeHandle: 'h', fsType: 'ext4', volumeAttributes: { a: 'b' } },
            },
          },
        },
      },
      { skip: ['metadata', 'spec.attacher', 'spec.nodeName'] },
    ),
    ...updateEach('VolumeAttachment', `${group}/volumeattachments/kept`, attachment('kept'), { skip: ['metadata'] }),
    ...updateEach('VolumeAttachment status', `${group}/volumeattachments/kept/status`, attached, { skip: ['metadata', 'spec'] }),
    ...createEach('CSIDriver', `${group}/csidrivers`, driver('made')),
    ...updateEach('CSIDriver', `${group}/csidrivers/kept`, driver('kept'), { skip: ['metadata'] }),
    ...createEach('CSINode', `${group}/csinodes`, node('made')),
    ...updateEach('CSINode', `${group}/csinodes/kept`, node('kept'), { skip: ['metadata'] }),
    ...createEach('CSIStorageCapacity', capacities, capacity('made')),
    ...updateEach('CSIStorageCapacity', `${capacities}/kept`, capacity('kept'), { skip: ['metadata'] }),
    ...createEach('VolumeAttributesClass', `${group}/volumeattributesclasses`, attributes('made')),
    ...updateEach('VolumeAttributesClass', `${group}/volumeattributesclasses/kept`, attributes('kept'), { skip: ['metadata'] }),
  ],
}
