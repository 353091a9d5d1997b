import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const own = '/api/v1/namespaces/golden'
const dry = '?dryRun=All&fieldValidation=Strict'

const service = (name: string, spec: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'golden' },
  spec,
  ...more,
})
const port = { name: 'http', protocol: 'TCP', port: 80, targetPort: 'web' }

const clusterIp = {
  type: 'ClusterIP',
  clusterIP: '10.96.200.1',
  clusterIPs: ['10.96.200.1'],
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
  internalTrafficPolicy: 'Local',
  trafficDistribution: 'PreferClose',
  sessionAffinity: 'ClientIP',
  sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
  publishNotReadyAddresses: true,
  externalIPs: ['192.0.2.7'],
  selector: { app: 'a' },
  ports: [port, { name: 'dns', protocol: 'UDP', port: 53, targetPort: 5353, appProtocol: 'example.com/dns' }],
}
const loadBalancer = {
  type: 'LoadBalancer',
  clusterIP: '10.96.200.2',
  loadBalancerIP: '192.0.2.9',
  loadBalancerSourceRanges: ['203.0.113.0/24', ' 198.51.100.0/24'],
  loadBalancerClass: 'example.com/internal',
  allocateLoadBalancerNodePorts: true,
  externalTrafficPolicy: 'Local',
  healthCheckNodePort: 31999,
  selector: { app: 'a' },
  ports: [{ ...port, nodePort: 31080 }],
}
const nodePort = { type: 'NodePort', clusterIP: '10.96.200.3', selector: { app: 'a' }, ports: [{ ...port, nodePort: 31081 }] }
const external = { type: 'ExternalName', externalName: 'other.example.com', selector: { app: 'a' } }
const headless = { clusterIP: 'None', selector: { app: 'a' } }

/** Every type, the fields that go with others only, and what is written by hand in each. */
const created: readonly object[] = [
  { ports: [] },
  { clusterIP: '', ports: [{ port: 80 }] },
  { clusterIP: 'None' },
  { clusterIP: 'None', clusterIPs: ['None', '10.96.200.9'], ports: [port] },
  { clusterIP: '10.96.200.9', clusterIPs: ['10.96.200.8'], ports: [port] },
  { clusterIPs: ['10.96.200.9'], ports: [port] },
  { clusterIP: '10.96.200.9', clusterIPs: ['10.96.200.9', '10.96.200.10'], ports: [port] },
  { clusterIP: '10.96.200.9', clusterIPs: ['10.96.200.9', 'fd00::1'], ports: [port] },
  { clusterIP: '10.96.200.9', clusterIPs: ['10.96.200.9', 'fd00::1', '10.96.200.11'], ipFamilyPolicy: 'PreferDualStack', ports: [port] },
  { clusterIP: 'fd00::1', ports: [port] },
  { clusterIP: '10.95.0.1', ports: [port] },
  { clusterIP: '10.96.0.0', ports: [port] },
  { clusterIP: '10.96.255.255', ports: [port] },
  { clusterIP: '10.96.200.101', ports: [port] },
  { clusterIP: '010.096.0.9', ports: [port] },
  { clusterIP: '::ffff:10.96.0.9', ports: [port] },
  { ipFamilies: ['IPv6'], ports: [port] },
  { ipFamilies: ['IPv4', 'IPv6'], ports: [port] },
  { ipFamilies: ['IPv4', 'IPv4'], ports: [port] },
  { ipFamilies: ['IPv4', 'IPv6', 'IPv4'], ports: [port] },
  { ipFamilies: ['IPv5'], ports: [port] },
  { ipFamilyPolicy: 'RequireDualStack', ports: [port] },
  { ipFamilyPolicy: 'PreferDualStack', ports: [port] },
  { ipFamilyPolicy: 'Other', ports: [port] },
  { type: 'Other', ports: [port] },
  { type: 'NodePort', clusterIP: 'None', ports: [port] },
  { type: 'LoadBalancer', clusterIP: 'None', ports: [port] },
  { type: 'NodePort', ports: [] },
  { type: 'NodePort', ports: [{ port: 80, nodePort: 31101 }] },
  { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },
  { type: 'NodePort', ports: [{ port: 80, nodePort: 40000 }] },
  {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80, nodePort: 31200 },
      { name: 'b', port: 81, nodePort: 31200 },
    ],
  },
  {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80, nodePort: 31201 },
      { name: 'b', port: 80, protocol: 'UDP', nodePort: 31201 },
    ],
  },
  { type: 'ClusterIP', ports: [{ port: 80, nodePort: 31202 }] },
  { type: 'ClusterIP', externalTrafficPolicy: 'Local', ports: [port] },
  { type: 'ClusterIP', externalIPs: ['192.0.2.8'], externalTrafficPolicy: 'Local', ports: [port] },
  { type: 'ClusterIP', externalIPs: ['192.0.2.8', '127.0.0.1', '0.0.0.0', '169.254.1.1', '224.0.0.1', 'x', '2001:DB8::1'], ports: [port] },
  { type: 'ClusterIP', healthCheckNodePort: 31300, ports: [port] },
  { type: 'LoadBalancer', healthCheckNodePort: 31300, ports: [port] },
  { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: -1, ports: [port] },
  { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 80, ports: [port] },
  { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31101, ports: [port] },
  { type: 'LoadBalancer', externalTrafficPolicy: 'Other', ports: [port] },
  { type: 'LoadBalancer', internalTrafficPolicy: 'Other', ports: [port] },
  { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [port] },
  { type: 'LoadBalancer', loadBalancerClass: 'no/more/than/one', ports: [port] },
  { type: 'LoadBalancer', loadBalancerSourceRanges: ['x', '10.0.0.0/33', '10.0.0.1/8', '010.0.0.0/8', '::/0', ''], ports: [port] },
  {
    type: 'LoadBalancer',
    ports: [
      { name: 'a', port: 80, protocol: 'SCTP' },
      { name: 'b', port: 10250 },
      { name: 'c', port: 80, protocol: 'UDP' },
    ],
  },
  { type: 'ClusterIP', loadBalancerSourceRanges: ['10.0.0.0/8'], ports: [port] },
  { type: 'ClusterIP', loadBalancerClass: 'example.com/x', ports: [port] },
  { type: 'ClusterIP', allocateLoadBalancerNodePorts: true, ports: [port] },
  { type: 'ClusterIP', loadBalancerIP: '192.0.2.9', ports: [port] },
  { type: 'ClusterIP', externalName: 'x.example.com', ports: [port] },
  { type: 'ExternalName' },
  { type: 'ExternalName', externalName: 'x.example.com.', ports: [{ port: 80 }] },
  { type: 'ExternalName', externalName: '192.0.2.1' },
  { type: 'ExternalName', externalName: 'Not Valid' },
  { type: 'ExternalName', externalName: 'x.example.com', clusterIP: '10.96.200.9' },
  { type: 'ExternalName', externalName: 'x.example.com', clusterIP: 'None' },
  { type: 'ExternalName', externalName: 'x.example.com', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
  { type: 'ExternalName', externalName: 'x.example.com', internalTrafficPolicy: 'Cluster', trafficDistribution: 'PreferSameZone' },
  { type: 'ExternalName', externalName: 'x.example.com', externalTrafficPolicy: 'Local' },
  { sessionAffinity: 'ClientIP', ports: [port] },
  { sessionAffinity: 'None', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } }, ports: [port] },
  { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } }, ports: [port] },
  { sessionAffinity: 'ClientIP', sessionAffinityConfig: {}, ports: [port] },
  { sessionAffinity: 'Other', ports: [port] },
  { trafficDistribution: 'PreferSameNode', ports: [port] },
  { trafficDistribution: 'PreferSameZone', ports: [port] },
  { trafficDistribution: 'Other', ports: [port] },
  { selector: { 'not valid': 'x' }, ports: [port] },
  { selector: { app: 'not valid!' }, ports: [port] },
  { ports: [{ port: 80 }, { port: 81 }] },
  {
    ports: [
      { name: 'a', port: 80 },
      { name: 'a', port: 81 },
    ],
  },
  {
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 80 },
    ],
  },
  {
    ports: [
      { name: 'a', port: 80, protocol: 'SCTP' },
      { name: 'b', port: 80, protocol: 'UDP' },
      { name: 'c', port: 80 },
    ],
  },
  { ports: [{ port: 80, protocol: 'tcp' }] },
  { ports: [{ port: 80, protocol: 'ICMP' }] },
  {
    ports: [
      { port: 80, appProtocol: 'not valid/' },
      { name: 'UPPER', port: 81 },
    ],
  },
  { ports: [{ port: 80, targetPort: 'not_valid' }] },
  { ports: [{ port: 80, targetPort: 'a-name-of-more-than-fifteen' }] },
  { ports: [{ port: 80, targetPort: '80' }] },
  {
    clusterIP: 'None',
    ports: [
      { port: 80, targetPort: 81 },
      { name: 'x', port: 82, targetPort: 'x' },
    ],
  },
  { clusterIP: 'None', ports: [{ port: 80, targetPort: 81 }] },
  { clusterIP: 'None', sessionAffinity: 'ClientIP', publishNotReadyAddresses: true, ports: [port] },
]

/** Refused when they are meant: a dry run does not look so closely. */
const refused: readonly object[] = [
  { type: 'NodePort', ports: [{ port: 80, nodePort: 31101 }] },
  { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },
  { type: 'NodePort', ports: [{ port: 80, nodePort: 32768 }] },
  {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80, nodePort: 31203 },
      { name: 'b', port: 81, protocol: 'UDP', nodePort: 31203 },
    ],
  },
  { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31101, ports: [port] },
  { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 80, ports: [port] },
  { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31204, ports: [{ port: 80, nodePort: 31204 }] },
  { clusterIP: '10.96.200.101', ports: [port] },
  { clusterIP: '10.95.0.1', ports: [port] },
  { clusterIP: '10.96.0.0', ports: [port] },
  { clusterIP: '10.96.255.255', ports: [port] },
  { clusterIP: 'fd00::1', ports: [port] },
]

const annotated = (annotations: object, spec: object) => ({ ...service('made', spec), metadata: { name: 'made', namespace: 'golden', annotations } })

/** From each kept Service (by its name) to what it is asked to become. */
const updated: readonly [string, object, object?][] = [
  ['cluster', { ...clusterIp, clusterIP: '10.96.200.77', clusterIPs: ['10.96.200.77'] }],
  ['cluster', { ...clusterIp, clusterIP: '', clusterIPs: [] }],
  ['cluster', { ...clusterIp, clusterIP: undefined, clusterIPs: undefined }],
  ['cluster', { ...clusterIp, clusterIP: 'None', clusterIPs: ['None'] }],
  ['cluster', { ...clusterIp, clusterIPs: [] }],
  ['cluster', { ...clusterIp, clusterIPs: ['10.96.200.78'] }],
  ['cluster', { ...clusterIp, ipFamilies: ['IPv6'] }],
  ['cluster', { ...clusterIp, ipFamilies: ['IPv4', 'IPv6'] }],
  ['cluster', { ...clusterIp, ipFamilies: undefined, ipFamilyPolicy: undefined }],
  ['cluster', { ...clusterIp, ipFamilyPolicy: 'PreferDualStack' }],
  ['cluster', { ...clusterIp, ipFamilyPolicy: 'RequireDualStack' }],
  ['cluster', { ...clusterIp, type: 'NodePort' }],
  ['cluster', { ...clusterIp, type: 'NodePort', externalTrafficPolicy: 'Local' }],
  ['cluster', { ...clusterIp, type: 'LoadBalancer' }],
  ['cluster', { ...clusterIp, type: 'ExternalName', externalName: 'x.example.com' }],
  ['cluster', { type: 'ExternalName', externalName: 'x.example.com' }],
  ['cluster', { type: 'ExternalName', externalName: 'x.example.com', clusterIP: '', clusterIPs: [] }],
  ['cluster', { ports: [port] }],
  ['cluster', { ...clusterIp, sessionAffinity: 'None' }],
  ['node', { ...nodePort, ports: [port] }],
  ['node', { ...nodePort, ports: [{ ...port, nodePort: 31190 }] }],
  ['node', { ...nodePort, ports: [{ ...port, port: 81 }] }],
  ['node', { ...nodePort, ports: [{ ...port, nodePort: 31080 }] }],
  [
    'node',
    {
      ...nodePort,
      ports: [
        { ...port, nodePort: 31081 },
        { name: 'more', port: 90, nodePort: 31191 },
      ],
    },
  ],
  [
    'node',
    {
      ...nodePort,
      ports: [
        { ...port, nodePort: 31081 },
        { name: 'more', port: 80, protocol: 'UDP', nodePort: 31081 },
      ],
    },
  ],
  ['node', { ...nodePort, type: 'ClusterIP' }],
  ['node', { ...nodePort, type: 'ClusterIP', ports: [port] }],
  ['node', { ...nodePort, type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31192 }],
  ['balancer', { ...loadBalancer, type: 'ClusterIP' }],
  ['balancer', { ...loadBalancer, type: 'NodePort' }],
  ['balancer', { type: 'ClusterIP', ports: [port] }],
  ['balancer', { type: 'NodePort', ports: [port] }],
  ['balancer', { ...loadBalancer, loadBalancerClass: 'example.com/other' }],
  ['balancer', { ...loadBalancer, loadBalancerClass: undefined }],
  ['balancer', { ...loadBalancer, externalTrafficPolicy: 'Cluster' }],
  ['balancer', { ...loadBalancer, externalTrafficPolicy: 'Cluster', healthCheckNodePort: 0 }],
  ['balancer', { ...loadBalancer, healthCheckNodePort: 31888 }],
  ['balancer', { ...loadBalancer, healthCheckNodePort: 0 }],
  ['balancer', { ...loadBalancer, allocateLoadBalancerNodePorts: false, ports: [port] }],
  ['balancer', { ...loadBalancer, loadBalancerSourceRanges: [] }],
  ['external', { ...external, externalName: 'new.example.com' }],
  ['external', { type: 'ClusterIP', ports: [port] }],
  ['external', { type: 'ClusterIP', clusterIP: 'None', ports: [port] }],
  ['external', { type: 'ClusterIP', clusterIP: '10.96.200.1', ports: [port] }],
  ['headless', { ...headless, ports: [port] }],
  ['headless', { clusterIP: '10.96.200.55', ports: [port] }],
  ['headless', { type: 'NodePort', ports: [port] }],
  ['headless', { type: 'ExternalName', externalName: 'x.example.com' }],
  ['cluster', { ...clusterIp, clusterIP: '10.96.200.101', clusterIPs: ['10.96.200.101'] }],
  ['absent', { ports: [port] }],
  ['cluster', clusterIp, { resourceVersion: '1' }],
  ['cluster', clusterIp, { uid: 'other' }],
  ['cluster', clusterIp, { name: 'other' }],
]

const status = service('balancer', loadBalancer, {
  status: {
    loadBalancer: {
      ingress: [{ ip: '192.0.2.9', ipMode: 'VIP', ports: [{ port: 80, protocol: 'TCP', error: 'example.com/Broken' }] }, { hostname: 'lb.example.com' }],
    },
    conditions: [
      { type: 'Ready', status: 'True', observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'Well', message: 'as it should be' },
    ],
  },
})

const endpoints = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name, namespace: 'golden', labels: { a: 'b' } },
  subsets: [
    {
      addresses: [{ ip: '10.1.2.3', hostname: 'a', nodeName: 'n', targetRef: { kind: 'Pod', namespace: 'golden', name: 'p', uid: 'u' } }, { ip: '10.1.2.4' }],
      notReadyAddresses: [{ ip: '10.1.2.5' }],
      ports: [
        { name: 'a', port: 80, protocol: 'TCP', appProtocol: 'http' },
        { name: 'b', port: 53, protocol: 'UDP' },
      ],
    },
    { notReadyAddresses: [{ ip: 'fd00::1' }], ports: [{ port: 81 }] },
  ],
})
const subsets = (...list: object[]) => ({ ...endpoints('made'), subsets: list })

const post = (label: string, body: unknown, resource = 'services'): Question => ({
  key: `create ${label}`,
  method: 'POST',
  path: `${own}/${resource}${dry}`,
  body,
})
const kept = { cluster: clusterIp, node: nodePort, balancer: loadBalancer, external, headless }

export const services: Questionnaire = {
  setup: [
    ...inNamespace,
    ...Object.entries(kept).map(([name, spec]): Question => ({ key: name, method: 'POST', path: `${own}/services`, body: service(name, spec) })),
    {
      key: 'taken',
      method: 'POST',
      path: `${own}/services`,
      body: service('taken', { type: 'NodePort', clusterIP: '10.96.200.101', ports: [{ port: 80, nodePort: 31101 }] }),
    },
    { key: 'endpoints', method: 'POST', path: `${own}/endpoints`, body: endpoints('kept') },
  ],
  questions: [
    ...Object.entries({ cluster: 'made', node: 'made', balancer: 'made', external: 'made', headless: 'made' }).flatMap(([from, name], index) => {
      const spec = structuredClone(kept[from as keyof typeof kept]) as {
        clusterIP?: string
        clusterIPs?: string[]
        ports?: { nodePort?: number }[]
        healthCheckNodePort?: number
      }
      // Addresses and ports of its own, or all that is asked says that they are taken.
      if (spec.clusterIP?.startsWith('10.')) spec.clusterIP = `10.96.201.${index + 1}`
      if (spec.clusterIPs) spec.clusterIPs = [spec.clusterIP!]
      for (const each of spec.ports ?? []) if (each.nodePort) each.nodePort += 1000
      if (spec.healthCheckNodePort) spec.healthCheckNodePort = 32999
      return createEach(`${from} Service`, `${own}/services`, service(name, spec), index === 0 ? {} : { skip: ['metadata', 'spec.selector'] })
    }),
    ...created.map((spec, index) => post(`Service by hand ${index}`, service('made', spec))),
    ...refused.flatMap((spec, index): Question[] => [
      { key: `create Service in earnest ${index}`, method: 'POST', path: `${own}/services`, body: service('earnest', spec) },
      // This one may: it changes.
      ...(index === 3
        ? []
        : [{ key: `update Service in earnest ${index}`, method: 'PUT', path: `${own}/services/external`, body: service('external', spec) } as const]),
    ]),
    post('Service whose name begins with a digit', service('1made', { ports: [port] })),
    post('Service with a name of dots', service('a.b', { ports: [port] })),
    post('Service with a name too long', service('a'.repeat(64), { ports: [port] })),
    post('Service with topology hints by annotation', annotated({ 'service.kubernetes.io/topology-mode': 'Auto' }, { ports: [port] })),
    post(
      'Service with old topology hints',
      annotated({ 'service.kubernetes.io/topology-aware-hints': 'auto' }, { ports: [port], trafficDistribution: 'PreferClose' }),
    ),
    post(
      'Service with source ranges by annotation',
      annotated({ 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8, x' }, { type: 'LoadBalancer', ports: [port] }),
    ),
    post(
      'Service with source ranges by annotation without a balancer',
      annotated({ 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' }, { ports: [port] }),
    ),
    post('Service with a status', { ...service('made', { ports: [port] }), status: { loadBalancer: { ingress: [{ ip: 'x' }] } } }),
    post('Service that is there', service('cluster', { ports: [port] })),
    ...updateEach('cluster Service', `${own}/services/cluster`, service('cluster', clusterIp), { skip: ['metadata'] }),
    ...updateEach('balancer Service', `${own}/services/balancer`, service('balancer', loadBalancer), { skip: ['metadata', 'spec.selector', 'spec.ports'] }),
    ...updated.map(
      ([name, spec, metadata = {}], index): Question => ({
        key: `update Service by hand ${index}`,
        method: 'PUT',
        path: `${own}/services/${name}${dry}`,
        body: { ...service(name, spec), metadata: { name, namespace: 'golden', ...metadata } },
      }),
    ),
    ...updateEach('Service status', `${own}/services/balancer/status`, status, { skip: ['metadata', 'spec'] }),
    {
      key: 'status of a Service that balances nothing',
      method: 'PUT',
      path: `${own}/services/cluster/status${dry}`,
      body: { ...status, metadata: { name: 'cluster' }, spec: clusterIp },
    },
    { key: 'a Service is deleted', method: 'DELETE', path: `${own}/services/node?dryRun=All` },
    { key: 'Services are deleted', method: 'DELETE', path: `${own}/services?dryRun=All` },
    ...createEach('Endpoints', `${own}/endpoints`, endpoints('made')),
    ...[
      subsets(),
      subsets({}),
      subsets({ addresses: [{ ip: '127.0.0.1' }, { ip: '169.254.0.1' }, { ip: '0.0.0.0' }, { ip: '224.0.0.1' }, { ip: 'x' }, { ip: '::1' }] }),
      subsets({ addresses: [{ ip: '10.0.0.1', hostname: 'Not Valid', nodeName: 'Not Valid' }], ports: [{ port: 0 }, { port: 70000, protocol: 'x' }] }),
      subsets({ addresses: [{ ip: '010.0.0.1' }, { ip: '10.0.0.1', targetRef: {} }], ports: [{ name: 'a', port: 1 }, { port: 2 }, { name: 'A', port: 3 }] }),
      subsets({ addresses: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [{ port: 80 }] }),
      { ...endpoints('made'), subsets: null },
      { ...endpoints('made'), metadata: { name: 'made', annotations: { 'endpoints.kubernetes.io/over-capacity': 'truncated' } } },
    ].map((body, index) => post(`Endpoints by hand ${index}`, body, 'endpoints')),
    ...updateEach('Endpoints', `${own}/endpoints/kept`, endpoints('kept'), { skip: ['metadata', 'subsets[0].addresses[0].targetRef'] }),
    {
      key: 'Endpoints change their node',
      method: 'PUT',
      path: `${own}/endpoints/kept${dry}`,
      body: { ...subsets({ addresses: [{ ip: '10.1.2.3', nodeName: 'm' }] }), metadata: { name: 'kept' } },
    },
  ],
}
