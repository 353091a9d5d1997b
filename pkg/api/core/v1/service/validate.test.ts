import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalize } from '#apimachinery/codec/index.ts'
import { type Service, ServiceSchema } from '#api/gen/core/v1.ts'
import { asLines } from '../pod-spec/pod-under-test.ts'
import { service } from '../service.ts'

const context = { now: 0 }

function made(spec: object, more: object = {}): Service {
  const whole = normalize<Service>(ServiceSchema, { metadata: { name: 's', namespace: 'n' }, spec: { ports: [{ port: 80 }], ...spec }, ...more } as never)
  service.defaults?.(whole)
  return whole
}

function errorsOf(spec: object, more: object = {}): string[] {
  const whole = made(spec, more)
  service.create?.prepare?.(whole, context)
  return asLines(service.create!.validate!(whole, context))
}

const balanced = { type: 'LoadBalancer' }
const onlyForBalancers = "Forbidden: may only be used when `type` is 'LoadBalancer'"
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

const cases: [string, object, string[], object?][] = [
  ['a plain service', {}, []],
  ['a headless service without ports', { clusterIP: 'None', ports: [] }, []],
  ['two stacks', { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }, []],
  ['a name elsewhere', { type: 'ExternalName', externalName: 'a.b.', ports: [] }, []],
  [
    'a name elsewhere with an address',
    { type: 'ExternalName', externalName: '', clusterIP: '1.2.3.4', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
    [
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
      'spec.externalName: Required value',
    ],
  ],
  [
    'a headless load balancer',
    { ...balanced, clusterIP: 'None' },
    ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services'],
  ],
  [
    'ports of one name and number',
    {
      ports: [
        { name: 'a', port: 1 },
        { name: 'a', port: 1, protocol: 'X' },
        { name: 'B', port: 1 },
      ],
    },
    [
      'spec.ports[1].name: Duplicate value: "a"',
      'spec.ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      `spec.ports[2].name: Invalid value: "B": ${label}`,
      'spec.ports[2]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":1,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    'node ports of a cluster address',
    { ports: [{ port: 1, nodePort: 30000 }] },
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    'one node port twice',
    {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 1, nodePort: 30000 },
        { name: 'b', port: 2, nodePort: 30000 },
      ],
    },
    ['spec.ports[1].nodePort: Duplicate value: 30000'],
  ],
  ['unknown affinity', { sessionAffinity: 'Maybe' }, ['spec.sessionAffinity: Unsupported value: "Maybe": supported values: "ClientIP", "None"']],
  [
    'affinity for too long',
    { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } },
    ['spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400'],
  ],
  [
    'an address of another family',
    { clusterIP: '10.0.0.1', ipFamilies: ['IPv6', 'IPv6'] },
    ['spec.ipFamilies[1]: Duplicate value: "IPv6"', 'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`'],
  ],
  [
    'two addresses of one family',
    { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', '10.0.0.2'] },
    ['spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family'],
  ],
  [
    'addresses that differ under their two names',
    { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.2'] },
    ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'],
  ],
  [
    'no address among others',
    { clusterIP: 'None', clusterIPs: ['None', '10.0.0.1'] },
    ['spec.clusterIPs: Invalid value: ["None","10.0.0.1"]: \'None\' must be the first and only value'],
  ],
  ['an address with leading zeros', { clusterIP: '10.0.0.01' }, ['spec.clusterIPs[0]: Invalid value: "10.0.0.01": must not have leading 0s']],
  [
    'outer addresses that mean the node itself',
    { externalIPs: ['127.0.0.1', 'x'] },
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'spec.externalIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  ['an unknown type', { type: 'Magic' }, ['spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"']],
  [
    'what is for load balancers',
    { loadBalancerSourceRanges: ['10.0.0.0/8'], allocateLoadBalancerNodePorts: true, loadBalancerClass: 'a' },
    [
      `spec.LoadBalancerSourceRanges: ${onlyForBalancers}`,
      `spec.allocateLoadBalancerNodePorts: ${onlyForBalancers}`,
      `spec.loadBalancerClass: ${onlyForBalancers}`,
    ],
  ],
  [
    'ranges that are none',
    { ...balanced, loadBalancerSourceRanges: [' 10.0.0.0/8 ', '10.0.0.1/8'] },
    ['spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length'],
  ],
  [
    'an external policy within',
    { externalTrafficPolicy: 'Local' },
    ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
  ],
  [
    'a health check of no use',
    { ...balanced, healthCheckNodePort: 30000 },
    ["spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"],
  ],
  [
    'unknown traffic policies',
    { type: 'NodePort', externalTrafficPolicy: 'A', internalTrafficPolicy: 'B', trafficDistribution: 'C' },
    [
      'spec.externalTrafficPolicy: Unsupported value: "A": supported values: "Cluster", "Local"',
      'spec.internalTrafficPolicy: Unsupported value: "B": supported values: "Cluster", "Local"',
      'spec.trafficDistribution: Unsupported value: "C": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  ],
  [
    'topology annotations that differ',
    {},
    [
      'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
    ],
    {
      metadata: {
        name: 's',
        namespace: 'n',
        annotations: { 'service.kubernetes.io/topology-mode': 'Auto', 'service.kubernetes.io/topology-aware-hints': 'x' },
      },
    },
  ],
]

for (const [name, spec, expected, more] of cases)
  test(`a service with ${name} is ${expected.length > 0 ? 'refused' : 'valid'}`, () => assert.deepEqual(errorsOf(spec, more), expected))

const one = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }
const two = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }

const updates: [string, object, object, string[]][] = [
  ['a second family more', one, two, []],
  ['a second family less', two, one, []],
  [
    'a second family less by address alone',
    two,
    { ...one, ipFamilyPolicy: 'PreferDualStack' },
    [
      'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the secondary clusterIP',
      'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the secondary ipFamily',
    ],
  ],
  [
    'another address',
    one,
    { ...one, clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] },
    ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
  ],
  [
    'another family',
    one,
    { ...one, clusterIP: '10.0.0.1', ipFamilies: ['IPv6'] },
    [
      'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
      'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
  ],
  ['a name elsewhere instead', one, { type: 'ExternalName', externalName: 'a.b', ports: [] }, []],
  [
    'another class of balancer',
    { ...one, ...balanced, loadBalancerClass: 'a/b' },
    { ...one, ...balanced, loadBalancerClass: 'a/c' },
    ['spec.loadBalancerClass: Invalid value: "a/c": may not change once set'],
  ],
  [
    'another health check',
    { ...one, ...balanced, externalTrafficPolicy: 'Local', healthCheckNodePort: 30000 },
    { ...one, ...balanced, externalTrafficPolicy: 'Local', healthCheckNodePort: 30001 },
    ['spec.healthCheckNodePort: Forbidden: field is immutable'],
  ],
]

for (const [name, before, after, expected] of updates)
  test(`an update of a service to ${name} is ${expected.length > 0 ? 'refused' : 'accepted'}`, () => {
    const [old, changed] = [made(before), made(after)]
    service.update?.prepare?.(changed, old, context)
    assert.deepEqual(asLines(service.update!.validate!(changed, old, context)), expected)
  })

const statuses: [string, object, object, string[]][] = [
  ['an address', balanced, { ip: '1.2.3.4', ipMode: 'VIP' }, []],
  ['an address of no mode', balanced, { ip: '1.2.3.4' }, []],
  [
    'a mode of no address',
    balanced,
    { hostname: 'a', ipMode: 'Proxy' },
    ['status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set'],
  ],
  [
    'a host that is an address',
    balanced,
    { hostname: '1.2.3.4' },
    ['status.loadBalancer.ingress[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address'],
  ],
  ['a balancer where there is none', {}, { hostname: 'a' }, ["status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"]],
]

for (const [name, spec, ingress, expected] of statuses)
  test(`the status of a service with ${name} is ${expected.length > 0 ? 'refused' : 'accepted'}`, () => {
    const whole = made(spec, { status: { loadBalancer: { ingress: [ingress] } } })
    assert.deepEqual(asLines(service.status!.validate!(whole, made(spec), context)), expected)
  })
