/** What becomes of packets to Services of every kind on three nodes: who answers, and under which address the client is seen. */
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { before, test } from 'node:test'
import type { Pod, ServiceSpec } from '#api/gen/core/v1.ts'
import { networkPolicies, nodes, pods, services } from '#api/gen/resources.ts'
import { runOrThrow } from '#cluster/host/exec.ts'
import { hostAddress } from '#network/underlay/index.ts'
import type { ClusterConfig } from '#cluster/types.ts'
import { type E2eCluster, eventually } from './cluster.ts'
import { askFromHost, askFromPod, echoPod, type Protocol, type Question, startLongUdpClient } from './echo.ts'
import { readyPods } from './objects.ts'

const namespace = 'default'
/** Those that this host has. */
const loopbacks = ['127.0.0.1', '::1'].filter((address) => Object.values(networkInterfaces()).some((each) => each?.some((one) => one.address === address)))
const protocols: readonly Protocol[] = ['tcp', 'udp', 'sctp']
const everyPort = protocols.map((each) => ({ name: each, protocol: each.toUpperCase() as 'TCP', port: 80, targetPort: 8080 }))
const tcpPort = [{ name: 'tcp', protocol: 'TCP' as const, port: 80, targetPort: 8080 }]

interface World {
  readonly cluster: E2eCluster
  readonly config: ClusterConfig
  /** A pod that asks on each node, in the nodes' order. */
  readonly clients: readonly Pod[]
}

/** Registers the tests; `world` is asked once they run. They take away what they made. */
export function servicePacketTests(world: () => World): void {
  let cluster: E2eCluster
  let config: ClusterConfig
  let clients: readonly Pod[]
  let host: string

  before(async () => {
    ;({ cluster, config, clients } = world())
    host = hostAddress(config)
    // On the first two nodes: the third has none, which Local policies are about.
    for (const number of [1, 2]) await cluster.client.create(pods, echoPod(`echo-${number}`, nodeOf(number).name))
    await readyPods(cluster.client, 'app=echo', 2, 120_000)
  })

  const nodeOf = (number: number) => config.nodes[number - 1]!
  const clientOf = (number: number) => clients.find(({ spec }) => spec.nodeName === nodeOf(number).name)!
  const ipOf = (number: number) => clientOf(number).status.podIP!
  const given = async (name: string, spec: ServiceSpec): Promise<ServiceSpec> => {
    await cluster.client.create(services, { metadata: { name, namespace }, spec: { selector: { app: 'echo' }, ports: everyPort, ...spec } })
    return (await cluster.client.get(services, { namespace, name })).spec
  }
  const gone = async (...names: readonly string[]) => {
    for (const name of names) await cluster.client.delete(services, { namespace, name })
  }
  const ask = (number: number, ...questions: Question[]) => askFromPod(cluster, clientOf(number), questions)
  /** Until all that is asked is answered as it should be; what was answered last stands in the failure. */
  const answers = (what: string, from: number | 'host', questions: readonly Question[], are: (answers: readonly string[]) => boolean) =>
    eventually(
      what,
      async () => {
        const heard = from === 'host' ? await Promise.all(questions.map(askFromHost)) : await ask(from, ...questions)
        if (are(heard)) return heard
        throw new Error(JSON.stringify(heard))
      },
      90_000,
    )
  const all =
    (...allowed: readonly string[]) =>
    (heard: readonly string[]) =>
      heard.every((each) => allowed.includes(each))
  const often = (question: Question, times = 8): Question[] => Array.from({ length: times }, () => question)
  const nodePortOf = (spec: ServiceSpec, protocol: Protocol = 'tcp') => spec.ports!.find((each) => each.name === protocol)!.nodePort!

  test('a cluster address answers on every node by TCP, UDP and SCTP, and pods are seen under their own addresses', async () => {
    const { clusterIP } = await given('plain', {})
    const questions = protocols.flatMap((protocol) => often({ to: clusterIP!, port: 80, protocol }, 4))
    for (const number of [1, 2, 3]) {
      const heard = await answers(`node ${number}`, number, questions, all(`echo-1 ${ipOf(number)}`, `echo-2 ${ipOf(number)}`))
      assert.equal(heard.length, 12)
    }
    await answers('by name, through an ExternalName', 3, [{ to: 'plain', port: 80 }], (heard) => heard[0]!.endsWith(` ${ipOf(3)}`))
    await cluster.client.create(services, {
      metadata: { name: 'alias', namespace },
      spec: { type: 'ExternalName', externalName: 'plain.default.svc.cluster.local' },
    })
    await answers('an ExternalName leads on', 3, [{ to: 'alias', port: 80 }], (heard) => heard[0]!.endsWith(` ${ipOf(3)}`))
    await gone('alias', 'plain')
  })

  test('a pod reaches itself through its Service', async () => {
    const { clusterIP } = await given('itself', { selector: { name: 'echo-1' } })
    const pod = await cluster.client.get(pods, { namespace, name: 'echo-1' })
    await eventually('all protocols come back', async () => {
      const heard = await askFromPod(
        cluster,
        pod,
        protocols.map((protocol) => ({ to: clusterIP!, port: 80, protocol })),
      )
      if (heard.every((each) => each.startsWith('echo-1 ') && !each.endsWith(` ${clusterIP}`))) return true
      throw new Error(JSON.stringify(heard))
    })
    await gone('itself')
  })

  test('internal policy Local stays on the node, and is silent where the node has no endpoint', async () => {
    const { clusterIP } = await given('near', { internalTrafficPolicy: 'Local' })
    const questions = protocols.flatMap((protocol) => often({ to: clusterIP!, port: 80, protocol }, 4))
    for (const number of [1, 2]) await answers(`node ${number}`, number, questions, all(`echo-${number} ${ipOf(number)}`))
    assert.deepEqual(await ask(3, ...protocols.map((protocol) => ({ to: clusterIP!, port: 80, protocol, silent: true }))), ['silence', 'silence', 'silence'])
    await gone('near')
  })

  test('node ports answer on every node; policy Local keeps the client’s address and stays on the node', async () => {
    const cluster = await given('everywhere', { type: 'NodePort' })
    for (const number of [1, 2, 3]) {
      const { address } = nodeOf(number)
      const questions = (['tcp', 'udp'] as const).flatMap((protocol) => often({ to: address, port: nodePortOf(cluster, protocol), protocol }, 4))
      const heard = await answers(`the host at node ${number}`, 'host', questions, (each) => each.every((one) => /^echo-[12] /.test(one)))
      assert.ok(!heard.some((each) => each.endsWith(` ${host}`)), `answers come back through the node: ${heard}`)
      await answers(
        `a pod at node ${number}`,
        3,
        protocols.map((protocol) => ({ to: address, port: nodePortOf(cluster, protocol), protocol })),
        (each) => each.every((one) => /^echo-[12] /.test(one)),
      )
    }
    const local = await given('local', { type: 'NodePort', externalTrafficPolicy: 'Local' })
    const question = (number: number, protocol: Protocol = 'tcp'): Question => ({ to: nodeOf(number).address, port: nodePortOf(local, protocol), protocol })
    for (const number of [1, 2])
      await answers(`Local at node ${number}`, 'host', [...often(question(number)), ...often(question(number, 'udp'))], all(`echo-${number} ${host}`))
    assert.equal(await askFromHost({ ...question(3), silent: true }), 'silence')
    await answers('from inside the cluster any endpoint will do', 3, often(question(3)), (each) => each.every((one) => /^echo-[12] /.test(one)))
    for (const spec of [cluster, local])
      for (const to of loopbacks)
        for (const protocol of ['tcp', 'udp'] as const)
          await answers(`${to} by ${protocol}`, 'host', [{ to, port: nodePortOf(spec, protocol), protocol }], (each) => /^echo-[12] /.test(each[0]!))
    await gone('everywhere', 'local')
  })

  test('a load balancer with policy Local is where an endpoint is, keeps the client’s address, and its health checks count endpoints', async () => {
    const spec = await given('balanced-local', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: everyPort.slice(0, 2) })
    const address = await eventually('it has an address', async () => {
      const { status } = await cluster.client.get(services, { namespace, name: 'balanced-local' })
      return status?.loadBalancer?.ingress?.[0]?.ip
    })
    const questions = (['tcp', 'udp'] as const).map((protocol) => ({ to: address, port: 80, protocol }))
    await answers('the host is seen as itself', 'host', questions, all(`echo-1 ${host}`, `echo-2 ${host}`))
    for (const [number, status, localEndpoints] of [
      [1, 200, 1],
      [2, 200, 1],
      [3, 503, 0],
    ] as const)
      await eventually(`node ${number} says so`, async () => {
        const response = await fetch(`http://${nodeOf(number).address}:${spec.healthCheckNodePort}/healthz`)
        const body = (await response.json()) as { localEndpoints: number }
        if (response.status === status && body.localEndpoints === localEndpoints) return true
        throw new Error(`${response.status} ${JSON.stringify(body)}`)
      })
    await gone('balanced-local')
  })

  test('a load balancer lets in its source ranges alone; an external address answers', async () => {
    await given('guarded', { type: 'LoadBalancer', loadBalancerSourceRanges: [`${ipOf(1)}/32`] })
    const address = await eventually('it has an address', async () => {
      const { status } = await cluster.client.get(services, { namespace, name: 'guarded' })
      return status?.loadBalancer?.ingress?.[0]?.ip
    })
    await answers(
      'the one in the range',
      1,
      protocols.map((protocol) => ({ to: address, port: 80, protocol })),
      (heard) => heard.every((each) => /^echo-[12] /.test(each)),
    )
    for (const number of [2, 3])
      assert.deepEqual(await ask(number, ...protocols.map((protocol) => ({ to: address, port: 80, protocol, silent: true }))), [
        'silence',
        'silence',
        'silence',
      ])
    assert.equal(await askFromHost({ to: address, port: 80, silent: true }), 'silence')
    await gone('guarded')

    // An address for documentation, which no packet of it leaves the nodes for.
    await given('external', { externalIPs: ['203.0.113.80'] })
    for (const number of [1, 3])
      await answers(
        `external from node ${number}`,
        number,
        protocols.map((protocol) => ({ to: '203.0.113.80', port: 80, protocol })),
        (heard) => heard.every((each) => /^echo-[12] /.test(each)),
      )
    await runOrThrow(['ip', 'route', 'add', '203.0.113.80/32', 'via', nodeOf(3).address])
    try {
      await answers('external from the host', 'host', [{ to: '203.0.113.80', port: 80 }], (heard) => /^echo-[12] /.test(heard[0]!))
    } finally {
      await runOrThrow(['ip', 'route', 'del', '203.0.113.80/32'])
    }
    await gone('external')
  })

  test('a client with affinity stays with its endpoint, and chooses anew when it was away for longer than the time-out', async () => {
    const { clusterIP } = await given('sticky', { sessionAffinity: 'ClientIP', ports: tcpPort, sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } } })
    const question = { to: clusterIP!, port: 80 }
    for (const number of [1, 2, 3]) {
      const [first] = await answers('it answers', number, [question], (heard) => /^echo-/.test(heard[0]!))
      assert.deepEqual(new Set(await ask(number, ...often(question, 12))), new Set([first]))
    }
    await cluster.client.patch(
      services,
      { namespace, name: 'sticky' },
      { spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } } },
      { type: 'merge' },
    )
    const seen = new Set<string>()
    await eventually('another endpoint', async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      seen.add((await ask(3, question))[0]!)
      return seen.size > 1
    })
    await gone('sticky')
  })

  test('traffic is kept to the node, or to the zone, where a Service wishes it', async () => {
    const zones = ['a', 'b', 'b']
    const label = async (number: number, zone: string | null) =>
      cluster.client.patch(nodes, { name: nodeOf(number).name }, { metadata: { labels: { 'topology.kubernetes.io/zone': zone } } }, { type: 'merge' })
    for (const [index, zone] of zones.entries()) await label(index + 1, zone)
    try {
      const zoned = await given('same-zone', { trafficDistribution: 'PreferSameZone' })
      for (const [number, endpoint] of [
        [1, 1],
        [2, 2],
        [3, 2],
      ] as const)
        await answers(`zone of node ${number}`, number, often({ to: zoned.clusterIP!, port: 80 }, 12), all(`echo-${endpoint} ${ipOf(number)}`))
    } finally {
      for (const number of [1, 2, 3]) await label(number, null)
    }
    const near = await given('same-node', { trafficDistribution: 'PreferSameNode' })
    for (const number of [1, 2]) await answers(`node ${number}`, number, often({ to: near.clusterIP!, port: 80 }, 12), all(`echo-${number} ${ipOf(number)}`))
    await answers('a node without one', 3, often({ to: near.clusterIP!, port: 80 }), all(`echo-1 ${ipOf(3)}`, `echo-2 ${ipOf(3)}`))
    await gone('same-zone', 'same-node')
  })

  test('without endpoints connections are refused; an endpoint that is leaving serves until another is ready', async () => {
    const selector = { app: 'leaving' }
    const spec = await given('leaving', { type: 'NodePort', selector })
    const { clusterIP } = spec
    for (const number of [1, 3])
      await answers(
        'nobody is there',
        number,
        (['tcp', 'udp'] as const).map((protocol) => ({ to: clusterIP!, port: 80, protocol })),
        all('refused'),
      )
    for (const number of [1, 3]) await answers('on node ports neither', 'host', [{ to: nodeOf(number).address, port: nodePortOf(spec) }], all('refused'))
    const [leaver, stayer] = ['leaver', 'stayer']
    const [container] = echoPod(leaver, '').spec.containers
    const lasting = { terminationGracePeriodSeconds: 600, containers: [{ ...container!, lifecycle: { preStop: { exec: { command: ['sleep', '600'] } } } }] }
    await cluster.client.create(pods, echoPod(leaver, nodeOf(2).name, lasting, selector))
    await readyPods(cluster.client, 'app=leaving', 1, 120_000)
    const question = { to: clusterIP!, port: 80 }
    await answers('the first one', 3, [question], all(`${leaver} ${ipOf(3)}`))
    await cluster.client.delete(pods, { namespace, name: leaver })
    await eventually('it is leaving', async () => (await cluster.client.get(pods, { namespace, name: leaver })).metadata.deletionTimestamp)
    for (const number of [1, 2, 3]) await answers('it still serves', number, often(question), all(`${leaver} ${ipOf(number)}`))
    await cluster.client.create(pods, echoPod(stayer, nodeOf(1).name, {}, selector))
    for (const number of [1, 2, 3]) await answers('the other one alone', number, often(question, 12), all(`${stayer} ${ipOf(number)}`))
    for (const name of [leaver, stayer]) await cluster.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0 })
    await gone('leaving')
  })

  test('a client that keeps to one UDP socket is sent on when its endpoint goes, on every node', async () => {
    const { clusterIP } = await given('moving', { selector: { name: 'echo-1' }, ports: everyPort.slice(1, 2) })
    for (const number of [1, 2, 3]) await answers('it answers', number, [{ to: clusterIP!, port: 80, protocol: 'udp' }], all(`echo-1 ${ipOf(number)}`))
    const flows = [1, 2, 3].map((number) => startLongUdpClient(cluster, clientOf(number), clusterIP!, 80))
    for (const [index, flow] of flows.entries()) await eventually(`flow ${index}`, async () => (await flow.last()) === `echo-1 ${ipOf(index + 1)}`)
    await cluster.client.patch(services, { namespace, name: 'moving' }, { spec: { selector: { name: 'echo-2' } } }, { type: 'merge' })
    for (const [index, flow] of flows.entries())
      await eventually(`flow ${index} has moved`, async () => {
        const last = await flow.last()
        if (last === `echo-2 ${ipOf(index + 1)}`) return true
        throw new Error(last)
      })
    for (const flow of flows) await flow.stop()
    await gone('moving')
  })

  test('policies on three nodes: peers by pod, namespace and block, named ports and ranges, each protocol for itself', async () => {
    const targets = Object.fromEntries((await readyPods(cluster.client, 'app=echo', 2)).map((pod) => [pod.metadata.name, pod.status.podIP!]))
    const [one, two] = [targets['echo-1']!, targets['echo-2']!]
    for (const number of [1, 2, 3])
      await cluster.client.patch(
        pods,
        { namespace, name: clientOf(number).metadata.name },
        { metadata: { labels: { asker: `a${number}` } } },
        { type: 'merge' },
      )
    const made: string[] = []
    const policy = async (name: string, spec: object) => {
      await cluster.client.create(networkPolicies, { metadata: { name, namespace }, spec } as never)
      made.push(name)
    }
    const takeAway = async () => {
      for (const name of made.splice(0)) await cluster.client.delete(networkPolicies, { namespace, name })
    }
    const reach = async (number: number, to: string, wanted: Readonly<Record<Protocol, boolean>>, port = 8080) =>
      answers(
        `client ${number} to ${to}`,
        number,
        protocols.map((protocol) => ({ to, port, protocol, silent: !wanted[protocol] })),
        (heard) => heard.every((each, index) => (wanted[protocols[index]!] ? each.endsWith(` ${ipOf(number)}`) : each === 'silence')),
      )
    const [every, none] = [
      { tcp: true, udp: true, sctp: true },
      { tcp: false, udp: false, sctp: false },
    ]
    await policy('ports', {
      podSelector: { matchLabels: { name: 'echo-1' } },
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ podSelector: { matchLabels: { asker: 'a2' } } }], ports: [{ port: 'echo-udp', protocol: 'UDP' }] },
        { from: [{ namespaceSelector: {}, podSelector: { matchLabels: { asker: 'a3' } } }], ports: [{ port: 8000, endPort: 8090, protocol: 'SCTP' }] },
        { from: [{ ipBlock: { cidr: `${ipOf(1)}/32` } }] },
      ],
    })
    await reach(2, one, { tcp: false, udp: true, sctp: false })
    await reach(3, one, { tcp: false, udp: false, sctp: true })
    await reach(1, one, every)
    await reach(3, two, every)
    await takeAway()
    await policy('egress', {
      podSelector: { matchLabels: { asker: 'a3' } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: config.podCidr, except: [`${one}/32`] } }] }, { ports: [53, 8053].flatMap((port) => [{ port, protocol: 'UDP' }]) }],
    })
    await reach(3, one, none)
    await reach(3, two, every)
    await reach(2, one, every)
    // Also through a Service: what counts is the pod that the packet ends at.
    const { clusterIP } = await given('behind', { selector: { name: 'echo-1' } })
    await reach(3, clusterIP!, none, 80)
    await takeAway()
    await reach(3, clusterIP!, every, 80)
    await policy('deny-all', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
    for (const number of [1, 3]) await reach(number, two, none)
    await takeAway()
    for (const number of [1, 2, 3]) await reach(number, two, every)
    await gone('behind')
  })
}
