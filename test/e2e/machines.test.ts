/** Nodes on other machines: `k8ts server`, `k8ts token create`, `k8ts agent`, with a router between them. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { run } from '#cluster/host/exec.ts'
import { findProgram } from '#cluster/host/requirements.ts'
import { pauseImageName } from '#cluster/images/pause.ts'
import { openCri } from '#kubelet/cri/index.ts'
import { eventually, missingForCluster } from './cluster.ts'
import { k8ts, type Machine, type Machines, startMachines } from './machines.ts'

const missing = missingForCluster()
const cniDirectory = ['/usr/lib/cni', '/opt/cni/bin'].find(existsSync)

describe('machines that join', { skip: missing ?? false, timeout: 600_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'k8ts-machines-'))
  const env = { ...process.env, HOME: home, KUBECONFIG: '', K8TS_DATA_DIR: '' }
  const place = (name: string) => ['--name', name, '--data-dir', join(home, name)]
  let machines: Machines
  let server: Machine
  let agent: Machine
  let token: string
  let untouched: string

  const kubectl = async (...args: readonly string[]) => (await server.run(k8ts('--data-dir', join(home, 'srv'), 'kubectl', ...args))).stdout
  const ready = async (name: string) => (await kubectl('get', 'node', name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')) === 'True'
  const network = async (machine: Machine) =>
    (await machine.run(['sh', '-c', 'ip -br link; ip -4 addr; ip route; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward'])).stdout

  const apply = (...items: readonly object[]) =>
    server.run([
      'sh',
      '-c',
      `echo '${JSON.stringify({ apiVersion: 'v1', kind: 'List', items })}' | ${k8ts('--data-dir', join(home, 'srv'), 'kubectl', 'apply', '-f', '-').join(' ')}`,
    ])

  before(async () => {
    mkdirSync(join(home, '.kube'))
    // The bundle is made here, where the packages can be had if they are missing.
    await run(k8ts('version'), { env })
    machines = await startMachines(['192.0.2.2', '198.51.100.2'], env)
    ;[server, agent] = machines.all as [Machine, Machine]
    untouched = await network(agent)
    server.start(k8ts('server', ...place('srv'), '--node-name', 'first', '--node-ip', server.address), join(home, 'srv.log'))
    await eventually('the server is a node', () => ready('first')).catch((error: Error) => {
      throw new Error(`${error.message}\n${readFileSync(join(home, 'srv.log'), 'utf8')}`)
    })
  })
  after(async () => {
    for (const [machine, name] of [
      [agent, 'agt'],
      [server, 'srv'],
    ] as const)
      await machine?.run(k8ts('delete', ...place(name)), { mayFail: true })
    machines?.remove()
    rmSync(home, { recursive: true, force: true })
  })

  test('an address that is not the machine’s is refused', async () => {
    const refused = await agent.run(k8ts('server', ...place('other'), '--node-ip', '203.0.113.1'), { mayFail: true })
    assert.match(refused.stderr, /--node-ip must be an address of this machine \(198\.51\.100\.2\), not 203\.0\.113\.1/)
  })

  test('a token of another authority is refused before it is shown to anyone', async () => {
    token = (await server.run(k8ts('token', 'create', ...place('srv')))).stdout.trim()
    const forged = token.replace(/^K8TS1[0-9a-f]{4}/, 'K8TS10000')
    const { code, stderr } = await agent.run(k8ts('agent', '--server', 'https://192.0.2.2:6443', '--token', forged, ...place('agt')), { mayFail: true })
    assert.equal(code, 1)
    assert.match(stderr, /is not the server that made this token/)
    const unknown = await agent.run(k8ts('agent', '--server', 'https://192.0.2.2:6443', '--token', token.replace(/.{16}$/, '0'.repeat(16)), ...place('agt')), {
      mayFail: true,
    })
    assert.match(unknown.stderr, /does not know this token/)
  })

  test('a machine joins by the token, with a certificate of its own and the pod network', async () => {
    agent.start(k8ts('agent', '--server', 'https://192.0.2.2:6443', '--token', token, '--node-name', 'second', ...place('agt')), join(home, 'agt.log'))
    await eventually('it is Ready', () => ready('second'))
    await eventually('its kubelet has a certificate of the cluster', async () => /kubelet-serving.*Approved,Issued/.test(await kubectl('get', 'csr')))
    assert.doesNotMatch(readFileSync(join(home, 'agt', 'config.json'), 'utf8'), /token|secret/i)
  })

  test('pods of both machines reach each other, Services answer on both, and packets fit', async () => {
    const pod = (name: string, nodeName: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: 'hello' } },
      spec: { nodeName, terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'k8ts.local/hello:1', imagePullPolicy: 'Never' }] },
    })
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'hello' },
      spec: { type: 'NodePort', selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] },
    }
    await apply(pod('on-first', 'first'), pod('on-second', 'second'), service)
    const address = (name: string) =>
      eventually(`${name} runs`, async () => (await kubectl('get', 'pod', name, '-o', 'jsonpath={.status.podIP}')).trim() || undefined)
    const page = /It works/
    for (const [from, to] of [
      ['on-first', 'on-second'],
      ['on-second', 'on-first'],
    ] as const) {
      const url = `http://${await address(to)}:8080/`
      await eventually(`${from} reaches ${to}`, async () => page.test(await kubectl('exec', from, '--', '/bin/busybox', 'wget', '-qO-', url)))
    }
    assert.equal((await kubectl('exec', 'on-second', '--', 'cat', '/sys/class/net/eth0/mtu')).trim(), '1450')
    const cluster = await kubectl('get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}')
    for (const machine of [server, agent])
      for (const to of [`${cluster}`, '192.0.2.2:30080', '198.51.100.2:30080', '127.0.0.1:30080'])
        await eventually(`${to} answers on ${machine.address}`, async () =>
          page.test((await machine.run(['curl', '-s', '-m', '2', `http://${to}/`], { mayFail: true })).stdout),
        )
    assert.match((await agent.run(['ip', '-d', 'link', 'show', 'k8ts.vx'])).stdout, /nolearning/)
  })

  test('a LoadBalancer Service answers at the addresses of both machines, but not where a port is theirs', async () => {
    const balanced = (name: string, port: number) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type: 'LoadBalancer', selector: { app: 'hello' }, ports: [{ port, targetPort: 8080 }] },
    })
    await apply(balanced('balanced', 8088), balanced('greedy', 443))
    const addresses = (name: string) => kubectl('get', 'service', name, '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}')
    await eventually('it has them', async () => (await addresses('balanced')).trim() === `${server.address} ${agent.address}`)
    for (const machine of [server, agent])
      for (const to of [server.address, agent.address])
        await eventually(`${to} answers on ${machine.address}`, async () =>
          /It works/.test((await machine.run(['curl', '-s', '-m', '2', `http://${to}:8088/`], { mayFail: true })).stdout),
        )
    assert.equal((await addresses('greedy')).trim(), '')
    assert.match(await kubectl('get', 'events', '--field-selector', 'involvedObject.name=greedy'), /port 443\/TCP of the nodes is in use by the ingress/)
  })

  test('the ingress answers on both machines, with the certificate that the Ingress names; other Secrets stay closed to them', async () => {
    const backend = { service: { name: 'hello', port: { number: 80 } } }
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'hello', annotations: { 'cert-manager.io/cluster-issuer': 'built-in' } },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['hello.test'], secretName: 'hello-tls' }],
        rules: [{ host: 'hello.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    }
    await apply(ingress)
    const ca = await eventually('a certificate is issued', async () => (await kubectl('get', 'secret', 'hello-tls', '-o', 'jsonpath={.data.ca\\.crt}')).trim())
    const bundle = join(home, 'hello-ca.crt')
    writeFileSync(bundle, Buffer.from(ca, 'base64'))
    const ask = (address: string) => ['curl', '-s', '-m', '5', '--cacert', bundle, '--resolve', `hello.test:443:${address}`, 'https://hello.test/']
    for (const { address } of [server, agent])
      await eventually(`it answers on ${address}`, async () => /It works/.test((await server.run(ask(address), { mayFail: true })).stdout))
    const may = (name: string) => kubectl('auth', 'can-i', 'get', `secrets/${name}`, '--as', 'system:node:second', '--as-group', 'system:nodes').catch(String)
    assert.match(await may('hello-tls'), /^yes/)
    assert.match(await may('other'), /no/)
  })

  test('a machine that stops and starts again needs no token; one that leaves leaves nothing behind', async () => {
    await agent.run(k8ts('down', ...place('agt')))
    agent.start(k8ts('agent', ...place('agt')), join(home, 'agt-again.log'))
    await eventually('its agent is back', async () => (await agent.run(['ip', 'route'])).stdout.includes('k8ts.vx') && (await ready('second')))
    await agent.run(k8ts('delete', ...place('agt')))
    assert.equal(await network(agent), untouched)
  })
})

describe('a machine with a CNI plugin of its user', { skip: missing ?? false, timeout: 600_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'k8ts-own-cni-'))
  const env = { ...process.env, HOME: home, KUBECONFIG: '', K8TS_DATA_DIR: '' }
  const place = ['--name', 'own', '--data-dir', join(home, 'own')]
  const configuration = JSON.stringify({
    cniVersion: '1.0.0',
    name: 'mine',
    plugins: [
      {
        type: 'bridge',
        bridge: 'mine0',
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: { type: 'host-local', dataDir: '/etc/cni/ipam', ranges: [[{ subnet: '10.244.77.0/24' }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  })
  const hadCni = existsSync('/etc/cni')
  let machines: Machines
  let machine: Machine
  let containerd: ReturnType<Machine['start']> | undefined
  const kubectl = async (...args: readonly string[]) => (await machine.run(k8ts('--data-dir', join(home, 'own'), 'kubectl', ...args))).stdout

  before(async () => {
    mkdirSync(join(home, '.kube'))
    // Only to have something to mount over: what is written is in the machine's own mount namespace.
    mkdirSync('/etc/cni', { recursive: true })
    await run(k8ts('version'), { env })
    machines = await startMachines(['192.0.2.2'], env)
    machine = machines.all[0]!
    await machine.run(['sh', '-euc', 'mount -t tmpfs tmpfs /etc/cni; mount -t tmpfs tmpfs /opt; mkdir -p /etc/cni/net.d /opt/cni/bin'])
    // crun takes a mounted version 2 for the whole truth.
    const start = 'if test -e /sys/fs/cgroup/unified/cgroup.controllers; then umount /sys/fs/cgroup/unified; fi; exec containerd --config'
    writeFileSync(join(home, 'containerd.toml'), containerdOfTheUser(home))
    containerd = machine.start(['sh', '-c', `${start} ${join(home, 'containerd.toml')}`], join(home, 'containerd.log'))
    const endpoint = `unix://${join(home, 'containerd.sock')}`
    machine.start(k8ts('server', ...place, '--node-name', 'only', '--network', 'none', '--container-runtime-endpoint', endpoint), join(home, 'own.log'))
  })
  after(async () => {
    await machine?.run(k8ts('delete', ...place), { mayFail: true })
    containerd?.kill('SIGTERM')
    machines?.remove()
    if (!hadCni) rmSync('/etc/cni', { recursive: true, force: true })
    rmSync(home, { recursive: true, force: true })
  })

  test('is Ready once the plugin is there, its pods have the plugin’s addresses, and Services, DNS and policies work for them', async () => {
    const condition = () => kubectl('get', 'node', 'only', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')
    await eventually('it waits for the plugin', async () => (await condition()) === 'False').catch((error: Error) => {
      throw new Error(`${error.message}\n${readFileSync(join(home, 'own.log'), 'utf8')}`)
    })
    await machine.run(['sh', '-euc', `echo '${configuration}' > /etc/cni/net.d/10-mine.conflist`])
    await eventually('it is Ready', async () => (await condition()) === 'True')
    const pod = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'k8ts.local/hello:1', imagePullPolicy: 'Never' }] },
    })
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'hello' },
      spec: { selector: { app: 'one' }, ports: [{ port: 80, targetPort: 8080 }] },
    }
    const items = [pod('one'), pod('two'), service]
    const apply = (list: readonly object[]) =>
      machine.run([
        'sh',
        '-c',
        `echo '${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: list })}' | ${k8ts('--data-dir', join(home, 'own'), 'kubectl', 'apply', '-f', '-').join(' ')}`,
      ])
    await apply(items)
    const address = await eventually('the first runs', async () => (await kubectl('get', 'pod', 'one', '-o', 'jsonpath={.status.podIP}')).trim())
    assert.match(address, /^10\.244\.77\./)
    const fetched = (url: string) => kubectl('exec', 'two', '--', '/bin/busybox', 'timeout', '5', '/bin/busybox', 'wget', '-qO-', url)
    const clusterIp = await kubectl('get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}')
    await eventually('names are known', async () =>
      (await kubectl('exec', 'two', '--', '/bin/busybox', 'nslookup', 'hello.default.svc.cluster.local')).includes(`Address: ${clusterIp}`),
    )
    for (const url of [`http://${address}:8080/`, `http://${clusterIp}/`])
      await eventually(`${url} answers the second`, async () => /It works/.test(await fetched(url)))
    await apply([
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'deny' },
        spec: { podSelector: { matchLabels: { app: 'one' } }, policyTypes: ['Ingress'] },
      },
    ])
    await eventually('a policy shuts it', () =>
      fetched(`http://${address}:8080/`).then(
        () => false,
        () => true,
      ),
    )
    assert.equal((await machine.run(['cat', '/etc/cni/net.d/10-mine.conflist'])).stdout.trim(), configuration)
    assert.equal((await machine.run(['ls', '/etc/cni/net.d'])).stdout.trim(), '10-mine.conflist')
    assert.doesNotMatch((await machine.run(['ip', '-br', 'link'])).stdout, /k8ts\.vx/)
  })

  test('its containerd is the user’s own, by its socket: k8ts starts none, and ends its pods alone', async () => {
    assert.ok(!existsSync(join(home, 'own', 'node', 'containerd.toml')))
    const sandboxes = async () => {
      const cri = openCri(join(home, 'containerd.sock'))
      return cri.runtime.listPodSandboxes().finally(() => cri.close())
    }
    assert.ok((await sandboxes()).length >= 2)
    await machine.run(k8ts('delete', ...place))
    assert.deepEqual(await sandboxes(), [])
    assert.equal(containerd?.exitCode, null)
    assert.doesNotMatch((await machine.run(['cat', '/proc/self/mountinfo'])).stdout, new RegExp(join(home, 'own')))
  })
})

function containerdOfTheUser(home: string): string {
  const runtime = findProgram('crun') ?? findProgram('runc')
  return `version = 2
root = "${home}/root"
state = "${home}/state"
[grpc]
  address = "${home}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${home}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImageName}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "${runtime}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniDirectory}"
    conf_dir = "/etc/cni/net.d"
`
}
