/** What a scheduler is asked: some nodes, what stands and is there, and one pod. Where several nodes would do, one is the best. */
import { deviceSituations } from './device-situations.ts'
import { preemptionSituations } from './preemption-situations.ts'
import {
  apart,
  budget,
  claim,
  expression,
  half,
  hostname,
  most,
  near,
  node,
  on,
  pod,
  priorities,
  priority,
  required,
  spread,
  storageClass,
  taint,
  three,
  together,
  withClaim,
  zone,
} from './shapes.ts'
import { resourceSituations } from './resource-situations.ts'
import { volumeSituations } from './volume-situations.ts'

export interface Situation {
  readonly nodes: readonly object[]
  /** Cluster-scoped and namespaced objects, by path of their collection; `NS` stands for the situation's namespace. */
  readonly objects?: readonly (readonly [path: string, object: object])[]
  /** Pods that stand already, in this order. */
  readonly standing?: readonly object[]
  /** Those of them that have been told to end, and have not. */
  readonly ended?: readonly string[]
  readonly pod: object
}

export const situations: Readonly<Record<string, Situation>> = {
  'no node at all': { nodes: [], pod: pod() },
  'one node that fits': { nodes: [node('n1')], pod: pod({}, half) },
  'the emptier of two': { nodes: [node('n1'), node('n2')], standing: [on('n1', 'a', {}, half)], pod: pod({}, half) },
  'too much processor everywhere': { nodes: three, pod: pod({}, { requests: { cpu: '5' } }) },
  'too much memory everywhere': { nodes: three, pod: pod({}, { requests: { memory: '9Gi' } }) },
  'too much of both': { nodes: three, pod: pod({}, { requests: { cpu: '5', memory: '9Gi' } }) },
  'too much ephemeral storage': { nodes: three, pod: pod({}, { requests: { 'ephemeral-storage': '11Gi' } }) },
  'an extended resource nobody has': { nodes: three, pod: pod({}, { requests: { 'example.test/gpu': '1' }, limits: { 'example.test/gpu': '1' } }) },
  'an extended resource one has too little of': {
    nodes: [node('n1', { extended: { 'example.test/gpu': '1' } }), node('n2')],
    pod: pod({}, { requests: { 'example.test/gpu': '2' }, limits: { 'example.test/gpu': '2' } }),
  },
  'an extended resource one has': {
    nodes: [node('n1'), node('n2', { extended: { 'example.test/gpu': '1' } })],
    pod: pod({}, { requests: { 'example.test/gpu': '1' }, limits: { 'example.test/gpu': '1' } }),
  },
  'huge pages nobody has': {
    nodes: three,
    pod: pod({}, { requests: { 'hugepages-2Mi': '4Mi', memory: '1Gi', cpu: '1' }, limits: { 'hugepages-2Mi': '4Mi', memory: '1Gi', cpu: '1' } }),
  },
  'too many pods': { nodes: [node('n1', { pods: '1' })], standing: [on('n1', 'a')], pod: pod() },
  'too many pods and too much processor': { nodes: [node('n1', { pods: '1' })], standing: [on('n1', 'a', {}, most)], pod: pod({}, half) },
  'the largest init container counts': { nodes: three, pod: pod({}, { init: [{ name: 'i', image: 'i', resources: { requests: { cpu: '5' } } }] }) },
  'a sidecar is added': {
    nodes: three,
    pod: pod({}, { ...half, init: [{ name: 'i', image: 'i', restartPolicy: 'Always', resources: { requests: { cpu: '2500m' } } }] }),
  },
  'resources of the whole pod': { nodes: three, pod: pod({ resources: { requests: { cpu: '5' } } }, half) },
  'resources differ from node to node': {
    nodes: [node('n1', { cpu: '1' }), node('n2', { memory: '1Gi' }), node('n3', { pods: '0' })],
    pod: pod({}, { requests: { cpu: '2', memory: '2Gi' } }),
  },
  'balanced use is better': {
    nodes: [node('n1', { cpu: '8', memory: '8Gi' }), node('n2', { cpu: '8', memory: '8Gi' })],
    standing: [on('n1', 'a', {}, { requests: { cpu: '4' } }), on('n2', 'b', {}, { requests: { cpu: '2', memory: '2Gi' } })],
    pod: pod({}, { requests: { cpu: '1', memory: '1Gi' } }),
  },
  'a node selector nobody matches': { nodes: three, pod: pod({ nodeSelector: { disk: 'ssd' } }) },
  'a node selector one matches': { nodes: [node('n1'), node('n2', { labels: { disk: 'ssd' } })], pod: pod({ nodeSelector: { disk: 'ssd' } }) },
  'required node affinity nobody matches': { nodes: three, pod: pod(required({ matchExpressions: [expression('disk', 'In', 'ssd')] })) },
  'required node affinity: not in, of two': {
    nodes: [node('n1', { labels: { disk: 'hdd' } }), node('n2')],
    pod: pod(required({ matchExpressions: [expression('disk', 'NotIn', 'hdd')] })),
  },
  'required node affinity: more than': {
    nodes: [node('n1', { labels: { cores: '4' } }), node('n2', { labels: { cores: '16' } })],
    pod: pod(required({ matchExpressions: [expression('cores', 'Gt', '8')] })),
  },
  'required node affinity by name, of one that is not there': {
    nodes: three,
    pod: pod(required({ matchFields: [expression('metadata.name', 'In', 'gone')] })),
  },
  'required node affinity by name, of one that is full': {
    nodes: three,
    standing: [on('n2', 'a', {}, most)],
    pod: pod(required({ matchFields: [expression('metadata.name', 'In', 'n2')] }), half),
  },
  'required node affinity by name, of two that exclude each other': {
    nodes: three,
    pod: pod(required({ matchFields: [expression('metadata.name', 'In', 'n1')], matchExpressions: [expression(hostname, 'In', 'n2')] })),
  },
  'preferred node affinity': {
    nodes: [node('n1'), node('n2', { labels: { disk: 'ssd' } }), node('n3')],
    pod: pod({
      affinity: {
        nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference: { matchExpressions: [expression('disk', 'Exists')] } }] },
      },
    }),
  },
  'preferred node affinity by weight': {
    nodes: [node('n1', { labels: { a: '1' } }), node('n2', { labels: { b: '1' } })],
    pod: pod({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 10, preference: { matchExpressions: [expression('a', 'Exists')] } },
            { weight: 20, preference: { matchExpressions: [expression('b', 'Exists')] } },
          ],
        },
      },
    }),
  },
  'a taint on all': { nodes: ['n1', 'n2', 'n3'].map((name) => node(name, { spec: { taints: [taint('dedicated', 'NoSchedule', 'x')] } })), pod: pod() },
  'a taint without a value': { nodes: [node('n1', { spec: { taints: [taint('dedicated', 'NoExecute')] } })], pod: pod() },
  'two different taints': {
    nodes: [node('n1', { spec: { taints: [taint('a', 'NoSchedule', '1')] } }), node('n2', { spec: { taints: [taint('b', 'NoSchedule', '1')] } })],
    pod: pod(),
  },
  'two taints on one node': { nodes: [node('n1', { spec: { taints: [taint('a', 'NoSchedule', '1'), taint('b', 'NoSchedule', '1')] } })], pod: pod() },
  'a taint that is tolerated': {
    nodes: [node('n1', { spec: { taints: [taint('dedicated', 'NoSchedule', 'x')] } }), node('n2', { spec: { unschedulable: true } })],
    pod: pod({ tolerations: [{ key: 'dedicated', operator: 'Exists' }] }),
  },
  'a preference against a node': { nodes: [node('n1', { spec: { taints: [taint('a', 'PreferNoSchedule')] } }), node('n2')], pod: pod() },
  'not ready': { nodes: [node('n1', { spec: { taints: [taint('node.kubernetes.io/not-ready', 'NoSchedule')] } })], pod: pod() },
  unschedulable: { nodes: [node('n1', { spec: { unschedulable: true } }), node('n2', { spec: { unschedulable: true } })], pod: pod() },
  'unschedulable with its taint': {
    nodes: [node('n1', { spec: { unschedulable: true, taints: [taint('node.kubernetes.io/unschedulable', 'NoSchedule')] } })],
    pod: pod(),
  },
  'unschedulable and tolerated': { nodes: [node('n1', { spec: { unschedulable: true } })], pod: pod({ tolerations: [{ operator: 'Exists' }] }) },
  'each node for a reason of its own': {
    nodes: [
      node('n1', { cpu: '1' }),
      node('n2', { spec: { taints: [taint('a', 'NoSchedule')] } }),
      node('n3', { spec: { unschedulable: true } }),
      node('n4', { labels: { disk: 'hdd' } }),
    ],
    pod: pod(required({ matchExpressions: [expression('disk', 'DoesNotExist')] }), half),
  },
  'a host port that is taken': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, { ports: [{ containerPort: 80, hostPort: 8080 }] })],
    pod: pod({}, { ports: [{ containerPort: 80, hostPort: 8080 }] }),
  },
  'a host port of another address': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, { ports: [{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }] })],
    pod: pod({}, { ports: [{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.2' }] }),
  },
  'a host port of every address': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, { ports: [{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }] })],
    pod: pod({}, { ports: [{ containerPort: 80, hostPort: 8080 }] }),
  },
  'a host port of another protocol': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, { ports: [{ containerPort: 80, hostPort: 8080, protocol: 'UDP' }] })],
    pod: pod({}, { ports: [{ containerPort: 80, hostPort: 8080 }] }),
  },
  'affinity to nobody': { nodes: three, pod: pod(together(near({ app: 'a' }))) },
  'affinity to itself': { nodes: [node('n1')], pod: pod(together(near({ app: 'a' })), { labels: { app: 'a' } }) },
  'affinity to one that stands': { nodes: three, standing: [on('n2', 'a', {}, { labels: { app: 'a' } })], pod: pod(together(near({ app: 'a' }))) },
  'affinity to one on a full node': {
    nodes: three,
    standing: [on('n2', 'a', {}, { ...most, labels: { app: 'a' } })],
    pod: pod(together(near({ app: 'a' })), half),
  },
  'affinity by a label nodes have not': { nodes: three, standing: [on('n2', 'a', {}, { labels: { app: 'a' } })], pod: pod(together(near({ app: 'a' }, zone))) },
  'affinity in another namespace': {
    nodes: three,
    standing: [on('n2', 'a', {}, { labels: { app: 'a' } })],
    pod: pod(together({ ...near({ app: 'a' }), namespaces: ['other'] })),
  },
  'affinity in every namespace': {
    nodes: three,
    standing: [on('n2', 'a', {}, { labels: { app: 'a' } })],
    pod: pod(together({ ...near({ app: 'a' }), namespaceSelector: {} })),
  },
  'affinity by the pod’s own label': {
    nodes: three,
    standing: [on('n2', 'a', {}, { labels: { app: 'a', release: '1' } }), on('n3', 'b', {}, { labels: { app: 'a', release: '2' } })],
    pod: pod(together({ ...near({ app: 'a' }), matchLabelKeys: ['release'] }), { labels: { release: '2' } }),
  },
  'anti-affinity to all': {
    nodes: three,
    standing: ['n1', 'n2', 'n3'].map((name) => on(name, `a-${name}`, {}, { labels: { app: 'a' } })),
    pod: pod(apart(near({ app: 'a' }))),
  },
  'anti-affinity leaves one': {
    nodes: three,
    standing: ['n1', 'n3'].map((name) => on(name, `a-${name}`, {}, { labels: { app: 'a' } })),
    pod: pod(apart(near({ app: 'a' }))),
  },
  'anti-affinity of those that stand': { nodes: [node('n1')], standing: [on('n1', 'a', apart(near({ app: 'b' })))], pod: pod({}, { labels: { app: 'b' } }) },
  'anti-affinity by zone': {
    nodes: [node('n1', { labels: { [zone]: 'a' } }), node('n2', { labels: { [zone]: 'a' } }), node('n3', { labels: { [zone]: 'b' } })],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } })],
    pod: pod(apart(near({ app: 'a' }, zone))),
  },
  'preferred affinity': {
    nodes: three,
    standing: [on('n2', 'a', {}, { labels: { app: 'a' } })],
    pod: pod({ affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: near({ app: 'a' }) }] } } }),
  },
  'preferred anti-affinity': {
    nodes: [node('n1'), node('n2')],
    standing: [on('n2', 'a', {}, { labels: { app: 'a' } })],
    pod: pod({ affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: near({ app: 'a' }) }] } } }),
  },
  'spread: the emptier zone': {
    nodes: [node('n1', { labels: { [zone]: 'a' } }), node('n2', { labels: { [zone]: 'b' } })],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } })],
    pod: pod(spread(zone), { labels: { app: 'a' } }),
  },
  'spread: the emptier zone is full': {
    nodes: [node('n1', { labels: { [zone]: 'a' } }), node('n2', { labels: { [zone]: 'b' } })],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } }), on('n2', 'b', {}, most)],
    pod: pod(spread(zone), { ...half, labels: { app: 'a' } }),
  },
  'spread: a label nodes have not': { nodes: three, pod: pod(spread(zone), { labels: { app: 'a' } }) },
  'spread: too few domains': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } })],
    pod: pod(spread(hostname, { minDomains: 3 }), { labels: { app: 'a' } }),
  },
  'spread: taints are honoured': {
    nodes: [node('n1'), node('n2', { spec: { taints: [taint('a', 'NoSchedule')] } })],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } })],
    pod: pod(spread(hostname, { nodeTaintsPolicy: 'Honor' }), { labels: { app: 'a' } }),
  },
  'spread: taints are ignored': {
    nodes: [node('n1'), node('n2', { spec: { taints: [taint('a', 'NoSchedule')] } })],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } })],
    pod: pod(spread(hostname), { labels: { app: 'a' } }),
  },
  'spread: affinity is ignored': {
    nodes: [node('n1', { labels: { disk: 'ssd' } }), node('n2')],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } })],
    pod: pod({ ...spread(hostname, { nodeAffinityPolicy: 'Ignore' }), nodeSelector: { disk: 'ssd' } }, { labels: { app: 'a' } }),
  },
  'spread if it may be': {
    nodes: [node('n1'), node('n2')],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } })],
    pod: pod(spread(hostname, { whenUnsatisfiable: 'ScheduleAnyway' }), { labels: { app: 'a' } }),
  },
  'the node that has the image': {
    nodes: [node('n1'), node('n2', { status: { images: [{ names: ['example.test/large:1'], sizeBytes: 900_000_000 }] } })],
    pod: pod({}, { image: 'example.test/large:1' }),
  },
  gated: { nodes: [node('n1')], pod: pod({ schedulingGates: [{ name: 'example.test/wait' }] }) },
  'gated twice': { nodes: [node('n1')], pod: pod({ schedulingGates: [{ name: 'example.test/wait' }, { name: 'example.test/more' }] }) },
  'a claim that is not there': { nodes: three, pod: pod(withClaim) },
  'a claim that waits for its volume': { nodes: three, objects: [claim({ storageClassName: '' })], pod: pod(withClaim) },
  'a claim of a class that binds at once': { nodes: three, objects: [storageClass('Immediate'), claim({ storageClassName: 'class' })], pod: pod(withClaim) },
  'a claim of a class without a provisioner': {
    nodes: three,
    objects: [storageClass('WaitForFirstConsumer', { provisioner: 'kubernetes.io/no-provisioner' }), claim({ storageClassName: 'class' })],
    pod: pod(withClaim),
  },
  'a claim of a class that is not there': { nodes: three, objects: [claim({ storageClassName: 'gone' })], pod: pod(withClaim) },
  'a claim whose class is for another zone': {
    nodes: three,
    objects: [
      storageClass('WaitForFirstConsumer', { allowedTopologies: [{ matchLabelExpressions: [{ key: zone, values: ['a'] }] }] }),
      claim({ storageClassName: 'class' }),
    ],
    pod: pod(withClaim),
  },
  'a claim bound to a volume that is not there': { nodes: three, objects: [claim({ storageClassName: '', volumeName: 'gone' })], pod: pod(withClaim) },
  'devices of a claim that is not there': { nodes: three, pod: pod({ resourceClaims: [{ name: 'd', resourceClaimName: 'gone' }] }) },
  'devices of a claim that is not made yet': { nodes: three, pod: pod({ resourceClaims: [{ name: 'd', resourceClaimTemplateName: 'later' }] }) },
  'devices that nobody has': {
    nodes: three,
    objects: [
      ['/apis/resource.k8s.io/v1/deviceclasses', { metadata: { name: 'class' }, spec: {} }],
      [
        '/apis/resource.k8s.io/v1/namespaces/NS/resourceclaims',
        { metadata: { name: 'claim' }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'class' } }] } } },
      ],
    ],
    pod: pod({ resourceClaims: [{ name: 'd', resourceClaimName: 'claim' }] }),
  },
  'devices of a class that is not there': {
    nodes: three,
    objects: [
      [
        '/apis/resource.k8s.io/v1/namespaces/NS/resourceclaims',
        { metadata: { name: 'claim' }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'class' } }] } } },
      ],
    ],
    pod: pod({ resourceClaims: [{ name: 'd', resourceClaimName: 'claim' }] }),
  },
  'preemption: of one that is less important': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', { priorityClassName: 'low' }, most)],
    pod: pod({ priorityClassName: 'high' }, half),
  },
  'preemption: nobody is less important': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', { priorityClassName: 'high' }, most)],
    pod: pod({ priorityClassName: 'high' }, half),
  },
  'preemption: it would not help': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', { priorityClassName: 'low' }, most)],
    pod: pod({ priorityClassName: 'high' }, { requests: { cpu: '5' } }),
  },
  'preemption: not wanted': {
    nodes: [node('n1')],
    objects: [...priorities, priority('never', 1000, { preemptionPolicy: 'Never' })],
    standing: [on('n1', 'a', { priorityClassName: 'low' }, most)],
    pod: pod({ priorityClassName: 'never' }, half),
  },
  'preemption: the node of the least important': {
    nodes: [node('n1'), node('n2')],
    objects: priorities,
    standing: [on('n1', 'a', { priorityClassName: 'middle' }, most), on('n2', 'b', { priorityClassName: 'low' }, most)],
    pod: pod({ priorityClassName: 'high' }, half),
  },
  'preemption: the fewer victims': {
    nodes: [node('n1'), node('n2')],
    objects: priorities,
    standing: [
      on('n1', 'a', { priorityClassName: 'low' }, half),
      on('n1', 'b', { priorityClassName: 'low' }, half),
      on('n2', 'c', { priorityClassName: 'low' }, most),
    ],
    pod: pod({ priorityClassName: 'high' }, most),
  },
  'preemption: no more victims than needed': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', { priorityClassName: 'low' }, half), on('n1', 'b', { priorityClassName: 'middle' }, half)],
    pod: pod({ priorityClassName: 'high' }, half),
  },
  'preemption: a budget is honoured': {
    nodes: [node('n1'), node('n2')],
    objects: [...priorities, budget({ app: 'a' }, 1, 0)],
    standing: [on('n1', 'a', { priorityClassName: 'low' }, { ...most, labels: { app: 'a' } }), on('n2', 'b', { priorityClassName: 'middle' }, most)],
    pod: pod({ priorityClassName: 'high' }, half),
  },
  'preemption: a budget is broken when nothing else helps': {
    nodes: [node('n1')],
    objects: [...priorities, budget({ app: 'a' }, 1, 0)],
    standing: [on('n1', 'a', { priorityClassName: 'low' }, { ...most, labels: { app: 'a' } })],
    pod: pod({ priorityClassName: 'high' }, half),
  },
  'preemption: of one whose anti-affinity stands in the way': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', { priorityClassName: 'low', ...apart(near({ app: 'b' })) })],
    pod: pod({ priorityClassName: 'high' }, { labels: { app: 'b' } }),
  },
  'preemption: of one that has the port': {
    nodes: [node('n1')],
    objects: priorities,
    standing: [on('n1', 'a', { priorityClassName: 'low' }, { ports: [{ containerPort: 80, hostPort: 8080 }] })],
    pod: pod({ priorityClassName: 'high' }, { ports: [{ containerPort: 80, hostPort: 8080 }] }),
  },
  'preemption: not for a taint, and not on a node that cannot be helped': {
    nodes: [node('n1', { spec: { taints: [taint('a', 'NoSchedule')] } }), node('n2')],
    objects: priorities,
    standing: [on('n2', 'b', { priorityClassName: 'high' }, most)],
    pod: pod({ priorityClassName: 'middle' }, half),
  },
  'two that are full, one that is another’s': {
    nodes: [node('n1'), node('n2'), node('n3', { spec: { taints: [taint('a', 'NoSchedule', 'b')] } })],
    standing: [on('n1', 'a', {}, most), on('n2', 'b', {}, most)],
    pod: pod({}, half),
  },
  ...resourceSituations,
  ...volumeSituations,
  ...deviceSituations,
  ...preemptionSituations,
}
