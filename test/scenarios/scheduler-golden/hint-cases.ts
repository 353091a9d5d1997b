/** A pod that does not fit, and one change: whether it is tried again, and for what event, is what queueing hints decide. */
import {
  apart,
  claim,
  expression,
  half,
  hostname,
  most,
  near,
  node,
  on,
  pod,
  required,
  spread,
  storageClass,
  taint,
  three,
  together,
  withClaim,
  zone,
} from './shapes.ts'
import type { Situation } from './situations.ts'

/** `NS` stands for the situation's namespace; PATCH is a merge patch. */
export type Change = readonly [method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object]

export interface HintCase {
  readonly situation: Situation
  readonly changes: Readonly<Record<string, Change>>
}

const podsPath = '/api/v1/namespaces/NS/pods'
const newNode = (made: object): Change => ['POST', '/api/v1/nodes', made]
const nodeStatus = (status: object): Change => ['PATCH', '/api/v1/nodes/n1/status', { status }]
const nodePatch = (patch: object): Change => ['PATCH', '/api/v1/nodes/n1', patch]
const label = (labels: object): Change => nodePatch({ metadata: { labels } })
const newPod = (made: object): Change => ['POST', podsPath, made]
const podLabels = (name: string, labels: object): Change => ['PATCH', `${podsPath}/${name}`, { metadata: { labels } }]
const gone = (name: string): Change => ['DELETE', `${podsPath}/${name}?gracePeriodSeconds=0`]
const size = (more: object): object => ({ cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '10Gi', ...more })
const a = { labels: { app: 'a' } }
const port = { ports: [{ containerPort: 80, hostPort: 8080 }] }
const tainted = { spec: { taints: [taint('a', 'NoSchedule', 'x')] } }
const inZone = (name: string, value: string): object => node(name, { labels: { [zone]: value } })
const device = { resourceClaims: [{ name: 'd', resourceClaimName: 'claim' }] }
const deviceClass = (name: string): readonly [string, object] => ['/apis/resource.k8s.io/v1/deviceclasses', { metadata: { name }, spec: {} }]
const resourceClaim = (name: string): readonly [string, object] => [
  '/apis/resource.k8s.io/v1/namespaces/NS/resourceclaims',
  { metadata: { name }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'class' } }] } } },
]
const slice = (nodeName: string): Change => [
  'POST',
  '/apis/resource.k8s.io/v1/resourceslices',
  {
    metadata: { name: `slice-${nodeName}` },
    spec: { driver: 'example.test', nodeName, pool: { name: nodeName, generation: 1, resourceSliceCount: 1 }, devices: [{ name: 'a' }] },
  },
]
const post = ([path, object]: readonly [string, object]): Change => ['POST', path, object]
const volume: readonly [string, object] = [
  '/api/v1/persistentvolumes',
  {
    metadata: { name: 'v' },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'class', csi: { driver: 'example.test', volumeHandle: 'v' } },
    status: { phase: 'Available' },
  },
]
const csiNode = (count: number): readonly [string, object] => [
  '/apis/storage.k8s.io/v1/csinodes',
  { metadata: { name: 'n1' }, spec: { drivers: [{ name: 'example.test', nodeID: 'n1', topologyKeys: [], allocatable: { count } }] } },
]
const driver: readonly [string, object] = ['/apis/storage.k8s.io/v1/csidrivers', { metadata: { name: 'example.test' }, spec: { storageCapacity: true } }]
const waiting = storageClass('WaitForFirstConsumer', { provisioner: 'example.test' })
const capacity = (more: object): Change => [
  'POST',
  '/apis/storage.k8s.io/v1/namespaces/NS/csistoragecapacities',
  { metadata: { name: 'c' }, storageClassName: 'class', nodeTopology: {}, ...more },
]

export const hintCases: Readonly<Record<string, HintCase>> = {
  'too little processor': {
    situation: { nodes: [node('n1')], standing: [on('n1', 'a', {}, { requests: { cpu: '3', memory: '1Gi' } }), on('n1', 'b')], pod: pod({}, half) },
    changes: {
      'the other goes': gone('a'),
      'one that asks for nothing goes': gone('b'),
      'a node comes': newNode(node('n2')),
      'a small node comes': newNode(node('n2', { cpu: '1' })),
      'a node comes that has a taint': newNode(node('n2', tainted)),
      'the node grows': nodeStatus({ allocatable: size({ cpu: '8' }) }),
      'the node grows, not in what is short': nodeStatus({ allocatable: size({ memory: '9Gi' }) }),
      'the node shrinks': nodeStatus({ allocatable: size({ cpu: '3500m' }) }),
      'the node gets a label': label({ disk: 'ssd' }),
      'the node gets a taint': nodePatch(tainted),
      'the node is cordoned': nodePatch({ spec: { unschedulable: true } }),
      'the node’s condition changes': nodeStatus({ conditions: [{ type: 'Ready', status: 'False' }] }),
      'the other gets a label': podLabels('a', { app: 'x' }),
      'another comes': newPod(on('n1', 'c')),
      'the other needs less': [
        'PATCH',
        `${podsPath}/a/resize`,
        { spec: { containers: [{ name: 'c', image: 'example.test/image:1', resources: { requests: { cpu: '1', memory: '1Gi' } } }] } },
      ],
      'the other needs less of something else': [
        'PATCH',
        `${podsPath}/a/resize`,
        { spec: { containers: [{ name: 'c', image: 'example.test/image:1', resources: { requests: { cpu: '3', memory: '1Mi' } } }] } },
      ],
      'the pod gets a label': podLabels('asked', { app: 'x' }),
      'the pod gets a toleration': ['PATCH', `${podsPath}/asked`, { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } }],
    },
  },
  'no node of the selector': {
    situation: { nodes: [node('n1', { labels: { disk: 'hdd' } })], standing: [on('n1', 'a')], pod: pod({ nodeSelector: { disk: 'ssd' } }) },
    changes: {
      'the node gets the label': label({ disk: 'ssd' }),
      'the node gets another label': label({ rack: 'r' }),
      'a node with the label comes': newNode(node('n2', { labels: { disk: 'ssd' } })),
      'a node without the label comes': newNode(node('n2')),
      'another pod goes': gone('a'),
      'the node grows': nodeStatus({ allocatable: size({ cpu: '8' }) }),
    },
  },
  'an affinity that names a node': {
    situation: { nodes: [node('n1')], pod: pod(required({ matchFields: [expression('metadata.name', 'In', 'n2')] })) },
    changes: { 'that node comes': newNode(node('n2')), 'another comes': newNode(node('n3')) },
  },
  'a taint': {
    situation: { nodes: [node('n1', tainted)], standing: [on('n1', 'a')], pod: pod() },
    changes: {
      'the taint goes': nodePatch({ spec: { taints: null } }),
      'another taint comes': nodePatch({ spec: { taints: [taint('a', 'NoSchedule', 'x'), taint('b', 'NoSchedule')] } }),
      'the taint becomes a wish': nodePatch({ spec: { taints: [taint('a', 'PreferNoSchedule', 'x')] } }),
      'a node without it comes': newNode(node('n2')),
      'a node with it comes': newNode(node('n2', tainted)),
      'the pod tolerates it': ['PATCH', `${podsPath}/asked`, { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } }],
      'the pod tolerates another': ['PATCH', `${podsPath}/asked`, { spec: { tolerations: [{ key: 'b', operator: 'Exists' }] } }],
      'the node gets a label': label({ disk: 'ssd' }),
      'another pod goes': gone('a'),
    },
  },
  'a cordoned node': {
    situation: { nodes: [node('n1', { spec: { unschedulable: true } })], pod: pod() },
    changes: {
      'it is uncordoned': nodePatch({ spec: { unschedulable: false } }),
      'another comes': newNode(node('n2')),
      'another that is cordoned comes': newNode(node('n2', { spec: { unschedulable: true } })),
      'it gets a label': label({ disk: 'ssd' }),
      'the pod tolerates that': ['PATCH', `${podsPath}/asked`, { spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] } }],
    },
  },
  'a port that is taken': {
    situation: { nodes: [node('n1')], standing: [on('n1', 'a', {}, port), on('n1', 'b')], pod: pod({}, port) },
    changes: { 'who has it goes': gone('a'), 'another goes': gone('b'), 'a node comes': newNode(node('n2')), 'the node gets a label': label({ disk: 'ssd' }) },
  },
  'affinity to nobody': {
    situation: { nodes: three, standing: [on('n1', 'b', {}, { labels: { app: 'b' } })], pod: pod(together(near({ app: 'a' }))) },
    changes: {
      'one of them comes': newPod(on('n1', 'c', {}, a)),
      'another comes': newPod(on('n1', 'c')),
      'one becomes one of them': podLabels('b', { app: 'a' }),
      'one becomes something else': podLabels('b', { app: 'c' }),
      'another goes': gone('b'),
      'a node comes': newNode(node('n4')),
      'the node gets a label': label({ disk: 'ssd' }),
      'the pod becomes one of them itself': podLabels('asked', { app: 'a' }),
    },
  },
  'affinity by zone, and no zones': {
    situation: { nodes: [node('n1')], standing: [on('n1', 'b', {}, a)], pod: pod(together(near({ app: 'a' }, zone))) },
    changes: {
      'the node gets a zone': label({ [zone]: 'z' }),
      'the node gets a label': label({ disk: 'ssd' }),
      'a node with a zone comes': newNode(inZone('n2', 'z')),
    },
  },
  'anti-affinity to one': {
    situation: { nodes: [node('n1')], standing: [on('n1', 'a', {}, a), on('n1', 'b', {}, { labels: { app: 'b' } })], pod: pod(apart(near({ app: 'a' }))) },
    changes: {
      'it goes': gone('a'),
      'another goes': gone('b'),
      'it becomes something else': podLabels('a', { app: 'c' }),
      'another becomes something else': podLabels('b', { app: 'c' }),
      'another comes': newPod(on('n1', 'c', {}, a)),
      'a node comes': newNode(node('n2')),
    },
  },
  'anti-affinity of one': {
    situation: { nodes: [node('n1')], standing: [on('n1', 'a', apart(near({ app: 'a' }))), on('n1', 'b')], pod: pod({}, a) },
    changes: { 'it goes': gone('a'), 'another goes': gone('b'), 'the pod becomes something else': podLabels('asked', { app: 'c' }) },
  },
  'a spread that cannot be kept': {
    situation: {
      nodes: [inZone('n1', 'z1'), node('n2', { labels: { [zone]: 'z2' }, cpu: '1' })],
      standing: [on('n1', 'a', {}, a), on('n1', 'b', {}, { labels: { app: 'b' } })],
      pod: pod(spread(zone), { ...half, ...a }),
    },
    changes: {
      'one of them goes': gone('a'),
      'another goes': gone('b'),
      'one of them comes': newPod(on('n2', 'c', {}, a)),
      'another comes': newPod(on('n2', 'c')),
      'one becomes one of them': podLabels('b', { app: 'a' }),
      'one becomes something else': podLabels('b', { app: 'c' }),
      'a node of a new zone comes': newNode(inZone('n3', 'z3')),
      'a node without a zone comes': newNode(node('n3')),
      'the node moves': label({ [zone]: 'z4' }),
      'the node gets a label': label({ disk: 'ssd' }),
      'the pod becomes something else': podLabels('asked', { app: 'c' }),
    },
  },
  'a claim that is not there': {
    situation: { nodes: [node('n1')], objects: [waiting], standing: [on('n1', 'a')], pod: pod(withClaim) },
    changes: {
      'it comes': post(claim({ storageClassName: 'class' })),
      'another comes': [
        'POST',
        '/api/v1/namespaces/NS/persistentvolumeclaims',
        { metadata: { name: 'other' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      ],
      'a node comes': newNode(node('n2')),
      'a pod goes': gone('a'),
    },
  },
  'a claim that waits for its volume': {
    situation: { nodes: [node('n1')], objects: [claim({ storageClassName: 'class' })], pod: pod(withClaim) },
    changes: {
      'its class comes': post(waiting),
      'a volume comes': post(volume),
      'it gets a label': ['PATCH', '/api/v1/namespaces/NS/persistentvolumeclaims/claim', { metadata: { labels: { x: 'y' } } }],
      'what attaches volumes comes to the node': post(csiNode(1)),
    },
  },
  'no room for its volume': {
    situation: { nodes: [node('n1')], objects: [waiting, driver, claim({ storageClassName: 'class' })], pod: pod(withClaim) },
    changes: {
      'room comes': capacity({ capacity: '9Gi' }),
      'too little room comes': capacity({ capacity: '1Mi' }),
      'the driver counts no more': ['PATCH', '/apis/storage.k8s.io/v1/csidrivers/example.test', { spec: { storageCapacity: false } }],
      'a volume comes': post(volume),
      'the node gets a label': label({ disk: 'ssd' }),
      'the node gets a taint': nodePatch(tainted),
    },
  },
  'a driver that can attach no more': {
    situation: {
      nodes: [node('n1')],
      objects: [csiNode(0), volume, claim({ storageClassName: 'class', volumeName: 'v' })],
      standing: [on('n1', 'a'), on('n1', 'b', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'other' } }] })],
      pod: pod(withClaim),
    },
    changes: { 'a pod without volumes goes': gone('a'), 'a pod with a volume goes': gone('b') },
  },
  'devices that nobody has': {
    situation: { nodes: three, objects: [deviceClass('class'), resourceClaim('claim')], standing: [on('n1', 'a')], pod: pod(device) },
    changes: {
      'they come': slice('n1'),
      'a node comes': newNode(node('n4')),
      'another class comes': post(deviceClass('other')),
      'another claim comes': post(resourceClaim('other')),
      'a pod goes': gone('a'),
      'the node gets a label': label({ disk: 'ssd' }),
      'the claim gets a label': ['PATCH', '/apis/resource.k8s.io/v1/namespaces/NS/resourceclaims/claim', { metadata: { labels: { x: 'y' } } }],
    },
  },
  'devices of a class that is not there': {
    situation: { nodes: three, objects: [resourceClaim('claim')], pod: pod(device) },
    changes: { 'it comes': post(deviceClass('class')), 'another comes': post(deviceClass('other')) },
  },
  'devices of a claim that is not there': {
    situation: { nodes: three, objects: [deviceClass('class')], pod: pod(device) },
    changes: { 'it comes': post(resourceClaim('claim')), 'another comes': post(resourceClaim('other')) },
  },
  'two gates': {
    situation: { nodes: [node('n1')], pod: pod({ schedulingGates: [{ name: 'example.test/one' }, { name: 'example.test/two' }] }) },
    changes: {
      'one opens': ['PATCH', `${podsPath}/asked`, { spec: { schedulingGates: [{ name: 'example.test/two' }] } }],
      'both open': ['PATCH', `${podsPath}/asked`, { spec: { schedulingGates: null } }],
      'the pod gets a label': podLabels('asked', { app: 'x' }),
      'a node comes': newNode(node('n2')),
    },
  },
  'a feature that the node does not declare': {
    situation: {
      nodes: [node('n1')],
      pod: pod({
        restartPolicy: 'Never',
        containers: [
          {
            name: 'c',
            image: 'i',
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [1] } }],
          },
        ],
      }),
    },
    changes: {
      'it declares it': nodeStatus({ declaredFeatures: ['RestartAllContainersOnContainerExits'] }),
      'it declares another': nodeStatus({ declaredFeatures: ['Other'] }),
      'a node that does comes': newNode(node('n2', { status: { declaredFeatures: ['RestartAllContainersOnContainerExits'] } })),
      'a node that does not comes': newNode(node('n2')),
    },
  },
  'no node of the name': { situation: { nodes: [node('n1')], pod: pod({ nodeSelector: { [hostname]: 'n2' } }) }, changes: { 'it comes': newNode(node('n2')) } },
  'two reasons': {
    situation: { nodes: [node('n1', tainted), node('n2')], standing: [on('n2', 'a', {}, most)], pod: pod({}, half) },
    changes: { 'the taint goes': nodePatch({ spec: { taints: null } }), 'the pod goes': gone('a'), 'the node gets a label': label({ disk: 'ssd' }) },
  },
}
