/** Nodes that fall silent, say that they are not well, are emptied, and go. */
import { leases, nodes, pods, services } from '#api/gen/resources.ts'
import { addNode, nodeConditions } from '../nodes-at-work.ts'
import { rfc3339 } from '../times.ts'
import type { Scenario, Step } from '../types.ts'
import { all, change, container, make, remove, step } from './steps.ts'

/** Longer than a node may be silent, and than Pod GC takes. */
const quietMs = 75_000

/** A node of the scenario, alive, in a zone of its own. */
const node =
  (end: string, labels: object = {}): Step['act'] =>
  (place) => {
    const name = `${place.namespace}-${end}`
    return addNode(place, name, { 'topology.kubernetes.io/zone': `zone-${name}`, ...labels })
  }
const patchNode =
  (end: string, patch: object): Step['act'] =>
  (place) =>
    change(nodes, `${place.namespace}-${end}`, patch)(place)
const silent = (end: string): Step['act'] => patchNode(end, { metadata: { labels: { does: 'nothing' } } })
const says =
  (end: string, conditions: Readonly<Record<string, string>>): Step['act'] =>
  (place) =>
    change(nodes, `${place.namespace}-${end}`, { status: { conditions: nodeConditions(rfc3339(place.clock), conditions) } }, 'status')(place)
const back = (end: string): Step['act'] => all(patchNode(end, { metadata: { labels: { does: 'live' } } }), says(end, {}))
const tainted = (end: string, ...taints: readonly string[]): Step['act'] =>
  patchNode(end, { spec: { taints: taints.map((each) => ({ key: each.split(':')[0], effect: each.split(':')[1] })) } })

interface PodOn {
  readonly tolerations?: readonly object[]
  readonly labels?: object
  readonly metadata?: object
  readonly spec?: object
}
const podOn =
  (end: string, name: string, { tolerations, labels = {}, metadata = {}, spec = {} }: PodOn = {}): Step['act'] =>
  (place) =>
    make(
      pods,
      name,
      {
        spec: {
          nodeName: `${place.namespace}-${end}`,
          terminationGracePeriodSeconds: 5,
          containers: [container()],
          ...(tolerations ? { tolerations } : {}),
          ...spec,
        },
      },
      { labels: { app: 'web', ...labels }, ...metadata },
    )(place)

const tolerates = (key: string, tolerationSeconds?: number) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
})
const tolerating = (seconds?: number) => ({
  tolerations: [tolerates('node.kubernetes.io/unreachable', seconds), tolerates('node.kubernetes.io/not-ready', seconds)],
})
const forever = tolerating()

export const nodeScenarios: readonly Scenario[] = [
  {
    name: 'node-silent',
    quietMs,
    steps: [
      step(
        'well',
        all(
          node('one'),
          podOn('one', 'patient'),
          podOn('one', 'five', { ...tolerating(5), labels: { app: 'other' } }),
          podOn('one', 'none', { ...tolerating(0), labels: { app: 'other' } }),
          podOn('one', 'forever', forever),
          podOn('one', 'unready', { labels: { does: 'unready' } }),
          podOn('one', 'done', { labels: { does: 'exit-0' }, spec: { restartPolicy: 'Never' } }),
          make(services, 'web', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }),
        ),
      ),
      step('silent', silent('one')),
      step('back', back('one')),
    ],
  },
  {
    name: 'node-not-ready',
    steps: [
      step('well', all(node('one'), podOn('one', 'five', tolerating(5)), podOn('one', 'forever', forever))),
      step('not ready', says('one', { ready: 'False' })),
      step('unknown', says('one', { ready: 'Unknown' })),
      step('back', says('one', {})),
    ],
  },
  {
    name: 'node-pressures',
    steps: [
      step('well', all(node('one', { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' }), podOn('one', 'forever', forever))),
      step('everything at once', says('one', { MemoryPressure: 'True', DiskPressure: 'True', PIDPressure: 'True', NetworkUnavailable: 'True' })),
      step('nobody knows', says('one', { MemoryPressure: 'Unknown', DiskPressure: 'False', PIDPressure: 'Unknown', NetworkUnavailable: 'Unknown' })),
      step('well again', says('one', { NetworkUnavailable: 'False' })),
      step('cordoned', patchNode('one', { spec: { unschedulable: true } })),
      step('tainted by hand', tainted('one', 'example.com/mine:PreferNoSchedule', 'node.kubernetes.io/memory-pressure:NoSchedule')),
      step('uncordoned', patchNode('one', { spec: { unschedulable: null } })),
      step('another architecture', patchNode('one', { metadata: { labels: { 'kubernetes.io/arch': 'arm64', 'beta.kubernetes.io/os': null } } })),
    ],
  },
  {
    name: 'node-mute',
    quietMs: quietMs + 15_000,
    steps: [step('registered', (place) => make(nodes, `${place.namespace}-one`, {})(place)), step('speaks', says('one', {}))],
  },
  {
    name: 'node-half-silent',
    quietMs,
    steps: [
      step(
        'without a Lease',
        all(node('one'), silent('one'), (place) => remove(leases, `${place.namespace}-one`)({ ...place, namespace: 'kube-node-lease' })),
      ),
      step('it was not ready before', all(back('one'), says('one', { ready: 'False', DiskPressure: 'True', Custom: 'True' }), silent('one'))),
    ],
  },
  {
    name: 'node-zone',
    quietMs,
    steps: [
      step(
        'five of a zone',
        all(
          ...['one', 'two', 'three', 'four', 'five'].map((end) =>
            node(end, { 'topology.kubernetes.io/region': 'node-zone', 'topology.kubernetes.io/zone': 'a' }),
          ),
          podOn('three', 'none', tolerating(0)),
        ),
      ),
      step('two are silent', all(silent('one'), silent('two'))),
      step('three of five', silent('three')),
      step('one is back', back('one')),
    ],
  },
  {
    name: 'node-gone',
    quietMs,
    steps: [
      step(
        'well',
        all(
          node('one'),
          podOn('one', 'running', { metadata: { finalizers: ['example.com/hold'] } }),
          podOn('one', 'done', { labels: { does: 'exit-0' }, metadata: { finalizers: ['example.com/hold'] } }),
          podOn('one', 'plain'),
          podOn('one', 'lingers', { labels: { lingers: 'yes' }, metadata: { finalizers: ['example.com/hold'] } }),
          remove(pods, 'lingers'),
        ),
      ),
      step('deleted', (place) => remove(nodes, `${place.namespace}-one`)(place)),
    ],
  },
  {
    name: 'node-out-of-service',
    quietMs,
    steps: [
      step(
        'not ready',
        all(
          node('one'),
          podOn('one', 'held', { ...forever, labels: { lingers: 'yes' }, metadata: { finalizers: ['example.com/hold'] } }),
          podOn('one', 'lingers', { ...forever, labels: { lingers: 'yes' } }),
          podOn('one', 'stays', forever),
          remove(pods, 'held'),
          remove(pods, 'lingers'),
          says('one', { ready: 'False' }),
        ),
      ),
      step(
        'out of service',
        patchNode('one', { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }] } }),
      ),
    ],
  },
  {
    name: 'node-tainted',
    steps: [
      step(
        'well',
        all(
          node('one'),
          podOn('one', 'intolerant', { labels: { lingers: 'yes' } }),
          podOn('one', 'long', { tolerations: [tolerates('example.com/a', 3600)] }),
          podOn('one', 'short', { tolerations: [tolerates('example.com/a', 2)] }),
          podOn('one', 'any', { tolerations: [{ operator: 'Exists' }] }),
          podOn('one', 'other', { tolerations: [tolerates('example.com/b')] }),
          podOn('one', 'done', { labels: { does: 'exit-0' }, spec: { restartPolicy: 'Never' }, tolerations: [tolerates('example.com/b')] }),
        ),
      ),
      step('no schedule', tainted('one', 'example.com/a:NoSchedule')),
      step('no execute', tainted('one', 'example.com/a:NoExecute')),
      step('no longer', tainted('one')),
      step('twice', tainted('one', 'example.com/a:NoExecute', 'example.com/b:NoExecute')),
    ],
  },
  {
    name: 'pod-unplaced',
    quietMs: 30_000,
    steps: [
      step(
        'waits',
        make(pods, 'held', { spec: { schedulingGates: [{ name: 'example.com/wait' }], containers: [container()] } }, { finalizers: ['example.com/hold'] }),
      ),
      step('deleted', remove(pods, 'held')),
    ],
  },
]
