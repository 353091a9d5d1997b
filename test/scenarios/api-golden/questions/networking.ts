import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const group = '/apis/networking.k8s.io/v1'
const own = `${group}/namespaces/golden`

const ingress = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'golden' },
  spec: {
    ingressClassName: 'front',
    defaultBackend: { service: { name: 'fallback', port: { number: 80 } } },
    tls: [{ hosts: ['a.example.com', '*.example.org'], secretName: 'certificate' }],
    rules: [
      {
        host: 'a.example.com',
        http: {
          paths: [
            { path: '/x', pathType: 'Exact', backend: { service: { name: 'one', port: { name: 'http' } } } },
            { path: '/y', pathType: 'Prefix', backend: { resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'two' } } },
            { pathType: 'ImplementationSpecific', backend: { service: { name: 'three', port: { number: 8080 } } } },
          ],
        },
      },
      { host: '*.example.org' },
    ],
  },
})

const ingressStatus = {
  ...ingress('kept'),
  status: {
    loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.com', ports: [{ port: 80, protocol: 'TCP', error: 'example.com/Broken' }] }] },
  },
}

const ingressClass = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name, annotations: { 'ingressclass.kubernetes.io/is-default-class': 'false' } },
  spec: { controller: 'example.com/front', parameters: { apiGroup: 'example.com', kind: 'Settings', name: 'plain', namespace: 'golden', scope: 'Namespace' } },
})

const policy = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'golden' },
  spec: {
    podSelector: { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }] },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }, { podSelector: { matchLabels: { app: 'b' } }, namespaceSelector: {} }],
        ports: [{ protocol: 'TCP', port: 8000, endPort: 8010 }, { port: 'http' }],
      },
    ],
    egress: [{ to: [{ namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'Exists' }] } }], ports: [{ protocol: 'UDP', port: 53 }] }],
  },
})

const serviceCidr = (name: string, cidrs: string[]) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name }, spec: { cidrs } })
const address = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IPAddress',
  metadata: { name },
  spec: { parentRef: { group: '', resource: 'services', namespace: 'golden', name: 'kept' } },
})

const withSpec = <T extends { spec: object }>(object: T, spec: object): object => ({ ...object, spec: { ...object.spec, ...spec } })
const paths = (...list: object[]) => withSpec(ingress('made'), { rules: [{ http: { paths: list } }] })
const backend = { service: { name: 'one', port: { number: 80 } } }
const dry = '?dryRun=All&fieldValidation=Strict'
const makes = (label: string, path: string, bodies: readonly object[]): Question[] =>
  bodies.map((body, index) => ({ key: `create ${label} by hand ${index}`, method: 'POST', path: `${path}${dry}`, body }))
const puts = (label: string, path: string, bodies: readonly object[]): Question[] =>
  bodies.map((body, index) => ({ key: `update ${label} by hand ${index}`, method: 'PUT', path: `${path}${dry}`, body }))

export const networking: Questionnaire = {
  setup: [
    ...inNamespace,
    { key: 'ingress', method: 'POST', path: `${own}/ingresses`, body: ingress('kept') },
    { key: 'class', method: 'POST', path: `${group}/ingressclasses`, body: ingressClass('kept') },
    { key: 'policy', method: 'POST', path: `${own}/networkpolicies`, body: policy('kept') },
    { key: 'range', method: 'POST', path: `${group}/servicecidrs`, body: serviceCidr('kept', ['10.200.0.0/24']) },
    { key: 'address', method: 'POST', path: `${group}/ipaddresses`, body: address('10.200.0.9') },
  ],
  questions: [
    ...createEach('Ingress', `${own}/ingresses`, ingress('made')),
    ...makes('Ingress', `${own}/ingresses`, [
      withSpec(ingress('made'), { rules: undefined, tls: [], defaultBackend: undefined }),
      withSpec(ingress('made'), { rules: [{ host: '1.2.3.4' }, { host: 'a b' }, { host: '*' }, { host: '*.*.com' }, { host: 'foo.*.com' }] }),
      withSpec(ingress('made'), { defaultBackend: { ...backend, resource: { kind: 'K', name: 'n' } } }),
      withSpec(ingress('made'), { defaultBackend: { service: { name: 'one', port: { number: 80, name: 'http' } } } }),
      withSpec(ingress('made'), { defaultBackend: { service: { name: '-', port: { number: 70000 } } } }),
      withSpec(ingress('made'), { defaultBackend: { resource: { apiGroup: 'a b', kind: 'a/b', name: '..' } } }),
      withSpec(ingress('made'), { tls: [{ hosts: ['1.2.3.4', '*.x', 'A'], secretName: '-' }] }),
      paths(
        { path: 'x', pathType: 'Exact', backend },
        { path: '/a//b', pathType: 'Prefix', backend },
        { path: '/a/./b', pathType: 'Exact', backend },
        { path: '/a/../b', pathType: 'Prefix', backend },
        { path: '/a%2fb', pathType: 'Exact', backend },
        { path: '/a%2Fb/..', pathType: 'Exact', backend },
      ),
      paths(
        { pathType: 'Exact', backend },
        { pathType: 'Prefix', backend },
        { path: 'no-slash', pathType: 'ImplementationSpecific', backend },
        { path: '/', backend },
      ),
      { ...ingress('made'), metadata: { name: 'made', namespace: 'golden', annotations: { 'kubernetes.io/ingress.class': 'front' } } },
      {
        ...withSpec(ingress('made'), { ingressClassName: undefined }),
        metadata: { name: 'made', namespace: 'golden', annotations: { 'kubernetes.io/ingress.class': 'front' } },
      },
      { ...ingress('made'), status: ingressStatus.status },
    ]),
    ...updateEach('Ingress', `${own}/ingresses/kept`, ingress('kept'), { skip: ['spec.tls', 'spec.rules[0].http.paths[0]', 'spec.rules[0].http.paths[2]'] }),
    ...updateEach('Ingress status', `${own}/ingresses/kept/status`, ingressStatus, { skip: ['spec', 'metadata'] }),
    ...createEach('IngressClass', `${group}/ingressclasses`, ingressClass('made')),
    ...makes('IngressClass', `${group}/ingressclasses`, [
      withSpec(ingressClass('made'), { controller: 'no-slash' }),
      withSpec(ingressClass('made'), { controller: 'example.com/' }),
      withSpec(ingressClass('made'), { parameters: { kind: 'K', name: 'n' } }),
      withSpec(ingressClass('made'), { parameters: { kind: 'K', name: 'n', scope: 'Cluster', namespace: 'golden' } }),
      withSpec(ingressClass('made'), { parameters: { kind: 'K', name: 'n', scope: 'Namespace' } }),
      withSpec(ingressClass('made'), { parameters: { kind: 'a/b', name: 'a/b', apiGroup: 'A', scope: 'Namespace', namespace: 'A' } }),
    ]),
    ...updateEach('IngressClass', `${group}/ingressclasses/kept`, ingressClass('kept')),
    ...createEach('NetworkPolicy', `${own}/networkpolicies`, policy('made')),
    ...makes('NetworkPolicy', `${own}/networkpolicies`, [
      withSpec(policy('made'), { policyTypes: undefined }),
      withSpec(policy('made'), { policyTypes: undefined, egress: undefined, ingress: undefined }),
      withSpec(policy('made'), { policyTypes: ['Ingress', 'Egress', 'Ingress'] }),
      withSpec(policy('made'), { policyTypes: ['Other'] }),
      withSpec(policy('made'), { ingress: [{ from: [{}] }] }),
      withSpec(policy('made'), { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] }] }),
      withSpec(policy('made'), {
        ingress: [
          { from: [{ ipBlock: { cidr: '' } }, { ipBlock: { cidr: '10.0.0.1' } }, { ipBlock: { cidr: '10.0.0.1/8' } }, { ipBlock: { cidr: '010.0.0.0/8' } }] },
        ],
      }),
      withSpec(policy('made'), { egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16', '10.0.0.0/8', 'x', '10.0.0.1/9'] } }] }] }),
      withSpec(policy('made'), { egress: [{ to: [{ ipBlock: { cidr: 'fd00::/8', except: ['fd00:1::/32', '10.0.0.0/8'] } }] }] }),
      withSpec(policy('made'), {
        egress: [
          { ports: [{ endPort: 5 }, { port: 'http', endPort: 5 }, { port: 10, endPort: 5 }, { port: 10, endPort: 70000 }, { port: 'BAD NAME' }, { port: 0 }] },
        ],
      }),
      withSpec(policy('made'), {
        egress: [
          {
            ports: [
              { protocol: 'ICMP', port: 1 },
              { protocol: 'SCTP', port: 1 },
            ],
          },
        ],
      }),
    ]),
    ...updateEach('NetworkPolicy', `${own}/networkpolicies/kept`, policy('kept'), { skip: ['spec.ingress', 'spec.egress'] }),
    ...createEach('ServiceCIDR', `${group}/servicecidrs`, serviceCidr('made', ['10.201.0.0/24', 'fd00:201::/112'])),
    ...makes(
      'ServiceCIDR',
      `${group}/servicecidrs`,
      [
        [],
        ['10.0.0.0/8', '11.0.0.0/8'],
        ['10.0.0.1/8'],
        ['fd00::/64'],
        ['10.0.0.0/31'],
        ['a'],
        ['10.0.0.0/8', 'fd00::/112', 'fd01::/112'],
        ['fd00:0::/112'],
      ].map((cidrs) => serviceCidr('made', cidrs)),
    ),
    ...updateEach('ServiceCIDR', `${group}/servicecidrs/kept`, serviceCidr('kept', ['10.200.0.0/24'])),
    ...puts('ServiceCIDR', `${group}/servicecidrs/kept`, [serviceCidr('kept', ['10.200.0.0/24', 'fd00::/112']), serviceCidr('kept', ['10.201.0.0/24'])]),
    ...updateEach(
      'ServiceCIDR status',
      `${group}/servicecidrs/kept/status`,
      {
        ...serviceCidr('kept', ['10.200.0.0/24']),
        status: {
          conditions: [
            { type: 'Ready', status: 'True', reason: 'Fine', message: 'all is well', observedGeneration: 1, lastTransitionTime: '2026-01-02T03:04:05Z' },
          ],
        },
      },
      { skip: ['spec', 'metadata'] },
    ),
    ...createEach('IPAddress', `${group}/ipaddresses`, address('10.200.0.10')),
    ...makes(
      'IPAddress',
      `${group}/ipaddresses`,
      ['010.0.0.1', '10.0.0', 'fd00::0001', 'fd00::1', 'FD00::1', 'a', '::ffff:10.0.0.1'].map((name) => address(name)),
    ),
    ...updateEach('IPAddress', `${group}/ipaddresses/10.200.0.9`, address('10.200.0.9')),
  ],
}
