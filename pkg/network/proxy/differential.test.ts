import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, Service } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { seededRandom } from '../test-random.ts'
import { NftInterpreter, type Packet } from '../test-interpreter.ts'
import { testService, testSlice } from '../test-objects.ts'
import { compile } from './compile.ts'
import { ElementStore } from './element-store.ts'
import { createMarkIds } from './marks.ts'
import { podElements, podRangeElements } from './pod-elements.ts'
import type { NodeView } from './types.ts'

/**
 * The model: what the documentation of Services says of one new connection that meets a node, with nothing of how rules are made.
 * "10.244.0.5:80 kept" and "… masqueraded" are the places it may go to, "drop" and "reject" what else may become of it.
 */
interface Question {
  readonly source: string
  readonly destination: string
  readonly protocol: string
  readonly port: number
}

/** The same cluster in one family or the other. */
interface World {
  readonly family: 4 | 6
  readonly podCidr: string
  readonly podsHere: string
  readonly rangeHere: string
  readonly nodeAddress: string
  readonly outside: readonly [string, string]
  readonly pods: readonly string[]
  /** Front of addresses to which a number is added. */
  readonly clusterIps: string
  readonly external: string
  readonly guardedRange: string
}

const worlds: readonly World[] = [
  {
    family: 4,
    podCidr: '10.244.0.0/16',
    podsHere: '10.244.0.',
    rangeHere: '10.244.0.0/24',
    nodeAddress: '172.30.0.2',
    outside: ['192.0.2.9', '198.51.100.9'],
    pods: ['10.244.0.2', '10.244.0.3', '10.244.1.2', '10.244.1.3', '10.244.1.4'],
    clusterIps: '10.96.0.',
    external: '203.0.113.',
    guardedRange: '192.0.2.0/24',
  },
  {
    family: 6,
    podCidr: 'fd00:10:244::/56',
    podsHere: 'fd00:10:244::',
    rangeHere: 'fd00:10:244::/64',
    nodeAddress: 'fd00:172:30::2',
    outside: ['2001:db8:1::9', '2001:db8:2::9'],
    pods: ['fd00:10:244::2', 'fd00:10:244::3', 'fd00:10:244:1::2', 'fd00:10:244:1::3', 'fd00:10:244:1::4'],
    clusterIps: 'fd00:10:96::',
    external: '2001:db8:3::',
    guardedRange: '2001:db8:1::/64',
  },
]
const here = 'here'
const zone = 'a'

function model({ pods, nodeAddress }: World, services: ReadonlyMap<string, { service: Service; slices: EndpointSlice[] }>, asked: Question): Set<string> {
  const isPod = pods.includes(asked.source)
  for (const { service, slices } of services.values()) {
    const { spec } = service
    for (const port of spec.ports ?? []) {
      if ((port.protocol ?? 'TCP').toLowerCase() !== asked.protocol) continue
      const [toCluster, toExternal, toBalancer, toNode] = [
        asked.destination === spec.clusterIP && asked.port === port.port,
        spec.externalIPs?.includes(asked.destination) === true && asked.port === port.port,
        spec.type === 'LoadBalancer' && service.status.loadBalancer.ingress?.[0]?.ip === asked.destination && asked.port === port.port,
        spec.type !== 'ClusterIP' && asked.destination === nodeAddress && asked.port === port.nodePort,
      ]
      if (!toCluster && !toExternal && !toBalancer && !toNode) continue
      const ranges = spec.loadBalancerSourceRanges ?? []
      if (toBalancer && ranges.length > 0 && !ranges.some((each) => asked.source.startsWith(each.replace(/(0\/24|:\/64)$/, '')))) return new Set(['drop'])
      const endpoints = slices
        .filter((slice) => slice.ports?.[0]?.name === (port.name ?? ''))
        .flatMap((slice) => (slice.endpoints ?? []).map((endpoint) => ({ endpoint, port: slice.ports![0]!.port! })))
      const anywhere = usable(endpoints, true)
      const onNode = usable(
        endpoints.filter(({ endpoint }) => endpoint.nodeName === here),
        false,
      )
      const wantsHere = toCluster ? spec.internalTrafficPolicy === 'Local' : spec.externalTrafficPolicy === 'Local' && !isPod && asked.source !== nodeAddress
      const chosen = wantsHere ? onNode : anywhere
      if (chosen.length === 0) return new Set([wantsHere && anywhere.length > 0 ? 'drop' : 'reject'])
      const keepsClient = isPod
        ? toCluster || spec.externalTrafficPolicy === 'Local'
        : !toCluster && spec.externalTrafficPolicy === 'Local' && asked.source !== nodeAddress
      return new Set(
        chosen.map(({ endpoint, port: to }) => `${endpoint.addresses[0]}:${to} ${keepsClient && !isSelf(endpoint, asked) ? 'kept' : 'masqueraded'}`),
      )
    }
  }
  const isClusterAddress = [...services.values()].some(({ service }) => service.spec.clusterIP === asked.destination)
  return new Set([isClusterAddress ? 'reject' : `${asked.destination}:${asked.port} kept`])
}

/** A pod that meets itself must take the answer for another's; its own node sees to that. */
const isSelf = (endpoint: Endpoint, asked: Question): boolean => endpoint.addresses[0] === asked.source && endpoint.nodeName === here

type Candidate = { readonly endpoint: Endpoint; readonly port: number }

function usable(all: readonly Candidate[], byTopology: boolean): readonly Candidate[] {
  const ready = all.filter(({ endpoint }) => endpoint.conditions?.ready)
  if (ready.length === 0) return all.filter(({ endpoint }) => endpoint.conditions?.serving && endpoint.conditions.terminating)
  if (!byTopology) return ready
  const onNode = ready.filter(({ endpoint }) => endpoint.hints?.forNodes?.some(({ name }) => name === here))
  if (onNode.length > 0 && ready.every(({ endpoint }) => endpoint.hints?.forNodes?.length)) return onNode
  const near = ready.filter(({ endpoint }) => endpoint.hints?.forZones?.some(({ name }) => name === zone))
  return near.length > 0 && ready.every(({ endpoint }) => endpoint.hints?.forZones?.length) ? near : ready
}

function randomService(world: World, draw: (below: number) => number, index: number): { service: Service; slices: EndpointSlice[] } {
  const pick = <T>(values: readonly T[]): T => values[draw(values.length)]!
  const type = pick(['ClusterIP', 'NodePort', 'LoadBalancer'] as const)
  const policy = <T extends string>(name: string, values: readonly T[]) => ({ [name]: pick(values) })
  const ports = [
    { name: 'one', port: 80, protocol: pick(['TCP', 'UDP', 'SCTP']), ...(type === 'ClusterIP' ? {} : { nodePort: 30_000 + index * 2 }) },
    ...(draw(2) ? [{ name: 'two', port: 81, protocol: 'TCP', ...(type === 'ClusterIP' ? {} : { nodePort: 30_001 + index * 2 }) }] : []),
  ]
  const externalIPs = draw(3) === 0 ? [`${world.external}${100 + index}`] : []
  const service = testService(`s${index}`, {
    type,
    clusterIP: `${world.clusterIps}${index + 20}`,
    ports,
    externalIPs,
    ...policy('internalTrafficPolicy', ['Cluster', 'Local']),
    ...(type === 'ClusterIP' && externalIPs.length === 0 ? {} : policy('externalTrafficPolicy', ['Cluster', 'Local'])),
    ...policy('sessionAffinity', ['None', 'ClientIP']),
    ...(type === 'LoadBalancer' && draw(2) ? { loadBalancerSourceRanges: [world.guardedRange] } : {}),
  })
  if (type === 'LoadBalancer') service.status = { loadBalancer: { ingress: [{ ip: `${world.external}${index + 1}` }] } }
  const [hints, nodeHints] = [draw(3) === 0, draw(3) === 0]
  const slices = ports.map(({ name, protocol }) => {
    const endpoints = world.pods
      .filter(() => draw(2))
      .map((address) => ({
        address,
        nodeName: address.startsWith(world.podsHere) ? here : 'there',
        conditions: pick([
          { ready: true, serving: true, terminating: false },
          { ready: false, serving: true, terminating: true },
          { ready: false, serving: false, terminating: false },
        ]),
        hints: {
          ...(hints ? { forZones: [{ name: pick(['a', 'b']) }] } : {}),
          ...(nodeHints ? { forNodes: [{ name: pick([here, 'there']) }] } : {}),
        },
      }))
    const slice = testSlice(`s${index}`, { name, port: 8080, protocol }, endpoints)
    slice.metadata.name = `s${index}-${name}`
    slice.addressType = world.family === 4 ? 'IPv4' : 'IPv6'
    return slice
  })
  return { service, slices }
}

/** All that may become of the connection, whatever is drawn; and with affinity, that it comes to the same place again. */
function outcomes(world: World, kernel: NftInterpreter, asked: Question, sticky: boolean): Set<string> {
  const found = new Set<string>()
  for (let drawn = 0; drawn < world.pods.length; drawn++) {
    kernel.forget('affinity')
    let draws = false
    kernel.random = (below) => {
      draws = true
      return drawn % below
    }
    const once = outcome(world, kernel, asked)
    found.add(once)
    if (!draws) break
    if (!sticky) continue
    kernel.random = (below) => (drawn + 1) % below
    assert.equal(outcome(world, kernel, asked), once, `a client with affinity comes to the same place again: ${JSON.stringify(asked)}`)
  }
  return found
}

function outcome({ nodeAddress }: World, kernel: NftInterpreter, asked: Question): string {
  const packet: Packet = { ...asked, ctMark: 0, mark: 0, translated: false }
  const fromHere = asked.source === nodeAddress
  if (kernel.run(fromHere ? 'firewall-output' : 'firewall-prerouting', packet) === 'drop') return 'drop'
  kernel.run(fromHere ? 'nat-output' : 'nat-prerouting', packet)
  const way = fromHere ? 'filter-output' : packet.destination === nodeAddress ? 'filter-input' : 'filter-forward'
  const verdict = kernel.run(way, packet)
  if (verdict !== 'accept') return verdict
  kernel.run('nat-postrouting', packet)
  return `${packet.destination}:${packet.port} ${packet.source === 'masqueraded' ? 'masqueraded' : 'kept'}`
}

function sticky({ nodeAddress }: World, services: ReadonlyMap<string, { service: Service }>, { destination, port }: Question): boolean {
  return [...services.values()].some(({ service: { spec } }) => {
    const asked = destination === nodeAddress ? spec.ports?.some((each) => each.nodePort === port) : spec.clusterIP === destination
    return asked === true && spec.sessionAffinity === 'ClientIP'
  })
}

const firstSeed = Number(process.env.K8TS_SEED ?? 1)
const seeds = process.env.K8TS_SEED ? 1 : 6

for (const world of worlds)
  test(`the rules agree with the specification on every packet of random IPv${world.family} clusters, however they came about (seeds ${firstSeed} to ${firstSeed + seeds - 1})`, () => {
    const { family, podCidr, nodeAddress, pods, outside } = world
    const node: NodeView = { name: here, zone, family, ownAddresses: new Set() }
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const draw = seededRandom(seed)
      const services = new Map<string, { service: Service; slices: EndpointSlice[] }>()
      const store = new ElementStore({ family, podCidr, nodeAddresses: [nodeAddress] })
      store.replace('pod-range', podRangeElements(world.rangeHere))
      const ids = createMarkIds()
      for (const address of pods.filter((each) => each.startsWith(world.podsHere)))
        store.replace(`pod ${address}`, podElements({ spec: { containers: [] }, status: { podIP: address, phase: 'Running' } } as unknown as Pod, family))
      const put = (index: number) => {
        const made = randomService(world, draw, index)
        services.set(`s${index}`, made)
        assert.deepEqual(store.replace(`service s${index}`, compile(made.service, made.slices, node, ids).elements), [])
      }
      for (let index = 0; index < 5; index++) put(index)
      const kernel = new NftInterpreter()
      kernel.load(store.takeEverything())
      for (let step = 0; step < 4; step++) {
        const destinations = [...services.values()].flatMap(({ service }) => [
          service.spec.clusterIP!,
          ...(service.spec.externalIPs ?? []),
          service.status.loadBalancer.ingress?.[0]?.ip ?? '',
        ])
        const ports = new Set([80, 81, ...[...services.values()].flatMap(({ service }) => (service.spec.ports ?? []).map((port) => port.nodePort ?? 82))])
        for (const source of [...outside, nodeAddress, pods[0]!, pods[2]!])
          for (const destination of new Set([...destinations, nodeAddress].filter(Boolean)))
            for (const protocol of ['tcp', 'udp', 'sctp'])
              for (const port of destination === nodeAddress ? ports : [80, 81, 82]) {
                const asked = { source, destination, protocol, port }
                const says = () => `K8TS_SEED=${seed}, step ${step}: ${JSON.stringify(asked)}`
                const may = model(world, services, asked)
                const does = outcomes(world, kernel, asked, sticky(world, services, asked))
                assert.deepEqual([...does].sort(), [...may].sort(), says())
              }
        const index = draw(6)
        if (services.has(`s${index}`) && draw(3) === 0) {
          services.delete(`s${index}`)
          store.replace(`service s${index}`, new Map())
        } else put(index)
        kernel.load(store.takeChanges())
      }
    }
  })
