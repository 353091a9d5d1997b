import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import type { NetworkPolicySpec } from '#api/gen/networking/v1.ts'
import { namespaces, networkPolicies, pods } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { mustRun, type RunCommand, runCommand } from '../run-command.ts'
import { inSandbox } from '../sandbox.ts'
import { testCluster } from '../test-cluster.ts'
import { listen } from '../test-silence.ts'
import { ensureNetwork, inNamespace } from '../underlay/index.ts'
import { type PolicyEnforcer, startPolicy } from './start-policy.ts'

/** Echoes over TCP and UDP on two ports. */
const echoServer = `
const dgram = require('dgram'), net = require('net')
let waiting = 4
const up = () => --waiting || console.log('ready')
for (const port of [8080, 9090]) {
  net.createServer((s) => s.pipe(s)).listen(port, '::', up)
  const u = dgram.createSocket('udp6')
  u.on('message', (m, r) => u.send(m, r.port, r.address)).bind(port, up)
}`

inSandbox(import.meta.url, 'network policies let through what they say, packet by packet', () => {
  const config = testCluster(2, 'k8ts-test', 'dual')
  const [one, two] = config.nodes as [(typeof config.nodes)[0], (typeof config.nodes)[0]]
  const fake = createFakeClient({ clock: systemClock })
  const abort = new AbortController()
  const children: ChildProcess[] = []
  const enforcers: PolicyEnforcer[] = []
  const all = {
    web: ['10.244.0.10', 'fd00:10:244::10', one, { app: 'web' }],
    db: ['10.244.0.11', 'fd00:10:244::11', one, { app: 'db' }],
    far: ['10.244.1.10', 'fd00:10:244:1::10', two, { app: 'far' }],
  } as const
  type Name = keyof typeof all
  const names = Object.keys(all) as Name[]
  const addressOf = (name: Name) => all[name][0]

  before(async () => {
    await ensureNetwork(config)
    for (const [name, [address, six, node, labels]] of Object.entries(all)) {
      const gateway = node === one ? '10.244.0.1' : '10.244.1.1'
      await mustRun(
        ['sh', '-eu'],
        `ip netns add ${name}; ip -n ${node.netns} link add v${name} type veth peer name eth0 netns ${name}
ip -n ${node.netns} addr add ${gateway}/32 dev v${name}; ip -n ${node.netns} link set v${name} up; ip -n ${node.netns} route add ${address} dev v${name}
ip -n ${name} link set lo up; ip -n ${name} link set eth0 up; ip -n ${name} addr add ${address}/32 dev eth0
ip -n ${name} route add ${gateway} dev eth0; ip -n ${name} route add default via ${gateway}
ip -n ${node.netns} addr add fe80::1/64 dev v${name} nodad; ip -n ${node.netns} route add ${six} dev v${name}
ip -n ${name} addr add ${six}/128 dev eth0 nodad; ip -n ${name} route add ::/0 via fe80::1 dev eth0`,
      )
      fake.seed(pods, {
        metadata: { name, namespace: name === 'far' ? 'other' : 'default', labels },
        spec: { nodeName: node.name, containers: [{ name: 'c', ports: [{ name: 'main', containerPort: 8080 }] }] },
        status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }, { ip: six }] },
      })
    }
    fake.seed(namespaces, { metadata: { name: 'default' } }, { metadata: { name: 'other', labels: { team: 'far' } } })
    await Promise.all(
      Object.keys(all).map(async (name) => {
        const [program = '', ...args] = inNamespace(name, [process.execPath, '-e', echoServer])
        const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
        children.push(child)
        await new Promise((resolve) => child.stdout.once('data', resolve))
      }),
    )
    for (const node of config.nodes) {
      const run: RunCommand = (argv, input) => runCommand(inNamespace(node.netns, argv), input)
      enforcers.push(await startPolicy({ client: fake, nodeName: node.name, families: [4, 6], log: silentLogger, signal: abort.signal, run }))
    }
  })
  after(() => {
    abort.abort()
    for (const child of children) child.kill('SIGKILL')
  })

  async function settled(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    for (const enforcer of enforcers) await enforcer.settled()
  }
  /** Replaces all policies of the namespace "default". */
  async function given(specs: Record<string, NetworkPolicySpec>): Promise<void> {
    for (const old of fake.all(networkPolicies)) await fake.delete(networkPolicies, { namespace: 'default', name: old.metadata.name })
    for (const [name, spec] of Object.entries(specs)) await fake.create(networkPolicies, { metadata: { name, namespace: 'default' }, spec })
    await settled()
  }
  const reaches = (from: string | undefined, to: Name, port = 8080, protocol = 'tcp') => answers(from, addressOf(to), port, protocol)
  const reaches6 = (from: string | undefined, to: Name, port = 8080, protocol = 'tcp') => answers(from, all[to][1], port, protocol)
  async function answers(from: string | undefined, address: string, port: number, protocol: string): Promise<boolean> {
    const dial = (where: string | undefined, to: string, at: number) => [
      ...(where ? inNamespace(where) : []),
      'bash',
      '-c',
      `exec 3<>/dev/${protocol}/${to}/${at}; echo hello >&3; head -n1 <&3`,
    ]
    const { stdout } = await listen(dial(from, address, port), () => Promise.all(names.map((name) => runCommand(dial(name, '127.0.0.1', 8080)))))
    return stdout === 'hello\n'
  }
  const web = { podSelector: { matchLabels: { app: 'web' } } }

  test('without policies all pods reach one another', async () => {
    assert.deepEqual(await Promise.all([reaches('db', 'web'), reaches('far', 'web', 9090, 'udp'), reaches('web', 'far')]), [true, true, true])
  })

  test('default deny keeps pods out, not the node, and not the pods of other namespaces', async () => {
    await given({ deny: { podSelector: {}, policyTypes: ['Ingress'] } })
    assert.deepEqual(
      await Promise.all([reaches('db', 'web'), reaches('far', 'db', 8080, 'udp'), reaches(one.netns, 'web'), reaches('db', 'far'), reaches(undefined, 'web')]),
      [false, false, true, true, false],
    )
  })

  test('policies add up: pod selector, namespace selector, block with exception, each with its ports', async () => {
    await given({
      deny: { podSelector: {}, policyTypes: ['Ingress'] },
      db: { ...web, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'db' } } }], ports: [{ port: 'main' }] }] },
      far: {
        ...web,
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'far' } } }], ports: [{ protocol: 'UDP', port: 9000, endPort: 9100 }] }],
      },
      host: { ...web, policyTypes: ['Ingress'], ingress: [{ from: [{ ipBlock: { cidr: '172.30.0.0/24', except: ['172.30.0.3/32'] } }] }] },
    })
    const answers = {
      'db, named port': await reaches('db', 'web'),
      'db, other port': await reaches('db', 'web', 9090),
      'far, UDP in range': await reaches('far', 'web', 9090, 'udp'),
      'far, TCP': await reaches('far', 'web', 9090),
      'the host': await reaches(undefined, 'web'),
      'the other node, excepted': await reaches(two.netns, 'web'),
    }
    assert.deepEqual(Object.values(answers), [true, false, true, false, true, false], JSON.stringify(answers))
  })

  test('egress is judged by the pod that the packet ends at', async () => {
    await given({ out: { ...web, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }], ports: [{ port: 'main' }] }] } })
    assert.deepEqual(await Promise.all([reaches('web', 'db'), reaches('web', 'db', 9090), reaches('web', 'far'), reaches('far', 'web')]), [
      true,
      false,
      false,
      true,
    ])
  })

  test('a connection that is open goes on when a policy would refuse it, a new one does not', async () => {
    await given({})
    const [program = '', ...args] = inNamespace('db', [
      'bash',
      '-c',
      `exec 3<>/dev/tcp/${addressOf('web')}/8080; echo one >&3; head -n1 <&3; read; echo two >&3; timeout 20 head -n1 <&3`,
    ])
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await given({ deny: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } })
    assert.equal(await reaches('db', 'web'), false)
    child.stdin.end('\n')
    assert.equal(await new Promise((resolve) => child.stdout.once('data', (data: Buffer) => resolve(data.toString()))), 'two\n')
  })

  test('a pod that comes, and labels that change, count at once', async () => {
    await given({ db: { ...web, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { role: 'friend' } } }] }] } })
    assert.equal(await reaches('db', 'web'), false)
    await fake.patch(pods, { namespace: 'default', name: 'db' }, { metadata: { labels: { role: 'friend' } } }, { type: 'merge' })
    await settled()
    assert.equal(await reaches('db', 'web'), true)
    await given({})
    assert.equal(await reaches('far', 'web'), true)
  })

  test('what the kernel lost is put back when a change fails', async () => {
    await given({ deny: { podSelector: {}, policyTypes: ['Ingress'] } })
    await mustRun(inNamespace(one.netns, ['nft', 'delete', 'table', 'ip', 'k8ts-policy']))
    await given({ deny2: { ...web, policyTypes: ['Ingress'] } })
    assert.equal(await reaches('db', 'web'), false)
    assert.equal(await reaches('web', 'db'), true)
  })

  test('a policy keeps out and lets in over IPv6 as over IPv4; blocks are of their own family; neighbours find each other', async () => {
    await given({})
    assert.deepEqual(await Promise.all([reaches6('db', 'web'), reaches6('far', 'web', 9090, 'udp'), reaches6('web', 'far')]), [true, true, true])
    await given({
      deny: { podSelector: {}, policyTypes: ['Ingress'] },
      db: { ...web, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'db' } } }], ports: [{ port: 'main' }] }] },
      host: { ...web, policyTypes: ['Ingress'], ingress: [{ from: [{ ipBlock: { cidr: 'fd00:172:30::/64', except: ['fd00:172:30::3/128'] } }] }] },
    })
    for (const node of config.nodes) await runCommand(inNamespace(node.netns, ['ip', '-6', 'neigh', 'flush', 'all']))
    const seen = {
      'db, named port': await reaches6('db', 'web'),
      'db, other port': await reaches6('db', 'web', 9090),
      'far, UDP': await reaches6('far', 'web', 9090, 'udp'),
      'the own node': await reaches6(one.netns, 'web'),
      'the host, whose block it is': await reaches6(undefined, 'web'),
      'the other node, excepted': await reaches6(two.netns, 'web'),
      'the host over IPv4, whose block it is not': await reaches(undefined, 'web'),
      'db over IPv4': await reaches('db', 'web'),
    }
    assert.deepEqual(Object.values(seen), [true, false, false, true, true, false, false, true], JSON.stringify(seen))
    await given({ out: { ...web, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '::/0', except: ['fd00:10:244:1::/64'] } }] }] } })
    assert.deepEqual(await Promise.all([reaches6('web', 'db'), reaches6('web', 'far'), reaches('web', 'db'), reaches6('far', 'web')]), [
      true,
      false,
      false,
      true,
    ])
  })
})
