/** The kubelet against a real containerd: one node, real containers, a fake API. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { configMaps, pods, secrets } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { createLogger, silentLogger } from '#base/log.ts'
import { createFakeClient, type FakeClient } from '#client/fake/fake-client.ts'
import { readLog } from './logs/read-log.ts'
import { completeConfiguration } from './configuration/load.ts'
import { startKubelet } from './kubelet.ts'
import { missingForContainerd, startContainerd, type TestContainerd } from './testing/containerd.ts'
import { eventsOf, until } from './testing/observe.ts'
import type { EventRecorder, Kubelet } from './types.ts'

const skip = missingForContainerd()
if (skip) console.log(`skipped the tests on a real containerd: ${skip}`)

let containerd: TestContainerd
let client: FakeClient
let kubelet: Kubelet
let stop = new AbortController()
const seen = eventsOf()

const start = (): Promise<Kubelet> => {
  stop = new AbortController()
  return startKubelet({
    nodeName: 'node-1',
    nodeAddress: '127.0.0.1',
    client,
    rootDir: join(containerd.dir, 'kubelet'),
    configuration: completeConfiguration({
      failCgroupV1: false,
      failSwapOn: false,
      containerRuntimeEndpoint: `unix://${containerd.socket}`,
      podLogsDir: join(containerd.dir, 'kubelet', 'logs', 'pods'),
      clusterDNS: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      cgroupRoot: `/k8ts-test-${process.pid}`,
    }),
    clock: systemClock,
    log: process.env.K8TS_TEST_LOG ? createLogger({ component: 'kubelet', level: 'debug' }) : silentLogger,
    signal: stop.signal,
    recorder: seen as EventRecorder,
  })
}

const podNow = (name: string): Promise<Pod> => client.get(pods, { namespace: 'default', name })
const running = async (name: string): Promise<Pod | undefined> => {
  const pod = await podNow(name)
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? pod : undefined
}

if (!skip) {
  before(async () => {
    containerd = await startContainerd()
    client = createFakeClient()
    mkdirSync(join(containerd.dir, 'kubelet'))
    kubelet = await start()
  })
  after(async () => {
    stop.abort()
    await kubelet?.done
    await containerd?.stop()
    for (const controller of readdirSync('/sys/fs/cgroup')) {
      const path = `/sys/fs/cgroup/${controller}/k8ts-test-${process.pid}`
      if (existsSync(path)) execFileSync('find', [path, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'])
    }
  })
}

test('a pod of two containers runs with environment, volumes and probes, survives a restart of the kubelet, and is deleted whole', { skip }, async () => {
  await client.create(configMaps, { metadata: { name: 'settings', namespace: 'default' }, data: { greeting: 'hello', 'file.txt': 'one' } })
  await client.create(secrets, { metadata: { name: 'key', namespace: 'default' }, data: { token: Buffer.from('s3cret').toString('base64') } })
  await client.create(pods, {
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web', labels: { app: 'web' } },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 2,
      volumes: [
        { name: 'config', configMap: { name: 'settings' } },
        { name: 'secret', secret: { secretName: 'key', defaultMode: 0o400 } },
        { name: 'shared', emptyDir: {} },
      ],
      initContainers: [
        {
          name: 'first',
          image: containerd.image,
          command: ['sh', '-c', 'echo made > /shared/by-init'],
          volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
        },
      ],
      containers: [
        {
          name: 'main',
          image: containerd.image,
          command: [
            'sh',
            '-c',
            'echo "$GREETING $(cat /config/file.txt) $(cat /secret/token) $(cat /shared/by-init) $POD_IP"; trap "exit 0" TERM; while true; do sleep 0.1; done',
          ],
          env: [
            { name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'settings', key: 'greeting' } } },
            { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
          volumeMounts: [
            { name: 'config', mountPath: '/config' },
            { name: 'secret', mountPath: '/secret' },
            { name: 'shared', mountPath: '/shared' },
          ],
          readinessProbe: { exec: { command: ['test', '-f', '/shared/ready'] }, periodSeconds: 1 },
        },
        {
          name: 'side',
          image: containerd.image,
          command: ['sh', '-c', 'sleep 0.3; touch /shared/ready; trap "exit 0" TERM; while true; do sleep 0.1; done'],
          volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
        },
      ],
    },
  } as never)
  const pod = await until(() => running('web'), 'the pod is ready').catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify((await podNow('web')).status)} ${JSON.stringify(seen.events)}`)
  })
  assert.equal(pod.status?.phase, 'Running')
  assert.match(pod.status?.podIP ?? '', /^198\.18\./)
  assert.equal(pod.status?.initContainerStatuses?.[0]?.state.terminated?.reason, 'Completed')
  const log = kubelet.pods.runtimeStatus('uid-web')!.containers.find(({ name }) => name === 'main')!
  const text: Buffer[] = []
  for await (const chunk of readLog(log.logPath, { running: () => false, signal: stop.signal })) text.push(chunk)
  assert.equal(Buffer.concat(text).toString(), `hello one s3cret made ${pod.status?.podIP}\n`)
  assert.ok(seen.events.some(({ reason, message }) => reason === 'Started' && message === 'Container started'))

  const config = join(containerd.dir, 'kubelet/pods/uid-web/volumes/kubernetes.io~configmap/config/file.txt')
  await client.patch(configMaps, { namespace: 'default', name: 'settings' }, { data: { 'file.txt': 'two' } }, { type: 'merge' })
  await until(() => readFileSync(config, 'utf8') === 'two', 'the ConfigMap volume follows its source')

  stop.abort()
  await kubelet.done
  kubelet = await start()
  const again = await until(() => kubelet.pods.runtimeStatus('uid-web')?.containers.find(({ name }) => name === 'main'), 'the new kubelet knows the pod')
  assert.equal(again.id, log.id, 'the container was not touched')

  const side = kubelet.pods.containerId('uid-web', 'side')!
  await containerd.cri.runtime.stopContainer(side, 0)
  await until(
    async () => ((await podNow('web')).status?.containerStatuses?.[1]?.restartCount === 1 ? running('web') : undefined),
    'the killed container is back',
  )
  assert.equal((await podNow('web')).status?.containerStatuses?.[1]?.lastState.terminated?.exitCode, 137)

  await client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 2 })
  await until(async () => (await client.list(pods)).items.length === 0, 'the pod has gone from the API')
  await until(async () => (await containerd.cri.runtime.listPodSandboxes()).length === 0, 'its sandbox has gone')
  assert.deepEqual(readdirSync(join(containerd.dir, 'kubelet/pods')), [])
})

test('a container that fails has its code, its message and CrashLoopBackOff; a pod that ends well has Succeeded', { skip }, async () => {
  const make = (name: string, restartPolicy: string, command: string) =>
    client.create(pods, {
      metadata: { name, namespace: 'default', uid: `uid-${name}` },
      spec: {
        nodeName: 'node-1',
        restartPolicy,
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: containerd.image, command: ['sh', '-c', command] }],
      },
    } as never)
  await Promise.all([make('crash', 'Always', 'echo went wrong > /dev/termination-log; exit 3'), make('job', 'Never', 'exit 0'), make('bad', 'Always', 'true')])
  await client.create(pods, {
    metadata: { name: 'missing', namespace: 'default', uid: 'uid-missing' },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'test.local/none:1', imagePullPolicy: 'Never' }] },
  } as never)
  const crash = await until(async () => {
    const pod = await podNow('crash')
    return pod.status?.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff' ? pod : undefined
  }, 'CrashLoopBackOff')
  const { state, lastState } = crash.status!.containerStatuses![0]!
  assert.equal(state.waiting?.message, 'back-off 10s restarting failed container=main pod=crash_default(uid-crash)')
  assert.equal(lastState.terminated?.exitCode, 3)
  assert.equal(lastState.terminated?.reason, 'Error')
  assert.equal(lastState.terminated?.message, 'went wrong\n')
  await until(async () => (await podNow('job')).status?.phase === 'Succeeded', 'the job has succeeded')
  const missing = await until(async () => {
    const pod = await podNow('missing')
    return pod.status?.containerStatuses?.[0]?.state.waiting?.reason === 'ErrImageNeverPull' ? pod : undefined
  }, 'ErrImageNeverPull')
  assert.equal(missing.status?.containerStatuses?.[0]?.state.waiting?.message, 'Container image "test.local/none:1" is not present with pull policy of Never')
  for (const name of ['crash', 'job', 'bad', 'missing']) await client.delete(pods, { namespace: 'default', name }, { gracePeriodSeconds: 1 })
  await until(async () => (await client.list(pods)).items.length === 0, 'all are gone')
})

test('a pod that was deleted while the kubelet was away is ended when it is back', { skip }, async () => {
  await client.create(pods, {
    metadata: { name: 'lost', namespace: 'default', uid: 'uid-lost' },
    spec: { nodeName: 'node-1', terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: containerd.image, command: ['sleep', '1000'] }] },
  } as never)
  await until(() => running('lost'), 'the pod runs')
  stop.abort()
  await kubelet.done
  await client.delete(pods, { namespace: 'default', name: 'lost' }, { gracePeriodSeconds: 0 })
  assert.equal((await containerd.cri.runtime.listPodSandboxes()).length, 1)
  kubelet = await start()
  await until(async () => (await containerd.cri.runtime.listPodSandboxes()).length === 0, 'nothing of it runs')
  assert.deepEqual(readdirSync(join(containerd.dir, 'kubelet/pods')), [])
})
