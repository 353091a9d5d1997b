/** Devices of dynamic resource allocation, and what nodes declare they can do. */
import { half, most, node, on, pod, three } from './shapes.ts'
import type { Situation } from './situations.ts'

type Object = readonly [path: string, object: object]

const deviceClass = (spec: object = {}, name = 'class'): Object => ['/apis/resource.k8s.io/v1/deviceclasses', { metadata: { name }, spec }]
const request = (more: object = {}, name = 'r'): object => ({ name, exactly: { deviceClassName: 'class', ...more } })
const claim = (devices: object, metadata: object = {}, status?: object): Object => [
  '/apis/resource.k8s.io/v1/namespaces/NS/resourceclaims',
  { metadata: { name: 'claim', ...metadata }, spec: { devices }, ...(status ? { status } : {}) },
]
const one = (more: object = {}): Object => claim({ requests: [request(more)] })
const slice = (nodeName: string, devices: readonly object[], more: object = {}): Object => [
  '/apis/resource.k8s.io/v1/resourceslices',
  {
    metadata: { name: `slice-${nodeName}` },
    spec: { driver: 'example.test', nodeName, pool: { name: nodeName, generation: 1, resourceSliceCount: 1 }, devices, ...more },
  },
]
const device = (name: string, more: object = {}): object => ({ name, ...more })
const withDevice = { resourceClaims: [{ name: 'd', resourceClaimName: 'claim' }] }
const using = (spec: any = withDevice): object => pod(spec)
const cel = (text: string): object => ({ selectors: [{ cel: { expression: text } }] })
const taken = (nodeName: string, name: string, reservedFor?: object): object => ({
  allocation: {
    allocationTimestamp: '2026-01-01T00:00:00Z',
    devices: { results: [{ request: 'r', driver: 'example.test', pool: nodeName, device: name }] },
    nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }] },
  },
  ...(reservedFor ? { reservedFor: [reservedFor] } : {}),
})

/** Somebody holds it: it is not given back to try elsewhere. */
const another = { resource: 'pods', name: 'other', uid: 'other' }

export const deviceSituations: Readonly<Record<string, Situation>> = {
  'devices: one node has some': { nodes: three, objects: [deviceClass(), one(), slice('n2', [device('a')])], pod: using() },
  'devices: fewer than are asked for': { nodes: three, objects: [deviceClass(), one({ count: 2 }), slice('n2', [device('a')])], pod: using() },
  'devices: all of a node that has none': { nodes: three, objects: [deviceClass(), one({ allocationMode: 'All' })], pod: using() },
  'devices: all of a node': { nodes: three, objects: [deviceClass(), one({ allocationMode: 'All' }), slice('n3', [device('a'), device('b')])], pod: using() },
  'devices: of a model nobody has': {
    nodes: three,
    objects: [
      deviceClass(),
      one(cel('device.attributes["example.test"].model == "x"')),
      slice('n2', [device('a', { attributes: { model: { string: 'y' } } })]),
    ],
    pod: using(),
  },
  'devices: of a class that means others': {
    nodes: three,
    objects: [deviceClass(cel('device.driver == "other.test"')), one(), slice('n2', [device('a')])],
    pod: using(),
  },
  'devices: an expression that fails': {
    nodes: three,
    objects: [deviceClass(), one(cel('device.attributes["example.test"].model == "x"')), slice('n2', [device('a')])],
    pod: using(),
  },
  'devices: tainted': {
    nodes: three,
    objects: [deviceClass(), one(), slice('n2', [device('a', { taints: [{ key: 't', value: 'v', effect: 'NoSchedule' }] })])],
    pod: using(),
  },
  'devices: tainted and tolerated': {
    nodes: three,
    objects: [
      deviceClass(),
      one({ tolerations: [{ key: 't', operator: 'Exists' }] }),
      slice('n2', [device('a', { taints: [{ key: 't', value: 'v', effect: 'NoSchedule' }] })]),
    ],
    pod: using(),
  },
  'devices: the second choice': {
    nodes: three,
    objects: [
      deviceClass(),
      claim({
        requests: [
          {
            name: 'r',
            firstAvailable: [
              { name: 'best', deviceClassName: 'class', count: 2 },
              { name: 'next', deviceClassName: 'class' },
            ],
          },
        ],
      }),
      slice('n2', [device('a')]),
    ],
    pod: using(),
  },
  'devices: two that must be alike and are not': {
    nodes: three,
    objects: [
      deviceClass(),
      claim({ requests: [request({}, 'r'), request({}, 's')], constraints: [{ requests: ['r', 's'], matchAttribute: 'example.test/numa' }] }),
      slice('n2', [device('a', { attributes: { numa: { int: 0 } } }), device('b', { attributes: { numa: { int: 1 } } })]),
    ],
    pod: using(),
  },
  'devices: the list of the pool is not whole': {
    nodes: three,
    objects: [deviceClass(), one(), slice('n2', [device('a')], { pool: { name: 'n2', generation: 1, resourceSliceCount: 2 } })],
    pod: using(),
  },
  'devices: allocated on a node already': {
    nodes: three,
    objects: [deviceClass(), claim({ requests: [request()] }, {}, taken('n2', 'a')), slice('n2', [device('a')])],
    pod: using(),
  },
  'devices: allocated on a node that is full': {
    nodes: three,
    objects: [deviceClass(), claim({ requests: [request()] }, {}, taken('n2', 'a', another)), slice('n2', [device('a')])],
    standing: [on('n2', 's', {}, most)],
    pod: pod(withDevice, half),
  },
  'devices: allocated on a node that is gone': {
    nodes: three,
    objects: [deviceClass(), claim({ requests: [request()] }, {}, taken('gone', 'a', another))],
    pod: using(),
  },
  'devices: a node without them and a node too small': {
    nodes: [node('n1'), node('n2', { cpu: '1' })],
    objects: [deviceClass(), one(), slice('n2', [device('a')])],
    pod: pod(withDevice, half),
  },
  'devices: a claim template whose claim is not named yet': {
    nodes: three,
    objects: [
      deviceClass(),
      [
        '/apis/resource.k8s.io/v1/namespaces/NS/resourceclaimtemplates',
        { metadata: { name: 'template' }, spec: { spec: { devices: { requests: [request()] } } } },
      ],
    ],
    pod: pod({ resourceClaims: [{ name: 'd', resourceClaimTemplateName: 'template' }] }),
  },
  'devices: a claim that was made for another pod': {
    nodes: three,
    objects: [
      deviceClass(),
      claim({ requests: [request()] }, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'other', uid: 'other', controller: true }] }),
      slice('n2', [device('a')]),
    ],
    pod: using(),
  },
  'devices: admin access takes what is taken': {
    nodes: [node('n1')],
    objects: [deviceClass(), one(), slice('n1', [])],
    pod: using(),
  },
  'devices: an extended resource that a class stands for': {
    nodes: three,
    objects: [deviceClass({ extendedResourceName: 'example.test/gpu' }), slice('n2', [device('a')])],
    pod: pod({}, { requests: { 'example.test/gpu': '1' }, limits: { 'example.test/gpu': '1' } }),
  },
  'devices: more of an extended resource than a class has': {
    nodes: three,
    objects: [deviceClass({ extendedResourceName: 'example.test/gpu' }), slice('n2', [device('a')])],
    pod: pod({}, { requests: { 'example.test/gpu': '2' }, limits: { 'example.test/gpu': '2' } }),
  },
  'devices: by the name of the class': {
    nodes: three,
    objects: [deviceClass(), slice('n2', [device('a')])],
    pod: pod({}, { requests: { 'deviceclass.resource.kubernetes.io/class': '1' }, limits: { 'deviceclass.resource.kubernetes.io/class': '1' } }),
  },
  'devices: of nodes by their label': {
    nodes: [node('n1'), node('n2', { labels: { rack: 'r' } })],
    objects: [
      deviceClass(),
      one(),
      [
        '/apis/resource.k8s.io/v1/resourceslices',
        {
          metadata: { name: 'slice-rack' },
          spec: {
            driver: 'example.test',
            nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['r'] }] }] },
            pool: { name: 'rack', generation: 1, resourceSliceCount: 1 },
            devices: [device('a')],
          },
        },
      ],
    ],
    pod: using(),
  },
  'devices: two generations of a pool': {
    nodes: [node('n1')],
    objects: [
      deviceClass(),
      one(),
      slice('n1', [device('a')], { pool: { name: 'n1', generation: 2, resourceSliceCount: 1 } }),
      [
        '/apis/resource.k8s.io/v1/resourceslices',
        {
          metadata: { name: 'slice-old' },
          spec: { driver: 'example.test', nodeName: 'n1', pool: { name: 'n1', generation: 1, resourceSliceCount: 1 }, devices: [device('b')] },
        },
      ],
    ],
    pod: using(),
  },
  'a node must declare that it restarts all containers': {
    nodes: three,
    pod: pod({
      restartPolicy: 'Never',
      containers: [
        { name: 'c', image: 'i', restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [1] } }] },
      ],
    }),
  },
  'one node declares that it restarts all containers': {
    nodes: [node('n1'), node('n2', { status: { declaredFeatures: ['RestartAllContainersOnContainerExits'] } })],
    pod: pod({
      restartPolicy: 'Never',
      containers: [
        { name: 'c', image: 'i', restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [1] } }] },
      ],
    }),
  },
}
