import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, pod, testCluster } from '../../testing.ts'

const claim = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { namespace: 'n', name, uid: name, resourceVersion: '1', ...metadata },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'wait', ...spec },
})
const bound = (name: string, volumeName: string) => claim(name, { volumeName }, { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } })
const volume = (name: string, host: string, more: object = {}) => ({
  metadata: { name },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'wait',
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] }] } },
    ...more,
  },
  status: { phase: 'Available' },
})
const storageClass = (name: string, volumeBindingMode: string, provisioner = 'kubernetes.io/no-provisioner', more: object = {}) => ({
  metadata: { name },
  provisioner,
  volumeBindingMode,
  ...more,
})
const nodes = [node('a'), node('b')]
const using = (...names: string[]) => pod('p', { volumes: names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) })
const wait = storageClass('wait', 'WaitForFirstConsumer')
const dynamic = storageClass('wait', 'WaitForFirstConsumer', 'example.com/local')

for (const [title, objects, incoming, outcome] of [
  ['A claim that is missing is named', {}, using('c'), '0/2 nodes are available: persistentvolumeclaim "c" not found.'],
  [
    'A claim that is to be bound at once is waited for',
    { claims: [claim('c')], storageClasses: [storageClass('wait', 'Immediate')] },
    using('c'),
    '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
  ],
  [
    'A claim being deleted',
    { claims: [claim('c', {}, { deletionTimestamp: 'x' })] },
    using('c'),
    '0/2 nodes are available: persistentvolumeclaim "c" is being deleted.',
  ],
  ['A bound claim leads to its volume', { claims: [bound('c', 'v')], volumes: [volume('v', 'b')] }, using('c'), 'b'],
  [
    'Volumes on two nodes exclude each other',
    { claims: [bound('c', 'v'), bound('d', 'w')], volumes: [volume('v', 'a'), volume('w', 'b')] },
    using('c', 'd'),
    "0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity.",
  ],
  ['A volume that is gone', { claims: [bound('c', 'v')] }, using('c'), '0/2 nodes are available: persistentvolume "v" not found.'],
  ['A waiting claim finds a volume where there is one', { claims: [claim('c')], volumes: [volume('v', 'b')], storageClasses: [wait] }, using('c'), 'b'],
  [
    'One volume does not serve two claims',
    { claims: [claim('c'), claim('d')], volumes: [volume('v', 'b')], storageClasses: [wait] },
    using('c', 'd'),
    "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind.",
  ],
  [
    'A volume that is too small or taken does not do',
    {
      claims: [claim('c')],
      volumes: [volume('v', 'a', { capacity: { storage: '1Mi' } }), volume('w', 'b', { claimRef: { namespace: 'n', name: 'x' } })],
      storageClasses: [wait],
    },
    using('c'),
    "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind.",
  ],
  [
    'A node chosen before stays chosen',
    { claims: [claim('c', {}, { annotations: { 'volume.kubernetes.io/selected-node': 'b' } })], storageClasses: [dynamic] },
    using('c'),
    'b',
  ],
  [
    'allowedTopologies bound where volumes are made',
    {
      claims: [claim('c')],
      storageClasses: [{ ...dynamic, allowedTopologies: [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['b'] }] }] }],
    },
    using('c'),
    'b',
  ],
  [
    'A driver that publishes capacity must have some',
    { claims: [claim('c')], storageClasses: [dynamic], csiDrivers: [{ metadata: { name: 'example.com/local' }, spec: { storageCapacity: true } }] },
    using('c'),
    '0/2 nodes are available: 2 node(s) did not have enough free storage.',
  ],
] as [string, any, any, string][]) {
  test(title, () => {
    assert.equal(testCluster({ nodes, objects }).place(incoming), outcome)
  })
}

test('A claim for one pod in the cluster keeps the second waiting', () => {
  const objects = {
    claims: [{ ...bound('c', 'v'), spec: { ...bound('c', 'v').spec, accessModes: ['ReadWriteOncePod'] } }],
    volumes: [volume('v', 'a', { nodeAffinity: undefined })],
  }
  const first = { ...using('c'), metadata: { namespace: 'n', name: 'first' } }
  first.spec = { ...first.spec, nodeName: 'a' }
  assert.equal(
    testCluster({ nodes, pods: [first], objects }).place(using('c')),
    '0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.',
  )
})
