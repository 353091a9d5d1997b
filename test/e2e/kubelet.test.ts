/** The kubelet in a real cluster: real containers on a real containerd, asked and judged through the API alone. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { after, before, describe, test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { certificateSigningRequests, clusterRoleBindings, clusterRoles, configMaps, events, pods, serviceAccounts } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { run } from '#cluster/host/exec.ts'
import { hasAppArmor } from '#kubelet/admission/app-armor.ts'
import { type E2eCluster, eventually, missingForCluster, startCluster } from './cluster.ts'
import { isReady } from './objects.ts'
import { createPod, goneFrom, loadShellImages, logOf, podNow, podWhere, runScript, shell, unprivilegedImage, untilTold } from './shell-pods.ts'

const missing = missingForCluster()
if (missing) console.log(`skipped the kubelet in a real cluster: ${missing}`)

describe('the kubelet in a real cluster', { skip: missing ?? false, timeout: 600_000 }, () => {
  let cluster: E2eCluster
  let client: Client
  /** Of other clusters on this machine. */
  let elsewhere: readonly string[] = []
  const manifests = `/tmp/k8ts-manifests-${process.pid}`
  const networkNamespaces = () => readdirSync('/run/netns').filter((name) => name.startsWith('cni-'))
  before(async () => {
    elsewhere = networkNamespaces()
    mkdirSync(manifests, { recursive: true })
    cluster = await startCluster({
      name: 'kubelet',
      port: 16543,
      kubelet: {
        staticPodPath: manifests,
        containerLogMaxSize: '64Ki',
        containerLogMaxFiles: 3,
        containerLogMonitorInterval: '3s',
        podPidsLimit: 64,
        tlsMinVersion: 'VersionTLS12',
        tlsCipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
        shutdownGracePeriod: '10s',
        serverTLSBootstrap: true,
        rotateCertificates: true,
        maxParallelImagePulls: 3,
      },
      apiServerFlags: '--feature-gates=ContainerStopSignals=true',
    })
    client = cluster.client
    await loadShellImages(cluster)
  })
  after(async () => {
    await cluster?.delete()
    for (const what of ['hostpath', 'order', 'hooks', 'manifests']) rmSync(`/tmp/k8ts-${what}-${process.pid}`, { recursive: true, force: true })
  })

  const eventsOf = async (pod: string) =>
    (await client.list(events, { namespace: 'default', fieldSelector: `involvedObject.name=${pod}` })).items.map(
      ({ reason, message }) => `${reason}: ${message}`,
    )

  describe('pods of every kind', { concurrency: 3 }, () => {
    test('a projected token is a valid credential of the pod', async () => {
      const seen = await runScript(client, 'token', 'ls /var/run/secrets/kubernetes.io/serviceaccount; cat /var/run/secrets/kubernetes.io/serviceaccount/token')
      const lines = seen.trim().split('\n')
      assert.deepEqual(lines.slice(0, 3), ['ca.crt', 'namespace', 'token'])
      const claims = JSON.parse(Buffer.from(lines[3]!.split('.')[1]!, 'base64url').toString())
      assert.equal(claims.sub, 'system:serviceaccount:default:default')
      assert.equal(claims['kubernetes.io'].pod.name, 'token')
    })

    test('user, groups, capabilities, a read-only root and no new privileges are as the security context says', async () => {
      const log = await runScript(
        client,
        'security',
        'id -u; id -g; id -G; touch /x 2>/dev/null || echo read-only; touch /data/f && stat -c "%g %a" /data /data/f; grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status',
        {
          securityContext: {
            runAsUser: 1000,
            runAsGroup: 3000,
            fsGroup: 2000,
            supplementalGroups: [4000],
            seccompProfile: { type: 'RuntimeDefault' },
          } as never,
          volumes: [{ name: 'data', emptyDir: {} }],
        },
        {
          securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } as never,
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      )
      assert.deepEqual(log.trim().split('\n'), [
        '1000',
        '3000',
        '3000 2000 4000',
        'read-only',
        '2000 2777',
        '2000 644',
        'CapEff:\t0000000000000000',
        'NoNewPrivs:\t1',
        'Seccomp:\t2',
      ])
    })

    test('runAsNonRoot refuses root, and takes an image whose user is a number', async () => {
      await createPod(client, 'as-root', { securityContext: { runAsNonRoot: true } as never, containers: [shell('main', 'id -u')] })
      const pod = await podWhere(
        client,
        'as-root',
        'waits',
        ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
      )
      assert.match(
        pod.status.containerStatuses![0]!.state.waiting!.message!,
        /^container has runAsNonRoot and image will run as root \(pod: "as-root_default\(/,
      )
      assert.equal(await runScript(client, 'as-nobody', 'id -u', { securityContext: { runAsNonRoot: true } as never }, { image: unprivilegedImage }), '65534\n')
    })

    test('added capabilities are there', async () => {
      const log = await runScript(
        client,
        'caps',
        'grep CapEff /proc/self/status',
        {},
        { securityContext: { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } } as never },
      )
      assert.equal(log, 'CapEff:\t0000000000001000\n')
    })

    test('hostPath is checked by its type', async () => {
      const at = `/tmp/k8ts-hostpath-${process.pid}`
      const volume = (type: string, path: string) => ({ name: 'host', hostPath: { path, type } }) as never
      const mount = { volumeMounts: [{ name: 'host', mountPath: '/host' }] } as never
      await createPod(client, 'no-dir', { volumes: [volume('Directory', `${at}-none`)], containers: [shell('main', 'true', mount)] })
      await eventually('FailedMount is told', async () =>
        (await eventsOf('no-dir')).some(
          (each) => each === `FailedMount: MountVolume.SetUp failed for volume "host" : hostPath type check failed: ${at}-none is not a directory`,
        ),
      )
      await runScript(client, 'make-dir', 'echo made > /host/file', { volumes: [volume('DirectoryOrCreate', at)] }, mount)
      assert.equal(readFileSync(`${at}/file`, 'utf8'), 'made\n')
      assert.equal(await runScript(client, 'read-file', 'cat /host', { volumes: [volume('File', `${at}/file`)] }, mount), 'made\n')
      assert.match(await runScript(client, 'char', 'ls -l /host', { volumes: [volume('CharDevice', '/dev/null')] }, mount), /^crw/)
    })

    test('subPath of a ConfigMap, a directory and an expression; a restarted container sees the same', async () => {
      await client.create(configMaps, { metadata: { name: 'settings', namespace: 'default' }, data: { 'app.conf': 'first', other: 'x' } })
      await createPod(client, 'subpath', {
        restartPolicy: 'Always',
        volumes: [
          { name: 'config', configMap: { name: 'settings' } },
          { name: 'work', emptyDir: {} },
        ] as never,
        containers: [
          shell(
            'main',
            `cat /etc/app.conf; echo; echo $HOSTNAME >> /work/log; cat /expr/log; test -f /work/again && { ${untilTold}; }; touch /work/again; exit 1`,
            {
              env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] as never,
              volumeMounts: [
                { name: 'config', mountPath: '/etc/app.conf', subPath: 'app.conf' },
                { name: 'work', mountPath: '/work', subPath: 'subpath' },
                { name: 'work', mountPath: '/expr', subPathExpr: '$(POD)' },
              ] as never,
            },
          ),
        ],
      })
      await podWhere(
        client,
        'subpath',
        'was restarted and runs',
        ({ status }) => status.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].state.running,
      )
      assert.equal(await logOf(client, 'subpath', '?previous=true'), 'first\nsubpath\n')
      await eventually('the log of the second run', async () => (await logOf(client, 'subpath')) === 'first\nsubpath\nsubpath\n')
    })

    test('emptyDir in memory is a tmpfs of its size', async () => {
      const log = await runScript(
        client,
        'memory',
        'grep " /mem " /proc/mounts; dd if=/dev/zero of=/mem/f bs=1M count=8 2>/dev/null; stat -c "mode %a" /mem; stat -c %s /mem/f',
        { volumes: [{ name: 'mem', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } }] as never },
        { volumeMounts: [{ name: 'mem', mountPath: '/mem' }] as never },
      )
      assert.match(log, /^tmpfs \/mem tmpfs .*size=4096k/)
      assert.match(log, /^mode 1777$/m)
      assert.equal(log.trim().split('\n').at(-1), String(4 * 1024 * 1024))
    })

    test('an emptyDir that outgrows its limit has its pod evicted', async () => {
      await createPod(client, 'too-much', {
        volumes: [{ name: 'disk', emptyDir: { sizeLimit: '1Mi' } }] as never,
        containers: [
          shell('main', `dd if=/dev/zero of=/disk/f bs=1M count=3 2>/dev/null; ${untilTold}`, {
            volumeMounts: [{ name: 'disk', mountPath: '/disk' }] as never,
          }),
        ],
      })
      const pod = await podWhere(client, 'too-much', 'is evicted', ({ status }) => status.phase === 'Failed', 60_000)
      assert.equal(pod.status.reason, 'Evicted')
      assert.equal(pod.status.message, 'Usage of EmptyDir volume "disk" exceeds the limit "1Mi". ')
    })

    test('the host network is the node’s own', async () => {
      await createPod(client, 'host-network', {
        hostNetwork: true,
        containers: [shell('main', `cat /proc/net/dev > /dev/null; ls /sys/class/net; cat /proc/sys/kernel/hostname; ${untilTold}`)],
      })
      const pod = await podWhere(client, 'host-network', 'is ready', isReady)
      assert.equal(pod.status.podIP, pod.status.hostIP)
      // And so is its name, which no two nodes of one machine share.
      assert.match(await logOf(client, 'host-network'), new RegExp(`^${pod.spec.nodeName}$`, 'm'))
    })

    test('a shared process namespace shows the other container’s processes, and an own one does not', async () => {
      const look = 'sleep 0.5; for each in /proc/[0-9]*/cmdline; do tr "\\0" " " < $each 2>/dev/null; echo; done'
      for (const shared of [true, false]) {
        const name = shared ? 'shared-pids' : 'own-pids'
        await createPod(client, name, { shareProcessNamespace: shared, containers: [shell('one', 'sleep 77'), shell('two', look)] })
        await podWhere(client, name, 'two has ended', ({ status }) => status.containerStatuses?.[1]?.state.terminated)
        assert.equal(/^sleep 77 ?$/m.test(await logOf(client, name, '?container=two')), shared)
        await client.delete(pods, { namespace: 'default', name })
      }
    })

    test('hostAliases are in /etc/hosts', async () => {
      const log = await runScript(client, 'aliases', 'cat /etc/hosts', { hostAliases: [{ ip: '192.0.2.7', hostnames: ['one', 'two'] }] })
      assert.match(log, /# Entries added by HostAliases\.\n192\.0\.2\.7\tone\ttwo\n/)
    })

    test('init containers and sidecars begin in order, and end in reverse after the others', async () => {
      const volume = { volumes: [{ name: 'log', hostPath: { path: `/tmp/k8ts-order-${process.pid}`, type: 'DirectoryOrCreate' } }] as never }
      const mounts = { volumeMounts: [{ name: 'log', mountPath: '/log' }] as never }
      const say = (name: string, keep: boolean) =>
        `echo +${name} >> /log/order; ${keep ? `trap "echo -${name} >> /log/order; exit 0" TERM; while true; do sleep 0.05; done` : 'true'}`
      await createPod(client, 'order', {
        ...volume,
        terminationGracePeriodSeconds: 10,
        initContainers: [
          shell('one', say('one', false), mounts),
          shell('side', say('side', true), { ...mounts, restartPolicy: 'Always' }),
          shell('two', say('two', false), mounts),
          shell('late', say('late', true), { ...mounts, restartPolicy: 'Always' }),
        ],
        containers: [shell('main', say('main', true), mounts)],
      })
      await podWhere(client, 'order', 'is ready', isReady)
      await client.delete(pods, { namespace: 'default', name: 'order' })
      await goneFrom(client, 'order')
      assert.equal(readFileSync(`/tmp/k8ts-order-${process.pid}/order`, 'utf8').replaceAll('\n', ' '), '+one +side +two +late +main -main -late -side ')
    })

    test('hooks: postStart runs beside the container, preStop before its end, a failing postStart ends it', async () => {
      const at = `/tmp/k8ts-hooks-${process.pid}`
      const volumes = [{ name: 'log', hostPath: { path: at, type: 'DirectoryOrCreate' } }] as never
      const hook = (text: string) => ({ exec: { command: ['sh', '-c', text] } })
      await createPod(client, 'hooks', {
        volumes,
        terminationGracePeriodSeconds: 10,
        containers: [
          shell('main', 'trap "echo term >> /log/hooks; exit 0" TERM; while true; do sleep 0.05; done', {
            volumeMounts: [{ name: 'log', mountPath: '/log' }] as never,
            lifecycle: { postStart: hook('echo post >> /log/hooks'), preStop: hook('sleep 0.2; echo pre >> /log/hooks') } as never,
          }),
        ],
      })
      await podWhere(client, 'hooks', 'is ready', isReady)
      await client.delete(pods, { namespace: 'default', name: 'hooks' })
      await goneFrom(client, 'hooks')
      assert.equal(readFileSync(`${at}/hooks`, 'utf8'), 'post\npre\nterm\n')
      await createPod(client, 'bad-hook', { containers: [shell('main', untilTold, { lifecycle: { postStart: hook('exit 7') } as never })] })
      await eventually('FailedPostStartHook is told', async () => (await eventsOf('bad-hook')).some((each) => each.startsWith('FailedPostStartHook: ')))
    })

    test('activeDeadlineSeconds ends the pod as DeadlineExceeded', async () => {
      await createPod(client, 'deadline', { activeDeadlineSeconds: 2, containers: [shell('main', untilTold)] })
      const pod = await podWhere(client, 'deadline', 'has failed', ({ status }) => status.phase === 'Failed')
      assert.equal(pod.status.reason, 'DeadlineExceeded')
      assert.equal(pod.status.message, 'Pod was active on the node longer than the specified deadline')
    })

    test('a process that takes no notice of SIGTERM is killed after its grace period', async () => {
      await createPod(client, 'stubborn', { terminationGracePeriodSeconds: 3, containers: [shell('main', 'trap "" TERM; while true; do sleep 1; done')] })
      await podWhere(client, 'stubborn', 'is ready', isReady)
      const since = Date.now()
      await client.delete(pods, { namespace: 'default', name: 'stubborn' })
      await goneFrom(client, 'stubborn')
      assert.ok(Date.now() - since > 2500, `after ${Date.now() - since} ms`)
    })

    test('a container over its memory limit is OOMKilled with 137', async () => {
      await createPod(client, 'oom', {
        containers: [shell('main', 'x=0123456789abcdef; while true; do x=$x$x; done', { resources: { limits: { memory: '24Mi' } } as never })],
      })
      const pod = await podWhere(client, 'oom', 'has failed', ({ status }) => status.phase === 'Failed')
      const { exitCode, reason } = pod.status.containerStatuses![0]!.state.terminated!
      assert.deepEqual([exitCode, reason], [137, 'OOMKilled'])
    })

    test('an image volume shows the image’s files, to be read only', async () => {
      const log = await runScript(
        client,
        'image-volume',
        'ls /image/bin/sh && (touch /image/x 2>/dev/null && echo written || echo read-only)',
        { volumes: [{ name: 'content', image: { reference: unprivilegedImage } }] as never },
        { volumeMounts: [{ name: 'content', mountPath: '/image' }] as never },
      )
      assert.equal(log, '/image/bin/sh\nread-only\n')
      await createPod(client, 'image-volume-none', {
        containers: [shell('main', 'true', { volumeMounts: [{ name: 'content', mountPath: '/image' }] as never })],
        volumes: [{ name: 'content', image: { reference: 'test.local/none:1', pullPolicy: 'Never' } }] as never,
      })
      const pod = await podWhere(
        client,
        'image-volume-none',
        'waits',
        ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ErrImageNeverPull',
      )
      assert.match(pod.status.containerStatuses![0]!.state.waiting!.message!, /test.local\/none:1/)
      await client.delete(pods, { namespace: 'default', name: 'image-volume-none' })
    })

    test('a variable comes out of a file that an init container wrote', async () => {
      const log = await runScript(
        client,
        'env-file',
        'echo "got $COLOUR"',
        {
          initContainers: [shell('write', `echo "COLOUR='dark blue'" > /data/vars`, { volumeMounts: [{ name: 'data', mountPath: '/data' }] as never })],
          volumes: [{ name: 'data', emptyDir: {} }] as never,
        },
        { env: [{ name: 'COLOUR', valueFrom: { fileKeyRef: { volumeName: 'data', path: 'vars', key: 'COLOUR' } } }] as never },
      )
      assert.equal(log, 'got dark blue\n')
    })

    test('a container is told to stop by its own signal', async () => {
      await createPod(client, 'signalled', {
        os: { name: 'linux' },
        terminationGracePeriodSeconds: 20,
        containers: [
          shell('main', 'trap "echo usr1; exit 7" USR1; trap "echo term; exit 8" TERM; while true; do sleep 0.1; done', {
            lifecycle: { stopSignal: 'SIGUSR1' } as never,
          }),
        ],
        activeDeadlineSeconds: 3,
      })
      const { status } = await podWhere(client, 'signalled', 'has failed', (pod) => pod.status.phase === 'Failed')
      assert.equal(status.containerStatuses![0]!.state.terminated?.exitCode, 7)
    })

    test('a container’s own rules restart it where its pod would not', async () => {
      await createPod(client, 'ruled', {
        containers: [
          shell('main', 'if [ -e /data/second ]; then sleep 1000; fi; touch /data/second; exit 42', {
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          } as never),
        ],
        volumes: [{ name: 'data', emptyDir: {} }] as never,
      })
      const { status } = await podWhere(
        client,
        'ruled',
        'runs again',
        (pod) => pod.status.containerStatuses?.[0]?.restartCount === 1 && pod.status.containerStatuses[0].state.running,
      )
      assert.equal(status.phase, 'Running')
      await client.delete(pods, { namespace: 'default', name: 'ruled' })
    })

    test('a container’s own rule begins all of its pod anew: same sandbox and volumes, init containers again', async () => {
      const mount = { volumeMounts: [{ name: 'data', mountPath: '/data' }] } as never
      await createPod(client, 'anew', {
        initContainers: [shell('init', 'echo init >> /data/runs', mount)],
        containers: [
          shell('main', untilTold, mount),
          shell('asking', 'until [ $(wc -l < /data/runs) -gt 1 ]; do sleep 0.2; [ -e /data/go ] && exit 42; done; sleep 1000', {
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          } as never),
          shell('telling', 'sleep 1; touch /data/go; sleep 1000', mount),
        ],
        volumes: [{ name: 'data', emptyDir: {} }] as never,
      })
      const first = await podWhere(client, 'anew', 'runs', isReady)
      const { status } = await podWhere(
        client,
        'anew',
        'runs again',
        (pod) => isReady(pod) && pod.status.containerStatuses?.every(({ restartCount }) => restartCount === 1),
      )
      assert.equal(status.podIP, first.status.podIP)
      assert.equal(status.initContainerStatuses?.[0]?.restartCount, 1)
      assert.deepEqual(
        status.containerStatuses?.map(({ lastState }) => [lastState.terminated?.reason, lastState.terminated?.exitCode]),
        Array(3).fill(['RestartingAllContainers', 137]),
      )
      assert.equal(status.conditions?.find(({ type }) => type === 'AllContainersRestarting')?.status, 'False')
      await client.delete(pods, { namespace: 'default', name: 'anew' })
    })

    test('what the machine cannot do is refused, never left out: users of its own on a runtime without them, unsafe sysctls', async () => {
      await createPod(client, 'own-users', { hostUsers: false, containers: [shell('main', 'true')] })
      await eventually('an event tells that there are no user namespaces', async () =>
        (await eventsOf('own-users')).some((each) => each.includes("can't set `spec.hostUsers: false`, runtime does not support user namespaces")),
      )
      await client.delete(pods, { namespace: 'default', name: 'own-users' }, { gracePeriodSeconds: 0 })
      await createPod(client, 'unsafe', { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } as never, containers: [shell('main', 'true')] })
      const { status } = await podWhere(client, 'unsafe', 'has failed', (pod) => pod.status.phase === 'Failed')
      assert.deepEqual([status.reason, status.message], ['SysctlForbidden', 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted'])
      if (hasAppArmor()) return
      await createPod(client, 'profiled', { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } as never, containers: [shell('main', 'true')] })
      const profiled = await podWhere(client, 'profiled', 'has failed', (pod) => pod.status.phase === 'Failed')
      assert.deepEqual(
        [profiled.status.reason, profiled.status.message],
        ['AppArmor', 'Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host'],
      )
    })

    test('a pod has no more processes than podPidsLimit', async () => {
      const log = await runScript(client, 'forks', 'i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done 2>/dev/null; jobs -p | wc -l; exit 0', {}).catch(
        String,
      )
      await client.delete(pods, { namespace: 'default', name: 'forks' }, { gracePeriodSeconds: 0 })
      assert.ok(/failed|fork/.test(log) || Number(log) < 64, log)
    })

    test('an ephemeral container joins a running pod', async () => {
      await createPod(client, 'debugged', { containers: [shell('main', untilTold)] })
      await podWhere(client, 'debugged', 'is ready', isReady)
      await client.patch(
        pods,
        { namespace: 'default', name: 'debugged' },
        { spec: { ephemeralContainers: [{ ...shell('debug', 'cat /proc/1/cmdline | tr "\\0" " "'), targetContainerName: 'main' }] } },
        { type: 'strategic', subresource: 'ephemeralcontainers' },
      )
      const pod = await podWhere(client, 'debugged', 'the debugger has ended', ({ status }) => status.ephemeralContainerStatuses?.[0]?.state.terminated)
      assert.equal(pod.status.ephemeralContainerStatuses![0]!.state.terminated!.exitCode, 0)
      assert.match(await logOf(client, 'debugged', '?container=debug'), /^sh -c trap/)
      assert.equal((await podNow(client, 'debugged')).status.containerStatuses![0]!.restartCount, 0)
    })
  })

  test('a static pod runs from its manifest and is shown by a mirror, which is made again when it is deleted', async () => {
    const file = join(manifests, 'still.json')
    const write = (script: string) =>
      writeFileSync(
        file,
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'still' },
          spec: { terminationGracePeriodSeconds: 1, containers: [shell('main', script)] },
        }),
      )
    write(untilTold)
    const name = 'still-kubelet-node-1'
    const shown = (what: string, test: (pod: Pod) => boolean | undefined) =>
      eventually(what, async () => {
        const pod = await client.get(pods, { namespace: 'default', name }).catch(() => undefined)
        return pod && test(pod) ? pod : undefined
      })
    const first = (await shown('the mirror is ready', isReady))!
    assert.equal(first.metadata.annotations?.['kubernetes.io/config.mirror'], first.metadata.annotations?.['kubernetes.io/config.hash'])
    assert.equal(first.metadata.ownerReferences?.[0]?.kind, 'Node')
    await client.delete(pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 })
    const second = (await shown('another mirror is ready', (pod) => pod.metadata.uid !== first.metadata.uid && isReady(pod)))!
    assert.equal(second.status.containerStatuses![0]!.containerID, first.status.containerStatuses![0]!.containerID, 'its container was not touched')
    write('echo another; sleep 1000')
    await shown(
      'the changed pod runs',
      (pod) => pod.metadata.annotations?.['kubernetes.io/config.hash'] !== first.metadata.annotations?.['kubernetes.io/config.hash'] && isReady(pod),
    )
    assert.equal((await logOf(client, name)).trim(), 'another')
    rmSync(file)
    await goneFrom(client, name)
  })

  test('usage is told by the summary, cAdvisor’s names and probes, to those who may ask', async () => {
    await createPod(client, 'metered', {
      containers: [shell('main', untilTold, { livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 } as never })],
      volumes: [{ name: 'scratch', emptyDir: {} }] as never,
    })
    await podWhere(client, 'metered', 'is ready', isReady)
    const node = async (path: string) => (await client.request({ method: 'GET', path: `/api/v1/nodes/kubelet-node-1/proxy${path}` })).text()
    const summary = JSON.parse(await node('/stats/summary'))
    const pod = summary.pods.find(({ podRef }: { podRef: { name: string } }) => podRef.name === 'metered')
    assert.ok(pod.containers[0].memory.workingSetBytes > 0 && pod.network.interfaces.length === 1 && pod.process_stats.process_count >= 2)
    assert.deepEqual(
      pod.volume
        .map(({ name }: { name: string }) => name)
        .sort((a: string, b: string) => b.localeCompare(a))
        .slice(0, 1),
      ['scratch'],
    )
    assert.ok(summary.node.network.interfaces.length > 0 && summary.node.runtime.imageFs.usedBytes > 0)
    const metrics = await node('/metrics/cadvisor')
    assert.match(metrics, /^container_memory_working_set_bytes\{container="main",.*namespace="default",pod="metered"\} \d+ \d+$/m)
    assert.match(metrics, /^container_network_receive_bytes_total\{.*interface="eth0",.*pod="metered"\} \d+ \d+$/m)
    await eventually('a probe is counted', async () =>
      /^prober_probe_total\{container="main",.*pod="metered",.*probe_type="Liveness",result="successful"\} \d+$/m.test(await node('/metrics/probes')),
    )
    const own = await node('/metrics')
    for (const sample of [
      'kubelet_runtime_operations_total{operation_type="run_podsandbox"}',
      'kubelet_runtime_operations_duration_seconds_count{operation_type="create_container"}',
      'kubelet_started_containers_total{container_type="container"}',
      'kubelet_pod_start_duration_seconds_count',
      'kubelet_pod_start_sli_duration_seconds_count',
      'kubelet_active_pods{static=""}',
      'kubelet_working_pods{config="desired",lifecycle="sync",static=""}',
      'kubelet_pod_status_sync_duration_seconds_count',
      'kubelet_http_requests_total{long_running="false",method="GET",path="stats",server_type="readwrite"}',
      'kubelet_pleg_relist_duration_seconds_count',
      'kubelet_certificate_manager_client_ttl_seconds',
      'kubelet_certificate_manager_server_ttl_seconds',
    ]) {
      const line = own.split('\n').find((each) => each.startsWith(`${sample} `))
      assert.ok(Number(line?.split(' ')[1]) > 0, sample)
    }
    assert.match(await node('/runningpods/'), /"name":"metered"/)
    // The runtime's word on checkpoints, which older ones cannot make.
    const path = `/api/v1/nodes/kubelet-node-1/proxy/checkpoint/default/metered/main`
    const checkpoint = await client.request({ method: 'POST', path })
    const words = await checkpoint.text()
    if (checkpoint.status === 200) assert.match(words, /"items":\["[^"]*checkpoint-metered_default-main-[^"]*\.tar"\]/)
    else assert.match(words, /checkpointing of default\/metered\/main failed \(rpc error: code = Unimplemented desc = /)
    // Straight to the node, with a token of a ServiceAccount that may read metrics and no more.
    await client.create(serviceAccounts, { metadata: { name: 'scraper', namespace: 'default' } } as never)
    await client.create(clusterRoles, {
      metadata: { name: 'node-metrics' },
      rules: [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }],
    } as never)
    await client.create(clusterRoleBindings, {
      metadata: { name: 'node-metrics' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'node-metrics' },
      subjects: [{ kind: 'ServiceAccount', name: 'scraper', namespace: 'default' }],
    } as never)
    const token = (await (await cluster.kubectl(['create', 'token', 'scraper'])).stdout).trim()
    const { nodes } = await cluster.config()
    const direct = async (path: string, bearer?: string) =>
      (
        await run([
          'curl',
          '-sk',
          '-o',
          '/dev/null',
          '-w',
          '%{http_code}',
          ...(bearer ? ['-H', `Authorization: Bearer ${bearer}`] : []),
          `https://${nodes[0]!.address}:10250${path}`,
        ])
      ).stdout
    await eventually('the binding is known', async () => (await direct('/metrics/resource', token)) === '200')
    assert.deepEqual(await Promise.all([direct('/pods', token), direct('/metrics', 'nonsense'), direct('/metrics')]), ['403', '401', '401'])
  })

  test('the node serves with a certificate that it asked for and the cluster signed', async () => {
    await eventually('the request is approved and signed', async () =>
      (await client.list(certificateSigningRequests)).items.some(
        ({ spec, status }) => spec.signerName === 'kubernetes.io/kubelet-serving' && spec.username === 'system:node:kubelet-node-1' && status?.certificate,
      ),
    )
    const file = join(cluster.dataDir, 'nodes/kubelet-node-1/kubelet/pki/kubelet-server-current.pem')
    const own = await eventually('it is kept', async () => existsSync(file) && new X509Certificate(readFileSync(file, 'utf8')))
    const { nodes } = await cluster.config()
    const served = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: nodes[0]!.address, port: 10250, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber)
        socket.destroy()
      })
      socket.once('error', reject)
    })
    assert.equal(served, own.serialNumber)
  })

  test('a log is rotated by size and number, and following it loses and repeats nothing', async () => {
    const lines = 30_000
    await createPod(client, 'talkative', {
      containers: [
        shell('main', `i=0; while [ $i -lt ${lines} ]; do echo line-$i-${'x'.repeat(40)}; i=$((i+1)); [ $((i % 500)) = 0 ] && sleep 0.2; done; sleep 1000`),
      ],
    })
    await podWhere(client, 'talkative', 'is ready', isReady)
    const response = await client.request({ method: 'GET', path: '/api/v1/namespaces/default/pods/talkative/log?follow=true' })
    let seen = ''
    for await (const chunk of response.stream()) {
      seen += Buffer.from(chunk).toString()
      if (seen.includes(`line-${lines - 1}-`)) break
    }
    const numbers = seen
      .split('\n')
      .filter((line) => line.startsWith('line-'))
      .map((line) => Number(line.split('-')[1]))
    const first = numbers[0]!
    assert.ok(numbers.length > lines / 2, `it followed ${numbers.length} lines`)
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, index) => first + index),
    )
    const { metadata } = await podNow(client, 'talkative')
    const directory = join(cluster.dataDir, 'nodes/kubelet-node-1/kubelet/logs/pods', `default_talkative_${metadata.uid}`, 'main')
    assert.equal(readdirSync(directory).length, 3)
    await client.delete(pods, { namespace: 'default', name: 'talkative' })
  })

  test('a node refuses what does not match it or does not fit', async () => {
    await createPod(client, 'misplaced', { nodeName: 'kubelet-node-1', nodeSelector: { disk: 'none' }, containers: [shell('main', 'true')] })
    await createPod(client, 'too-big', {
      nodeName: 'kubelet-node-1',
      containers: [shell('main', 'true', { resources: { requests: { cpu: '1000' } } as never })],
    })
    const misplaced = await podWhere(client, 'misplaced', 'has failed', ({ status }) => status.phase === 'Failed')
    assert.equal(misplaced.status.reason, 'NodeAffinity')
    assert.equal(misplaced.status.message, "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector")
    const tooBig = await podWhere(client, 'too-big', 'has failed', ({ status }) => status.phase === 'Failed')
    assert.equal(tooBig.status.reason, 'OutOfcpu')
    assert.match(tooBig.status.message!, /^Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000, used: \d+, capacity: \d+$/)
  })

  test('cpu and memory are resized in place, down in the cgroup', async () => {
    const resources = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } })
    await createPod(client, 'resized', { containers: [shell('main', untilTold, { resources: resources('100m', '64Mi') as never })] })
    const { metadata } = await podWhere(client, 'resized', 'is ready', isReady)
    await client.patch(
      pods,
      { namespace: 'default', name: 'resized' },
      { spec: { containers: [{ name: 'main', resources: resources('200m', '96Mi') }] } },
      { type: 'strategic', subresource: 'resize' },
    )
    const pod = await podWhere(client, 'resized', 'has its new limits', ({ status }) => status.containerStatuses?.[0]?.resources?.limits?.memory === '96Mi')
    assert.deepEqual(
      [pod.status.containerStatuses![0]!.restartCount, pod.status.containerStatuses![0]!.allocatedResources],
      [0, { cpu: '200m', memory: '96Mi' }],
    )
    await createPod(client, 'resized-whole', { containers: [shell('main', untilTold, { resources: {} })], resources: resources('100m', '64Mi') } as never)
    const whole = await podWhere(client, 'resized-whole', 'is ready', isReady)
    await client.patch(
      pods,
      { namespace: 'default', name: 'resized-whole' },
      { spec: { resources: resources('200m', '96Mi') } },
      { type: 'strategic', subresource: 'resize' },
    )
    await podWhere(client, 'resized-whole', 'has its new limits', ({ status }) => status.resources?.limits?.memory === '96Mi')
    const limit = { v1: 'memory/k8ts-kubelet/kubelet-node-1/kubepods', v2: 'k8ts-kubelet/kubelet-node-1/kubepods' }
    for (const { uid } of [metadata, whole.metadata]) {
      const v1 = `/sys/fs/cgroup/${limit.v1}/pod${uid}/memory.limit_in_bytes`
      const v2 = `/sys/fs/cgroup/${limit.v2}/pod${uid}/memory.max`
      assert.equal(Number(readFileSync(existsSync(v1) ? v1 : v2, 'utf8')), 96 * 1024 * 1024)
    }
    for (const name of ['resized', 'resized-whole']) await client.delete(pods, { namespace: 'default', name })
  })

  test('containers run on while containerd and the agent are killed, and their ends are known afterwards', async () => {
    await createPod(client, 'steady', { restartPolicy: 'Always', containers: [shell('main', untilTold), shell('brief', 'sleep 4; exit 5')] })
    const before = await podWhere(client, 'steady', 'is ready', isReady)
    for (const component of ['kubelet-node-1-containerd', 'kubelet-node-1']) {
      const { identity } = JSON.parse(readFileSync(join(cluster.dataDir, 'run', `${component}.json`), 'utf8'))
      process.kill(identity.pid, 'SIGKILL')
    }
    const after = await podWhere(
      client,
      'steady',
      'the brief container was started again',
      ({ status }) => status.containerStatuses?.some(({ restartCount, state }) => restartCount === 1 && state.running),
      60_000,
    )
    const of = (pod: typeof after, name: string) => pod.status.containerStatuses!.find((each) => each.name === name)!
    assert.equal(of(after, 'brief').lastState.terminated?.exitCode, 5)
    assert.deepEqual([of(after, 'main').containerID, of(after, 'main').restartCount], [of(before, 'main').containerID, 0])
    await client.delete(pods, { namespace: 'default', name: 'steady' })
    await goneFrom(client, 'steady')
  })

  test('a hundred pods at once start and stop, and nothing of them is left', async () => {
    await client.deleteCollection(pods, { namespace: 'default' })
    await eventually('all earlier pods are gone', async () => (await client.list(pods, { namespace: 'default' })).items.length === 0)
    await eventually('their traces are gone', async () => traces().length === 0).catch(async () => assert.deepEqual(await told(traces()), []))
    const interfaces = await hostSideInterfaces()
    const names = Array.from({ length: 100 }, (_, index) => `many-${index}`)
    await Promise.all(names.map((name) => createPod(client, name, { automountServiceAccountToken: false, containers: [shell('main', untilTold)] })))
    await eventually('all run', async () => (await client.list(pods, { namespace: 'default' })).items.filter(isReady).length === 100, 120_000)
    assert.equal((await hostSideInterfaces()) - interfaces, 100)
    await client.deleteCollection(pods, { namespace: 'default' })
    await eventually('all are gone', async () => (await client.list(pods, { namespace: 'default' })).items.length === 0)
    await eventually('nothing is left', async () => traces().length === 0 && (await hostSideInterfaces()) === interfaces).catch(() =>
      assert.deepEqual(traces(), []),
    )
  })

  test('a node that is stopped gives its pods their time, and the API says why they ended', async () => {
    const file = `/tmp/k8ts-hooks-${process.pid}`
    await createPod(client, 'polite', {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 8,
      containers: [
        shell('main', 'trap "sleep 3; echo ended >> /host/polite; exit 0" TERM; while true; do sleep 0.1; done', {
          volumeMounts: [{ name: 'host', mountPath: '/host' }] as never,
        }),
      ],
      volumes: [{ name: 'host', hostPath: { path: file, type: 'DirectoryOrCreate' } }] as never,
    })
    await podWhere(client, 'polite', 'is ready', isReady)
    await cluster.k8ts(['down'])
    assert.equal(readFileSync(join(file, 'polite'), 'utf8'), 'ended\n')
    await cluster.k8ts(['up'])
    const { status } = await podWhere(client, 'polite', 'has failed', (pod) => pod.status.phase === 'Failed')
    assert.deepEqual([status.reason, status.message], ['Terminated', 'Pod was terminated in response to imminent node shutdown.'])
    assert.equal(status.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason, 'TerminationByKubelet')
  })

  /** With what the runtime and the kubelet know of it. */
  async function told(found: readonly string[]): Promise<string[]> {
    const socket = join(cluster.dataDir, 'nodes/kubelet-node-1/containerd.sock')
    const containers = await run(['ctr', '-a', socket, '-n', 'k8s.io', 'containers', 'ls'])
    const log = readFileSync(join(cluster.dataDir, 'logs/kubelet-node-1.log'), 'utf8').split('\n').slice(-15)
    return [...found, containers.stdout, ...log]
  }

  /** What pods leave on the machine while they are here: cgroups, shims, directories, network namespaces. */
  function traces(): string[] {
    const found: string[] = []
    const socket = join(cluster.dataDir, 'nodes/kubelet-node-1')
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        if (command.includes('containerd-shim') && command.includes(socket)) found.push(`process ${pid}: ${command}`)
      } catch {
        // It ended while we looked.
      }
    }
    for (const controller of readdirSync('/sys/fs/cgroup')) {
      for (const level of ['', 'burstable', 'besteffort']) {
        const kubepods = join('/sys/fs/cgroup', controller, 'k8ts-kubelet/kubelet-node-1/kubepods', level)
        if (existsSync(kubepods))
          found.push(
            ...readdirSync(kubepods)
              .filter((name) => name.startsWith('pod'))
              .map((name) => join(kubepods, name)),
          )
      }
    }
    found.push(...readdirSync(join(socket, 'kubelet/pods')).map((uid) => `directory of pod ${uid}`))
    found.push(
      ...networkNamespaces()
        .filter((name) => !elsewhere.includes(name))
        .map((name) => `network namespace ${name}`),
    )
    return found
  }

  /** The node's ends of the pods' cables. */
  async function hostSideInterfaces(): Promise<number> {
    const { nodes } = await cluster.config()
    const { stdout } = await run(['nsenter', `--net=/run/netns/${nodes[0]!.netns}`, 'ip', '-o', 'link', 'show', 'type', 'veth'])
    return stdout.trim().split('\n').length
  }
})
