import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorsOfPod } from './pod-under-test.ts'

const volume = (source: object) => (spec: any) => (spec.volumes = [{ name: 'v', ...source }])
const at = 'spec.volumes[0]'
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const mode = 'must be a number between 0 and 0777 (octal), both inclusive'

const good: [string, object][] = [
  ['nothing, which becomes an emptyDir', {}],
  ['an emptyDir of a size', { emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }],
  ['a path of the host', { hostPath: { path: '/a', type: 'DirectoryOrCreate' } }],
  ['a secret with items', { secret: { secretName: 's', defaultMode: 0o400, items: [{ key: 'a', path: 'b/c', mode: 0 }] } }],
  ['an image', { image: { reference: 'x:1' } }],
  ['a CSI volume', { csi: { driver: 'x.y', nodePublishSecretRef: { name: 's' } } }],
  ['an ephemeral claim', { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }],
  ['iSCSI', { iscsi: { targetPortal: '1.2.3.4:3260', iqn: 'iqn.2001-04.com.example:storage.disk1', lun: 0 } }],
  ['fibre channel', { fc: { targetWWNs: ['a'], lun: 1 } }],
  ['an Azure disk', { azureDisk: { diskName: 'd', diskURI: 'https://blob/vhds/x.vhd' } }],
  [
    'projections',
    {
      projected: {
        sources: [
          { secret: { name: 's', items: [{ key: 'k', path: 'p' }] } },
          { configMap: { name: 'c' } },
          { downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: "metadata.labels['a/b']" } }] } },
          { serviceAccountToken: { path: 't' } },
          { clusterTrustBundle: { signerName: 'x.io/y', path: 'ca' } },
        ],
      },
    },
  ],
]

for (const [name, source] of good) test(`a volume of ${name} is valid`, () => assert.deepEqual(errorsOfPod(volume(source)), []))

const bad: [string, object, string[]][] = [
  [
    'an emptyDir of less than nothing',
    { emptyDir: { sizeLimit: '-1' } },
    [`${at}.emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity`],
  ],
  ['a host path with backsteps', { hostPath: { path: '/a/../b' } }, [`${at}.hostPath.path: Invalid value: "/a/../b": must not contain '..'`]],
  ['no host path', { hostPath: { path: '' } }, [`${at}.hostPath.path: Required value`]],
  [
    'an unknown type of host path',
    { hostPath: { path: '/a', type: 'Pipe' } },
    [
      `${at}.hostPath.type: Unsupported value: "Pipe": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"`,
    ],
  ],
  [
    'no git repository',
    { gitRepo: { repository: '', directory: '/a' } },
    [`${at}.gitRepo.repository: Required value`, `${at}.gitRepo.directory: Invalid value: "/a": must be a relative path`],
  ],
  [
    'a disk partition out of range',
    { gcePersistentDisk: { pdName: '', partition: 256 } },
    [`${at}.persistentDisk.pdName: Required value`, `${at}.persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive`],
  ],
  ['no EBS volume', { awsElasticBlockStore: { volumeID: '' } }, [`${at}.awsElasticBlockStore.volumeID: Required value`]],
  [
    'a secret without a name, of a wrong mode',
    { secret: { defaultMode: 0o1000, items: [{ key: '', path: '../x' }] } },
    [
      `${at}.secret.secretName: Required value`,
      `${at}.secret.defaultMode: Invalid value: 512: ${mode}`,
      `${at}.secret.items[0].key: Required value`,
      `${at}.secret.items[0].path: Invalid value: "../x": must not contain '..'`,
    ],
  ],
  [
    'a config map whose file starts with two dots',
    { configMap: { name: 'c', items: [{ key: 'k', path: '..x', mode: -1 }] } },
    [`${at}.configMap.items[0].path: Invalid value: "..x": must not start with '..'`, `${at}.configMap.items[0].mode: Invalid value: -1: ${mode}`],
  ],
  [
    'NFS without anything',
    { nfs: { server: '', path: '' } },
    [`${at}.nfs.server: Required value`, `${at}.nfs.path: Required value`, `${at}.nfs.path: Invalid value: "": must be an absolute path`],
  ],
  [
    'iSCSI of a wrong name',
    { iscsi: { targetPortal: '', iqn: 'xyz', lun: 256, chapAuthSession: true, initiatorName: 'naa.1' } },
    [
      `${at}.iscsi.targetPortal: Required value`,
      `${at}.iscsi.iqn: Invalid value: "xyz": must be valid format starting with iqn, eui, or naa`,
      `${at}.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive`,
      `${at}.iscsi.secretRef: Required value`,
      `${at}.iscsi.initiatorname: Invalid value: "naa.1": must be valid format`,
    ],
  ],
  ['glusterfs of nothing', { glusterfs: { endpoints: '', path: '' } }, [`${at}.glusterfs.endpoints: Required value`, `${at}.glusterfs.path: Required value`]],
  ['flocker of nothing', { flocker: {} }, [`${at}.flocker: Required value: one of datasetName and datasetUUID is required`]],
  ['a claim without a name', { persistentVolumeClaim: { claimName: '' } }, [`${at}.persistentVolumeClaim.claimName: Required value`]],
  ['RBD of nothing', { rbd: { monitors: [], image: '' } }, [`${at}.rbd.monitors: Required value`, `${at}.rbd.image: Required value`]],
  ['cinder of a nameless secret', { cinder: { volumeID: 'v', secretRef: {} } }, [`${at}.cinder.secretRef.name: Required value`]],
  ['cephfs without monitors', { cephfs: { monitors: [] } }, [`${at}.cephfs.monitors: Required value`]],
  [
    'quobyte of a wrong registry',
    { quobyte: { registry: 'a', volume: '' } },
    [`${at}.quobyte.registry: Invalid value: "a": must be a host:port pair or multiple pairs separated by commas`, `${at}.quobyte.volume: Required value`],
  ],
  [
    'the downward API of nothing',
    { downwardAPI: { items: [{ path: 'a' }] } },
    [`${at}.downwardAPI: Required value: one of fieldRef and resourceFieldRef is required`],
  ],
  [
    'a field that volumes do not show',
    { downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'spec.nodeName' } }] } },
    [
      `${at}.downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"`,
    ],
  ],
  [
    'a resource without its container',
    { downwardAPI: { items: [{ path: 'a', resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } }] } },
    [
      `${at}.downwardAPI.resourceFieldRef.containerName: Required value`,
      `${at}.downwardAPI.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
  ],
  ['fibre channel of nothing', { fc: {} }, [`${at}.fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both`]],
  [
    'a flex volume of reserved options',
    { flexVolume: { driver: '', options: { 'a.k8s.io/b': 'c' } } },
    [
      `${at}.flexVolume.driver: Required value`,
      `${at}.flexVolume.options[a.k8s.io/b]: Invalid value: "a.k8s.io/b": kubernetes.io and k8s.io namespaces are reserved`,
    ],
  ],
  ['an Azure file without a share', { azureFile: { secretName: 's', shareName: '' } }, [`${at}.azureFile.shareName: Required value`]],
  [
    'a managed disk that is a blob',
    { azureDisk: { diskName: 'd', diskURI: 'https://x', kind: 'Managed' } },
    [
      `${at}.azureDisk.diskURI: Unsupported value: "https://x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"`,
    ],
  ],
  ['StorageOS of a wrong name', { storageos: { volumeName: 'A' } }, [`${at}.storageos.volumeName: Invalid value: "A": ${label}`]],
  ['a CSI driver without a name', { csi: { driver: 'x', nodePublishSecretRef: {} } }, [`${at}.csi.nodePublishSecretRef.name: Required value`]],
  ['an ephemeral volume without its claim', { ephemeral: {} }, [`${at}.ephemeral.volumeClaimTemplate: Required value`]],
  [
    'an ephemeral claim of nothing, with a name',
    { ephemeral: { volumeClaimTemplate: { metadata: { name: 'x' }, spec: {} } } },
    [
      `${at}.ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set`,
      `${at}.ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required`,
      `${at}.ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value`,
    ],
  ],
  [
    'no image',
    { image: { pullPolicy: 'Sometimes' } },
    [`${at}.image.reference: Required value`, `${at}.image.pullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`],
  ],
  [
    'two sources',
    { emptyDir: {}, cephfs: { monitors: ['a'] }, downwardAPI: {} },
    [`${at}.cephFS: Forbidden: may not specify more than 1 volume type`, `${at}.downwarAPI: Forbidden: may not specify more than 1 volume type`],
  ],
  [
    'projections to one path, of two sources, and of a short-lived token',
    {
      projected: {
        sources: [
          { secret: { name: 's', items: [{ key: 'k', path: 'p' }] }, configMap: { items: [{ key: 'k', path: 'p' }] } },
          { serviceAccountToken: { expirationSeconds: 1, path: '' } },
          { clusterTrustBundle: { path: '' } },
        ],
      },
    },
    [
      `${at}.projected.sources[0].configMap.name: Required value`,
      `${at}.projected: Invalid value: "": conflicting duplicate paths`,
      `${at}.projected.sources[0]: Forbidden: may not specify more than 1 volume type per source`,
      `${at}.projected.sources[1].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes`,
      `${at}.projected.path: Required value`,
      `${at}.projected.sources[2].clusterTrustBundle: Required value: either name or signerName must be specified`,
      `${at}.projected.sources[2].clusterTrustBundle.path: Required value`,
    ],
  ],
  ['a wrong name', { name: 'A' }, [`${at}.name: Invalid value: "A": ${label}`]],
]

for (const [name, source, expected] of bad) test(`a volume of ${name} is refused`, () => assert.deepEqual(errorsOfPod(volume(source)), expected))

test('two volumes may not share a name, and mounts of a wrong one are not found', () => {
  const errors = errorsOfPod((spec) => {
    spec.volumes = [{ name: 'v' }, { name: 'v' }, { name: 'w', hostPath: { path: '' } }]
    spec.containers[0].volumeMounts = [{ name: 'w', mountPath: '/w' }]
  })
  assert.deepEqual(errors, [
    'spec.volumes[1].name: Duplicate value: "v"',
    'spec.volumes[2].hostPath.path: Required value',
    'spec.containers[0].volumeMounts[0].name: Not found: "w"',
  ])
})

test('a claim of an ephemeral volume is not to be named by another volume', () => {
  const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  const errors = errorsOfPod((spec) => {
    spec.volumes = [
      { name: 'v', ephemeral: { volumeClaimTemplate: claim } },
      { name: 'w', persistentVolumeClaim: { claimName: 'a-v' } },
    ]
  })
  assert.deepEqual(errors, [
    'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "a-v": must not reference a PVC that gets created for an ephemeral volume',
  ])
})

test('a token needs an account', () => {
  const errors = errorsOfPod((spec) => {
    delete spec.serviceAccountName
    spec.volumes = [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }]
  })
  assert.deepEqual(errors, [`${at}.projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set`])
})
