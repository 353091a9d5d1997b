/** resource.k8s.io: classes of devices, claims on them, templates of claims, and what drivers publish. */
import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

type Json = Record<string, any>
const group = '/apis/resource.k8s.io/v1'
const apiVersion = 'resource.k8s.io/v1'
const dry = '?dryRun=All&fieldValidation=Strict'
const create = (key: string, path: string, body: object): Question => ({ key, method: 'POST', path: `${path}${dry}`, body })
const update = (key: string, path: string, body: object): Question => ({ key, method: 'PUT', path: `${path}${dry}`, body })
const make = (path: string, body: Json): Question => ({ key: `${body.kind} ${body.metadata.name}`, method: 'POST', path, body })

const classes = `${group}/deviceclasses`
const opaque = { driver: 'gpu.example.com', parameters: { apiVersion: 'gpu.example.com/v1', kind: 'Config', size: 1 } }
const deviceClass = (name: string, spec: Json = {}) => ({
  apiVersion,
  kind: 'DeviceClass',
  metadata: { name },
  spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }], config: [{ opaque }], extendedResourceName: 'example.com/gpu', ...spec },
})

const claims = `${group}/namespaces/golden/resourceclaims`
const exactly = { deviceClassName: 'gpu', selectors: [{ cel: { expression: 'true' } }], allocationMode: 'ExactCount', count: 2 }
const devices: Json = {
  requests: [
    { name: 'one', exactly },
    {
      name: 'either',
      firstAvailable: [
        { name: 'big', deviceClassName: 'gpu', allocationMode: 'All' },
        { name: 'small', deviceClassName: 'gpu', count: 1 },
      ],
    },
  ],
  constraints: [
    { requests: ['one'], matchAttribute: 'gpu.example.com/model' },
    { requests: ['one', 'either'], distinctAttribute: 'gpu.example.com/serial' },
  ],
  config: [{ requests: ['one', 'either/big'], opaque }],
}
const claim = (name: string, more: Json = {}) => ({
  apiVersion,
  kind: 'ResourceClaim',
  metadata: { name, namespace: 'golden' },
  spec: { devices: { ...devices, ...more } },
})
const bare = (...requests: Json[]) => ({ requests, constraints: undefined, config: undefined })
const allocated: Json = {
  allocation: {
    devices: {
      results: [{ request: 'one', driver: 'gpu.example.com', pool: 'pool', device: 'gpu-0' }],
      config: [{ source: 'FromClass', requests: ['one'], opaque }],
    },
    nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['one'] }] }] },
  },
  reservedFor: [{ resource: 'pods', name: 'web', uid: 'x' }],
  devices: [
    {
      driver: 'gpu.example.com',
      pool: 'pool',
      device: 'gpu-0',
      conditions: [{ type: 'Ready', status: 'True', reason: 'R', message: 'm', lastTransitionTime: '2026-01-02T03:04:05Z' }],
      data: { a: 1 },
      networkData: { interfaceName: 'eth0', ips: ['10.0.0.1/24'], hardwareAddress: 'aa:bb' },
    },
  ],
}
const status = (more: Json) => ({ ...claim('kept'), status: more })

const slices = `${group}/resourceslices`
const device: Json = {
  name: 'gpu-0',
  attributes: { model: { string: 'a' }, 'other.example.com/index': { int: 1 }, fast: { bool: true }, 'example.com/version': { version: '1.2.3' } },
  capacity: { memory: { value: '1Gi' } },
}
const slice = (name: string, spec: Json = {}) => ({
  apiVersion,
  kind: 'ResourceSlice',
  metadata: { name },
  spec: { driver: 'gpu.example.com', pool: { name: 'pool', generation: 1, resourceSliceCount: 1 }, nodeName: 'one', devices: [device], ...spec },
})
const nodes = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }] }
const withDevice = (more: Json) => ({ devices: [{ ...device, ...more }] })

export const deviceKinds: Questionnaire = {
  setup: [
    ...inNamespace,
    make(classes, deviceClass('kept')),
    make(claims, claim('kept')),
    make(claims, claim('held')),
    { key: 'held', method: 'PUT', path: `${claims}/held/status`, body: { ...claim('held'), status: allocated } },
    make(slices, slice('kept')),
  ],
  questions: [
    ...createEach('DeviceClass', classes, deviceClass('new'), { skip: ['spec.config[0].opaque.parameters'] }),
    ...[
      { selectors: [{}] },
      { selectors: [{ cel: { expression: '' } }] },
      { selectors: [{ cel: { expression: 'device.' } }] },
      { selectors: [{ cel: { expression: '5' } }] },
      { selectors: [{ cel: { expression: 'device.driver' } }] },
      { selectors: [{ cel: { expression: 'foo' } }] },
      { selectors: [{ cel: { expression: 'x'.repeat(10241) } }] },
      { selectors: Array.from({ length: 33 }, () => ({ cel: { expression: 'true' } })) },
      { config: Array.from({ length: 33 }, () => ({ opaque })) },
      { config: [{}] },
      { config: [{ opaque: { driver: 'A_b', parameters: {} } }] },
      { config: [{ opaque: { driver: 'a.example.com', parameters: 'x' } }] },
      { config: [{ opaque: { driver: 'a.example.com', parameters: { a: 'x'.repeat(10241) } } }] },
      { extendedResourceName: 'gpu' },
      { extendedResourceName: 'requests.example.com/gpu' },
      { extendedResourceName: 'kubernetes.io/gpu' },
    ].map((spec, index) => create(`device class by hand ${index}`, classes, deviceClass('new', spec))),
    ...updateEach('DeviceClass', `${classes}/kept`, deviceClass('kept'), { skip: ['metadata', 'spec.config'], brief: true }),
    ...createEach('ResourceClaim', claims, claim('new'), {
      skip: ['metadata', 'spec.devices.config[0].opaque.parameters', 'spec.devices.requests[1].firstAvailable[1]'],
      brief: true,
    }),
    ...[
      bare(),
      bare({ name: 'a' }),
      bare({ name: 'a', exactly, firstAvailable: [{ name: 'b', deviceClassName: 'c' }] }),
      bare({ name: 'a', firstAvailable: [] }),
      bare({ name: 'a', exactly }, { name: 'a', exactly }),
      bare({ name: 'a/b', exactly }),
      bare({ name: 'A_', exactly: { deviceClassName: 'B_' } }),
      bare({ name: 'a', exactly: { deviceClassName: 'gpu', allocationMode: 'All', count: 2 } }),
      bare({ name: 'a', exactly: { deviceClassName: 'gpu', allocationMode: 'Some' } }),
      bare({ name: 'a', exactly: { deviceClassName: 'gpu', count: 0 } }),
      bare({ name: 'a', exactly: { deviceClassName: 'gpu', count: -1 } }),
      bare({ name: 'a', exactly: { deviceClassName: 'gpu', adminAccess: true } }),
      bare({ name: 'a', exactly: { deviceClassName: 'gpu', selectors: [{ cel: { expression: 'device.attributes["gpu.example.com"].x > ' } }] } }),
      bare({
        name: 'a',
        exactly: {
          deviceClassName: 'gpu',
          tolerations: [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 5 }, { operator: 'x' }],
        },
      }),
      bare({ name: 'a', exactly: { deviceClassName: 'gpu', capacity: { requests: { memory: '1Gi' } } } }),
      bare(...Array.from({ length: 33 }, (_, index) => ({ name: `r${index}`, exactly }))),
      bare({ name: 'a', firstAvailable: Array.from({ length: 9 }, (_, index) => ({ name: `r${index}`, deviceClassName: 'gpu' })) }),
      bare({
        name: 'a',
        firstAvailable: [
          { name: 'b', deviceClassName: 'gpu' },
          { name: 'b', deviceClassName: '' },
        ],
      }),
      { constraints: [{}] },
      { constraints: [{ matchAttribute: 'model' }] },
      { constraints: [{ matchAttribute: 'a/b/c' }] },
      { constraints: [{ matchAttribute: 'A_/model' }] },
      { constraints: [{ requests: ['none'], matchAttribute: 'gpu.example.com/model' }] },
      { constraints: [{ requests: ['one', 'one'], matchAttribute: 'gpu.example.com/model' }] },
      { constraints: [{ requests: ['either/none'], matchAttribute: 'gpu.example.com/model' }] },
      { constraints: [{ matchAttribute: 'gpu.example.com/model', distinctAttribute: 'gpu.example.com/model' }] },
      { config: [{ requests: ['none'], opaque }] },
      { config: [{ requests: ['one', 'one'], opaque }] },
      { config: [{}] },
    ].map((more, index) => create(`claim by hand ${index}`, claims, claim('new', more))),
    create('template', `${group}/namespaces/golden/resourceclaimtemplates`, {
      apiVersion,
      kind: 'ResourceClaimTemplate',
      metadata: { name: 'new', namespace: 'golden' },
      spec: { metadata: { labels: { a: 'b' } }, spec: claim('x').spec },
    }),
    create('template of nothing', `${group}/namespaces/golden/resourceclaimtemplates`, {
      apiVersion,
      kind: 'ResourceClaimTemplate',
      metadata: { name: 'new', namespace: 'golden' },
      spec: {},
    }),
    create('template with a name', `${group}/namespaces/golden/resourceclaimtemplates`, {
      apiVersion,
      kind: 'ResourceClaimTemplate',
      metadata: { name: 'new', namespace: 'golden' },
      spec: { metadata: { name: 'x', namespace: 'y', labels: { 'a b': 'c d' } }, spec: claim('x', bare({ name: '' })).spec },
    }),
    ...updateEach('ResourceClaim', `${claims}/kept`, claim('kept'), { skip: ['metadata', 'spec.devices.config', 'spec.devices.constraints'], brief: true }),
    ...updateEach('ResourceClaim status', `${claims}/kept/status`, status(allocated), {
      skip: ['metadata', 'spec', 'status.allocation.devices.config[0].opaque.parameters', 'status.devices[0].data'],
      brief: true,
    }),
    ...[
      { ...allocated, allocation: undefined },
      { ...allocated, reservedFor: [...allocated.reservedFor, { resource: 'pods', name: 'other', uid: 'x' }] },
      { ...allocated, devices: [allocated.devices[0], allocated.devices[0]] },
      { ...allocated, devices: [{ driver: 'gpu.example.com', pool: 'pool', device: 'gpu-1' }] },
      { ...allocated, allocation: { devices: { results: [{ request: 'none', driver: 'A_', pool: 'a//b', device: 'B_' }] } } },
      { ...allocated, allocation: { devices: { results: [], config: [{ source: 'x', opaque }] } } },
      {},
    ].map((each, index) => update(`claim status by hand ${index}`, `${claims}/kept/status`, status(each))),
    ...[
      allocated,
      {},
      { ...allocated, reservedFor: [] },
      { ...allocated, allocation: undefined, reservedFor: undefined, devices: undefined },
      { ...allocated, allocation: { ...allocated.allocation, nodeSelector: undefined } },
    ].map((each, index) => update(`status of a held claim ${index}`, `${claims}/held/status`, { ...claim('held'), status: each })),
    ...createEach('ResourceSlice', slices, slice('new'), { skip: ['metadata'] }),
    ...[
      { nodeName: undefined },
      { nodeName: 'one', allNodes: true },
      { nodeName: undefined, nodeSelector: nodes },
      { nodeName: undefined, nodeSelector: { nodeSelectorTerms: [] } },
      { nodeName: undefined, nodeSelector: { nodeSelectorTerms: [...nodes.nodeSelectorTerms, ...nodes.nodeSelectorTerms] } },
      { nodeName: undefined, allNodes: false },
      { nodeName: 'A_' },
      { nodeName: undefined, perDeviceNodeSelection: true },
      { driver: 'A_b' },
      { driver: 'a'.repeat(64) },
      { pool: { name: 'A_/b', generation: -1, resourceSliceCount: 0 } },
      { pool: { name: 'a/b', generation: 0, resourceSliceCount: 1 } },
      { devices: [device, device] },
      { devices: Array.from({ length: 129 }, (_, index) => ({ name: `d${index}` })) },
      withDevice({ name: 'A_' }),
      withDevice({ attributes: { model: {} } }),
      withDevice({ attributes: { model: { string: 'a', int: 1 } } }),
      withDevice({ attributes: { model: { string: 'x'.repeat(65) } } }),
      withDevice({ attributes: { model: { version: '1' } } }),
      withDevice({ attributes: { 'a/b/c': { int: 1 } } }),
      withDevice({ attributes: { 'a-b': { int: 1 } } }),
      withDevice({ attributes: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`a${String(index).padStart(2, '0')}`, { int: 1 }])) }),
      withDevice({ capacity: { 'A b': { value: '1' } } }),
      withDevice({
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a b', effect: 'x' },
        ],
      }),
      withDevice({ consumesCounters: [{ counterSet: 'a', counters: { b: { value: '1' } } }] }),
      { devices: undefined, sharedCounters: [{ name: 'a', counters: { b: { value: '1' } } }] },
      { sharedCounters: [{ name: 'a', counters: { b: { value: '1' } } }] },
      {
        devices: undefined,
        sharedCounters: [
          { name: 'a', counters: {} },
          { name: 'a', counters: { B_: { value: '1' } } },
        ],
      },
    ].map((spec, index) => create(`slice by hand ${index}`, slices, slice('new', spec))),
    ...updateEach('ResourceSlice', `${slices}/kept`, slice('kept'), { skip: ['metadata', 'spec.devices'], brief: true }),
  ],
}
