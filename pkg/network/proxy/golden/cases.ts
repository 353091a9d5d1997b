/** What kube-proxy was asked and we are: every kind of Service crossed with every state of its endpoints, in both families at once. */
import type { Service, ServiceSpec } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointSlice } from '#api/gen/discovery/v1.ts'
import type { IpFamily } from '../../ip.ts'
import { testService, testSlice } from '../../test-objects.ts'

export const nodeName = 'here'
export const zone = 'a'

/** The same cluster in each family. */
export interface Addresses {
  readonly node: string
  readonly podCidr: string
  readonly serviceRange: string
  /** Fronts to which a number is added. */
  readonly cluster: string
  readonly balancer: string
  readonly external: string
  readonly podsHere: string
  readonly podsThere: string
  readonly outside: string
  readonly outsideAllowed: string
  readonly allowed: string
}

export const addresses: Record<IpFamily, Addresses> = {
  4: {
    node: '172.30.0.2',
    podCidr: '10.244.0.0/16',
    serviceRange: '10.96.0.0/16',
    cluster: '10.96.1.',
    balancer: '203.0.113.',
    external: '198.18.0.',
    podsHere: '10.244.0.',
    podsThere: '10.244.1.',
    outside: '198.51.100.9',
    outsideAllowed: '192.0.2.9',
    allowed: '192.0.2.0/24',
  },
  6: {
    node: 'fd00:172:30::2',
    podCidr: 'fd00:10:244::/56',
    serviceRange: 'fd00:10:96::/112',
    cluster: 'fd00:10:96::1',
    balancer: '2001:db8:3::',
    external: '2001:db8:4::',
    podsHere: 'fd00:10:244::',
    podsThere: 'fd00:10:244:1::',
    outside: '2001:db8:2::9',
    outsideAllowed: '2001:db8:1::9',
    allowed: '2001:db8:1::/64',
  },
}

type Place = 'here' | 'there'
type State = Partial<Omit<Endpoint, 'addresses' | 'nodeName'>>
/** Endpoints in the order of their pods' numbers from 2; a second list is a second slice. */
type Endpoints = readonly (readonly (readonly [Place | 'nowhere', number, State])[])[]

const ready: State = { conditions: { ready: true, serving: true, terminating: false } }
const leaving: State = { conditions: { ready: false, serving: true, terminating: true } }
const gone: State = { conditions: { ready: false, serving: false, terminating: true } }
const unready: State = { conditions: { ready: false, serving: false, terminating: false } }
const untold: State = {}
/** publishNotReadyAddresses while it terminates. */
const published: State = { conditions: { ready: true, serving: true, terminating: true } }
const servingOnly: State = { conditions: { ready: false, serving: true, terminating: false } }
const hinted = (state: State, zones: readonly string[], nodes: readonly string[] = []): State => ({
  ...state,
  hints: {
    ...(zones.length > 0 ? { forZones: zones.map((name) => ({ name })) } : {}),
    ...(nodes.length > 0 ? { forNodes: nodes.map((name) => ({ name })) } : {}),
  },
})

const endpointStates: Record<string, Endpoints> = {
  none: [],
  empty: [[]],
  here: [[['here', 2, ready]]],
  there: [
    [
      ['there', 2, ready],
      ['there', 3, ready],
    ],
  ],
  both: [
    [
      ['here', 2, ready],
      ['here', 3, ready],
      ['there', 2, ready],
    ],
  ],
  'leaving here, ready there': [
    [
      ['here', 2, leaving],
      ['there', 2, ready],
    ],
  ],
  'leaving there, ready here': [
    [
      ['here', 2, ready],
      ['there', 2, leaving],
    ],
  ],
  'all leaving': [
    [
      ['here', 2, leaving],
      ['there', 2, leaving],
    ],
  ],
  'leaving here': [[['here', 2, leaving]]],
  'leaving there': [[['there', 2, leaving]]],
  gone: [
    [
      ['here', 2, gone],
      ['there', 2, gone],
    ],
  ],
  'unready here, ready there': [
    [
      ['here', 2, unready],
      ['there', 2, ready],
    ],
  ],
  'serving but not ready': [
    [
      ['here', 2, servingOnly],
      ['there', 2, servingOnly],
    ],
  ],
  untold: [
    [
      ['here', 2, untold],
      ['nowhere', 4, untold],
    ],
  ],
}

const moreStates: Record<string, Endpoints> = {
  'ready while leaving': [
    [
      ['here', 2, published],
      ['there', 2, ready],
    ],
  ],
  'in two slices': [
    [['here', 2, ready]],
    [
      ['here', 2, leaving],
      ['there', 2, ready],
    ],
  ],
  'zone hints': [
    [
      ['here', 2, hinted(ready, ['b'])],
      ['there', 2, hinted(ready, ['a'])],
      ['there', 3, hinted(ready, ['b'])],
    ],
  ],
  'zone hints for others only': [
    [
      ['here', 2, hinted(ready, ['b'])],
      ['there', 2, hinted(ready, ['b'])],
    ],
  ],
  'zone hints on some': [
    [
      ['here', 2, ready],
      ['there', 2, hinted(ready, ['a'])],
    ],
  ],
  'zone hints missing on one not ready': [
    [
      ['here', 2, unready],
      ['there', 2, hinted(ready, ['a'])],
      ['there', 3, hinted(ready, ['b'])],
    ],
  ],
  'zone hints, ours leaving': [
    [
      ['here', 2, hinted(leaving, ['a'])],
      ['there', 2, hinted(ready, ['b'])],
    ],
  ],
  'node hints': [
    [
      ['here', 2, hinted(ready, ['a'], ['here'])],
      ['there', 2, hinted(ready, ['a'], ['there'])],
    ],
  ],
  'node hints for others, zone hints for us': [
    [
      ['there', 2, hinted(ready, ['a'], ['there'])],
      ['there', 3, hinted(ready, ['b'], ['there'])],
    ],
  ],
  'node hints on some': [
    [
      ['here', 2, hinted(ready, ['a'], ['here'])],
      ['there', 2, hinted(ready, ['b'])],
    ],
  ],
  'zone and node hints for all leaving': [
    [
      ['here', 2, hinted(leaving, ['a'], ['here'])],
      ['there', 2, hinted(leaving, ['b'], ['there'])],
    ],
  ],
}

interface Kind {
  readonly spec: (number: number) => ServiceSpec
  readonly balancer?: 'VIP' | 'Proxy' | 'hostname'
  readonly labels?: Record<string, string>
  readonly states?: readonly string[]
}

const fronts = (part: 'external', number: number): string[] => [`${addresses[4][part]}${number}`, `${addresses[6][part]}${number}`]
const allowed = [addresses[4].allowed, addresses[6].allowed]
const some = ['none', 'here', 'there', 'both', 'leaving here, ready there', 'all leaving']

const kinds: Record<string, Kind> = {
  ClusterIP: { spec: () => ({}) },
  'ClusterIP, internal Local': { spec: () => ({ internalTrafficPolicy: 'Local' }) },
  NodePort: { spec: () => ({ type: 'NodePort' }), states: some },
  'NodePort, Local': { spec: () => ({ type: 'NodePort', externalTrafficPolicy: 'Local' }) },
  'NodePort, both Local': { spec: () => ({ type: 'NodePort', externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' }), states: some },
  LoadBalancer: { spec: () => ({ type: 'LoadBalancer' }), balancer: 'VIP', states: some },
  'LoadBalancer, Local': { spec: () => ({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }), balancer: 'VIP' },
  'LoadBalancer, both Local': {
    spec: () => ({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' }),
    balancer: 'VIP',
    states: some,
  },
  'LoadBalancer, ranges': { spec: () => ({ type: 'LoadBalancer', loadBalancerSourceRanges: allowed }), balancer: 'VIP', states: some },
  'LoadBalancer, Local, ranges': {
    spec: () => ({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', loadBalancerSourceRanges: allowed }),
    balancer: 'VIP',
    states: some,
  },
  'LoadBalancer, ranges of one family': {
    spec: () => ({ type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24'] }),
    balancer: 'VIP',
    states: ['here'],
  },
  'LoadBalancer, ranges that lie in one another': {
    spec: () => ({ type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24', '192.0.0.0/16', '2001:db8::/32', ...allowed] }),
    balancer: 'VIP',
    states: ['here'],
  },
  'LoadBalancer, ranges that let all in': {
    spec: () => ({ type: 'LoadBalancer', loadBalancerSourceRanges: ['0.0.0.0/0', '::/0'] }),
    balancer: 'VIP',
    states: ['here'],
  },
  'LoadBalancer, the node in the ranges': {
    spec: () => ({ type: 'LoadBalancer', loadBalancerSourceRanges: ['172.30.0.0/24', 'fd00:172:30::/64'] }),
    balancer: 'VIP',
    states: ['here', 'none'],
  },
  'LoadBalancer that is a proxy': { spec: () => ({ type: 'LoadBalancer' }), balancer: 'Proxy', states: ['here', 'none'] },
  'LoadBalancer that is a proxy, ranges': { spec: () => ({ type: 'LoadBalancer', loadBalancerSourceRanges: allowed }), balancer: 'Proxy', states: ['here'] },
  'LoadBalancer by name': { spec: () => ({ type: 'LoadBalancer' }), balancer: 'hostname', states: ['here'] },
  'LoadBalancer without node ports': {
    spec: () => ({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }),
    balancer: 'VIP',
    states: ['here', 'none'],
  },
  'external addresses': { spec: (number) => ({ externalIPs: fronts('external', number) }), states: some },
  'external addresses, Local': { spec: (number) => ({ externalIPs: fronts('external', number), externalTrafficPolicy: 'Local' }) },
  'external addresses, internal Local': { spec: (number) => ({ externalIPs: fronts('external', number), internalTrafficPolicy: 'Local' }), states: some },
  'NodePort, external addresses, Local': {
    spec: (number) => ({ type: 'NodePort', externalIPs: fronts('external', number), externalTrafficPolicy: 'Local' }),
    states: some,
  },
  'LoadBalancer, external addresses, ranges': {
    spec: (number) => ({ type: 'LoadBalancer', externalIPs: fronts('external', number), loadBalancerSourceRanges: allowed }),
    balancer: 'VIP',
    states: ['both', 'none'],
  },
  UDP: { spec: () => ({ type: 'NodePort', ports: [{ port: 80, protocol: 'UDP' }] }), states: some },
  SCTP: { spec: () => ({ type: 'NodePort', ports: [{ port: 80, protocol: 'SCTP' }] }), states: some },
  affinity: { spec: () => ({ type: 'LoadBalancer', sessionAffinity: 'ClientIP' }), balancer: 'VIP', states: some },
  'affinity, Local': { spec: () => ({ type: 'LoadBalancer', sessionAffinity: 'ClientIP', externalTrafficPolicy: 'Local' }), balancer: 'VIP', states: some },
  'unready ones published': { spec: () => ({ publishNotReadyAddresses: true }), states: ['unready here, ready there', 'serving but not ready'] },
  "another proxy's": { spec: () => ({ type: 'NodePort' }), labels: { 'service.kubernetes.io/service-proxy-name': 'other' }, states: ['here', 'none'] },
}

export interface Case {
  readonly name: string
  readonly number: number
  readonly service: Service
  readonly slices: readonly EndpointSlice[]
}

function caseOf(kindName: string, kind: Kind, stateName: string, state: Endpoints, number: number): Case {
  const { ports = [{ port: 80, protocol: 'TCP' }], type = 'ClusterIP', ...spec } = kind.spec(number)
  const clusterIPs = [`${addresses[4].cluster}${number}`, `${addresses[6].cluster}${number}`]
  const withNodePort = type !== 'ClusterIP' && spec.allocateLoadBalancerNodePorts !== false
  const service = testService(`s${number}`, {
    type,
    ...spec,
    clusterIP: clusterIPs[0]!,
    clusterIPs,
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'RequireDualStack',
    ports: ports.map((port) => ({ ...port, ...(withNodePort ? { nodePort: 30_000 + number } : {}) })),
    ...(type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' ? { healthCheckNodePort: 31_000 + number } : {}),
  })
  if (kind.labels) service.metadata.labels = { ...kind.labels }
  const { balancer } = kind
  if (balancer === 'hostname') service.status = { loadBalancer: { ingress: [{ hostname: 'balancer.test' }] } }
  else if (balancer)
    service.status = { loadBalancer: { ingress: ([4, 6] as const).map((each) => ({ ip: `${addresses[each].balancer}${number}`, ipMode: balancer })) } }
  const slices = ([4, 6] as const).flatMap((family) =>
    state.map((endpoints, index) => {
      const slice = testSlice(
        `s${number}`,
        { port: 8080, protocol: ports[0]?.protocol ?? 'TCP' },
        endpoints.map(([place, pod, rest]) => ({
          address: `${place === 'here' ? addresses[family].podsHere : addresses[family].podsThere}${pod}`,
          conditions: {},
          ...rest,
          ...(place === 'nowhere' ? {} : { nodeName: place }),
        })),
      )
      slice.metadata.name = `s${number}-ipv${family}-${index}`
      slice.addressType = family === 4 ? 'IPv4' : 'IPv6'
      return slice
    }),
  )
  return { name: `${kindName}; endpoints: ${stateName}`, number, service, slices }
}

export const cases: readonly Case[] = Object.entries(kinds)
  .flatMap(([kindName, kind]) => {
    const states = { ...endpointStates, ...(kindName === 'ClusterIP' || kindName === 'NodePort, Local' ? moreStates : {}) }
    return (kind.states ?? Object.keys(states)).map((name) => ({ kindName, kind, name, state: states[name]! }))
  })
  .map(({ kindName, kind, name, state }, index) => caseOf(kindName, kind, name, state, index + 1))

export interface Question {
  /** "pod here → node port". */
  readonly name: string
  readonly source: string
  readonly destination: string
  readonly protocol: string
  readonly port: number
}

/** Whether the node itself sends from there: its own addresses, and those of load balancers that it announces. */
export function isOwnSource(address: string, family: IpFamily): boolean {
  return address === addresses[family].node || address.startsWith(addresses[family].balancer)
}

/** The packets that a case is asked about. */
export function questionsOf({ service, number }: Case, family: IpFamily): Question[] {
  const own = addresses[family]
  const [port] = service.spec.ports ?? []
  const protocol = (port?.protocol ?? 'TCP').toLowerCase()
  const sources = {
    outside: own.outside,
    'outside, allowed': own.outsideAllowed,
    node: own.node,
    'pod here': `${own.podsHere}9`,
    'pod there': `${own.podsThere}9`,
    'endpoint here': `${own.podsHere}2`,
    'endpoint there': `${own.podsThere}2`,
  }
  const destinations = {
    'cluster address': [`${own.cluster}${number}`, 80],
    'cluster address, another port': [`${own.cluster}${number}`, 81],
    ...(service.spec.type === 'ClusterIP' ? {} : { 'node port': [own.node, 30_000 + number] }),
    ...(service.spec.type === 'LoadBalancer' ? { balancer: [`${own.balancer}${number}`, 80], 'balancer, another port': [`${own.balancer}${number}`, 81] } : {}),
    ...(service.spec.externalIPs
      ? { 'external address': [`${own.external}${number}`, 80], 'external address, another port': [`${own.external}${number}`, 81] }
      : {}),
  } as Record<string, [string, number]>
  return Object.entries(destinations).flatMap(([to, [destination, at]]) =>
    // What the node sends to an address it has announced may come from that address.
    Object.entries(to === 'balancer' ? { ...sources, 'the balancer itself': destination } : sources).map(([from, source]) => ({
      name: `${from} → ${to}`,
      source,
      destination,
      protocol,
      port: at,
    })),
  )
}
