import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectsOf, pod } from '../../testing.ts'
import { podInfoOf } from '../../state/pod-info.ts'
import { backedByDevices, requestsOf } from './extended.ts'

const gpu = 'example.com/gpu'
const container = (name: string, amounts: Record<string, string>, more: object = {}) => ({ name, image: 'i', resources: { requests: amounts }, ...more })
const gpuClass = (name: string, more: object = {}) => ({ metadata: { name, ...more }, spec: { extendedResourceName: gpu } })

test('A class stands for the resource it names, or for its own name; of several the newest, then the first by name', () => {
  const classes = [
    gpuClass('old', { creationTimestamp: '2026-01-01T00:00:00Z' }),
    gpuClass('b', { creationTimestamp: '2026-01-02T00:00:00Z' }),
    gpuClass('a', { creationTimestamp: '2026-01-02T00:00:00Z' }),
    { metadata: { name: 'plain' }, spec: {} },
  ]
  const requests = { [gpu]: '1', 'deviceclass.resource.kubernetes.io/plain': '1', 'example.com/other': '1', 'deviceclass.resource.kubernetes.io/none': '1' }
  const found = backedByDevices(podInfoOf(pod('p', { requests })).scalars, objectsOf({ deviceClasses: classes }))
  assert.deepEqual([...found].map(([name, { metadata }]) => [name, metadata.name]).sort(), [
    ['deviceclass.resource.kubernetes.io/plain', 'plain'],
    [gpu, 'a'],
  ])
})

const exactly = (count: number) => ({ deviceClassName: 'c', allocationMode: 'ExactCount', count })

for (const [title, spec, requests, mappings] of [
  [
    'A request each container, by its place and that of the resource among all it asks for',
    { containers: [container('a', { cpu: '1', [gpu]: '2' }), container('b', { memory: '1Gi' }), container('c', { [gpu]: '1' })] },
    [
      ['container-0-request-1', 2],
      ['container-2-request-0', 1],
    ],
    ['a: container-0-request-1', 'c: container-2-request-0'],
  ],
  [
    'One that ends before the others start uses what they have',
    { initContainers: [container('init', { [gpu]: '1' })], containers: [container('a', { [gpu]: '2' })] },
    [['container-1-request-0', 2]],
    ['a: container-1-request-0', 'init: container-1-request-0'],
  ],
  [
    'What it needs beyond that is asked for once, for the one that needs most',
    {
      initContainers: [container('small', { [gpu]: '3' }), container('large', { [gpu]: '5' })],
      containers: [container('a', { [gpu]: '2' })],
    },
    [
      ['container-1-request-0', 3],
      ['container-2-request-0', 2],
    ],
    [
      'a: container-2-request-0',
      'small: container-2-request-0',
      'small: container-1-request-0',
      'large: container-2-request-0',
      'large: container-1-request-0',
    ],
  ],
  [
    'A sidecar has its own',
    { initContainers: [container('side', { [gpu]: '1' }, { restartPolicy: 'Always' })], containers: [container('a', { [gpu]: '1' })] },
    [
      ['container-0-request-0', 1],
      ['container-1-request-0', 1],
    ],
    ['side: container-0-request-0', 'a: container-1-request-0'],
  ],
] as [string, any, [string, number][], string[]][]) {
  test(title, () => {
    const found = requestsOf({ ...pod('p'), spec }, new Map([[gpu, { metadata: { name: 'c' }, spec: {} } as any]]))
    assert.deepEqual(
      found.requests,
      requests.map(([name, count]) => ({ name, exactly: exactly(count) })),
    )
    assert.deepEqual(
      found.mappings.map(({ containerName, requestName }) => `${containerName}: ${requestName}`),
      mappings,
    )
  })
}
