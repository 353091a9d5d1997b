import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod, PodSpec } from '#api/gen/core/v1.ts'
import { type AdmitInput, admit } from './admit.ts'
import { podRequests } from './pod-requests.ts'

const node = {
  metadata: { name: 'node-1', labels: { disk: 'ssd', cores: '8' } },
  spec: {},
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3' } },
} as unknown as Node
const pod = (spec: Partial<PodSpec> = {}, more: object = {}): Pod =>
  ({
    metadata: { name: 'p', namespace: 'default', uid: 'u' },
    spec: { containers: [{ name: 'main', resources: {} }], ...spec },
    status: {},
    ...more,
  }) as unknown as Pod
const asking = (cpu: string, memory = '0') => pod({ containers: [{ name: 'main', resources: { requests: { cpu, memory } } }] } as never)
const check = (of: Pod, more: Partial<AdmitInput> = {}) => admit({ pod: of, node, others: [], pressure: [], ...more })

test('a pod that fits is let in', () => {
  assert.equal(check(asking('2')), undefined)
})

test('cpu, memory and the number of pods are counted with the pods that are here', () => {
  assert.deepEqual(check(asking('1500m'), { others: [asking('600m')] }), {
    reason: 'OutOfcpu',
    message: "Node didn't have enough resource: cpu, requested: 1500, used: 600, capacity: 2000",
  })
  assert.equal(check(asking('1', '2Gi'))?.message, "Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824")
  assert.equal(check(pod(), { others: [pod(), pod(), pod()] })?.message, "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3")
})

test('huge pages that the node does not have are refused', () => {
  const containers = [{ name: 'main', resources: { requests: { cpu: '1m', 'hugepages-2Mi': '4Mi' }, limits: { 'hugepages-2Mi': '4Mi' } } }]
  assert.deepEqual(check(pod({ containers } as never)), {
    reason: 'OutOfhugepages-2Mi',
    message: "Node didn't have enough resource: hugepages-2Mi, requested: 4194304, used: 0, capacity: 0",
  })
})

test('a pod that must have no groups of its image’s needs a runtime that can see to it', () => {
  const strict = pod({ securityContext: { supplementalGroupsPolicy: 'Strict' } } as never)
  assert.deepEqual(check(strict), { reason: 'SupplementalGroupsPolicyNotSupported', message: 'SupplementalGroupsPolicy=Strict is not supported in this node' })
  const able = { ...node, status: { ...node.status, features: { supplementalGroupsPolicy: true } } } as Node
  assert.equal(check(strict, { node: able }), undefined)
})

test('an extended resource that the node does not know is no reason to refuse', () => {
  assert.equal(check(pod({ containers: [{ name: 'main', resources: { requests: { 'example.com/thing': '1' } } }] } as never)), undefined)
})

test('labels, affinity and the node name must match', () => {
  const refusal = { reason: 'NodeAffinity', message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" }
  const affinity = (...matchExpressions: object[]) =>
    pod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } } } } as never)
  assert.deepEqual(check(pod({ nodeSelector: { disk: 'hdd' } })), refusal)
  assert.equal(check(pod({ nodeSelector: { disk: 'ssd' } })), undefined)
  assert.deepEqual(check(affinity({ key: 'cores', operator: 'Gt', values: ['8'] })), refusal)
  assert.equal(check(affinity({ key: 'cores', operator: 'Gt', values: ['7'] }, { key: 'gone', operator: 'DoesNotExist' })), undefined)
  assert.deepEqual(check(affinity()), refusal)
  assert.equal(
    check(pod({ nodeSelector: { disk: 'hdd' } }, { status: { startTime: '2026-01-01T00:00:00Z' } })),
    undefined,
    'a pod that was let in before stays',
  )
  assert.equal(check(pod({ nodeName: 'node-2' }))?.reason, 'NodeName')
})

test('a host port is given once for an address and protocol', () => {
  const port = (hostPort: number, more: object = {}) =>
    pod({ containers: [{ name: 'main', resources: {}, ports: [{ containerPort: 80, hostPort, ...more }] }] } as never)
  assert.equal(check(port(80), { others: [port(80, { hostIP: '10.0.0.1' })] })?.reason, 'NodePorts')
  assert.equal(check(port(80, { hostIP: '10.0.0.2' }), { others: [port(80, { hostIP: '10.0.0.1' })] }), undefined)
  assert.equal(check(port(80, { protocol: 'UDP' }), { others: [port(80)] }), undefined)
})

test('NoExecute taints keep out what does not tolerate them; others are the scheduler’s matter', () => {
  const tainted = (effect: string) => ({ ...node, spec: { taints: [{ key: 'k', value: 'v', effect }] } }) as unknown as Node
  assert.deepEqual(check(pod(), { node: tainted('NoExecute') }), {
    reason: 'TaintToleration',
    message: 'Predicate TaintToleration failed: node(s) had untolerated taint(s)',
  })
  assert.equal(check(pod(), { node: tainted('NoSchedule') }), undefined)
  assert.equal(check(pod({ tolerations: [{ operator: 'Exists' }] } as never), { node: tainted('NoExecute') }), undefined)
  assert.equal(check(pod({ tolerations: [{ key: 'k', value: 'v', effect: 'NoExecute' }] } as never), { node: tainted('NoExecute') }), undefined)
})

test('pressure keeps pods out, but not critical ones, and memory pressure only those that ask for nothing', () => {
  assert.deepEqual(check(asking('1'), { pressure: ['DiskPressure'] }), { reason: 'Evicted', message: 'The node had condition: [DiskPressure]. ' })
  assert.equal(check(asking('1'), { pressure: ['MemoryPressure'] }), undefined)
  assert.equal(check(pod(), { pressure: ['MemoryPressure'] })?.reason, 'Evicted')
  assert.equal(check(pod({ priority: 2_000_000_000 }), { pressure: ['DiskPressure'] }), undefined)
})

test('requests: init containers run beside the sidecars before them, limits stand in for requests, overhead comes on top', () => {
  const container = (name: string, cpu: string, restartPolicy?: string) => ({
    name,
    resources: { limits: { cpu } },
    ...(restartPolicy ? { restartPolicy } : {}),
  })
  const requests = podRequests(
    pod({
      initContainers: [container('a', '1'), container('s', '500m', 'Always'), container('b', '2')],
      containers: [container('main', '1')],
      overhead: { cpu: '100m' },
    } as never),
  )
  assert.equal(requests.get('cpu'), 2600)
})
