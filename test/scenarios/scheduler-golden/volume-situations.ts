/** Claims, volumes, what drivers can attach and where, and old kinds of disks. */
import type { Situation } from './situations.ts'
import { expression, half, most, node, on, pod, storageClass, three, withClaim, zone, hostname } from './shapes.ts'

type Object = readonly [path: string, object: object]

const claimOf = (name: string, spec: object = {}, metadata: object = {}, status?: object): Object => [
  '/api/v1/namespaces/NS/persistentvolumeclaims',
  {
    metadata: { name, ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'class', ...spec },
    ...(status ? { status } : {}),
  },
]
const bound = (name: string, volumeName: string, spec: object = {}): Object =>
  claimOf(name, { volumeName, ...spec }, { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, { phase: 'Bound' })
const volumeOf = (name: string, spec: object = {}, metadata: object = {}, phase = 'Available'): Object => [
  '/api/v1/persistentvolumes',
  {
    metadata: { name, ...metadata },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'class',
      csi: { driver: 'example.test', volumeHandle: name },
      ...spec,
    },
    status: { phase },
  },
]
const onlyOn = (...names: string[]): object => ({
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression(hostname, 'In', ...names)] }] } },
})
const using = (...names: string[]): object => ({ volumes: names.map((claimName, index) => ({ name: `v${index}`, persistentVolumeClaim: { claimName } })) })
const limited = (name: string, count: number): Object => [
  '/apis/storage.k8s.io/v1/csinodes',
  { metadata: { name }, spec: { drivers: [{ name: 'example.test', nodeID: name, topologyKeys: [], allocatable: { count } }] } },
]
const waiting = storageClass('WaitForFirstConsumer')
const static_ = storageClass('WaitForFirstConsumer', { provisioner: 'kubernetes.io/no-provisioner' })
const made = storageClass('WaitForFirstConsumer', { provisioner: 'example.test' })
const driver = (storageCapacity: boolean): Object => [
  '/apis/storage.k8s.io/v1/csidrivers',
  { metadata: { name: 'example.test' }, spec: { storageCapacity, attachRequired: true } },
]
const capacity = (name: string, more: object): Object => [
  '/apis/storage.k8s.io/v1/namespaces/NS/csistoragecapacities',
  { metadata: { name }, storageClassName: 'class', ...more },
]
const inZones = [node('n1', { labels: { [zone]: 'a' } }), node('n2', { labels: { [zone]: 'b' } }), node('n3')]
const disk = (source: object): object => ({ volumes: [{ name: 'd', ...source }] })

export const volumeSituations: Readonly<Record<string, Situation>> = {
  'a bound claim leads to the one node of its volume': { nodes: three, objects: [bound('claim', 'v'), volumeOf('v', onlyOn('n2'))], pod: pod(withClaim) },
  'a bound claim whose volume no node reaches': { nodes: three, objects: [bound('claim', 'v'), volumeOf('v', onlyOn('elsewhere'))], pod: pod(withClaim) },
  'two bound claims on different nodes': {
    nodes: three,
    objects: [bound('a', 'v'), bound('b', 'w'), volumeOf('v', onlyOn('n1')), volumeOf('w', onlyOn('n2'))],
    pod: pod(using('a', 'b')),
  },
  'a bound claim on a node that is full': {
    nodes: three,
    objects: [bound('claim', 'v'), volumeOf('v', onlyOn('n2'))],
    standing: [on('n2', 'a', {}, most)],
    pod: pod(withClaim, half),
  },
  'a bound claim whose volume is gone': { nodes: three, objects: [bound('claim', 'gone')], pod: pod(withClaim) },
  'a bound claim whose volume has a zone': {
    nodes: inZones,
    objects: [bound('claim', 'v'), volumeOf('v', {}, { labels: { [zone]: 'b' } })],
    pod: pod({ ...withClaim, nodeSelector: { [hostname]: 'n2' } }),
  },
  'a bound claim whose volume is in a zone that no node is in': {
    nodes: inZones.slice(0, 2),
    objects: [bound('claim', 'v'), volumeOf('v', {}, { labels: { [zone]: 'c' } })],
    pod: pod(withClaim),
  },
  'a bound claim whose volume is in two zones of the old name': {
    nodes: inZones.slice(0, 2),
    objects: [bound('claim', 'v'), volumeOf('v', {}, { labels: { 'failure-domain.beta.kubernetes.io/zone': 'c__b' } })],
    pod: pod(withClaim),
  },
  'a zone asked of a claim whose class is gone': { nodes: inZones, objects: [claimOf('claim', { storageClassName: 'gone' })], pod: pod(withClaim) },
  'a claim that has no class': { nodes: three, objects: [claimOf('claim', { storageClassName: '' })], pod: pod(withClaim) },
  'a claim that lost its volume': { nodes: three, objects: [claimOf('claim', { volumeName: 'gone' }, {}, { phase: 'Lost' })], pod: pod(withClaim) },
  'a claim of two that is missing': { nodes: three, objects: [bound('a', 'v'), volumeOf('v')], pod: pod(using('a', 'b')) },
  'a claim that waits finds the volume of a node': {
    nodes: three,
    objects: [static_, claimOf('claim'), volumeOf('v', onlyOn('n3'))],
    pod: pod({ ...withClaim, nodeSelector: { none: 'x' } }),
  },
  'a claim that waits finds no volume that is large enough': {
    nodes: three,
    objects: [static_, claimOf('claim', { resources: { requests: { storage: '2Gi' } } }), volumeOf('v')],
    pod: pod(withClaim),
  },
  'a claim that waits finds no volume of its access mode': {
    nodes: three,
    objects: [static_, claimOf('claim', { accessModes: ['ReadWriteMany'] }), volumeOf('v')],
    pod: pod(withClaim),
  },
  'a claim that waits finds no volume of its mode': {
    nodes: three,
    objects: [static_, claimOf('claim', { volumeMode: 'Block' }), volumeOf('v')],
    pod: pod(withClaim),
  },
  'a claim that waits selects volumes by label': {
    nodes: three,
    objects: [static_, claimOf('claim', { selector: { matchLabels: { a: 'b' } } }), volumeOf('v')],
    pod: pod(withClaim),
  },
  'a claim that waits finds only a volume of another claim': {
    nodes: three,
    objects: [static_, claimOf('claim'), volumeOf('v', { claimRef: { kind: 'PersistentVolumeClaim', namespace: 'other', name: 'other' } })],
    pod: pod(withClaim),
  },
  'a claim that waits finds only a volume that is released': {
    nodes: three,
    objects: [static_, claimOf('claim'), volumeOf('v', {}, {}, 'Released')],
    pod: pod(withClaim),
  },
  'two claims that wait for one volume': { nodes: three, objects: [static_, claimOf('a'), claimOf('b'), volumeOf('v')], pod: pod(using('a', 'b')) },
  'two claims that wait, whose volumes are on different nodes': {
    nodes: three,
    objects: [static_, claimOf('a'), claimOf('b'), volumeOf('v', onlyOn('n1')), volumeOf('w', onlyOn('n2'))],
    pod: pod(using('a', 'b')),
  },
  'a bound claim and one that waits, on different nodes': {
    nodes: three,
    objects: [static_, bound('a', 'v'), claimOf('b'), volumeOf('v', onlyOn('n1')), volumeOf('w', onlyOn('n2'))],
    pod: pod(using('a', 'b')),
  },
  'one claim that waits and one that does not': {
    nodes: three,
    objects: [waiting, claimOf('a'), claimOf('b', { storageClassName: '' })],
    pod: pod(using('a', 'b')),
  },
  'a claim that names its volume and is not bound yet': {
    nodes: three,
    objects: [waiting, claimOf('claim', { volumeName: 'v' }), volumeOf('v')],
    pod: pod(withClaim),
  },
  'a claim for which another node was chosen': {
    nodes: three,
    objects: [made, claimOf('claim', {}, { annotations: { 'volume.kubernetes.io/selected-node': 'gone' } })],
    pod: pod(withClaim),
  },
  'no room for a volume anywhere': { nodes: three, objects: [made, driver(true), claimOf('claim')], pod: pod(withClaim) },
  'too little room for a volume': {
    nodes: three,
    objects: [made, driver(true), claimOf('claim', { resources: { requests: { storage: '2Gi' } } }), capacity('c', { nodeTopology: {}, capacity: '1Gi' })],
    pod: pod(withClaim),
  },
  'room for a volume of another class': {
    nodes: three,
    objects: [made, driver(true), claimOf('claim'), capacity('c', { storageClassName: 'other', nodeTopology: {}, capacity: '9Gi' })],
    pod: pod(withClaim),
  },
  'room in all, but for smaller volumes': {
    nodes: three,
    objects: [
      made,
      driver(true),
      claimOf('claim', { resources: { requests: { storage: '2Gi' } } }),
      capacity('c', { nodeTopology: {}, capacity: '9Gi', maximumVolumeSize: '1Gi' }),
    ],
    pod: pod(withClaim),
  },
  'no room for one and no node for the other': {
    nodes: three,
    objects: [made, driver(true), claimOf('a'), bound('b', 'v'), volumeOf('v', onlyOn('n1'))],
    pod: pod(using('a', 'b')),
  },
  'every driver’s slot is taken': {
    nodes: [node('n1')],
    objects: [limited('n1', 1), bound('a', 'v'), bound('b', 'w'), volumeOf('v'), volumeOf('w')],
    standing: [on('n1', 's', using('a'))],
    pod: pod(using('b')),
  },
  'the driver’s slot is taken by the same volume': {
    nodes: [node('n1')],
    objects: [limited('n1', 1), bound('a', 'v'), volumeOf('v')],
    standing: [on('n1', 's', using('a'))],
    pod: pod(using('a')),
  },
  'a driver that can attach nothing': { nodes: [node('n1')], objects: [limited('n1', 0), bound('a', 'v'), volumeOf('v')], pod: pod(using('a')) },
  'more volumes than the driver can attach': {
    nodes: [node('n1')],
    objects: [limited('n1', 1), made, claimOf('a'), claimOf('b')],
    pod: pod(using('a', 'b')),
  },
  'a claim for one pod, in use': {
    nodes: three,
    objects: [bound('claim', 'v', { accessModes: ['ReadWriteOncePod'] }), volumeOf('v', { accessModes: ['ReadWriteOncePod'] })],
    standing: [on('n1', 'a', withClaim)],
    pod: pod(withClaim),
  },
  'an ephemeral volume that is not made yet': {
    nodes: three,
    objects: [waiting],
    pod: pod({
      volumes: [{ name: 'e', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }],
    }),
  },
  'an ephemeral volume whose claim is another’s': {
    nodes: three,
    objects: [waiting, claimOf('asked-e')],
    pod: pod({
      volumes: [{ name: 'e', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }],
    }),
  },
  'a Google disk that another writes': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', disk({ gcePersistentDisk: { pdName: 'd' } }))],
    pod: pod(disk({ gcePersistentDisk: { pdName: 'd', readOnly: true } })),
  },
  'an Amazon disk that another reads': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', disk({ awsElasticBlockStore: { volumeID: 'd', readOnly: true } }))],
    pod: pod(disk({ awsElasticBlockStore: { volumeID: 'd', readOnly: true } })),
  },
  'an iSCSI disk that another writes': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', disk({ iscsi: { targetPortal: '192.0.2.1:3260', iqn: 'iqn.2001-04.com.example:storage', lun: 0 } }))],
    pod: pod(disk({ iscsi: { targetPortal: '192.0.2.2:3260', iqn: 'iqn.2001-04.com.example:storage', lun: 1 } })),
  },
  'a RADOS image that another writes': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', disk({ rbd: { monitors: ['a', 'b'], image: 'i' } }))],
    pod: pod(disk({ rbd: { monitors: ['b'], pool: 'rbd', image: 'i', readOnly: true } })),
  },
}
