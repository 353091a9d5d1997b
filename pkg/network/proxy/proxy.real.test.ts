import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import type { Service } from '#api/gen/core/v1.ts'
import type { EndpointPort, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { endpointSlices, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { type RunCommand, mustRun, runCommand } from '../run-command.ts'
import { inSandbox } from '../sandbox.ts'
import { testCluster } from '../test-cluster.ts'
import { listen } from '../test-silence.ts'
import { testService, testSlice } from '../test-objects.ts'
import { ensureNetwork, inNamespace } from '../underlay/index.ts'
import { type ServiceProxy, startProxy } from './start-proxy.ts'

/** Says its name and who asked, over TCP and UDP. */
const echoServer = `
const [name, port] = process.argv.slice(1)
const plain = (address) => address.replace('::ffff:', '')
require('net').createServer((s) => s.end(name + ' ' + plain(s.remoteAddress) + '\\n')).listen(+port, '::', () => {
  const u = require('dgram').createSocket('udp6')
  u.on('message', (m, r) => u.send(name + ' ' + plain(r.address) + '\\n', r.port, r.address)).bind(+port, () => console.log('ready'))
})`

inSandbox(import.meta.url, 'Services carry real packets between pods, nodes and the host', () => {
  const config = testCluster(2, 'k8ts-test', 'dual')
  const [one, two] = config.nodes as [(typeof config.nodes)[0], (typeof config.nodes)[0]]
  const fake = createFakeClient({ clock: systemClock })
  const abort = new AbortController()
  const children: ChildProcess[] = []
  const proxies: ServiceProxy[] = []
  const pods = {
    a: ['10.244.0.10', 'fd00:10:244::10', one],
    b: ['10.244.1.10', 'fd00:10:244:1::10', two],
    client: ['10.244.0.20', 'fd00:10:244::20', one],
  } as const

  before(async () => {
    await ensureNetwork(config)
    await mustRun(['ip', 'addr', 'add', '198.51.100.1/32', 'dev', 'lo'])
    for (const [name, [address, six, node]] of Object.entries(pods)) {
      const gateway = node === one ? '10.244.0.1' : '10.244.1.1'
      const script = `ip netns add ${name}; ip -n ${node.netns} link add v${name} type veth peer name eth0 netns ${name}
ip -n ${node.netns} addr add ${gateway}/32 dev v${name}; ip -n ${node.netns} link set v${name} up; ip -n ${node.netns} route add ${address} dev v${name}
ip -n ${name} link set lo up; ip -n ${name} link set eth0 up; ip -n ${name} addr add ${address}/32 dev eth0
ip -n ${name} route add ${gateway} dev eth0; ip -n ${name} route add default via ${gateway}
ip -n ${node.netns} addr add fe80::1/64 dev v${name} nodad; ip -n ${node.netns} route add ${six} dev v${name}
ip -n ${name} addr add ${six}/128 dev eth0 nodad; ip -n ${name} route add ::/0 via fe80::1 dev eth0`
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
          secondary: { nodeAddress: node.secondary!.address, podCidr: config.secondary!.podCidr },
          ownAddresses: [config.dnsAddress, config.secondary!.dnsAddress],
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
    const dial = (where: string | undefined, address: string, at: number) => [
      ...(where ? inNamespace(where) : []),
      'bash',
      '-c',
      `exec 3<>/dev/${protocol}/${address}/${at}; ${say}`,
    ]
    const { stdout, stderr } = await listen(dial(from, to, port), () => Promise.all(['a', 'b'].map((name) => runCommand(dial(name, '127.0.0.1', 8080)))))
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

  /** What a client on one UDP socket hears after the change, having heard endpoint a before it. */
  async function movedFlow(to: string, change: () => Promise<void>): Promise<string> {
    const talk = `exec 3<>/dev/udp/${to}/53; echo >&3; timeout 20 head -n1 <&3 || exit; read; echo >&3; timeout 20 head -n1 <&3`
    const [program = '', ...args] = inNamespace('client', ['bash', '-c', talk])
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    const first = await new Promise<Buffer | string>((resolve) => {
      child.stdout.once('data', resolve)
      child.once('exit', () => resolve('silence'))
    })
    assert.match(first.toString(), /^a /)
    await change()
    child.stdin.end('\n')
    return new Promise<string>((resolve) => {
      child.stdout.once('data', (data: Buffer) => resolve(data.toString()))
      child.on('close', () => resolve('silence'))
    })
  }

  test('a UDP client is sent on when its endpoint goes', async () => {
    const slice = testSlice('flow', { port: 8080, protocol: 'UDP' }, [endpointA])
    await given(testService('flow', { clusterIP: '10.96.0.58', ports: [{ port: 53, protocol: 'UDP' }] }), slice)
    const second = await movedFlow('10.96.0.58', async () => {
      const stored = structuredClone(await fake.get(endpointSlices, { namespace: 'default', name: 'flow-1' }))
      stored.endpoints = testSlice('flow', { port: 8080, protocol: 'UDP' }, [endpointB]).endpoints
      await fake.update(endpointSlices, stored)
      await settled()
    })
    assert.match(second, /^b /)
  })

  const six = { a: { address: 'fd00:10:244::10', nodeName: one.name }, b: { address: 'fd00:10:244:1::10', nodeName: two.name } }
  const sixSlice = (name: string, port: EndpointPort, endpoints: (typeof six.a)[]): EndpointSlice => {
    const slice = { ...testSlice(name, port, endpoints), addressType: 'IPv6' as const }
    slice.metadata.name = `${name}-6${port.protocol ?? ''}`
    return slice
  }

  test('over IPv6 a Service answers from pod, node and host, by TCP and UDP, beside its IPv4 address', async () => {
    const both = [six.a, six.b]
    await given(
      testService('dual', {
        clusterIP: '10.96.0.70',
        clusterIPs: ['10.96.0.70', 'fd00:10:96::70'],
        ports: [{ port: 80 }, { name: 'u', port: 80, protocol: 'UDP' }],
      }),
      testSlice('dual', { port: 8080 }, [endpointA]),
      sixSlice('dual', { port: 8080 }, both),
      sixSlice('dual', { name: 'u', port: 8080, protocol: 'UDP' }, both),
    )
    assert.deepEqual(await askOften(24, 'client', 'fd00:10:96::70', 80), new Set(['a', 'b']))
    assert.match(await ask('client', 'fd00:10:96::70', 80), /^[ab] fd00:10:244::20$/, 'the pod keeps its address')
    assert.match(await ask('client', 'fd00:10:96::70', 80, 'udp'), /^[ab] fd00:10:244::20$/)
    assert.match(await ask(one.netns, 'fd00:10:96::70', 80), /^[ab] /)
    assert.deepEqual(await askOften(12, undefined, 'fd00:10:96::70', 80), new Set(['a', 'b']))
    assert.equal(await ask('client', 'fd00:10:96::70', 81), 'refused')
    assert.match(await ask('client', '10.96.0.70', 80), /^a /)
  })

  test('over IPv6 node ports, policy Local, hairpin, host ports, source ranges and refusals are as over IPv4', async () => {
    const [addressOne, addressTwo] = [one.secondary!.address, two.secondary!.address]
    const ports = (nodePort: number) => [{ port: 80, nodePort }]
    await given(testService('np6', { type: 'NodePort', clusterIP: 'fd00:10:96::71', ports: ports(30071) }), sixSlice('np6', { port: 8080 }, [six.b]))
    for (const address of [addressOne, addressTwo]) assert.match(await ask(undefined, address, 30071), /^b /)
    assert.match(await ask('client', addressOne, 30071), /^b /)
    await given(
      testService('local6', { type: 'NodePort', externalTrafficPolicy: 'Local', clusterIP: 'fd00:10:96::72', ports: ports(30072) }),
      sixSlice('local6', { port: 8080 }, [six.b]),
    )
    assert.equal(await ask(undefined, addressTwo, 30072), 'b fd00:172:30::1')
    assert.equal(await ask(undefined, addressOne, 30072), 'silence')
    await given(testService('none6', { type: 'NodePort', clusterIP: 'fd00:10:96::73', ports: ports(30073) }))
    assert.equal(await ask('client', 'fd00:10:96::73', 80), 'refused')
    assert.equal(await ask(undefined, addressOne, 30073), 'refused')
    await fake.create({ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true }, {
      metadata: { name: 'a6', namespace: 'default' },
      spec: { nodeName: one.name, containers: [{ name: 'c', ports: [{ containerPort: 8080, hostPort: 9096 }] }] },
      status: { phase: 'Running', podIP: '10.244.0.10', podIPs: [{ ip: '10.244.0.10' }, { ip: six.a.address }] },
    } as never)
    await given(testService('self6', { clusterIP: 'fd00:10:96::74', ports: [{ port: 80 }] }), sixSlice('self6', { port: 8080 }, [six.a]))
    assert.match(await ask('a', 'fd00:10:96::74', 80), /^a /, 'a pod reaches itself')
    assert.equal(await ask(undefined, addressOne, 9096), 'a fd00:172:30::1', 'host port keeps the client')
    const balanced = testService('lb6', {
      type: 'LoadBalancer',
      clusterIP: 'fd00:10:96::75',
      loadBalancerSourceRanges: ['fd00:10:244::20/128'],
      ports: [{ port: 80 }],
    })
    balanced.status = { loadBalancer: { ingress: [{ ip: 'fd00:172:30::1:5' }] } }
    await given(balanced, sixSlice('lb6', { port: 8080 }, [six.a]))
    assert.match(await ask('client', 'fd00:172:30::1:5', 80), /^a /)
    assert.equal(await ask('b', 'fd00:172:30::1:5', 80), 'silence')
  })

  test('over IPv6 a client with affinity stays with its endpoint, and a UDP client is sent on when its endpoint goes', async () => {
    await given(
      testService('sticky6', { clusterIP: 'fd00:10:96::76', sessionAffinity: 'ClientIP', ports: [{ port: 80 }] }),
      sixSlice('sticky6', { port: 8080 }, [six.a, six.b]),
    )
    await ask('client', 'fd00:10:96::76', 80)
    assert.equal((await askOften(12, 'client', 'fd00:10:96::76', 80)).size, 1)
    await given(
      testService('flow6', { clusterIP: 'fd00:10:96::77', ports: [{ port: 53, protocol: 'UDP' }] }),
      sixSlice('flow6', { port: 8080, protocol: 'UDP' }, [six.a]),
    )
    const stored = () => fake.get(endpointSlices, { namespace: 'default', name: 'flow6-6UDP' })
    assert.match(
      await movedFlow('fd00:10:96::77', async () => {
        await fake.update(endpointSlices, { ...structuredClone(await stored()), endpoints: sixSlice('flow6', { port: 8080 }, [six.b]).endpoints })
        await settled()
      }),
      /^b /,
    )
  })
})
