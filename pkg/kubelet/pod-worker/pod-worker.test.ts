import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { configMaps, persistentVolumeClaims, pods, runtimeClasses } from '#api/gen/resources.ts'
import { CriError } from '../cri/errors.ts'
import type { FakeCri } from '../testing/fake-cri.ts'
import { container, workerBench } from '../testing/worker-bench.ts'

type Bench = Awaited<ReturnType<typeof workerBench>>
let bench: Bench
const start = async (...args: Parameters<typeof workerBench>) => {
  bench = await workerBench(...args)
  return bench
}
afterEach(() => bench.end())
const condition = (type: string) => bench.status().conditions?.find((each) => each.type === type)?.status

test('a pod starts: sandbox, container, status Running with its address', async () => {
  await start({ containers: [container('main')] })
  assert.deepEqual(bench.cri.calls, ['runPodSandbox web', 'createContainer main', 'startContainer main'])
  assert.equal(bench.status().phase, 'Running')
  assert.equal(bench.status().podIP, '10.0.0.1')
  assert.equal(condition('Ready'), 'True')
  assert.deepEqual(
    bench.recorder.events.map(({ reason, message, fieldPath }) => `${reason}|${message}|${fieldPath}`),
    [
      'Pulled|Container image "app:1" already present on machine and can be accessed by the pod|spec.containers{main}',
      'Created|Container created|spec.containers{main}',
      'Started|Container started|spec.containers{main}',
    ],
  )
})

test('init containers run in order, and a sidecar stays while the others begin', async () => {
  await start({ initContainers: [container('one'), container('side', { restartPolicy: 'Always' }), container('two')], containers: [container('main')] })
  assert.deepEqual(bench.cri.running(), ['one'])
  assert.equal(bench.status().phase, 'Pending')
  bench.cri.exit('one', 0)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['side', 'two'])
  bench.cri.exit('two', 0)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['side', 'main'])
  assert.equal(bench.status().phase, 'Running')
  assert.equal(condition('Initialized'), 'True')
})

test('a container that crashes is restarted at once, then after 10, then after 20 seconds', async () => {
  await start({ containers: [container('main')] })
  bench.cri.exit('main', 1)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), ['main'])
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 1)
  bench.cri.exit('main', 1)
  await bench.rest()
  assert.deepEqual(bench.cri.running(), [])
  const { state, lastState } = bench.status().containerStatuses![0]!
  assert.equal(state.waiting?.reason, 'CrashLoopBackOff')
  assert.match(state.waiting?.message ?? '', /^back-off 10s restarting failed container=main pod=web_default\(/)
  assert.equal(lastState.terminated?.exitCode, 1)
  assert.equal(bench.status().phase, 'Running')
  await bench.advance(11)
  assert.deepEqual(bench.cri.running(), ['main'])
  bench.cri.exit('main', 1)
  await bench.advance(15)
  assert.deepEqual(bench.cri.running(), [])
  await bench.advance(6)
  assert.deepEqual(bench.cri.running(), ['main'])
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 3)
})

test('a pod that never restarts ends as Succeeded or Failed, and its sandbox is stopped but kept for its logs', async () => {
  await start({ restartPolicy: 'Never', containers: [container('main'), container('other')] })
  bench.cri.exit('main', 0)
  bench.cri.exit('other', 2)
  await bench.advance(1)
  assert.equal(bench.status().phase, 'Failed')
  assert.equal(bench.status().containerStatuses?.[1]?.state.terminated?.exitCode, 2)
  assert.ok(bench.cri.calls.includes('stopPodSandbox web'))
  assert.equal(bench.cri.containers.size, 2)
})

test('deletion stops the containers with the grace period, then deletes from the API, then removes all traces', async () => {
  await start({ containers: [container('main')] })
  bench.cri.stubborn.add('main')
  await bench.client.delete(pods, { namespace: 'default', name: 'web' })
  await bench.deliver()
  assert.ok(bench.cri.calls.includes('stopContainer main 30'))
  await bench.advance(29)
  assert.ok(bench.api(), 'still there while the container ends')
  await bench.advance(2)
  assert.equal(bench.api(), undefined)
  assert.equal(bench.cri.containers.size + bench.cri.sandboxes.size, 0)
  assert.equal(bench.finished.length, 1)
  const deletion = bench.client.actions.filter(({ verb }) => verb === 'delete').at(-1)
  assert.deepEqual(deletion?.object, { gracePeriodSeconds: 0, preconditions: { uid: bench.worker().uid } })
})

test('a pod that is not ready any more while it ends is told of, with the time it has not yet used up', async () => {
  await start({ containers: [container('main', { readinessProbe: { exec: { command: ['ok'] }, periodSeconds: 2, failureThreshold: 1 } })] })
  await bench.advance(3)
  bench.cri.stubborn.add('main')
  await bench.client.delete(pods, { namespace: 'default', name: 'web' })
  await bench.deliver()
  assert.equal(condition('Ready'), 'True')
  bench.cri.execExitCode = 1
  await bench.advance(3)
  assert.equal(condition('Ready'), 'False')
  assert.ok(bench.status().containerStatuses?.[0]?.state.running)
  await bench.advance(30)
  assert.equal(bench.api(), undefined)
})

test('a preStop hook uses up the grace period of the stop that follows it', async () => {
  await start({ containers: [container('main', { lifecycle: { preStop: { sleep: { seconds: 10 } } } })] })
  await bench.client.delete(pods, { namespace: 'default', name: 'web' })
  await bench.deliver()
  await bench.advance(9)
  assert.deepEqual(bench.cri.running(), ['main'])
  await bench.advance(2)
  assert.ok(bench.cri.calls.includes('stopContainer main 20'), bench.cri.calls.join())
  assert.equal(bench.api(), undefined)
})

test('a pod removed by force from the API is ended too', async () => {
  await start({ containers: [container('main')] })
  await bench.client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 })
  await bench.deliver()
  await bench.advance(1)
  assert.equal(bench.cri.containers.size + bench.cri.sandboxes.size, 0)
})

test('deletion while an init container runs starts nothing more', async () => {
  await start({ initContainers: [container('init')], containers: [container('main')] })
  await bench.client.delete(pods, { namespace: 'default', name: 'web' })
  await bench.deliver()
  await bench.advance(1)
  assert.ok(!bench.cri.calls.includes('createContainer main'))
  assert.equal(bench.api(), undefined)
})

test('a restarted kubelet touches no running container and keeps the count of restarts', async () => {
  await start({ containers: [container('main')] })
  bench.cri.exit('main', 1)
  await bench.rest()
  const calls = bench.cri.calls.length
  await bench.restartKubelet()
  assert.equal(bench.cri.calls.length, calls)
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 1)
  assert.equal(condition('Ready'), 'True')
})

test('a container that ended while the kubelet was away is started again', async () => {
  await start({ containers: [container('main')] })
  await bench.worker().close()
  bench.cri.exit('main', 1)
  await bench.restartKubelet()
  await bench.advance(1)
  assert.deepEqual(bench.cri.running(), ['main'])
})

test('a failing liveness probe restarts the container', async () => {
  await start({ containers: [container('main', { livenessProbe: { exec: { command: ['ok'] }, periodSeconds: 5, failureThreshold: 2 } })] })
  await bench.advance(1)
  bench.cri.execExitCode = 1
  await bench.advance(5)
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 0)
  await bench.advance(5)
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 1)
  assert.ok(bench.recorder.events.some(({ reason, message }) => reason === 'Killing' && message === 'Container main failed liveness probe, will be restarted'))
  assert.ok(bench.recorder.events.some(({ reason, message }) => reason === 'Unhealthy' && message === 'Liveness probe failed: '))
})

test('a container that its liveness probe kills starts again at once, and owes for the runs before it only', async () => {
  await start({ containers: [container('main', { livenessProbe: { exec: { command: ['no'] }, periodSeconds: 1, failureThreshold: 1 } })] })
  bench.cri.execExitCode = 1
  await bench.advance(3)
  const told = bench.status().containerStatuses?.[0]
  assert.match(told?.state.waiting?.message ?? '', /^back-off 10s restarting failed container=main /)
  assert.equal(told?.restartCount, 2)
})

test('a readiness probe takes the pod out of and back into Ready without a restart', async () => {
  await start({ containers: [container('main', { readinessProbe: { exec: { command: ['ok'] }, periodSeconds: 2, failureThreshold: 1 } })] })
  await bench.advance(3)
  assert.equal(condition('Ready'), 'True')
  bench.cri.execExitCode = 1
  await bench.advance(3)
  assert.equal(condition('Ready'), 'False')
  assert.equal(bench.status().conditions?.find(({ type }) => type === 'Ready')?.message, 'containers with unready status: [main]')
  bench.cri.execExitCode = 0
  await bench.advance(3)
  assert.equal(condition('Ready'), 'True')
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 0)
})

test('an image that cannot be pulled is ErrImagePull, then ImagePullBackOff with the cause', async () => {
  await start({ containers: [container('main', { image: 'none:1' })] })
  const waiting = () => bench.status().containerStatuses?.[0]?.state.waiting
  assert.equal(waiting()?.reason, 'ErrImagePull')
  assert.equal(bench.status().phase, 'Pending')
  await bench.advance(2)
  assert.equal(waiting()?.reason, 'ImagePullBackOff')
  assert.match(waiting()?.message ?? '', /^Back-off pulling image "none:1": ErrImagePull: (?!rpc error)/)
  await bench.advance(12)
  assert.equal(bench.cri.calls.filter((call) => call === 'pullImage none:1').length, 2)
})

test('a pull that fails for a reason with a name of CRI is told under that name', async () => {
  const refusing = (cri: FakeCri) => {
    cri.images.pullImage = async () => {
      throw new CriError(2, 'RegistryUnavailable: connection refused')
    }
  }
  bench = await workerBench({ containers: [container('main', { image: 'none:1' })] }, {}, {}, { runtime: refusing })
  const waiting = () => bench.status().containerStatuses?.[0]?.state.waiting
  const message = 'image pull failed for none:1 because the registry is unavailable: connection refused'
  assert.deepEqual(waiting(), { reason: 'RegistryUnavailable', message })
  assert.ok(bench.recorder.events.some(({ reason, message }) => reason === 'Failed' && message === 'Error: RegistryUnavailable'))
  await bench.advance(2)
  assert.deepEqual(waiting(), { reason: 'ImagePullBackOff', message: `Back-off pulling image "none:1": RegistryUnavailable: ${message}` })
})

test('an image volume is mounted by the runtime, which is told the image and the name that the user gave it', async () => {
  await start({
    containers: [container('main', { volumeMounts: [{ name: 'files', mountPath: '/files', subPath: 'a' }] })],
    volumes: [{ name: 'files', image: { reference: 'app:1' } }],
  } as never)
  const [created] = bench.cri.containers.values()
  assert.deepEqual(
    created?.config.mounts?.filter(({ image }) => image),
    [
      {
        containerPath: '/files',
        image: { image: 'sha256:app:1', userSpecifiedImage: 'app:1', runtimeHandler: '', annotations: {} },
        imageSubPath: 'a',
        readonly: true,
      },
    ],
  )
})

test('a missing ConfigMap is CreateContainerConfigError until it is there', async () => {
  await start({ containers: [container('main', { envFrom: [{ configMapRef: { name: 'settings' } }] })] })
  assert.deepEqual(bench.status().containerStatuses?.[0]?.state.waiting, { reason: 'CreateContainerConfigError', message: 'configmap "settings" not found' })
  await bench.client.create({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }, {
    metadata: { name: 'settings', namespace: 'default' },
    data: { A: 'b' },
  } as never)
  await bench.advance(5)
  assert.deepEqual(bench.cri.running(), ['main'])
})

test('a sandbox that cannot be made is tried again', async () => {
  await start({ containers: [container('main')] })
  await bench.cri.runtime.stopPodSandbox([...bench.cri.sandboxes.keys()][0]!)
  bench.cri.failNext('runPodSandbox', 'no address')
  bench.worker().runtimeChanged()
  await bench.advance(1)
  assert.ok(bench.recorder.events.some(({ reason }) => reason === 'FailedCreatePodSandBox'))
  await bench.advance(6)
  assert.deepEqual(bench.cri.running(), ['main'])
  assert.ok(bench.recorder.events.some(({ reason }) => reason === 'SandboxChanged'))
})

test('deletion does not wait for an image that is being pulled', async () => {
  await start({ containers: [container('main'), container('slow', { image: 'slow:1' })] })
  bench.cri.images.pullImage = () => new Promise(() => {})
  await bench.advance(15)
  await bench.client.delete(pods, { namespace: 'default', name: 'web' })
  await bench.deliver()
  await bench.advance(1)
  assert.equal(bench.api(), undefined)
  assert.equal(bench.cri.containers.size + bench.cri.sandboxes.size, 0)
})

const resize = (resources: object) =>
  bench.client.patch(
    pods,
    { namespace: 'default', name: 'web' },
    { metadata: { generation: 2 }, spec: { containers: [container('main', { resources, resizePolicy } as never)] } },
    { type: 'merge' },
  )
const resizePolicy = [
  { resourceName: 'cpu', restartPolicy: 'NotRequired' },
  { resourceName: 'memory', restartPolicy: 'RestartContainer' },
]
const asking = (cpu: string, memory = '100Mi') => ({ requests: { cpu, memory }, limits: { cpu, memory } })

test('more cpu is given in place, more memory by a restart where the policy asks for it', async () => {
  await start({ containers: [container('main', { resources: asking('1'), resizePolicy } as never)] })
  await resize(asking('2'))
  await bench.deliver()
  assert.ok(
    bench.cri.calls.some((call) => call.startsWith('updateContainerResources main {"cpuShares":2048,"cpuPeriod":100000,"cpuQuota":200000')),
    bench.cri.calls.join(),
  )
  const [status] = bench.status().containerStatuses!
  assert.equal(status?.restartCount, 0)
  assert.deepEqual([status?.allocatedResources?.cpu, status?.resources?.limits?.cpu], ['2', '2'])
  assert.deepEqual(
    bench.recorder.events.filter(({ reason }) => reason.startsWith('Resize')).map(({ reason }) => reason),
    ['ResizeStarted', 'ResizeCompleted'],
  )
  await resize(asking('2', '200Mi'))
  await bench.deliver()
  assert.ok(bench.recorder.events.some(({ reason, message }) => reason === 'Killing' && message === 'Container main resize requires restart'))
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 1)
  assert.equal(bench.status().containerStatuses?.[0]?.resources?.limits?.memory, '200Mi')
  assert.ok(!bench.status().conditions?.some(({ type }) => type.startsWith('PodResize')))
})

test('what the pod as a whole has is resized in place, if the node has it, and is told in the status', async () => {
  const containers = [container('main', { resources: {} })]
  await start({ containers, resources: asking('1') } as never)
  assert.deepEqual([bench.status().allocatedResources, bench.status().resources], [asking('1').requests, asking('1')])
  const resizePod = async (generation: number, resources: object) => {
    await bench.client.patch(pods, { namespace: 'default', name: 'web' }, { metadata: { generation }, spec: { resources } }, { type: 'merge' })
    await bench.deliver()
  }
  await resizePod(2, asking('2'))
  assert.deepEqual([bench.status().allocatedResources?.cpu, bench.status().resources?.limits?.cpu], ['2', '2'])
  await resizePod(3, asking('5'))
  assert.equal(bench.status().conditions?.find(({ type }) => type === 'PodResizePending')?.reason, 'Infeasible')
  assert.equal(bench.status().resources?.limits?.cpu, '2', 'what it has it keeps')
  await bench.restartKubelet()
  assert.equal(bench.status().allocatedResources?.cpu, '2')
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 0)
})

test('a resize beyond the node is infeasible, changes nothing, and survives a restart of the kubelet', async () => {
  await start({ containers: [container('main', { resources: asking('1'), resizePolicy } as never)] })
  await resize(asking('5'))
  await bench.deliver()
  const pending = () => bench.status().conditions?.find(({ type }) => type === 'PodResizePending')
  assert.deepEqual(
    [pending()?.status, pending()?.reason, pending()?.message],
    ['True', 'Infeasible', "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000"],
  )
  await bench.restartKubelet()
  assert.equal(bench.status().containerStatuses?.[0]?.allocatedResources?.cpu, '1')
  assert.equal(pending()?.reason, 'Infeasible')
  await resize(asking('1'))
  await bench.deliver()
  assert.equal(pending(), undefined)
  assert.ok(!bench.cri.calls.some((call) => call.startsWith('updateContainerResources')))
})

test('a pod whose ConfigMap is missing has no sandbox until it is there', async () => {
  await start({ containers: [container('main')], volumes: [{ name: 'settings', configMap: { name: 'settings' } }] })
  assert.deepEqual(bench.cri.calls, [])
  assert.equal(bench.status().podIP, undefined)
  assert.match(bench.recorder.events.at(-1)?.message ?? '', /MountVolume.SetUp failed for volume "settings" : configmap "settings" not found/)
  await bench.client.create(configMaps, { metadata: { name: 'settings', namespace: 'default' }, data: {} } as never)
  await bench.advance(3)
  assert.deepEqual(bench.cri.running(), ['main'])
})

test('each volume that is not there is told of by an event, those that there is nothing of to mount by one together; the others are set up', async () => {
  const claimOf = (name: string) => ({ name, persistentVolumeClaim: { claimName: `${name}-claim` } })
  const volumes = [claimOf('one'), { name: 'settings', configMap: { name: 'settings' } }, { name: 'own', emptyDir: {} }, claimOf('another')]
  const claim = { metadata: { name: 'another-claim', namespace: 'default' }, spec: {}, status: { phase: 'Pending' } }
  await start({ containers: [container('main')], volumes })
  await bench.client.create(persistentVolumeClaims, claim as never)
  await bench.advance(3)
  const of = (name: string, why: string) => `error processing PVC default/${name}-claim: ${why}`
  assert.deepEqual(
    bench.recorder.events.slice(-2).map(({ reason, message }) => `${reason} ${message}`),
    [
      'FailedMount MountVolume.SetUp failed for volume "settings" : configmap "settings" not found',
      `FailedMount Unable to attach or mount volumes: unmounted volumes=[another one settings], unattached volumes=[], failed to process volumes=[another one]: ${of(
        'one',
        'failed to fetch PVC from API server: persistentvolumeclaims "one-claim" not found',
      )}; ${of('another', 'PVC is not bound')}`,
    ],
  )
})

test('a sandbox that came before its volumes failed is kept, and its containers start once they are there', async () => {
  const sources = [{ configMap: { name: 'kube-root-ca.crt' } }]
  await start({ containers: [container('main')], volumes: [{ name: 'root', projected: { sources } }] })
  assert.deepEqual(bench.cri.calls, ['runPodSandbox web'])
  await bench.client.create(configMaps, { metadata: { name: 'kube-root-ca.crt', namespace: 'default' }, data: { 'ca.crt': 'x' } } as never)
  await bench.advance(3)
  assert.deepEqual(bench.cri.calls, ['runPodSandbox web', 'createContainer main', 'startContainer main'])
})

test('the address of a pod that waits for its image is told after a moment, and with its start where that follows at once', async () => {
  await start({ containers: [container('main', { image: 'elsewhere:1' })] })
  await bench.advance(1)
  assert.equal(bench.status().podIP, '10.0.0.1')
  const statuses = bench.client.actions.filter(({ subresource }) => subresource === 'status').length
  assert.ok(statuses >= 2)
  await bench.end()
  await start({ containers: [container('main')] })
  const written = bench.client.actions.filter(({ subresource }) => subresource === 'status')
  assert.equal(written.length, 2, 'Pending, then Running with the address')
})

test('a startup probe holds the others back, and one that never succeeds restarts the container with the probe’s own grace', async () => {
  const exec = { command: ['ok'] }
  await start({
    containers: [
      container('main', {
        startupProbe: { exec, initialDelaySeconds: 3, periodSeconds: 2, failureThreshold: 3, terminationGracePeriodSeconds: 7 },
        livenessProbe: { exec, periodSeconds: 1, failureThreshold: 1 },
      }),
    ],
  })
  bench.cri.execExitCode = 1
  const asked = () => bench.cri.calls.filter((call) => call.startsWith('execSync')).length
  await bench.advance(2)
  assert.equal(asked(), 0, 'the initial delay')
  await bench.advance(4)
  assert.equal(bench.status().containerStatuses?.[0]?.started, false)
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 0)
  await bench.advance(4)
  assert.equal(bench.status().containerStatuses?.[0]?.restartCount, 1)
  assert.ok(bench.cri.calls.includes('stopContainer main 7'), bench.cri.calls.join())
  bench.cri.execExitCode = 0
  await bench.advance(6)
  assert.equal(bench.status().containerStatuses?.[0]?.started, true)
})

test('a readiness probe asks for as many successes and failures in a row as it says', async () => {
  await start({
    containers: [container('main', { readinessProbe: { exec: { command: ['ok'] }, periodSeconds: 1, successThreshold: 3, failureThreshold: 2 } })],
  })
  const ready = () => condition('Ready')
  await bench.advance(1)
  assert.equal(ready(), 'False')
  await bench.advance(4)
  assert.equal(ready(), 'True')
  bench.cri.execExitCode = 1
  await bench.advance(1)
  assert.equal(ready(), 'True')
  await bench.advance(2)
  assert.equal(ready(), 'False')
})

test('a device by its CDI name waits where the runtime does not know such names', async () => {
  const claims = { prepare: async () => {}, of: () => ['vendor.example/gpu=0'], health: () => [], release: async () => {} }
  await start({ containers: [container('main')] }, {}, { claims, supportsCdi: false })
  const { waiting } = bench.status().containerStatuses![0]!.state
  assert.deepEqual([waiting?.reason, waiting?.message], ['CreateContainerConfigError', 'the container runtime does not support CDI devices'])
  assert.ok(!bench.cri.calls.some((call) => call.startsWith('createContainer')))
})

test('a RuntimeClass chooses the handler; a pod whose class is not there waits, and an event tells', async () => {
  await start({ runtimeClassName: 'boxed', containers: [container('main')] })
  assert.deepEqual(
    bench.recorder.events.filter(({ reason }) => reason === 'FailedCreatePodSandBox').map(({ message }) => message),
    ['Failed to create pod sandbox: failed to get RuntimeClass "boxed": runtimeclasses.node.k8s.io "boxed" not found'],
  )
  const handlers: (string | undefined)[] = []
  const { runPodSandbox } = bench.cri.runtime
  bench.cri.runtime.runPodSandbox = (config, handler) => {
    handlers.push(handler)
    return runPodSandbox(config, handler)
  }
  await bench.client.create(runtimeClasses, { metadata: { name: 'boxed' }, handler: 'kata' } as never)
  await bench.advance(6)
  assert.deepEqual(handlers, ['kata'])
  assert.deepEqual(bench.cri.running(), ['main'])
})
