/** A kubelet in this process, with real containers, an API in memory and a clock of the test's own: time is passed over, and what is left behind is counted. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { PodSpec } from '#api/gen/core/v1.ts'
import { events, configMaps, pods, secrets } from '#api/gen/resources.ts'
import { type Clock, rfc3339, systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient, type FakeClient } from '#client/fake/fake-client.ts'
import { completeConfiguration } from '#kubelet/configuration/load.ts'
import { startKubelet } from '#kubelet/kubelet.ts'
import { missingForContainerd, startContainerd, type TestContainerd } from '#kubelet/testing/containerd.ts'
import { until } from '#kubelet/testing/observe.ts'
import type { Kubelet } from '#kubelet/types.ts'

const missing = missingForContainerd()
if (missing) console.log(`skipped the kubelet in this process: ${missing}`)

const rounds = 3
const podsEach = 12

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Who made a timer: the first of our files that is not the clock's. */
const makerOf = (stack = '', delayMs: number): string =>
  `${stack
    .split('\n')
    .find((line) => line.includes('/pkg/') && !line.includes('/base/clock'))
    ?.replace(/^.*\/pkg\/([^:]*):(\d+).*$/, '$1:$2')} ${delayMs} ms`

/** Everything that may pile up, by name. */
type Counts = Readonly<Record<string, number>>

describe('a kubelet in this process', { skip: missing ?? false, timeout: 600_000 }, () => {
  let containerd: TestContainerd
  let client: FakeClient
  let kubelet: Kubelet
  const stop = new AbortController()
  const cgroupRoot = `k8ts-churn-${process.pid}`
  /** By where they were made. */
  const timers = new Map<object, { readonly maker: string; readonly dueAt: number; readonly fire: () => void }>()
  const open = { api: 0, runtime: 0 }

  let passedMs = 0
  /** The system's clock, that knows which timers wait, and may pass over time. */
  const clock: Clock = {
    now: () => systemClock.now() + passedMs,
    after(delayMs, callback) {
      const key = {}
      const maker = makerOf(new Error().stack, delayMs)
      const fire = () => {
        timer.cancel()
        if (timers.delete(key)) callback()
      }
      // Objects are watched for a while after their last use: a shorter one here, so that nobody has to wait for it.
      const timer = systemClock.after(maker.startsWith('kubelet/objects.ts') ? Math.min(delayMs, 500) : delayMs, fire)
      timers.set(key, { maker, dueAt: clock.now() + delayMs, fire })
      return {
        cancel() {
          timers.delete(key)
          timer.cancel()
        },
      }
    },
  }
  const pass = (ms: number): void => {
    passedMs += ms
    for (const { dueAt, fire } of [...timers.values()]) if (dueAt <= clock.now()) fire()
  }

  /** The same, with its calls that are under way counted; watches last, and are counted as long. */
  const counted = <T extends object>(of: T, which: keyof typeof open): T =>
    new Proxy(of, {
      get(target, name) {
        const method = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...args: unknown[]) => {
          const answer: unknown = method.apply(target, args)
          if (name === 'watch') return watched(answer as AsyncIterable<unknown>)
          if (!(answer instanceof Promise)) return answer
          open[which]++
          return answer.finally(() => open[which]--)
        }
      },
    })
  async function* watched(events: AsyncIterable<unknown>) {
    open.api++
    try {
      yield* events
    } finally {
      open.api--
    }
  }

  before(async () => {
    containerd = await startContainerd()
    let issued = 0
    client = createFakeClient({
      clock,
      async request({ body }) {
        const { expirationSeconds } = JSON.parse(String(body)).spec
        const status = { token: `token-${++issued}`, expirationTimestamp: rfc3339(clock.now() + expirationSeconds * 1000) }
        return { status: 201, text: async () => JSON.stringify({ status }) } as never
      },
    })
    const rootDir = join(containerd.dir, 'kubelet')
    mkdirSync(rootDir)
    const { cri } = containerd
    kubelet = await startKubelet({
      nodeName: 'node-1',
      nodeAddress: '127.0.0.1',
      client: counted(client, 'api'),
      cri: { ...cri, runtime: counted(cri.runtime, 'runtime'), images: counted(cri.images, 'runtime') },
      rootDir,
      configuration: completeConfiguration({
        failCgroupV1: false,
        failSwapOn: false,
        containerRuntimeEndpoint: `unix://${containerd.socket}`,
        podLogsDir: join(rootDir, 'logs', 'pods'),
        clusterDNS: ['10.96.0.10'],
        clusterDomain: 'cluster.local',
        cgroupRoot: `/${cgroupRoot}`,
      }),
      clock,
      log: silentLogger,
      signal: stop.signal,
    })
    await client.create(configMaps, { metadata: { name: 'settings', namespace: 'default' }, data: { greeting: 'hello' } })
    await client.create(secrets, { metadata: { name: 'key', namespace: 'default' }, data: { token: Buffer.from('s3cret').toString('base64') } })
  })
  after(async () => {
    stop.abort()
    await kubelet?.done
    await containerd?.stop()
    for (const controller of readdirSync('/sys/fs/cgroup')) {
      const path = `/sys/fs/cgroup/${controller}/${cgroupRoot}`
      if (existsSync(path)) execFileSync('find', [path, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'])
    }
  })

  const shell = (name: string, script: string) => ({ name, image: containerd.image, command: ['sh', '-c', script] })
  const kinds = (): readonly Partial<PodSpec>[] =>
    [
      {
        volumes: [
          { name: 'config', configMap: { name: 'settings' } },
          { name: 'secret', secret: { secretName: 'key' } },
          { name: 'shared', emptyDir: { medium: 'Memory' } },
        ],
        initContainers: [{ ...shell('init', 'echo made > /shared/file'), volumeMounts: [{ name: 'shared', mountPath: '/shared' }] }],
        containers: [
          {
            ...shell('main', 'trap "exit 0" TERM; while true; do sleep 0.1; done'),
            volumeMounts: ['config', 'secret', 'shared'].map((name) => ({ name, mountPath: `/${name}` })),
            readinessProbe: { exec: { command: ['test', '-f', '/shared/file'] }, periodSeconds: 1 },
            livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
            lifecycle: { preStop: { exec: { command: ['true'] } } },
          },
        ],
      },
      { containers: [shell('crashes', '[ -e /dev/shm/once ] && sleep 1000; exit 3')], restartPolicy: 'OnFailure' },
      { containers: [shell('ends', 'echo done')], restartPolicy: 'Never' },
    ] as never

  /** Pods of every kind come, run, and go. */
  async function churn(round: number): Promise<void> {
    for (let index = 0; index < podsEach; index++) {
      await client.create(pods, {
        metadata: { name: `pod-${index}`, namespace: 'default', uid: `uid-${round}-${index}` },
        spec: { nodeName: 'node-1', restartPolicy: 'Always', terminationGracePeriodSeconds: 1, ...kinds()[index % 3]! },
      } as never)
    }
    const settled = async () =>
      (await client.list(pods)).items.every(({ status }, index) => {
        if (index % 3 === 2) return status?.phase === 'Succeeded'
        if (index % 3 === 1) return (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0
        return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')
      })
    await until(async () => (await client.list(pods)).items.length === podsEach && settled(), 'all pods are as they are to be', 60_000)
    for (const { metadata } of (await client.list(pods)).items) await client.delete(pods, { namespace: 'default', name: metadata.name })
    await until(async () => (await client.list(pods)).items.length === 0, 'all pods are gone', 60_000)
    await until(async () => (await containerd.cri.runtime.listPodSandboxes()).length === 0, 'nothing of them is in the runtime', 60_000)
  }

  /** The test's own memory of what was written is not the kubelet's. */
  function forget(): void {
    client.actions.length = 0
    for (const each of [pods, events]) client.store.shelf(each).history = []
    client.store.shelf(events).objects.clear()
  }

  function count(): Counts {
    const own = (line: string) => line.includes(`${containerd.dir}/kubelet`)
    const resources = process.getActiveResourcesInfo()
    return {
      'file descriptors': readdirSync('/proc/self/fd').length,
      timers: timers.size,
      'resources of Node.js': resources.length,
      'calls of the API under way': open.api,
      'calls of the runtime under way': open.runtime,
      'listeners for its end': getEventListeners(stop.signal, 'abort').length,
      mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(own).length,
      'directories of pods': readdirSync(join(containerd.dir, 'kubelet', 'pods')).length,
      'directories of logs': readdirSync(join(containerd.dir, 'kubelet', 'logs', 'pods')).length,
    }
  }

  /** Counted when nothing is under way any more: the least of what is seen, since a heartbeat may be at work in any moment. */
  async function atRest(): Promise<Counts> {
    let least = count()
    for (let look = 0; look < 40; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      const now = count()
      least = Object.fromEntries(Object.entries(now).map(([name, each]) => [name, Math.min(each, least[name]!)]))
    }
    return least
  }

  const heap = (): number => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }

  test('an hour’s churn in miniature leaves no file descriptor, timer, call, listener, mount or directory behind, and no memory', async (context) => {
    // The first rounds make what is kept for good: connections, caches, compiled code.
    await churn(0)
    await churn(1)
    forget()
    const before = await atRest()
    const heaps = [heap()]
    for (let round = 2; round < 2 + rounds; round++) {
      await churn(round)
      forget()
      heaps.push(heap())
    }
    const after = await atRest()
    context.diagnostic(`${rounds * podsEach} pods: ${JSON.stringify(after)}; heap ${heaps.join(', ')}`)
    const grown = Object.entries(after).filter(([name, each]) => each > before[name]!)
    assert.deepEqual(
      grown,
      [],
      `after ${rounds * podsEach} pods, of ${JSON.stringify(before)}; timers: ${[...timers.values()].map(({ maker }) => maker).join(', ')}`,
    )
    // What is kept of pods is kept in every round; what a round compiles or caches for good is not.
    const growth = heaps.slice(1).map((each, index) => each - heaps[index]!)
    const usual = growth.toSorted((left, right) => left - right)[growth.length >> 1]!
    // One pod's worker, status and objects are tens of kilobytes: all of them kept would be more than this.
    assert.ok(usual < podsEach * 30_000, `the heap grows by ${growth.join(', ')} bytes in rounds of ${podsEach} pods`)
  })

  test('a running container sees its token rotated before it expires, by one swap of a link', async () => {
    const script = 'last=; while true; do now=$(cat /access/token); [ "$now" = "$last" ] || echo "$now"; last=$now; sleep 0.1; done'
    await client.create(pods, {
      metadata: { name: 'rotated', namespace: 'default', uid: 'uid-rotated' },
      spec: {
        nodeName: 'node-1',
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'access', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 600 } }] } }],
        containers: [{ ...shell('main', script), volumeMounts: [{ name: 'access', mountPath: '/access', readOnly: true }] }],
      },
    } as never)
    const volume = join(containerd.dir, 'kubelet', 'pods', 'uid-rotated', 'volumes', 'kubernetes.io~projected', 'access')
    const link = () => readlinkSync(join(volume, '..data'))
    const log = () => kubelet.pods.runtimeStatus('uid-rotated')?.containers[0]?.logPath
    const said = () => {
      const path = log()
      return path && existsSync(path)
        ? readFileSync(path, 'utf8')
            .split('\n')
            .map((line) => line.split(' ').slice(3).join(' '))
            .filter(Boolean)
        : []
    }
    const [first] = await until(() => said().length === 1 && said(), 'the container has read its first token')
    const before = link()
    pass(470_000)
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.equal(said().length, 1, 'before 80 % of its life it is left alone')
    pass(30_000)
    const [, second] = await until(() => said().length === 2 && said(), 'the container has read another token')
    assert.match(`${first} ${second}`, /^token-\d+ token-\d+$/)
    assert.notEqual(first, second)
    assert.equal(readlinkSync(join(volume, 'token')), '..data/token')
    assert.notEqual(link(), before)
    const { containers } = kubelet.pods.runtimeStatus('uid-rotated')!
    assert.deepEqual(
      containers.map(({ restartCount, state }) => [restartCount, state]),
      [[0, 'running']],
    )
    await client.delete(pods, { namespace: 'default', name: 'rotated' })
    await until(async () => (await client.list(pods)).items.length === 0, 'the pod is gone')
  })
})
