import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionFor } from '../../index.ts'

const now = Date.parse('2026-01-01T01:00:00Z')

function row(plural: string, object: any, group = ''): unknown[] {
  const definition = definitionFor(group, 'v1', plural)!
  return definition.columns!.map(({ cell }) =>
    cell({ metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: {}, status: {}, ...object }, now),
  )
}

const spec = { containers: [{ name: 'a' }, { name: 'b' }] }
const running = { running: {} }
const pods: [string, any, string, string, string][] = [
  ['a new pod is pending', { spec, status: { phase: 'Pending' } }, '0/2', 'Pending', '0'],
  [
    'a waiting container says why',
    {
      spec,
      status: { phase: 'Pending', containerStatuses: [{ name: 'a', restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } }, lastState: {} }] },
    },
    '0/2',
    'ImagePullBackOff',
    '0',
  ],
  [
    'restarts say how long ago',
    {
      spec,
      status: {
        phase: 'Running',
        containerStatuses: [
          { name: 'a', ready: true, restartCount: 2, state: running, lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:55:00Z' } } },
          { name: 'b', ready: true, restartCount: 0, state: running, lastState: {} },
        ],
      },
    },
    '2/2',
    'Running',
    '2 (5m ago)',
  ],
  [
    'an init container that failed comes first',
    {
      spec: { ...spec, initContainers: [{ name: 'i' }] },
      status: { phase: 'Pending', initContainerStatuses: [{ name: 'i', restartCount: 1, state: { terminated: { exitCode: 3 } }, lastState: {} }] },
    },
    '0/2',
    'Init:ExitCode:3',
    '1',
  ],
  [
    'init containers are counted',
    {
      spec: { ...spec, initContainers: [{ name: 'i' }, { name: 'j' }] },
      status: { phase: 'Pending', initContainerStatuses: [{ name: 'i', restartCount: 0, state: running, lastState: {} }] },
    },
    '0/2',
    'Init:0/2',
    '0',
  ],
  [
    'a deleted pod is terminating',
    { metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' }, spec, status: { phase: 'Running' } },
    '0/2',
    'Terminating',
    '0',
  ],
  [
    'a killed container shows its signal',
    {
      spec,
      status: { phase: 'Failed', containerStatuses: [{ name: 'a', restartCount: 0, state: { terminated: { exitCode: 137, signal: 9 } }, lastState: {} }] },
    },
    '0/2',
    'Signal:9',
    '0',
  ],
]

for (const [name, object, ready, status, restarts] of pods) {
  test(`in the table of pods ${name}`, () => assert.deepEqual(row('pods', object).slice(1, 4), [ready, status, restarts]))
}

test('the table of services shows ports and addresses', () => {
  const ports = [
    { port: 80, nodePort: 30080, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
  ]
  assert.deepEqual(row('services', { spec: { type: 'NodePort', clusterIP: '10.0.0.1', ports } }), [
    'x',
    'NodePort',
    '10.0.0.1',
    '<none>',
    '80:30080/TCP,53/UDP',
    '60m',
    '<none>',
  ])
  assert.equal(row('services', { spec: { type: 'LoadBalancer' } })[3], '<pending>')
  assert.equal(row('services', { spec: { type: 'ExternalName', externalName: 'a.b' } })[3], 'a.b')
})

test('the table of nodes shows readiness and roles', () => {
  const metadata = { name: 'x', labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'edge' } }
  const cells = row('nodes', {
    metadata,
    spec: { unschedulable: true },
    status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.36.0' } },
  })
  assert.deepEqual(cells.slice(1, 5), ['Ready,SchedulingDisabled', 'control-plane,edge', '<unknown>', 'v1.36.0'])
})

test('the table of deployments shows wanted and ready pods', () => {
  const object = { spec: { replicas: 3, template: { spec }, selector: { matchLabels: { app: 'a' } } }, status: { readyReplicas: 2, updatedReplicas: 3 } }
  assert.deepEqual(row('deployments', object, 'apps'), ['x', '2/3', 3, 0, '60m', 'a,b', ',', 'app=a'])
})
