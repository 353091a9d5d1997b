import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { Container } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { container, workerBench } from '../testing/worker-bench.ts'

type Bench = Awaited<ReturnType<typeof workerBench>>
let bench: Bench
const start = async (...args: Parameters<typeof workerBench>) => {
  bench = await workerBench(...args)
}
afterEach(() => bench.end())

const asks = { restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }] } as Partial<Container>
const condition = () => bench.status().conditions?.find(({ type }) => type === 'AllContainersRestarting')
/** What the API was told of the condition, each change once. */
const told = () => {
  const all = bench.client.actions
    .filter(({ verb, object }) => verb === 'patch' && (object as { status?: object } | undefined)?.status)
    .map(({ object }) => (object as never as { status: ReturnType<Bench['status']> }).status.conditions?.find(({ type }) => type === 'AllContainersRestarting'))
  return all.map((each) => each?.status).filter((each, index, list) => each !== list[index - 1])
}
const counts = () =>
  [...(bench.status().initContainerStatuses ?? []), ...(bench.status().containerStatuses ?? [])].map(({ name, restartCount }) => `${name} ${restartCount}`)

test('a container that exits as its rule says begins all of them anew, init containers first, in the same sandbox', async () => {
  await start({
    restartPolicy: 'Never',
    initContainers: [container('init'), container('side', { restartPolicy: 'Always' })],
    containers: [container('main', { lifecycle: { preStop: { sleep: { seconds: 5 } } } }), container('asking', { restartPolicy: 'Never', ...asks })],
  })
  bench.cri.exit('init', 0)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['side', 'main', 'asking'])
  assert.deepEqual([condition()?.status, condition()?.observedGeneration], ['False', undefined])
  const before = bench.cri.calls.length
  bench.cri.exit('asking', 42)
  await bench.rest()
  // Without grace or hook; what asked goes last.
  assert.deepEqual(bench.cri.calls.slice(before), [
    'removeContainer init',
    'stopContainer side 0',
    'removeContainer side',
    'stopContainer main 0',
    'removeContainer main',
    'removeContainer asking',
    'createContainer init',
    'startContainer init',
  ])
  assert.deepEqual(told(), ['False', 'True', 'False'])
  const { phase, containerStatuses } = bench.status()
  assert.equal(phase, 'Running')
  assert.deepEqual(containerStatuses?.[0]?.lastState.terminated, {
    reason: 'RestartingAllContainers',
    message: 'The container is removed because RestartAllContainers in place',
    exitCode: 137,
  })
  bench.cri.exit('init', 0)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['side', 'main', 'asking'])
  assert.deepEqual(counts(), ['init 1', 'side 1', 'main 1', 'asking 1'])
  assert.equal(bench.cri.sandboxes.size, 1)
  assert.deepEqual(
    bench.recorder.events.filter(({ reason }) => reason === 'Killing').map(({ message, fieldPath }) => `${message} ${fieldPath}`),
    ['killing spec.initContainers{side}', 'killing spec.containers{main}'],
  )
})

test('the condition is True with its reason while they are removed, and containers tell why they wait', async () => {
  await start({ restartPolicy: 'Never', containers: [container('main'), container('asking', { restartPolicy: 'Never', ...asks })] })
  bench.cri.slowNext('stopContainer', 5)
  bench.cri.exit('asking', 42)
  await bench.rest()
  assert.deepEqual(
    [condition()?.status, condition()?.reason, condition()?.message],
    ['True', 'RestartAllContainersStarted', 'container exited with restart policy rule'],
  )
  assert.equal(bench.status().phase, 'Running')
  await bench.advance(6)
  assert.equal(condition()?.status, 'False')
  assert.equal(condition()?.reason, undefined)
  assert.deepEqual(bench.cri.running(), ['main', 'asking'])
})

test('what completed or failed for good begins anew too', async () => {
  await start({ restartPolicy: 'Never', containers: [container('done'), container('failed'), container('asking', { restartPolicy: 'Never', ...asks })] })
  bench.cri.exit('done', 0)
  bench.cri.exit('failed', 3)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['asking'])
  bench.cri.exit('asking', 42)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['done', 'failed', 'asking'])
  assert.deepEqual(counts(), ['done 1', 'failed 1', 'asking 1'])
})

test('another exit code is the restart policy’s, and the pod ends', async () => {
  await start({ restartPolicy: 'Never', containers: [container('asking', { restartPolicy: 'Never', ...asks })] })
  bench.cri.exit('asking', 41)
  await bench.advance(1)
  assert.deepEqual([bench.status().phase, condition()?.status, condition()?.reason], ['Failed', 'False', 'PodFailed'])
})

test('an init container that fails after it fails the pod where nothing restarts it', async () => {
  await start({ restartPolicy: 'Never', initContainers: [container('init')], containers: [container('asking', { restartPolicy: 'Never', ...asks })] })
  bench.cri.exit('init', 0)
  await bench.rest()
  bench.cri.exit('asking', 42)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['init'])
  bench.cri.exit('init', 1)
  await bench.advance(1)
  assert.equal(bench.status().phase, 'Failed')
})

test('a sidecar may ask before any regular container has begun', async () => {
  await start({
    restartPolicy: 'Never',
    initContainers: [container('side', { restartPolicy: 'Always', ...asks }), container('init')],
    containers: [container('main')],
  })
  assert.deepEqual(bench.cri.running(), ['side', 'init'])
  bench.cri.exit('side', 42)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['side', 'init'])
  assert.equal(bench.status().phase, 'Pending')
  assert.deepEqual(counts(), ['side 1', 'init 1', 'main 0'])
  bench.cri.exit('init', 0)
  await bench.rest()
  assert.equal(bench.status().phase, 'Running')
})

test('one that asks again and again is held up by the back-off of crashes', async () => {
  await start({ restartPolicy: 'Never', containers: [container('main'), container('asking', { restartPolicy: 'Never', ...asks })] })
  bench.cri.exit('asking', 42)
  await bench.rest()
  bench.cri.exit('asking', 42)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['main'])
  assert.equal(bench.status().containerStatuses?.[1]?.state.waiting?.reason, 'CrashLoopBackOff')
  await bench.advance(11)
  assert.deepEqual(bench.cri.running(), ['main', 'asking'])
  assert.deepEqual(counts(), ['main 2', 'asking 2'])
})

test('ephemeral containers stay, and do not begin again', async () => {
  await start({ containers: [container('asking', { restartPolicy: 'Never', ...asks })] })
  await bench.client.patch(pods, { namespace: 'default', name: 'web' }, { spec: { ephemeralContainers: [container('debug')] } } as never, { type: 'strategic' })
  await bench.deliver()
  bench.cri.exit('asking', 42)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['debug', 'asking'])
  assert.equal(bench.cri.starts.filter(({ name }) => name === 'debug').length, 1)
})

test('a kubelet that restarts in the midst of it, and an API that is away, change nothing of it', async () => {
  await start({ restartPolicy: 'Never', containers: [container('main'), container('asking', { restartPolicy: 'Never', ...asks })] })
  bench.outage.on = true
  bench.cri.failNext('removeContainer', 'it failed')
  bench.cri.exit('asking', 42)
  await bench.rest()
  bench.outage.on = false
  await bench.restartKubelet()
  await bench.advance(5)
  assert.deepEqual(bench.cri.running(), ['main', 'asking'])
  assert.equal(condition()?.status, 'False')
})

test('a pod that is being deleted does not begin anew', async () => {
  await start({ restartPolicy: 'Never', containers: [container('main'), container('asking', { restartPolicy: 'Never', ...asks })] })
  bench.cri.stubborn.add('main')
  await bench.client.delete(pods, { namespace: 'default', name: 'web' })
  await bench.deliver()
  bench.cri.exit('asking', 42)
  await bench.advance(32)
  assert.equal(bench.api(), undefined)
  assert.equal(bench.cri.starts.length, 2)
})
