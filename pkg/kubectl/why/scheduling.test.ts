import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyText } from './index.ts'
import { reasonsOf, schedulingFindings } from './scheduling.ts'
import type { Reader } from './types.ts'

const reader = (nodes: readonly object[] = []): Reader => ({
  get: async () => undefined,
  list: async (_, kind) => (kind === 'Node' ? nodes : []),
  events: async () => [],
  lastWords: async () => '',
  now: () => 0,
})

test('what the scheduler says is taken apart by reason, without counts and without what preemption adds', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['0/2 nodes are available: 2 Insufficient memory.', ['Insufficient memory']],
    [
      "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {a: b, c: d}, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.",
      ['Insufficient cpu', 'node(s) had untolerated taint {a: b, c: d}', "node(s) didn't match Pod's node affinity/selector"],
    ],
    [
      '0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
      ['Too many pods'],
    ],
    ['0/1 nodes are available: persistentvolumeclaim "c" not found.', ['persistentvolumeclaim "c" not found']],
    ['no nodes available to schedule pods', ['no nodes available to schedule pods']],
  ]
  for (const [message, reasons] of cases) assert.deepEqual(reasonsOf(message), reasons, message)
})

test('each reason of each scheduler plugin has its advice', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['1 Insufficient cpu', /Ask for less cpu, make room, or add a node/],
    ['1 Insufficient example.com/gpu', /Ask for less example\.com\/gpu/],
    ['1 Too many pods', /maxPods/],
    ['1 node(s) had untolerated taint(s)', /toleration/],
    ["1 node(s) didn't match Pod's node affinity/selector", /labels that the pod's selector/],
    ["1 node(s) didn't match PersistentVolume's node affinity", /tied to a node/],
    ['1 node(s) had volume node affinity conflict', /tied to a node/],
    ['1 node(s) had no available volume zone', /zone/],
    ['1 node(s) were unschedulable', /uncordon/],
    ["1 node(s) didn't have free ports for the requested pod ports", /host port/],
    ["1 node(s) didn't satisfy existing pods anti-affinity rules", /Pods that run there refuse it/],
    ["1 node(s) didn't match pod anti-affinity rules", /refuses to stand beside/],
    ["1 node(s) didn't match pod affinity rules", /wants to stand beside/],
    ["1 node(s) didn't match pod topology spread constraints (missing required label)", /topologyKey/],
    ["1 node(s) didn't match pod topology spread constraints", /maxSkew/],
    ['1 node(s) exceed max volume count', /as many volumes/],
    ["1 node(s) didn't find available persistent volumes to bind", /No volume fits/],
    ['1 node(s) did not have enough free storage', /Free storage/],
    ['pod has unbound immediate PersistentVolumeClaims', /k8ts why pvc/],
    ['1 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)', /was removed/],
    ['1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode', /Only one pod/],
    ['1 node(s) had no available disk', /disk already/],
    ["1 node(s) didn't match the requested node name", /node that its spec names/],
    ['1 cannot allocate all claims', /driver of the devices/],
    ['request r: device class gpu does not exist', /Create the device class/],
  ]
  for (const [reason, advice] of cases) {
    const text = whyText(await schedulingFindings({ spec: { containers: [] } }, `0/1 nodes are available: ${reason}. not found`, reader()))
    assert.ok(text.startsWith(`The scheduler says: 0/1 nodes are available: ${reason}.\n`), text)
    assert.match(text, advice, reason)
  }
})

test('a resource that is short: none has it, none is large enough, or others hold it', async () => {
  const pod = { spec: { containers: [{ resources: { requests: { cpu: '3' } } }, { resources: { requests: { cpu: '1' } } }] } }
  const told = async (...cpus: readonly (string | undefined)[]) =>
    whyText(await schedulingFindings(pod, '0/1 nodes are available: 1 Insufficient cpu.', reader(cpus.map((cpu) => ({ status: { allocatable: { cpu } } })))))
  assert.match(await told(undefined), /asks for 4 of cpu, which no node has/)
  assert.match(await told('2', '3500m', 'what'), /the largest node has 3500m in all: it fits no node/)
  assert.match(await told('2', '8'), /the largest node has 8, but other pods have asked for it/)
})
