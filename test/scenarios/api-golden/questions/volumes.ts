/** Persistent volumes, of each source, and the claims on them. */
import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const volumes = '/api/v1/persistentvolumes'
const claims = '/api/v1/namespaces/golden/persistentvolumeclaims'
const dry = '?dryRun=All&fieldValidation=Strict'
type Json = Record<string, any>
const create = (key: string, path: string, body: object): Question => ({ key, method: 'POST', path: `${path}${dry}`, body })
const update = (key: string, path: string, body: object): Question => ({ key, method: 'PUT', path: `${path}${dry}`, body })
const make = (path: string, body: Json): Question => ({ key: body.metadata.name, method: 'POST', path, body })

const secretRef = { name: 'keys', namespace: 'golden' }
const csi = {
  driver: 'disk.example.com',
  volumeHandle: 'handle',
  readOnly: true,
  fsType: 'ext4',
  volumeAttributes: { a: 'b' },
  controllerPublishSecretRef: secretRef,
  nodeStageSecretRef: secretRef,
  nodePublishSecretRef: secretRef,
  controllerExpandSecretRef: secretRef,
  nodeExpandSecretRef: secretRef,
}
const zoned = {
  required: {
    nodeSelectorTerms: [
      {
        matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a'] }],
        matchFields: [{ key: 'metadata.name', operator: 'In', values: ['one'] }],
      },
    ],
  },
}
const volume = (name: string, spec: Json = {}, metadata: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, ...metadata },
  spec: {
    capacity: { storage: '10Gi' },
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: 'fast',
    volumeAttributesClassName: 'gold',
    mountOptions: ['noatime'],
    volumeMode: 'Filesystem',
    claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: 'golden', name: 'kept', uid: 'x' },
    nodeAffinity: zoned,
    csi,
    ...spec,
  },
})
const sources: Json = {
  hostPath: { path: '/data', type: 'DirectoryOrCreate' },
  local: { path: '/data', fsType: 'ext4' },
  nfs: { server: 'nfs.example.com', path: '/data', readOnly: true },
  iscsi: {
    targetPortal: '10.0.0.1:3260',
    iqn: 'iqn.2001-04.com.example:storage.kube.sys1.xyz',
    lun: 1,
    iscsiInterface: 'default',
    fsType: 'ext4',
    readOnly: true,
    portals: ['10.0.0.2:3260'],
    chapAuthDiscovery: true,
    chapAuthSession: true,
    secretRef,
    initiatorName: 'iqn.2001-04.com.example:storage.kube.sys1.abc',
  },
  fc: { targetWWNs: ['500a0982991b8dc5'], lun: 2, fsType: 'ext4', readOnly: true },
  rbd: { monitors: ['10.0.0.1:6789'], image: 'foo', fsType: 'ext4', pool: 'kube', user: 'admin', keyring: '/etc/ceph/keyring', secretRef, readOnly: true },
  cephfs: { monitors: ['10.0.0.1:6789'], path: '/some', user: 'admin', secretFile: '/etc/ceph/secret', secretRef, readOnly: true },
  cinder: { volumeID: 'bd82f7e2', fsType: 'ext4', readOnly: true, secretRef },
  flocker: { datasetName: 'set' },
  glusterfs: { endpoints: 'cluster', path: 'kube', readOnly: true, endpointsNamespace: 'golden' },
  gcePersistentDisk: { pdName: 'disk', fsType: 'ext4', partition: 1, readOnly: true },
  awsElasticBlockStore: { volumeID: 'vol-1', fsType: 'ext4', partition: 1, readOnly: true },
  azureDisk: { diskName: 'd', diskURI: 'https://blob.example.com/d', cachingMode: 'None', fsType: 'ext4', readOnly: true, kind: 'Shared' },
  azureFile: { secretName: 'keys', shareName: 'share', readOnly: true, secretNamespace: 'golden' },
  vsphereVolume: { volumePath: '[store] volume', fsType: 'ext4', storagePolicyName: 'p', storagePolicyID: 'i' },
  quobyte: { registry: 'registry:7861', volume: 'v', readOnly: true, user: 'u', group: 'g', tenant: 't' },
  photonPersistentDisk: { pdID: 'id', fsType: 'ext4' },
  portworxVolume: { volumeID: 'id', fsType: 'ext4', readOnly: true },
  scaleIO: {
    gateway: 'https://gateway.example.com',
    system: 'sys',
    secretRef,
    sslEnabled: true,
    protectionDomain: 'pd',
    storagePool: 'pool',
    storageMode: 'ThinProvisioned',
    volumeName: 'v',
    fsType: 'xfs',
    readOnly: true,
  },
  storageos: { volumeName: 'v', volumeNamespace: 'ns', fsType: 'ext4', readOnly: true, secretRef: { kind: 'Secret', namespace: 'golden', name: 'keys' } },
  flexVolume: { driver: 'example.com/lvm', fsType: 'ext4', secretRef, readOnly: true, options: { a: 'b' } },
}
const of = (source: string, name = 'new') => volume(name, { csi: undefined, volumeAttributesClassName: undefined, [source]: sources[source] })
const plain = [
  'metadata',
  'spec.volumeAttributesClassName',
  ...['capacity', 'accessModes', 'persistentVolumeReclaimPolicy', 'storageClassName'].map((each) => `spec.${each}`),
]
const rest = [...plain, ...['volumeAttributesClassName', 'mountOptions', 'volumeMode', 'claimRef', 'nodeAffinity'].map((each) => `spec.${each}`)]
const alike = ['nodeStage', 'nodePublish', 'controllerExpand', 'nodeExpand'].map((each) => `spec.csi.${each}SecretRef`)
const statusOf = { phase: 'Available', message: 'm', reason: 'R', lastPhaseTransitionTime: '2026-01-02T03:04:05Z' }

const volumeQuestions: Question[] = [
  ...createEach('PersistentVolume', volumes, volume('new'), { skip: alike }),
  ...Object.keys(sources).flatMap((source) => createEach(source, volumes, of(source), { skip: ['spec.csi', ...rest], brief: true })),
  ...[
    { accessModes: ['ReadWriteOncePod'] },
    { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
    { accessModes: ['ReadWriteMany', 'ReadWriteMany'] },
    { capacity: { storage: '0' } },
    { capacity: { storage: '-1Gi' } },
    { capacity: { storage: '1Gi', cpu: '1' } },
    { capacity: { cpu: '1' } },
    { capacity: { storage: '100m' } },
    { csi: undefined },
    { hostPath: { path: '/' } },
    { csi: undefined, hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' },
    { csi: undefined, hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Retain' },
    { csi: undefined, hostPath: { path: '/a/../b' } },
    { csi: undefined, hostPath: { path: '../b' } },
    { csi: undefined, hostPath: { path: '/x', type: '' } },
    { csi: undefined, nodeAffinity: undefined, local: { path: '/data' } },
    { csi: undefined, local: { path: 'data' } },
    { csi: undefined, local: { path: '/a/..' } },
    { csi: undefined, ...sources, hostPath: sources.hostPath },
    { volumeMode: 'Block' },
    { csi: undefined, hostPath: { path: '/x' }, volumeMode: 'Block' },
    { storageClassName: '' },
    { persistentVolumeReclaimPolicy: 'Delete' },
    { nodeAffinity: { required: { nodeSelectorTerms: [] } } },
    {
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'kubernetes.io/hostname', operator: 'In', values: ['a'] },
                { key: 'failure-domain.beta.kubernetes.io/zone', operator: 'Exists' },
              ],
            },
          ],
        },
      },
    },
    {
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {},
            { matchFields: [{ key: 'metadata.name', operator: 'In', values: [] }] },
            { matchFields: [{ key: 'x', operator: 'Gt', values: ['1', '2'] }] },
          ],
        },
      },
    },
    { csi: { ...csi, driver: 'a'.repeat(64) } },
    { csi: { ...csi, driver: 'Disk.Example.Com' } },
    { csi: { ...csi, controllerExpandSecretRef: { name: 'a' }, nodeStageSecretRef: { namespace: 'a' }, nodePublishSecretRef: { name: 'A', namespace: 'B' } } },
    { csi: undefined, iscsi: { ...sources.iscsi, iqn: 'iqn.x', initiatorName: 'eui.02004567A425678D' } },
    { csi: undefined, iscsi: { ...sources.iscsi, iqn: 'naa.52004567BA64678D', chapAuthDiscovery: true, secretRef: undefined } },
    { csi: undefined, iscsi: { ...sources.iscsi, iqn: 'eui.x', lun: 256, initiatorName: 'a:b:c' } },
    { csi: undefined, fc: { wwids: ['3600508b400105e210000900000490000'], targetWWNs: [] } },
    { csi: undefined, fc: { wwids: ['a'], targetWWNs: ['b'], lun: 1 } },
    { csi: undefined, fc: { targetWWNs: ['b'], lun: 256 } },
    { csi: undefined, azureDisk: { ...sources.azureDisk, kind: 'Managed' } },
    { csi: undefined, azureDisk: { ...sources.azureDisk, kind: 'Managed', diskURI: '/subscriptions/x' } },
    { csi: undefined, azureDisk: { diskName: 'd', diskURI: '/subscriptions/x' } },
    { csi: undefined, azureFile: { secretName: 'a', shareName: 'b', secretNamespace: '' } },
    { csi: undefined, quobyte: { registry: 'a:b:c', volume: 'v' } },
    { csi: undefined, quobyte: { registry: 'a:1,b:2', volume: 'v' } },
    { csi: undefined, quobyte: { registry: 'a', volume: 'v', tenant: 'x'.repeat(65) } },
    { csi: undefined, flocker: { datasetName: 'a', datasetUUID: 'b' } },
    { csi: undefined, flocker: { datasetName: 'a/b' } },
    { csi: undefined, nfs: { server: 'a', path: 'data' } },
    { csi: undefined, glusterfs: { endpoints: 'a', path: 'b', endpointsNamespace: 'A' } },
    { csi: undefined, glusterfs: { endpoints: 'a', path: 'b', endpointsNamespace: '' } },
    { csi: undefined, cinder: { volumeID: 'a', secretRef: { name: 'a' } } },
    { csi: undefined, cinder: { volumeID: 'a', secretRef: { namespace: 'a' } } },
    { csi: undefined, scaleIO: { gateway: 'a', system: 'b', secretRef: {}, volumeName: 'v' } },
    { csi: undefined, storageos: { volumeName: 'v', secretRef: { name: 'a' } } },
    { csi: undefined, storageos: { volumeName: 'V_', volumeNamespace: 'N_' } },
    { csi: undefined, flexVolume: { driver: 'x' } },
    { csi: undefined, rbd: { monitors: ['a'], image: 'b' } },
  ].map((spec, index) => create(`volume by hand ${index}`, volumes, volume('new', 'csi' in spec ? { volumeAttributesClassName: undefined, ...spec } : spec))),
  create('volume of an annotated class', volumes, volume('new', {}, { annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } })),
  create('volume with mount options annotated', volumes, volume('new', {}, { annotations: { 'volume.beta.kubernetes.io/mount-options': 'ro' } })),
  create('volume with an alpha node affinity', volumes, volume('new', {}, { annotations: { 'volume.alpha.kubernetes.io/node-affinity': '{}' } })),
  create('volume with status', volumes, { ...volume('new'), status: statusOf }),
  create('volume in a namespace', volumes, volume('new', {}, { namespace: 'golden' })),
  ...updateEach('PersistentVolume', `${volumes}/kept`, volume('kept'), { skip: ['metadata', ...alike], brief: true }),
  ...['hostPath', 'nfs', 'local', 'rbd', 'scaleIO'].flatMap((source) =>
    updateEach(source, `${volumes}/${source.toLowerCase()}`, of(source, source.toLowerCase()), { skip: ['spec.csi', ...rest], brief: true }),
  ),
  ...[
    { csi: { ...csi, nodeExpandSecretRef: undefined } },
    { csi: { ...csi, controllerExpandSecretRef: { name: 'other', namespace: 'golden' } } },
    { csi: undefined, hostPath: { path: '/x' } },
    { claimRef: undefined },
    { nodeAffinity: undefined },
    { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['b'] }] }] } } },
    { capacity: { storage: '20Gi' } },
    { capacity: { storage: '1Gi' } },
    { volumeAttributesClassName: undefined },
    { volumeAttributesClassName: '' },
    { volumeAttributesClassName: 'silver' },
    { storageClassName: 'other' },
    { volumeMode: 'Block' },
  ].map((spec, index) => update(`volume by hand, update ${index}`, `${volumes}/kept`, volume('kept', spec))),
  ...[{ nodeAffinity: zoned }, { nodeAffinity: { required: { nodeSelectorTerms: [] } } }].map((spec, index) =>
    update(`volume with no node affinity, update ${index}`, `${volumes}/free`, volume('free', { claimRef: undefined, ...spec })),
  ),
  update('volume of old zones, renamed', `${volumes}/old-zone`, oldZone('topology.kubernetes.io/zone')),
  update('volume of old zones, to others', `${volumes}/old-zone`, oldZone('topology.kubernetes.io/region')),
  update('volume of old zones, as it was', `${volumes}/old-zone`, oldZone('failure-domain.beta.kubernetes.io/zone')),
  update('volume not there', `${volumes}/none`, volume('none')),
  ...updateEach('PersistentVolume status', `${volumes}/kept/status`, { ...volume('kept'), status: statusOf }, { skip: ['metadata', 'spec'], brief: true }),
]

function oldZone(key: string) {
  return volume('old-zone', { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['a'] }] }] } } })
}

const claim = (name: string, spec: Json = {}, metadata: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'golden', ...metadata },
  spec: {
    accessModes: ['ReadWriteOnce'],
    selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'In', values: ['d'] }] },
    resources: { requests: { storage: '10Gi' }, limits: { storage: '20Gi' } },
    volumeName: 'kept',
    storageClassName: 'fast',
    volumeMode: 'Filesystem',
    dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'snap' },
    dataSourceRef: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'snap' },
    volumeAttributesClassName: 'gold',
    ...spec,
  },
})
const time = '2026-01-02T03:04:05Z'
const claimStatus = {
  phase: 'Bound',
  accessModes: ['ReadWriteOnce'],
  capacity: { storage: '10Gi' },
  conditions: [{ type: 'Resizing', status: 'True', lastProbeTime: time, lastTransitionTime: time, reason: 'R', message: 'm' }],
  allocatedResources: { storage: '20Gi', 'example.com/x': '1' },
  allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
  currentVolumeAttributesClassName: 'gold',
  modifyVolumeStatus: { targetVolumeAttributesClassName: 'silver', status: 'InProgress' },
}
const sourced = (dataSource: unknown, dataSourceRef: unknown) => ({ dataSource, dataSourceRef })
const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'snap' }
const other = { kind: 'PersistentVolumeClaim', name: 'other' }
const filler = { apiGroup: 'example.com', kind: 'Filler', name: 'x' }
const bound = (spec: Json) => claim('bound', spec)
const size = (storage: string) => ({ resources: { requests: { storage }, limits: { storage: '20Gi' } } })

const claimQuestions: Question[] = [
  ...createEach('PersistentVolumeClaim', claims, claim('new')),
  ...[
    sourced(snapshot, undefined),
    sourced(undefined, snapshot),
    sourced(other, undefined),
    sourced(undefined, other),
    sourced(undefined, filler),
    sourced(filler, undefined),
    sourced(filler, filler),
    sourced(filler, snapshot),
    sourced(snapshot, other),
    sourced({ kind: 'VolumeSnapshot', name: 'x' }, undefined),
    sourced({ apiGroup: '', kind: 'PersistentVolumeClaim', name: 'x' }, undefined),
    sourced(undefined, { apiGroup: '', kind: 'PersistentVolumeClaim', name: 'x' }),
    sourced({ apiGroup: '', kind: 'Pod', name: '' }, { kind: '', name: 'y' }),
    sourced(undefined, { ...snapshot, namespace: 'other' }),
    sourced(snapshot, { ...snapshot, namespace: 'other' }),
    sourced(undefined, { ...snapshot, namespace: '' }),
    sourced({ ...snapshot, apiGroup: 'Not_A' }, { ...snapshot, apiGroup: 'Not_B' }),
    { accessModes: [] },
    { accessModes: ['ReadWriteOncePod'] },
    { accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'] },
    { accessModes: ['x', 'ReadWriteOncePod', 'y'] },
    { resources: {} },
    { resources: { requests: { cpu: '1' } } },
    { resources: { requests: { storage: '0' } } },
    { resources: { requests: { storage: '-5' } } },
    { resources: { requests: { storage: '1500m' }, limits: { storage: '100m' } } },
    { resources: { requests: { storage: '2Gi' }, limits: { storage: '1Gi' } } },
    { resources: { requests: { storage: '2Gi', memory: '-1', 'x y': '1' } } },
    {
      selector: {
        matchExpressions: [
          { key: 'a b', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { key: 'a', operator: 'Near' },
        ],
      },
    },
    { storageClassName: '' },
    { storageClassName: 'A_b' },
    { volumeAttributesClassName: '' },
    { volumeAttributesClassName: 'A_b' },
    { volumeMode: 'block' },
    { volumeMode: 'Block' },
    { volumeName: 'A_b' },
  ].map((spec, index) => create(`claim by hand ${index}`, claims, claim('new', spec))),
  create('claim of an annotated class', claims, claim('new', {}, { annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } })),
  create('claim with status', claims, { ...claim('new'), status: claimStatus }),
  create('claim of a long name', claims, claim('a'.repeat(254))),
  ...updateEach('PersistentVolumeClaim', `${claims}/kept`, claim('kept'), { skip: ['metadata'], brief: true }),
  ...updateEach('bound claim', `${claims}/bound`, claim('bound'), { skip: ['metadata', 'spec.selector', 'spec.dataSource'], brief: true }),
  ...[
    bound(size('15Gi')),
    bound(size('5Gi')),
    bound(size('1Gi')),
    bound({ volumeAttributesClassName: 'silver' }),
    bound({ volumeAttributesClassName: undefined }),
    bound({ volumeAttributesClassName: '' }),
    bound({ volumeName: 'other' }),
    bound({ storageClassName: undefined }),
    bound({ resources: { requests: { storage: '10Gi' } } }),
    claim('bound', size('15Gi'), { annotations: { 'volume.beta.kubernetes.io/storage-class': 'fast' } }),
  ].map((body, index) => update(`bound claim by hand ${index}`, `${claims}/bound`, body)),
  update('claim bound', `${claims}/bare`, bare({ volumeName: 'kept' })),
  update('claim given a class', `${claims}/bare`, bare({ storageClassName: 'fast' })),
  update('claim given no class', `${claims}/bare`, bare({ storageClassName: '' })),
  update('claim given an attributes class', `${claims}/bare`, bare({ volumeAttributesClassName: 'gold' })),
  update('claim grown while unbound', `${claims}/bare`, bare({ resources: { requests: { storage: '2Gi' } } })),
  update('claim given an annotation', `${claims}/bare`, {
    ...bare({}),
    metadata: { name: 'bare', namespace: 'golden', annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } },
  }),
  update('annotated claim given its class', `${claims}/annotated`, annotated({ storageClassName: 'fast' }, 'fast')),
  update('annotated claim given its class, annotation gone', `${claims}/annotated`, annotated({ storageClassName: 'fast' }, undefined)),
  update('annotated claim given another class', `${claims}/annotated`, annotated({ storageClassName: 'slow' }, 'fast')),
  update('annotated claim, annotation gone', `${claims}/annotated`, annotated({}, undefined)),
  update('annotated claim, another annotation', `${claims}/annotated`, annotated({}, 'slow')),
  ...updateEach('PersistentVolumeClaim status', `${claims}/kept/status`, { ...claim('kept'), status: claimStatus }, { skip: ['metadata', 'spec'] }),
  ...[
    ...['requests.x/y z', 'cpu', 'storage', 'example.com/x'].flatMap((name) => [
      { ...claimStatus, allocatedResources: { [name]: '-1' }, allocatedResourceStatuses: { [name]: 'x' } },
      { ...claimStatus, allocatedResources: { [name]: '1500m' }, allocatedResourceStatuses: { [name]: 'NodeResizePending' } },
    ]),
    { ...claimStatus, capacity: { storage: '-1', cpu: '1' } },
    { ...claimStatus, modifyVolumeStatus: { status: 'x' } },
    { ...claimStatus, conditions: [claimStatus.conditions[0], { type: 'Other', status: 'x' }] },
    { ...claimStatus, phase: 'Odd', accessModes: ['x'] },
    {},
  ].map((status, index) => update(`claim status by hand ${index}`, `${claims}/kept/status`, { ...claim('kept'), status })),
  ...[
    { ...claimStatus, allocatedResources: undefined, allocatedResourceStatuses: undefined, modifyVolumeStatus: undefined },
    { ...claimStatus, currentVolumeAttributesClassName: undefined },
  ].map((status, index) => update(`bound claim status by hand ${index}`, `${claims}/bound/status`, { ...claim('bound'), status })),
]

function bare(spec: Json) {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'bare', namespace: 'golden' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  }
}
function annotated(spec: Json, className: string | undefined) {
  const annotations = className === undefined ? {} : { annotations: { 'volume.beta.kubernetes.io/storage-class': className } }
  return { ...bare(spec), metadata: { name: 'annotated', namespace: 'golden', ...annotations } }
}

export const persistentVolumes: Questionnaire = {
  setup: [
    ...inNamespace,
    make(volumes, volume('kept')),
    make(volumes, volume('free', { claimRef: undefined, nodeAffinity: undefined })),
    make(volumes, oldZone('failure-domain.beta.kubernetes.io/zone')),
    ...['hostPath', 'nfs', 'local', 'rbd', 'scaleIO'].map((source) => make(volumes, of(source, source.toLowerCase()))),
    {
      key: 'class',
      method: 'POST',
      path: '/apis/storage.k8s.io/v1/storageclasses',
      body: { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast' }, provisioner: 'disk.example.com', allowVolumeExpansion: true },
    },
    make(claims, claim('kept')),
    make(claims, claim('bound')),
    make(claims, bare({})),
    make(claims, annotated({}, 'fast')),
    { key: 'bound', method: 'PUT', path: `${claims}/bound/status`, body: { ...claim('bound'), status: { ...claimStatus, capacity: { storage: '5Gi' } } } },
  ],
  questions: volumeQuestions,
}
export const persistentVolumeClaims: Questionnaire = { setup: persistentVolumes.setup, questions: claimQuestions }
