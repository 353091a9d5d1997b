/** What a node lives through: registries that want names and passwords, an API server that is away, a disk that fills up. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { events, nodes, pods, secrets } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { runOrThrow } from '#cluster/host/exec.ts'
import { inNode } from '#cluster/node/mount-namespace.ts'
import { writeTestImages } from '#kubelet/testing/test-image.ts'
import { type E2eCluster, eventually, missingForCluster, startCluster } from './cluster.ts'
import { execInPod } from './exec.ts'
import { isReady } from './objects.ts'
import { missingForRegistry, startRegistry, type TestRegistry } from './registry.ts'
import { createPod, goneFrom, loadShellImages, podNow, podWhere, shell, shellImage, unprivilegedImage, untilTold } from './shell-pods.ts'

const missing = missingForCluster()
if (missing) console.log(`skipped the life of a node: ${missing}`)
const noRegistry = missingForRegistry()
if (noRegistry) console.log(`skipped pulls from a registry: ${noRegistry}`)

const nodeName = 'life-node-1'
/** The disk of the cluster: small, so that a pod can fill it. */
const diskMegabytes = 800

describe('the life of a node', { skip: missing ?? false, timeout: 600_000 }, () => {
  let cluster: E2eCluster
  let client: Client
  const shared = `/tmp/k8ts-life-${process.pid}`
  before(async () => {
    mkdirSync(shared, { recursive: true })
    cluster = await startCluster({
      name: 'life',
      port: 16547,
      kubelet: {
        evictionHard: { 'nodefs.available': '30%' },
        evictionPressureTransitionPeriod: '2s',
        imageMinimumGCAge: '1ms',
        nodeStatusUpdateFrequency: '2s',
      },
      diskMegabytes,
    })
    client = cluster.client
    await loadShellImages(cluster)
  })
  after(async () => {
    await cluster?.delete()
    rmSync(shared, { recursive: true, force: true })
  })
  const node = async () => (await cluster.config()).nodes[0]!
  const eventsOf = async (name: string) =>
    (await client.list(events, { namespace: 'default', fieldSelector: `involvedObject.name=${name}` })).items.map(
      ({ reason, message }) => `${reason}: ${message}`,
    )

  describe('images of a registry', { skip: noRegistry ?? false, concurrency: 3 }, () => {
    const user = { name: 'reader', password: 'the right one' }
    let open: TestRegistry
    let closed: TestRegistry
    let digest: string
    before(async () => {
      const { address, netns, dir } = await node()
      const place = (name: string, port: number) => ({ directory: join(cluster.dataDir, name), address, port, networkNamespace: netns })
      open = await startRegistry(place('open-registry', 5000))
      closed = await startRegistry({ ...place('closed-registry', 5001), user })
      const archive = join(cluster.dataDir, 'pushed.tar')
      await writeTestImages(archive, [{ name: 'tools:1', env: ['FROM=registry'] }])
      digest = await open.push(archive, 'tools', '1')
      await open.push(archive, 'other', '1')
      await closed.push(archive, 'tools', '1')
      // Without TLS, by configuration; and a host that is nowhere, whose images the open one has.
      const hosts: readonly [string, string][] = [
        [open.host, open.host],
        [closed.host, closed.host],
        ['images.example', open.host],
      ]
      for (const [name, mirror] of hosts) {
        const directory = join(dir, 'certs.d', name)
        mkdirSync(directory, { recursive: true })
        const server = name === mirror ? `server = "http://${mirror}"\n` : ''
        writeFileSync(join(directory, 'hosts.toml'), `${server}[host."http://${mirror}"]\n  capabilities = ["pull", "resolve"]\n`)
      }
      for (const [name, password] of [
        ['right', user.password],
        ['wrong', 'another one'],
      ] as const) {
        const auth = Buffer.from(`${user.name}:${password}`).toString('base64')
        await client.create(secrets, {
          metadata: { name, namespace: 'default' },
          type: 'kubernetes.io/dockerconfigjson',
          data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: { [closed.host]: { auth } } })).toString('base64') },
        } as never)
      }
    })
    after(() => Promise.all([open?.stop(), closed?.stop()]))

    const puller = (name: string, image: string, imagePullSecrets: { name: string }[] = []) =>
      createPod(client, name, { imagePullSecrets, containers: [shell('main', 'test "$FROM" = registry', { image })] })
    const succeeds = (name: string) => podWhere(client, name, 'has pulled and run', ({ status }) => status.phase === 'Succeeded', 60_000)
    const waits = (name: string) =>
      podWhere(client, name, 'waits for its image', ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff', 60_000)

    test('a tag is pulled from a registry without TLS, and the pod tells of it', async () => {
      await puller('by-tag', `${open.host}/tools:1`)
      const { status } = await succeeds('by-tag')
      // The same image may have been pulled by another name before.
      assert.match(status.containerStatuses![0]!.imageID, new RegExp(`^${open.host}/(tools|other)@${digest}$`))
      const told = await eventually('both events', async () => {
        const list = await eventsOf('by-tag')
        return list.some((each) => each.startsWith('Pulled')) && list
      })
      assert.ok(told.includes(`Pulling: Pulling image "${open.host}/tools:1"`), told.join('\n'))
      const pulled = /^Pulled: Successfully pulled image "[^"]+" in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes\.$/
      assert.ok(
        told.some((each) => pulled.test(each)),
        told.join('\n'),
      )
    })

    test('a digest is pulled', async () => {
      await puller('by-digest', `${open.host}/other@${digest}`)
      await succeeds('by-digest')
    })

    test('a mirror serves the images of another name', async () => {
      await puller('by-mirror', 'images.example/tools:1')
      await succeeds('by-mirror')
    })

    test('a pull secret opens a registry that asks for a password', async () => {
      await puller('with-secret', `${closed.host}/tools:1`, [{ name: 'right' }])
      await succeeds('with-secret')
    })

    for (const [name, pullSecrets, what] of [
      ['with-wrong-secret', [{ name: 'wrong' }], 'a wrong secret'],
      ['without-secret', [], 'no secret'],
    ] as const) {
      test(`with ${what} it is ErrImagePull and then ImagePullBackOff, with the registry’s answer`, async () => {
        await puller(name, `${closed.host}/tools:2`, [...pullSecrets])
        const { status } = await waits(name)
        // The first of the two may be over before anybody looks.
        await eventually('the event of the failed pull', async () => (await eventsOf(name)).includes('Failed: Error: ErrImagePull'))
        const { message = '' } = status.containerStatuses![0]!.state.waiting!
        assert.match(message, /^Back-off pulling image "[^"]+": ErrImagePull: /)
        assert.match(message, /401 Unauthorized|authorization failed/)
        assert.equal(status.phase, 'Pending')
        await client.delete(pods, { namespace: 'default', name })
      })
    }

    test('a tag that is not there is not found', async () => {
      await puller('no-tag', `${open.host}/tools:9`)
      const { status } = await waits('no-tag')
      assert.match(status.containerStatuses![0]!.state.waiting!.message ?? '', /not found/)
      await client.delete(pods, { namespace: 'default', name: 'no-tag' })
    })
  })

  test('a command runs through both WebSocket protocols; only the newer one can end its input', async () => {
    await createPod(client, 'asked', { containers: [shell('main', untilTold)] })
    const pod = await podWhere(client, 'asked', 'is ready', isReady)
    for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const) {
      assert.deepEqual(await execInPod(cluster, pod, ['sh', '-c', 'echo out; echo err >&2; exit 3'], undefined, protocol), {
        stdout: 'out\n',
        stderr: 'err\n',
        exitCode: 3,
      })
      const { stdout, exitCode } = await execInPod(cluster, pod, ['sh', '-c', 'read line; echo got $line'], 'a line\n', protocol)
      assert.deepEqual([stdout, exitCode], ['got a line\n', 0])
    }
    assert.equal((await execInPod(cluster, pod, ['cat'], 'to its end')).stdout, 'to its end')
    await client.delete(pods, { namespace: 'default', name: 'asked' })
  })

  test('pods run on and start again while the API server is away, and their statuses follow', async () => {
    const script = 'echo began >> /host/starts; sleep 1; exit 1'
    const volumes = [{ name: 'host', hostPath: { path: shared } }] as never
    await createPod(client, 'lonely', {
      restartPolicy: 'Always',
      containers: [shell('crash', script, { volumeMounts: [{ name: 'host', mountPath: '/host' }] as never }), shell('steady', untilTold)],
      volumes,
    })
    const before = await podWhere(
      client,
      'lonely',
      'runs',
      ({ status }) =>
        status.containerStatuses?.every(({ state }) => state.running || state.terminated || state.waiting?.reason === 'CrashLoopBackOff') &&
        status.phase === 'Running',
    )
    const starts = () => readFileSync(join(shared, 'starts'), 'utf8').trim().split('\n').length
    const { identity } = JSON.parse(readFileSync(join(cluster.dataDir, 'run', 'apiserver.json'), 'utf8'))
    const atFirst = starts()
    process.kill(identity.pid, 'SIGSTOP')
    try {
      await eventually('the container has started again by itself', async () => starts() > atFirst, 90_000)
    } finally {
      process.kill(identity.pid, 'SIGCONT')
    }
    const of = (pod: Pod, name: string) => pod.status.containerStatuses!.find((each) => each.name === name)!
    const then = await podWhere(client, 'lonely', 'the API knows of the start', (pod) => of(pod, 'crash').restartCount >= atFirst, 90_000)
    assert.deepEqual([of(then, 'steady').containerID, of(then, 'steady').restartCount], [of(before, 'steady').containerID, 0])
    await client.delete(pods, { namespace: 'default', name: 'lonely' })
    await goneFrom(client, 'lonely')
  })

  test('a full disk: images that nobody uses go, then the pod that fills it; nothing else comes or goes, until there is room again', async () => {
    await createPod(client, 'modest', { containers: [shell('main', untilTold)] })
    await podWhere(client, 'modest', 'is ready', isReady)
    const images = async () =>
      (
        await runOrThrow(inNode(await cluster.config(), await node(), ['ctr', '-a', (await node()).containerdSocket, '-n', 'k8s.io', 'images', 'ls', '-q']))
      ).split('\n')
    assert.ok((await images()).some((each) => each.endsWith(unprivilegedImage)))
    await createPod(client, 'greedy', {
      containers: [
        shell('main', `dd if=/dev/zero of=/data/fill bs=1M count=${Math.floor(diskMegabytes * 0.68)}; ${untilTold}`, {
          volumeMounts: [{ name: 'data', mountPath: '/data' }] as never,
        }),
      ],
      volumes: [{ name: 'data', emptyDir: {} }] as never,
    })
    const { status } = await podWhere(client, 'greedy', 'is evicted', (pod) => pod.status.phase === 'Failed', 90_000)
    assert.equal(status.reason, 'Evicted')
    // 30 % of 800 Mi, as a percentage in single precision makes it.
    assert.match(
      status.message ?? '',
      /^The node was low on resource: ephemeral-storage\. Threshold quantity: 251658250, available: \S+\. (Container main was using \S+, request is 0, has larger consumption of ephemeral-storage\. )?$/,
    )
    assert.equal(status.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason, 'TerminationByKubelet')
    assert.ok(!(await images()).some((each) => each.endsWith(unprivilegedImage)), 'an image that nobody uses is still there')
    assert.ok((await images()).some((each) => each.endsWith(shellImage)))
    const pressure = async () => (await client.get(nodes, { name: nodeName })).status.conditions?.find(({ type }) => type === 'DiskPressure')
    await eventually('the pressure is over', async () => (await pressure())?.status === 'False', 90_000)
    await eventually('its taint is gone', async () => !(await client.get(nodes, { name: nodeName })).spec.taints?.length, 60_000)
    assert.ok(isReady(await podNow(client, 'modest')))
    await client.delete(pods, { namespace: 'default', name: 'modest' })
    await client.delete(pods, { namespace: 'default', name: 'greedy' })
  })
})
