import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import type { Node, Service } from '#api/gen/core/v1.ts'
import { endpointSlices, nodes, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { startProxy } from '../proxy/index.ts'
import { mustRun, type RunCommand, runCommand } from '../run-command.ts'
import { inSandbox, insideSandbox } from '../sandbox.ts'
import { familiesOf } from '#cluster/types.ts'
import { testCluster } from '../test-cluster.ts'
import { testService, testSlice } from '../test-objects.ts'
import { ensureNetwork, hostAddress, inNamespace } from '../underlay/index.ts'
import { chooseAnnouncer } from './choose-announcer.ts'
import type { Announce } from './own-addresses.ts'
import { loadBalancerRange } from './range.ts'
import { type Announcer, startAnnouncer } from './start-announcer.ts'

function node(name: string, ready = 'True', labels: Record<string, string> = {}): Node {
  return { metadata: { name, labels }, spec: {}, status: { conditions: [{ type: 'Ready', status: ready }] } } as unknown as Node
}

if (!insideSandbox) {
  test('load balancers have the upper half of the underlay', () => {
    assert.equal(loadBalancerRange({ underlayCidr: '172.30.0.0/24' }), '172.30.0.128/25')
    assert.equal(loadBalancerRange({ underlayCidr: 'fd00:172:30::/64' }), 'fd00:172:30::1:0/112')
  })

  test('one ready node announces, another takes over when it is lost, and the others stay', () => {
    const all = ['a', 'b', 'c'].map((each) => node(each))
    const many = Array.from({ length: 30 }, (_, index) => testService(`s${index}`, { type: 'LoadBalancer' }))
    const before = many.map((each) => chooseAnnouncer(each, all, []))
    assert.deepEqual(new Set(before), new Set(['a', 'b', 'c']))
    const afterwards = many.map((each) => chooseAnnouncer(each, [node('a', 'Unknown'), node('b'), node('c')], []))
    for (const [index, name] of before.entries()) assert.equal(name === 'a' ? afterwards[index] !== 'a' : afterwards[index] === name, true)
  })

  test('policy Local asks for an endpoint on the node, and a label keeps a node out', () => {
    const service = testService('s', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' })
    assert.equal(chooseAnnouncer(service, [node('a'), node('b')], [testSlice('s', { port: 80 }, [{ address: '10.244.1.10', nodeName: 'b' }])]), 'b')
    assert.equal(chooseAnnouncer(service, [node('a'), node('b')], []), undefined)
    const excluded = node('a', 'True', { 'node.kubernetes.io/exclude-from-external-load-balancers': '' })
    assert.equal(chooseAnnouncer(testService('t', {}), [excluded, node('b')], []), 'b')
  })
}

const echoServer = `require('net').createServer((s) => s.end('pod ' + s.remoteAddress + '\\n')).listen(8080, '::', () => console.log('ready'))`

inSandbox(import.meta.url, 'a load balancer answers the host, and moves with its address when its node is lost', () => {
  const config = testCluster(2, 'k8ts-test', 'dual')
  const fake = createFakeClient({ clock: systemClock })
  const abort = new AbortController()
  const children: ChildProcess[] = []
  const announcers = new Map<string, Announcer>()
  const addresses = ['172.30.0.130', 'fd00:172:30::1:2']

  before(async () => {
    await ensureNetwork(config)
    const second = config.nodes[1]!
    await mustRun(
      ['sh', '-eu'],
      `ip netns add pod; ip -n ${second.netns} link add vpod type veth peer name eth0 netns pod
ip -n ${second.netns} addr add 10.244.1.1/32 dev vpod; ip -n ${second.netns} link set vpod up; ip -n ${second.netns} route add 10.244.1.10 dev vpod
ip -n pod link set lo up; ip -n pod link set eth0 up; ip -n pod addr add 10.244.1.10/32 dev eth0
ip -n pod route add 10.244.1.1 dev eth0; ip -n pod route add default via 10.244.1.1
ip -n ${second.netns} addr add fe80::1/64 dev vpod nodad; ip -n ${second.netns} route add fd00:10:244:1::10 dev vpod
ip -n pod addr add fd00:10:244:1::10/128 dev eth0 nodad; ip -n pod route add ::/0 via fe80::1 dev eth0`,
    )
    const [program = '', ...args] = inNamespace('pod', [process.execPath, '-e', echoServer])
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    fake.seed(nodes, ...config.nodes.map((each) => node(each.name)))
    const service = testService('web', { type: 'LoadBalancer', clusterIP: '10.96.0.60', clusterIPs: ['10.96.0.60', 'fd00:10:96::60'], ports: [{ port: 80 }] })
    service.status = { loadBalancer: { ingress: addresses.map((ip) => ({ ip, ipMode: 'VIP' })) } }
    fake.seed<Service>(services, service)
    fake.seed(endpointSlices, testSlice('web', { port: 8080 }, [{ address: '10.244.1.10', nodeName: second.name }]))
    const six = testSlice('web', { port: 8080 }, [{ address: 'fd00:10:244:1::10', nodeName: second.name }])
    fake.seed(endpointSlices, { ...six, addressType: 'IPv6', metadata: { ...six.metadata, name: 'web-6' } })
    for (const each of config.nodes) {
      const run: RunCommand = (argv, input) => runCommand(inNamespace(each.netns, argv), input)
      const common = { client: fake, nodeName: each.name, log: silentLogger, signal: abort.signal, run }
      await startProxy({
        ...common,
        nodeAddress: each.address,
        podCidr: config.podCidr,
        secondary: { nodeAddress: each.secondary!.address, podCidr: config.secondary!.podCidr },
      })
      const announce: Announce = async (from, to) => {
        const script = `const s=require('dgram').createSocket('${from.includes(':') ? 'udp6' : 'udp4'}');s.bind({address:'${from}',port:0},()=>s.send('',9,'${to}',()=>s.close()))`
        await run([process.execPath, '-e', script])
      }
      announcers.set(
        each.name,
        await startAnnouncer({
          ...common,
          families: familiesOf(config).map((family) => ({ range: loadBalancerRange(family), gateway: hostAddress(family) })),
          announce,
        }),
      )
    }
  })
  after(() => {
    abort.abort()
    for (const child of children) child.kill('SIGKILL')
  })

  const holders = () => [...announcers].filter(([, each]) => addresses.every((address) => each.addresses.has(address))).map(([name]) => name)
  async function ask(address: string): Promise<string> {
    const { stdout } = await runCommand(['timeout', '20', 'bash', '-c', `exec 3<>/dev/tcp/${address}/80; cat <&3`])
    return stdout.trim()
  }

  test('exactly one node has the address, and the host reaches the pod by it', async () => {
    assert.equal(holders().length, 1)
    for (const address of addresses) assert.match(await ask(address), /^pod /)
  })

  test('when its node is lost the other has it, and the host knows at once', async () => {
    const [lost = ''] = holders()
    await fake.patch(nodes, { name: lost }, { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }, { type: 'merge', subresource: 'status' })
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    for (const each of announcers.values()) await each.settled()
    assert.equal(holders().length, 1)
    assert.notEqual(holders()[0], lost)
    for (const address of addresses) assert.match(await ask(address), /^pod /)
    const link = await mustRun(inNamespace(config.nodes.find(({ name }) => name === holders()[0])!.netns, ['ip', '-j', 'link', 'show', 'eth0']))
    for (const address of addresses)
      assert.equal(JSON.parse(await mustRun(['ip', '-j', 'neigh', 'show', address]))[0].lladdr, JSON.parse(link)[0].address, address)
  })
})
