import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerStatus, Pod, PodStatus } from '#api/gen/core/v1.ts'
import { type ContainerRecord, nothingRuns, type PodRuntimeStatus } from '../runtime/pod-runtime.ts'
import { containerStatus } from './container-status.ts'
import { podResourcesStatus } from './pod-resources.ts'
import type { StatusInput } from './types.ts'

const resources = { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '200m' } }
const pod = { metadata: {}, spec: { containers: [{ name: 'main', image: 'app:1', resources }], initContainers: [{ name: 'init' }] } } as unknown as Pod
const record = (more: Partial<ContainerRecord> = {}) =>
  ({ id: 'b', name: 'main', state: 'running', restartCount: 0, image: 'app:1', imageId: 'sha256:1', startedAt: 0, ...more }) as ContainerRecord
const ran = { containerID: 'containerd://a', image: 'app:1', imageID: 'sha256:1', lastState: {}, ready: true, restartCount: 3, started: true }

function told(more: Partial<StatusInput> & { runs?: ContainerRecord; before?: Partial<ContainerStatus>; name?: string } = {}): ContainerStatus {
  const { runs, before, name = 'main', ...rest } = more
  const runtime: PodRuntimeStatus = runs ? { sandboxes: [], containers: [runs] } : nothingRuns
  const previous = before && ({ containerStatuses: [{ name, ...ran, ...before }] } as unknown as PodStatus)
  const input = { pod, runtime, previous, probes: { started: () => true, ready: () => true }, waiting: new Map(), nowMs: 0, terminating: false, ...rest }
  const container = [...pod.spec.containers, ...pod.spec.initContainers!].find((each) => each.name === name)!
  return containerStatus(input as StatusInput, { container, kind: name === 'init' ? 'init' : 'regular' })
}

test('what a container has is told once the runtime has made it, of an ended one what it was given', () => {
  const { allocatedResources, resources: before } = told()
  assert.deepEqual([allocatedResources, before], [undefined, undefined])
  const running = told({ runs: record(), actuated: () => ({ limits: { cpu: '150m' } }) })
  assert.deepEqual([running.allocatedResources, running.resources], [resources.requests, { limits: { cpu: '150m' } }])
  const ended = told({ runs: record({ state: 'exited', finishedAt: 1, exitCode: 1, reason: 'Error' }), actuated: () => ({}) })
  assert.deepEqual(ended.resources, resources)
})

test('whom a container runs as and how its devices are stays told when it has ended', () => {
  const health = [{ name: 'example.com/gpu', resources: [{ resourceID: 'one', health: 'Healthy' as const }] }]
  const user = { uid: 1, gid: 2, supplementalGroups: [3] }
  const status = told({ runs: record({ state: 'exited', user }), deviceHealth: () => health })
  assert.deepEqual([status.user, status.allocatedResourcesStatus], [{ linux: user }, health])
})

test('a container that ran and that the runtime has lost is waited for, and its run counts; when the pod ends it is unknown', () => {
  const before = { state: { running: { startedAt: '2020-01-01T00:00:00Z' } } } as Partial<ContainerStatus>
  const lost = told({ before })
  assert.deepEqual([lost.state, lost.restartCount], [{ waiting: { reason: 'PodInitializing' } }, 4])
  assert.deepEqual(lost.lastState.terminated, {
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was deleted.  The container used to be Running',
    exitCode: 137,
  })
  const { terminated } = told({ before, terminating: true }).state
  assert.deepEqual([terminated?.reason, terminated?.message], ['ContainerStatusUnknown', 'The container could not be located when the pod was terminated'])
})

test('what has ended stays as it was told; an init container that nobody knows of any more has done its work once others were made', () => {
  const state = { terminated: { exitCode: 1, reason: 'Error' } } as ContainerStatus['state']
  assert.deepEqual(told({ before: { state } }), { name: 'main', ...ran, state })
  const waiting = new Map([['main', { reason: 'CrashLoopBackOff', message: 'back-off' }]])
  const again = told({ before: { state }, waiting })
  assert.deepEqual([again.state.waiting?.reason, again.lastState], ['CrashLoopBackOff', state])
  assert.equal(told({ name: 'init' }).state.waiting?.reason, 'PodInitializing')
  const done = told({ name: 'init', runs: record() })
  assert.deepEqual([done.state.terminated?.reason, done.state.terminated?.exitCode, done.ready], ['Completed', 0, true])
})

test('the count of restarts never goes down, and goes up with a run that the runtime counts anew', () => {
  assert.equal(told({ runs: record({ restartCount: 1 }), before: { state: { running: {} as never } } }).restartCount, 3)
  assert.equal(told({ runs: record({ restartCount: 1 }), before: { state: { terminated: { exitCode: 1 } as never } } }).restartCount, 4)
})

const part = (name: string, cpu: string, limits?: object) => ({ name, resources: { requests: { cpu, memory: '1Gi' }, ...(limits ? { limits } : {}) } })
const asking = (phase: string, spec: object) => ({ metadata: {}, spec, status: { phase } }) as unknown as Pod
const two = { containers: [part('a', '100m', { cpu: '1', 'example.com/x': '1' }), part('b', '200m')], overhead: { cpu: '50m' } }
const cgroup = { shares: 358, cpuLimitMilli: undefined, memoryLimit: 2 ** 31 }
const cases: readonly (readonly [what: string, given: Parameters<typeof podResourcesStatus>, expected: ReturnType<typeof podResourcesStatus>])[] = [
  [
    'that starts: what its containers ask for together',
    [asking('Pending', two), cgroup, undefined],
    {
      allocatedResources: { cpu: '350m', memory: '2Gi' },
      resources: { limits: { cpu: '1050m', 'example.com/x': '1' }, requests: { cpu: '350m', memory: '2Gi' } },
    },
  ],
  [
    'that runs: what its cgroup says, and the memory that no cgroup knows of',
    [asking('Running', two), cgroup, undefined],
    { allocatedResources: { cpu: '350m', memory: '2Gi' }, resources: { limits: { memory: '2Gi' }, requests: { cpu: '350m', memory: '2Gi' } } },
  ],
  ['that asks for nothing', [asking('Running', { containers: [{}] }), { ...cgroup, shares: 2, memoryLimit: undefined }, undefined], { resources: {} }],
  [
    'that asks as a whole: in its place, and the memory request stays what it was told first',
    [
      asking('Running', { ...two, resources: { requests: { cpu: '1', memory: '3Gi' }, limits: { cpu: '1' } } }),
      { shares: 1024, cpuLimitMilli: 1000, memoryLimit: undefined },
      { phase: 'Running', resources: { requests: { memory: '2Gi' } } } as PodStatus,
    ],
    { allocatedResources: { cpu: '1050m', memory: '3Gi' }, resources: { limits: { cpu: '1' }, requests: { cpu: '1', memory: '2Gi' } } },
  ],
]
for (const [what, given, expected] of cases) test(`the resources of a pod ${what}`, () => assert.deepEqual(podResourcesStatus(...given), expected))
