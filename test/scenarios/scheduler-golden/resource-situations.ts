/** Sums of requests: pod-level ones, overhead, resizes under way, and reasons that come together. */
import { apart, expression, half, hostname, most, near, node, on, pod, required, spread, taint, three, together, zone } from './shapes.ts'
import type { Situation } from './situations.ts'

const runtimeClass = ['/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name: 'heavy' }, handler: 'h', overhead: { podFixed: { cpu: '2500m' } } }] as const
const heavy = { runtimeClassName: 'heavy', overhead: { cpu: '2500m' } }
const resizing = (inUse: string, wanted: string, condition?: object): object => {
  const resources = { requests: { cpu: inUse } }
  const status = {
    containerStatuses: [{ name: 'c', image: 'i', imageID: 'i', ready: true, restartCount: 0, resources, allocatedResources: resources.requests }],
  }
  return { ...on('n1', 'a', {}, { requests: { cpu: wanted } }), status: { phase: 'Running', ...status, ...(condition ? { conditions: [condition] } : {}) } }
}
const pending = (reason: string): object => ({ type: 'PodResizePending', status: 'True', reason })
const port = (hostPort: number, more: object = {}): object => ({ ports: [{ containerPort: 80, hostPort, ...more }] })

export const resourceSituations: Readonly<Record<string, Situation>> = {
  'overhead counts': { nodes: three, objects: [runtimeClass], pod: pod(heavy, half) },
  'overhead of one that stands counts': { nodes: [node('n1')], objects: [runtimeClass], standing: [on('n1', 'a', heavy)], pod: pod({}, half) },
  'a resize that is under way counts whole': { nodes: [node('n1')], standing: [resizing('1', '3')], pod: pod({}, half) },
  'a resize to less counts when it is done': { nodes: [node('n1')], standing: [resizing('3', '1')], pod: pod({}, half) },
  'a resize that has to wait counts': { nodes: [node('n1')], standing: [resizing('1', '3', pending('Deferred'))], pod: pod({}, half) },
  'a resize that cannot be does not count': { nodes: [node('n1')], standing: [resizing('1', '3', pending('Infeasible'))], pod: pod({}, half) },
  'resources of a whole pod that stands count for its containers': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', { resources: { requests: { cpu: '3' } } }, { requests: { cpu: '1' } })],
    pod: pod({}, half),
  },
  'a limit of the whole pod is its request': { nodes: three, pod: pod({ resources: { limits: { cpu: '5' } } }) },
  'huge pages of the whole pod': {
    nodes: [node('n1', { extended: { 'hugepages-2Mi': '4Mi' } })],
    pod: pod({ resources: { requests: { 'hugepages-2Mi': '8Mi', cpu: '1' }, limits: { 'hugepages-2Mi': '8Mi', cpu: '1' } } }),
  },
  'a limit is a request': { nodes: three, pod: pod({}, { limits: { cpu: '5' } }) },
  'nothing asked of a full node': {
    nodes: [node('n1', { cpu: '1' })],
    standing: [on('n1', 'a', {}, { requests: { cpu: '1' } })],
    pod: pod({}, { requests: { cpu: '0' } }),
  },
  'an init container asks for an extended resource': {
    nodes: three,
    pod: pod({}, { init: [{ name: 'i', image: 'i', resources: { requests: { 'example.test/gpu': '1' }, limits: { 'example.test/gpu': '1' } } }] }),
  },
  'resources that are short on all, in different ways': {
    nodes: [
      node('n1', { cpu: '1', memory: '1Gi' }),
      node('n2', { cpu: '1' }),
      node('n3', { memory: '1Gi', pods: '0' }),
      node('n4', { extended: { 'example.test/gpu': '1' } }),
    ],
    pod: pod(
      {},
      {
        requests: { cpu: '2', memory: '2Gi', 'example.test/gpu': '2', 'example.test/disk': '1' },
        limits: { 'example.test/gpu': '2', 'example.test/disk': '1' },
      },
    ),
  },
  'a port of an init container that stays': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, port(8080))],
    pod: pod({}, { init: [{ name: 'i', image: 'i', restartPolicy: 'Always', ports: [{ containerPort: 80, hostPort: 8080 }] }] }),
  },
  'a port of an init container that ends': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, port(8080))],
    pod: pod({}, { init: [{ name: 'i', image: 'i', ports: [{ containerPort: 80, hostPort: 8080 }] }] }),
  },
  'a port on the host’s network': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, port(80))],
    pod: pod({ hostNetwork: true }, { ports: [{ containerPort: 80, hostPort: 80 }] }),
  },
  'a port of the second of two pods, by its address': {
    nodes: [node('n1')],
    standing: [on('n1', 'a', {}, port(80, { hostIP: '127.0.0.1' })), on('n1', 'b', {}, port(80, { hostIP: '127.0.0.2' }))],
    pod: pod({}, port(80, { hostIP: '0.0.0.0' })),
  },
  'every reason there is, a node each': {
    nodes: [
      node('n1', { spec: { unschedulable: true } }),
      node('n2', { spec: { taints: [taint('a', 'NoSchedule', 'b'), taint('c', 'NoExecute')] } }),
      node('n3', { labels: { disk: 'hdd', [zone]: 'z' } }),
      node('n4', { labels: { disk: 'ssd', [zone]: 'z' } }),
      node('n5', { labels: { disk: 'ssd', [zone]: 'z' }, cpu: '1' }),
      node('n6', { labels: { disk: 'ssd', [zone]: 'z' } }),
      node('n7', { labels: { disk: 'ssd' } }),
      node('n8', { labels: { disk: 'ssd', [zone]: 'y' } }),
      node('n9', { labels: { disk: 'ssd', [zone]: 'x' } }),
    ],
    standing: [
      on('n4', 'a', {}, port(8080)),
      on('n6', 'b', {}, { labels: { app: 'a' } }),
      on('n8', 'c', apart(near({ app: 'a' })), { labels: {} }),
      on('n9', 'd', {}, { labels: { app: 'b' } }),
    ],
    pod: pod({ nodeSelector: { disk: 'ssd' }, ...spread(zone), ...apart(near({ app: 'b' })) }, { ...half, ...port(8080), labels: { app: 'a' } }),
  },
  'affinity and anti-affinity at once': {
    nodes: three,
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } }), on('n2', 'b', {}, { labels: { app: 'b' } })],
    pod: pod({
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near({ app: 'a' })] },
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near({ app: 'a' })] },
      },
    }),
  },
  'affinity to itself by a label nodes have not': { nodes: three, pod: pod(together(near({ app: 'a' }, zone)), { labels: { app: 'a' } }) },
  'affinity to two that stand apart': {
    nodes: three,
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } }), on('n2', 'b', {}, { labels: { app: 'b' } })],
    pod: pod(together(near({ app: 'a' }), near({ app: 'b' }))),
  },
  'two constraints of spreading, one that cannot be kept': {
    nodes: [node('n1', { labels: { [zone]: 'a' } }), node('n2', { labels: { [zone]: 'b' } })],
    standing: [on('n1', 'a', {}, { labels: { app: 'a' } }), on('n2', 'b', {}, { ...most, labels: { app: 'a' } })],
    pod: pod(
      {
        topologySpreadConstraints: [zone, hostname].map((topologyKey) => ({
          topologyKey,
          maxSkew: 1,
          minDomains: 3,
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'a' } },
        })),
      },
      { ...half, labels: { app: 'a' } },
    ),
  },
  'spread: revisions by matchLabelKeys': {
    nodes: [node('n1', { labels: { [zone]: 'a' } }), node('n2', { labels: { [zone]: 'b' } })],
    standing: [
      on('n1', 'a', {}, { labels: { app: 'a', hash: '1' } }),
      on('n2', 'b', {}, { labels: { app: 'a', hash: '2' } }),
      on('n2', 'c', {}, { labels: { app: 'a', hash: '2' } }),
    ],
    pod: pod(spread(zone, { matchLabelKeys: ['hash'] }), { labels: { app: 'a', hash: '1' } }),
  },
  'required node affinity: less than, exists, does not exist': {
    nodes: [node('n1', { labels: { cores: '4' } }), node('n2', { labels: { cores: '16' } }), node('n3', { labels: { cores: '2', old: '' } })],
    pod: pod(required({ matchExpressions: [expression('cores', 'Lt', '8'), expression('cores', 'Exists'), expression('old', 'DoesNotExist')] })),
  },
  'required node affinity: all but one by name': {
    nodes: [node('n1'), node('n2')],
    pod: pod(required({ matchFields: [expression('metadata.name', 'NotIn', 'n1')] })),
  },
  'required node affinity: one term by name and one by label': {
    nodes: [node('n1'), node('n2', { labels: { disk: 'ssd' } }), node('n3')],
    standing: [on('n2', 'a', {}, most)],
    pod: pod(required({ matchFields: [expression('metadata.name', 'In', 'n2')] }, { matchExpressions: [expression('disk', 'In', 'ssd')] }), half),
  },
  'required node affinity: a number that is none': {
    nodes: [node('n1', { labels: { cores: 'many' } })],
    pod: pod(required({ matchExpressions: [expression('cores', 'Gt', '8')] })),
  },
  'a taint with three of them on a node': {
    nodes: [node('n1', { spec: { taints: [taint('a', 'PreferNoSchedule', 'x'), taint('b', 'NoSchedule', 'y'), taint('c', 'NoExecute', 'z')] } })],
    pod: pod({ tolerations: [{ key: 'b', operator: 'Equal', value: 'y' }] }),
  },
  'a taint that is tolerated for its effect only': {
    nodes: [node('n1', { spec: { taints: [taint('a', 'NoExecute', 'x')] } })],
    pod: pod({ tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }] }),
  },
}
