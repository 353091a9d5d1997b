import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, pod, testCluster } from '../../testing.ts'
import { allocatedDevices } from './allocated.ts'
import { allocate } from './allocator.ts'
import { gatherPools } from './pools.ts'
import { allocationOf } from './result.ts'

const device = (name: string, more: object = {}): any => ({ name, ...more })
const slice = (name: string, devices: any[], spec: object = { nodeName: 'a' }): any => ({
  metadata: { name },
  spec: { driver: 'gpu.example', pool: { name: 'pool', generation: 1, resourceSliceCount: 1 }, devices, ...spec },
})
const gpuClass = (more: object = {}): any => ({ metadata: { name: 'gpu' }, spec: more })
const request = (more: object = {}): any => ({ name: 'r', exactly: { deviceClassName: 'gpu', ...more } })
const cel = (expression: string): any => [{ cel: { expression } }]
const claim = (requests: any[], more: any = {}): any => ({
  metadata: { namespace: 'n', name: more.name ?? 'c', uid: more.name ?? 'c', resourceVersion: '1' },
  spec: { devices: { requests, constraints: more.constraints, config: more.config } },
  status: more.status ?? {},
})
const taken = (...devices: string[]): any => ({
  allocation: { devices: { results: devices.map((each) => ({ request: 'r', driver: 'gpu.example', pool: 'pool', device: each })) } },
})
const attribute = (of: Record<string, any>): any => ({ attributes: of })
const nodeA = node('a', { zone: 'z' })

interface Ask {
  readonly slices: any[]
  readonly claims: any[]
  readonly others?: any[]
  readonly deviceClass?: any
  readonly on?: any
}

/** The devices of each claim on the node. */
function devicesFor({ slices, claims, others = [], deviceClass = gpuClass(), on = nodeA }: Ask): string[][] | undefined {
  const classOf = (name: string) => (name === 'gpu' ? deviceClass : undefined)
  const chosen = allocate({ claims, pools: gatherPools(slices, on), allocated: allocatedDevices(others), matches: new WeakMap(), classOf })
  return chosen?.map((of) => of.map(({ wish, device: { name } }) => (wish.name === 'r' ? name : `${wish.name}=${name}`)))
}

const two = slice('s', [
  device('d1', attribute({ model: { string: 'small' } })),
  device('d2', attribute({ model: { string: 'big' }, 'other.example/size': { int: 7 } })),
])

const cases: readonly (Ask & { readonly name: string; readonly want: string[][] | undefined })[] = [
  {
    name: 'the first device that is free',
    slices: [two],
    claims: [claim([request()])],
    others: [claim([], { name: 'o', status: taken('d1') })],
    want: [['d2']],
  },
  {
    name: 'none when all are taken',
    slices: [two],
    claims: [claim([request({ count: 2 })])],
    others: [claim([], { name: 'o', status: taken('d1') })],
    want: undefined,
  },
  {
    name: 'a selector of the claim',
    slices: [two],
    claims: [claim([request({ selectors: cel('device.attributes["gpu.example"].model == "big"') })])],
    want: [['d2']],
  },
  {
    name: 'a domain that a device does not know is empty',
    slices: [two],
    claims: [claim([request({ selectors: cel('"size" in device.attributes["other.example"] && device.attributes["other.example"].size > 5') })])],
    want: [['d2']],
  },
  {
    name: 'a selector of the class',
    slices: [two],
    claims: [claim([request()])],
    deviceClass: gpuClass({ selectors: cel('device.driver == "another"') }),
    want: undefined,
  },
  {
    name: 'capacity as quantities',
    slices: [slice('s', [device('d1', { capacity: { memory: { value: '8Gi' } } }), device('d2', { capacity: { memory: { value: '80Gi' } } })])],
    claims: [claim([request({ selectors: cel('device.capacity["gpu.example"].memory.compareTo(quantity("10Gi")) >= 0') })])],
    want: [['d2']],
  },
  { name: 'all devices', slices: [two], claims: [claim([request({ allocationMode: 'All' })])], want: [['d1', 'd2']] },
  {
    name: 'all devices, one of them taken',
    slices: [two],
    claims: [claim([request({ allocationMode: 'All' })])],
    others: [claim([], { name: 'o', status: taken('d1') })],
    want: undefined,
  },
  { name: 'all devices where there are none', slices: [slice('s', [])], claims: [claim([request({ allocationMode: 'All' })])], want: undefined },
  {
    name: 'admin access to what is taken',
    slices: [two],
    claims: [claim([request({ adminAccess: true })])],
    others: [claim([], { name: 'o', status: taken('d1') })],
    want: [['d1']],
  },
  {
    name: 'what must match is sought again from another first device',
    slices: [
      slice('s', [device('d1', attribute({ numa: { int: 0 } })), device('d2', attribute({ numa: { int: 1 } })), device('d3', attribute({ numa: { int: 1 } }))]),
    ],
    claims: [claim([request({ count: 2 })], { constraints: [{ matchAttribute: 'gpu.example/numa' }] })],
    want: [['d2', 'd3']],
  },
  {
    name: 'what must be distinct',
    slices: [
      slice('s', [device('d1', attribute({ numa: { int: 0 } })), device('d2', attribute({ numa: { int: 0 } })), device('d3', attribute({ numa: { int: 1 } }))]),
    ],
    claims: [claim([request({ count: 2 })], { constraints: [{ distinctAttribute: 'gpu.example/numa' }] })],
    want: [['d1', 'd3']],
  },
  {
    name: 'the first alternative that can be had',
    slices: [two],
    claims: [
      claim([
        {
          name: 'r',
          firstAvailable: [
            { name: 'three', deviceClassName: 'gpu', count: 3 },
            { name: 'one', deviceClassName: 'gpu' },
          ],
        },
      ]),
    ],
    want: [['r/one=d1']],
  },
  {
    name: 'two claims, where the first must leave the second its only device',
    slices: [two],
    claims: [claim([request()]), claim([request({ selectors: cel('device.attributes["gpu.example"].model == "small"') })], { name: 'c2' })],
    want: [['d2'], ['d1']],
  },
  {
    name: 'a taint is not tolerated',
    slices: [slice('s', [device('d1', { taints: [{ key: 'k', effect: 'NoSchedule' }] })])],
    claims: [claim([request()])],
    want: undefined,
  },
  {
    name: 'a taint is tolerated',
    slices: [slice('s', [device('d1', { taints: [{ key: 'k', effect: 'NoSchedule' }] })])],
    claims: [claim([request({ tolerations: [{ key: 'k', operator: 'Exists' }] })])],
    want: [['d1']],
  },
  { name: 'another node has the device', slices: [slice('s', [device('d1')], { nodeName: 'b' })], claims: [claim([request()])], want: undefined },
  { name: 'every node has the device', slices: [slice('s', [device('d1')], { allNodes: true })], claims: [claim([request()])], want: [['d1']] },
  {
    name: 'nodes of a zone have the device',
    slices: [slice('s', [device('d1')], { nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['z'] }] }] } })],
    claims: [claim([request()])],
    want: [['d1']],
  },
  {
    name: 'each device says which node has it',
    slices: [slice('s', [device('d1', { nodeName: 'b' }), device('d2', { nodeName: 'a' })], { perDeviceNodeSelection: true })],
    claims: [claim([request()])],
    want: [['d2']],
  },
  {
    name: 'only slices of the newest generation',
    slices: [
      two,
      { ...slice('t', [device('d9')]), spec: { ...slice('t', [device('d9')]).spec, pool: { name: 'pool', generation: 2, resourceSliceCount: 1 } } },
    ],
    claims: [claim([request()])],
    want: [['d9']],
  },
  {
    name: 'a pool that is not yet whole',
    slices: [slice('s', [device('d1')], { nodeName: 'a', pool: { name: 'pool', generation: 1, resourceSliceCount: 2 } })],
    claims: [claim([request()])],
    want: undefined,
  },
  { name: 'a pool with a name twice', slices: [slice('s', [device('d1'), device('d1')])], claims: [claim([request()])], want: undefined },
  {
    name: 'partitions use up what they share',
    slices: [
      slice('counters', [], {
        nodeName: 'a',
        sharedCounters: [{ name: 'card', counters: { memory: { value: '40Gi' } } }],
        pool: { name: 'pool', generation: 1, resourceSliceCount: 2 },
      }),
      slice(
        'parts',
        ['whole', 'half1', 'half2'].map((name, i) =>
          device(name, { consumesCounters: [{ counterSet: 'card', counters: { memory: { value: i === 0 ? '40Gi' : '20Gi' } } }] }),
        ),
        { nodeName: 'a', pool: { name: 'pool', generation: 1, resourceSliceCount: 2 } },
      ),
    ],
    claims: [claim([request({ count: 2 })])],
    want: [['half1', 'half2']],
  },
  {
    name: 'a device is shared while it has capacity',
    slices: [
      slice('s', [
        device('d1', { allowMultipleAllocations: true, capacity: { memory: { value: '10Gi' } } }),
        device('d2', { allowMultipleAllocations: true, capacity: { memory: { value: '10Gi' } } }),
      ]),
    ],
    claims: [claim([request({ capacity: { requests: { memory: '6Gi' } } })]), claim([request({ capacity: { requests: { memory: '6Gi' } } })], { name: 'c2' })],
    want: [['d1'], ['d2']],
  },
  {
    name: 'a capacity that the device does not have',
    slices: [two],
    claims: [claim([request({ capacity: { requests: { memory: '6Gi' } } })])],
    want: undefined,
  },
]

for (const { name, want, ...ask } of cases) test(`Devices are chosen: ${name}`, () => assert.deepEqual(devicesFor(ask), want))

test('A selector that fails names the claim and the selector', () => {
  const claims = [claim([request({ selectors: cel('device.attributes["gpu.example"].absent == 1') })])]
  assert.throws(() => devicesFor({ slices: [two], claims }), /claim n\/c: selector #0: CEL runtime error: no such key: absent/)
})

test('All devices of a pool that is being updated is an error', () => {
  const slices = [slice('s', [device('d1')], { nodeName: 'a', pool: { name: 'pool', generation: 1, resourceSliceCount: 2 } })]
  assert.throws(
    () => devicesFor({ slices, claims: [claim([request({ allocationMode: 'All' })])] }),
    /claim n\/c, request r: asks for all devices, but resource pool gpu.example\/pool is currently being updated/,
  )
})

test('A shared device is taken by the policy: rounded up to a step, the default where nothing is asked for', () => {
  const capacity = { memory: { value: '10Gi', requestPolicy: { default: '1Gi', validRange: { min: '1Gi', step: '1Gi' } } } }
  const chosen = (more: object) =>
    allocate({
      claims: [claim([request(more)])],
      pools: gatherPools([slice('s', [device('d1', { allowMultipleAllocations: true, capacity })])], nodeA),
      allocated: allocatedDevices([]),
      matches: new WeakMap(),
      classOf: () => gpuClass(),
    })
  assert.deepEqual(chosen({})![0]![0]!.consumed, { memory: '1Gi' })
  assert.deepEqual(chosen({ capacity: { requests: { memory: '1500Mi' } } })![0]![0]!.consumed, { memory: String(2 * 2 ** 30) })
})

test('The allocation says which devices, whose configuration, and where it can be used', () => {
  const asked = claim([request()], { config: [{ requests: ['r'], opaque: { driver: 'gpu.example', parameters: { fast: true } } }, { requests: ['other'] }] })
  const deviceClass = gpuClass({ config: [{ opaque: { driver: 'gpu.example', parameters: {} } }] })
  const pools = gatherPools([two], nodeA)
  const [chosen] = allocate({ claims: [asked], pools, allocated: allocatedDevices([]), matches: new WeakMap(), classOf: () => deviceClass })!
  assert.deepEqual(allocationOf(asked, chosen!, nodeA), {
    devices: {
      results: [{ request: 'r', driver: 'gpu.example', pool: 'pool', device: 'd1' }],
      config: [
        { source: 'FromClass', requests: ['r'], opaque: { driver: 'gpu.example', parameters: {} } },
        { source: 'FromClaim', requests: ['r'], opaque: { driver: 'gpu.example', parameters: { fast: true } } },
      ],
    },
    nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }] },
  })
})

const withClaim = (name = 'c') => pod('p', { resourceClaims: [{ name: 'gpu', resourceClaimName: name }] })
const messages: readonly { readonly name: string; readonly objects: any; readonly pod?: any; readonly want: string }[] = [
  { name: 'the claim is not there', objects: {}, want: '0/2 nodes are available: resourceclaim.resource.k8s.io "c" not found.' },
  {
    name: 'the claim is not made yet',
    objects: {},
    pod: pod('p', { resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 't' }] }),
    want: '0/2 nodes are available: pod "n/p": ResourceClaim not created yet.',
  },
  {
    name: 'the class is not there',
    objects: { resourceClaims: [claim([request()])] },
    want: '0/2 nodes are available: request r: device class gpu does not exist.',
  },
  {
    name: 'no node has the devices',
    objects: { resourceClaims: [claim([request({ count: 3 })])], deviceClasses: [gpuClass()], resourceSlices: [two] },
    want: '0/2 nodes are available: 2 cannot allocate all claims.',
  },
  {
    name: 'what is allocated is elsewhere',
    objects: {
      resourceClaims: [
        claim([request()], {
          status: {
            allocation: { devices: {}, nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['x'] }] }] } },
          },
        }),
      ],
    },
    want: '0/2 nodes are available: 2 resourceclaim not available on the node.',
  },
  ...(['a', 'b'] as const).map((better) => ({
    name: `the node where its first wish can be had (${better})`,
    objects: {
      resourceClaims: [
        claim([
          {
            name: 'r',
            firstAvailable: ['big', 'small'].map((model) => ({
              name: model,
              deviceClassName: 'gpu',
              selectors: cel(`device.attributes["gpu.example"].model == "${model}"`),
            })),
          },
        ]),
      ],
      deviceClasses: [gpuClass()],
      resourceSlices: ['a', 'b'].map((nodeName) =>
        slice(nodeName, [device('d', attribute({ model: { string: nodeName === better ? 'big' : 'small' } }))], {
          nodeName,
          pool: { name: nodeName, generation: 1, resourceSliceCount: 1 },
        }),
      ),
    },
    want: better,
  })),
  { name: 'the node with the device', objects: { resourceClaims: [claim([request()])], deviceClasses: [gpuClass()], resourceSlices: [two] }, want: 'a' },
]

for (const { name, objects, pod: asks = withClaim(), want } of messages) {
  test(`A pod with a claim is placed, or hears why not: ${name}`, () => {
    const cluster = testCluster({ nodes: [nodeA, node('b')], objects })
    assert.equal(cluster.place(asks), want)
  })
}

test('A pod without claims costs nothing', () => {
  assert.equal(testCluster({ nodes: [nodeA] }).place(pod('p')), 'a')
})
