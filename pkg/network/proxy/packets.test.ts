import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import type { Service } from '#api/gen/core/v1.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import { endpointSlices, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { type RunCommand, mustRun, runCommand } from '../run-command.ts'
import { inSandbox } from '../sandbox.ts'
import { testCluster } from '../test-cluster.ts'
import { testService, testSlice } from '../test-objects.ts'
import { ensureNetwork, inNamespace } from '../underlay/index.ts'
import { type ServiceProxy, startProxy } from './start-proxy.ts'

/** Says its name and who asked, over TCP and UDP. */
const echoServer = `
const [name, port] = process.argv.slice(1)
require('net').createServer((s) => s.end(name + ' ' + s.remoteAddress + '\\n')).listen(+port, '0.0.0.0', () => {
  const u = require('dgram').createSocket('udp4')
  u.on('message', (m, r) => u.send(name + ' ' + r.address + '\\n', r.port, r.address)).bind(+port, () => console.log('ready'))
})`

inSandbox(import.meta.url, 'Services carry real packets between pods, nodes and the host', () => {
  const config = testCluster(2)
  const [one, two] = config.nodes as [(typeof config.nodes)[0], (typeof config.nodes)[0]]
  const fake = createFakeClient({ clock: systemClock })
  const abort = new AbortController()
  const children: ChildProcess[] = []
  const proxies: ServiceProxy[] = []
  const pods = { a: ['10.244.0.10', one], b: ['10.244.1.10', two], client: ['10.244.0.20', one] } as const

  before(async () => {
    await ensureNetwork(config)
    await mustRun(['ip', 'addr', 'add', '198.51.100.1/32', 'dev', 'lo'])
    for (const [name, [address, node]] of Object.entries(pods)) {
      const gateway = node === one ? '10.244.0.1' : '10.244.1.1'
      const script = `ip netns add ${name}; ip -n ${node.netns} link add v${name} type veth peer name eth0 netns ${name}
ip -n ${node.netns} addr add ${gateway}/32 dev v${name}; ip -n ${node.netns} link set v${name} up; ip -n ${node.netns} route add ${address} dev v${name}
ip -n ${name} link set lo up; ip -n ${name} link set eth0 up; ip -n ${name} addr add ${address}/32 dev eth0
ip -n ${name} route add ${gateway} dev eth0; ip -n ${name} route add default via ${gateway}`
      await mustRun(['sh', '-eu'], script)
    }
    await Promise.all(
      (['a', 'b'] as const).map(async (name) => {
        const [program = '', ...args] = inNamespace(name, [process.execPath, '-e', echoServer, name, '8080'])
        const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
        children.push(child)
        await new Promise((resolve) => child.stdout.once('data', resolve))
      }),
    )
    for (const node of config.nodes) {
      const run: RunCommand = (argv, input) => runCommand(inNamespace(node.netns, argv), input)
      proxies.push(
        await startProxy({
          client: fake,
          nodeName: node.name,
          nodeAddress: node.address,
          podCidr: config.podCidr,
          ownAddresses: [config.dnsAddress],
          log: silentLogger,
          signal: abort.signal,
          run,
        }),
      )
    }
  })
  after(() => {
    abort.abort()
    for (const child of children) child.kill('SIGKILL')
  })

  const endpointA = { address: '10.244.0.10', nodeName: one.name }
  const endpointB = { address: '10.244.1.10', nodeName: two.name }

  async function given(service: Service, ...slices: EndpointSlice[]): Promise<void> {
    await fake.create(services, service)
    for (const slice of slices) await fake.create(endpointSlices, slice)
    await settled()
  }
  async function settled(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    for (const proxy of proxies) await proxy.settled()
  }
  /** What the server said, or why there was no answer. */
  async function ask(from: string | undefined, to: string, port: number, protocol = 'tcp'): Promise<string> {
    const say = protocol === 'udp' ? 'echo >&3; head -n1 <&3' : 'cat <&3'
    const { stdout, stderr } = await runCommand([
      ...(from ? inNamespace(from) : []),
      'timeout',
      '0.5',
      'bash',
      '-c',
      `exec 3<>/dev/${protocol}/${to}/${port}; ${say}`,
    ])
    return stdout.trim() || (stderr.includes('refused') ? 'refused' : 'silence')
  }
  async function askOften(times: number, from: string | undefined, to: string, port: number): Promise<Set<string>> {
    return new Set((await Promise.all(Array.from({ length: times }, () => ask(from, to, port)))).map((answer) => answer.split(' ')[0] ?? ''))
  }

  test('a cluster address answers from pod, node and host, by TCP and UDP, over both endpoints', async () => {
    const both = [endpointA, endpointB]
    const udp = testSlice('web', { name: 'u', port: 8080, protocol: 'UDP' }, both)
    udp.metadata.name = 'web-udp'
    await given(
      testService('web', { clusterIP: '10.96.0.50', ports: [{ port: 80 }, { name: 'u', port: 80, protocol: 'UDP' }] }),
      testSlice('web', { port: 8080 }, both),
      udp,
    )
    assert.deepEqual(await askOften(24, 'client', '10.96.0.50', 80), new Set(['a', 'b']))
    assert.match(await ask('client', '10.96.0.50', 80, 'udp'), /^[ab] 10\.244\.0\.20$/)
    assert.match(await ask(one.netns, '10.96.0.50', 80), /^[ab] /)
    assert.deepEqual(await askOften(12, undefined, '10.96.0.50', 80), new Set(['a', 'b']))
    assert.equal(await ask('client', '10.96.0.50', 81), 'refused')
  })

  test('a pod keeps its own address towards other pods behind a cluster address, and reaches itself', async () => {
    await given(testService('self', { clusterIP: '10.96.0.51', ports: [{ port: 80 }] }), testSlice('self', { port: 8080 }, [endpointA]))
    assert.match(await ask('client', '10.96.0.51', 80), /a 10\.244\.0\.20$/)
    await fake.create({ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true }, {
      metadata: { name: 'a', namespace: 'default' },
      spec: {
        nodeName: one.name,
        containers: [
          {
            name: 'c',
            ports: [
              { containerPort: 8080, hostPort: 9090 },
              { containerPort: 8080, hostPort: 9091, hostIP: '127.0.0.1' },
            ],
          },
        ],
      },
      status: { phase: 'Running', podIP: '10.244.0.10' },
    } as never)
    await settled()
    assert.match(await ask('a', '10.96.0.51', 80), /^a /)
    assert.match(await ask(undefined, one.address, 9090), /^a 172\.30\.0\.1$/, 'host port keeps the client')
    assert.equal(await ask(undefined, one.address, 9091), 'refused')
  })

  test('without endpoints a connection is refused, on cluster address and node port', async () => {
    await given(testService('none', { type: 'NodePort', clusterIP: '10.96.0.52', ports: [{ port: 80, nodePort: 30052 }] }))
    assert.equal(await ask('client', '10.96.0.52', 80), 'refused')
    assert.equal(await ask(one.netns, '10.96.0.52', 80), 'refused')
    assert.equal(await ask(undefined, one.address, 30052), 'refused')
  })

  test('a node port answers on every node; policy Local keeps the client and stays on the node', async () => {
    await given(
      testService('np', { type: 'NodePort', clusterIP: '10.96.0.53', ports: [{ port: 80, nodePort: 30053 }] }),
      testSlice('np', { port: 8080 }, [endpointB]),
    )
    for (const node of config.nodes) assert.match(await ask(undefined, node.address, 30053), /^b /)
    assert.match(await ask('client', one.address, 30053), /^b /)
    assert.match(await ask(one.netns, one.address, 30053), /^b /)
    await given(
      testService('local', { type: 'NodePort', externalTrafficPolicy: 'Local', clusterIP: '10.96.0.54', ports: [{ port: 80, nodePort: 30054 }] }),
      testSlice('local', { port: 8080 }, [endpointB]),
    )
    assert.equal(await ask(undefined, two.address, 30054), 'b 172.30.0.1')
    assert.equal(await ask(undefined, one.address, 30054), 'silence')
    assert.match(await ask('client', one.address, 30054), /^b /, 'from inside the cluster any endpoint will do')
  })

  test('a client with affinity stays with its endpoint until that is gone', async () => {
    const slice = testSlice('sticky', { port: 8080 }, [endpointA, endpointB])
    await given(testService('sticky', { clusterIP: '10.96.0.55', sessionAffinity: 'ClientIP', ports: [{ port: 80 }] }), slice)
    await ask('client', '10.96.0.55', 80)
    const [first] = await askOften(12, 'client', '10.96.0.55', 80)
    assert.deepEqual(await askOften(12, 'client', '10.96.0.55', 80), new Set([first]))
    const stored = structuredClone(await fake.get(endpointSlices, { namespace: 'default', name: 'sticky-1' }))
    const left = first === 'a' ? endpointB : endpointA
    stored.endpoints = testSlice('sticky', { port: 8080 }, [left]).endpoints
    await fake.update(endpointSlices, stored)
    await settled()
    assert.deepEqual(await askOften(12, 'client', '10.96.0.55', 80), new Set([first === 'a' ? 'b' : 'a']))
  })

  test('a load balancer address lets in only its source ranges', async () => {
    const service = testService('lb', { type: 'LoadBalancer', clusterIP: '10.96.0.56', loadBalancerSourceRanges: ['10.244.0.20/32'], ports: [{ port: 80 }] })
    service.status = { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } }
    await given(service, testSlice('lb', { port: 8080 }, [endpointA]))
    assert.match(await ask('client', '203.0.113.5', 80), /^a /)
    assert.equal(await ask('b', '203.0.113.5', 80), 'silence')
  })

  test('what the kernel lost is put back when a change fails', async () => {
    await mustRun(inNamespace(one.netns, ['nft', 'delete', 'table', 'ip', 'k8ts-proxy']))
    await given(testService('late', { clusterIP: '10.96.0.57', ports: [{ port: 80 }] }), testSlice('late', { port: 8080 }, [endpointA]))
    assert.match(await ask('client', '10.96.0.57', 80), /^a /)
    assert.match(await ask('client', '10.96.0.50', 80), /^[ab] /)
  })

  test('a UDP client is sent on when its endpoint goes', async () => {
    const slice = testSlice('flow', { port: 8080, protocol: 'UDP' }, [endpointA])
    await given(testService('flow', { clusterIP: '10.96.0.58', ports: [{ port: 53, protocol: 'UDP' }] }), slice)
    const talk = `exec 3<>/dev/udp/10.96.0.58/53; echo >&3; head -n1 <&3; read; echo >&3; timeout 0.5 head -n1 <&3`
    const [program = '', ...args] = inNamespace('client', ['bash', '-c', talk])
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    const first = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve))
    assert.match(first.toString(), /^a /)
    const stored = structuredClone(await fake.get(endpointSlices, { namespace: 'default', name: 'flow-1' }))
    stored.endpoints = testSlice('flow', { port: 8080, protocol: 'UDP' }, [endpointB]).endpoints
    await fake.update(endpointSlices, stored)
    await settled()
    child.stdin.end('\n')
    const second = await new Promise<string>((resolve) => {
      child.stdout.once('data', (data: Buffer) => resolve(data.toString()))
      child.on('close', () => resolve('silence'))
    })
    assert.match(second, /^b /)
  })
})
