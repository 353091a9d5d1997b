import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, errorsUnderTest } from '#api/kind-under-test.ts'

const service = { service: { name: 's', port: { number: 80 } } }
const ruled = (path: object, host = 'a.b') => ({ spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: service, ...path }] } }] } })
const ingress = (more: object) => ({ spec: { defaultBackend: service, ...more } })
const backend = (defaultBackend: object) => ({ spec: { defaultBackend } })
const pathAt = 'spec.rules[0].http.paths[0]'
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const status = (...ingress: object[]) => ({ ...backend(service), status: { loadBalancer: { ingress } } })
const parameters = (more: object) => ({ spec: { controller: 'a.io/b', parameters: { kind: 'K', name: 'n', ...more } } })
const policy = (more: object) => ({ spec: { podSelector: {}, ...more } })
const port = (more: object) => policy({ ingress: [{ ports: [more] }] })
const block = (more: object) => policy({ egress: [{ to: [{ ipBlock: more }] }] })
const cidrs = (...given: string[]) => ({ spec: { cidrs: given } })
const parent = (more: object) => ({ spec: { parentRef: { resource: 'services', name: 's', namespace: 'n', ...more } } })

const tables: Record<string, [string, Case, string[]][]> = {
  'networking.k8s.io/ingresses': [
    ['a path', { object: ruled({}) }, []],
    ['nothing', { object: { spec: {} } }, ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']],
    ['an address for a host', { object: ruled({}, '10.0.0.1') }, ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']],
    ['no paths', { object: { spec: { rules: [{ http: { paths: [] } }] } } }, ['spec.rules[0].http.paths: Required value']],
    ['no type', { object: ruled({ pathType: undefined }) }, [`${pathAt}.pathType: Required value: pathType must be specified`]],
    [
      'another type',
      { object: ruled({ pathType: 'Regex' }) },
      [`${pathAt}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`],
    ],
    ['a relative path', { object: ruled({ path: 'a' }) }, [`${pathAt}.path: Invalid value: "a": must be an absolute path`]],
    [
      'a path with detours',
      { object: ruled({ path: '/a//b/.' }) },
      [`${pathAt}.path: Invalid value: "/a//b/.": must not contain '//'`, `${pathAt}.path: Invalid value: "/a//b/.": cannot end with '/.'`],
    ],
    [
      'a specific path that is relative',
      { object: ruled({ pathType: 'ImplementationSpecific', path: 'x' }) },
      [`${pathAt}.path: Invalid value: "x": must be an absolute path`],
    ],
    ['no backend', { object: backend({}) }, ['spec.defaultBackend: Invalid value: "": resource or service backend is required']],
    [
      'two backends',
      { object: backend({ ...service, resource: { kind: 'K', name: 'n' } }) },
      ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
    ],
    [
      'a resource without a name, of a group that is none',
      { object: backend({ resource: { apiGroup: 'A', kind: 'K/' } }) },
      [
        `spec.defaultBackend.resource.apiGroup: Invalid value: "A": ${subdomain}`,
        'spec.defaultBackend.resource.kind: Invalid value: "K/": may not contain \'/\'',
        'spec.defaultBackend.resource.name: Required value',
      ],
    ],
    ['a service that starts with a digit', { object: backend({ service: { name: '1a', port: { number: 1 } } }) }, []],
    ['a service without port', { object: backend({ service: { name: 'a' } }) }, ['spec.defaultBackend: Required value: port name or number is required']],
    [
      'a service with two ports',
      { object: backend({ service: { name: 'a', port: { number: 1, name: 'http' } } }) },
      ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
    ],
    [
      'a port that is none',
      { object: backend({ service: { port: { number: 70000 } } }) },
      [
        'spec.defaultBackend.service.name: Required value',
        'spec.defaultBackend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      'a secret that is none',
      { object: ingress({ tls: [{ hosts: ['*.a.b'], secretName: 'A' }] }) },
      [`spec.tls[0].secretName: Invalid value: "A": ${subdomain}`],
    ],
    ['a secret that was none before', { object: ingress({ tls: [{ secretName: 'A' }] }), old: ingress({ tls: [{ secretName: 'B' }] }) }, []],
    ['a wildcard rule that was wrong before', { object: ruled({ path: 'x' }, '*.a.b'), old: ruled({ path: 'y' }, '*.a.b') }, []],
    ['a class that is none', { object: ingress({ ingressClassName: 'A' }) }, [`spec.ingressClassName: Invalid value: "A": ${subdomain}`]],
    [
      'two classes',
      { object: { ...ingress({ ingressClassName: 'a' }), metadata: { annotations: { 'kubernetes.io/ingress.class': 'b' } } } },
      ['annotations.kubernetes.io/ingress.class: Invalid value: "b": must match `ingressClassName` when both are specified'],
    ],
    [
      'two classes that were there before',
      {
        object: { ...ingress({ ingressClassName: 'a' }), metadata: { annotations: { 'kubernetes.io/ingress.class': 'b' } } },
        old: ingress({ ingressClassName: 'a' }),
      },
      [],
    ],
    [
      'a status with what is no address and an address for a name',
      { object: status({ ip: '1.2.3' }, { hostname: '1.2.3.4' }), old: status(), door: 'status' },
      [
        'status.loadBalancer.ingress[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      ],
    ],
    ['a status with what was there before', { object: status({ ip: '1.2.3.04' }), old: status({ ip: '1.2.3.04' }), door: 'status' }, []],
  ],
  'networking.k8s.io/ingressclasses': [
    ['a controller', { object: parameters({}) }, []],
    ['no controller', { object: { spec: {} } }, ['spec.controller: Required value']],
    ['no path', { object: { spec: { controller: 'a' } } }, ['spec.controller: Invalid value: "a": must be a domain-prefixed path (such as "acme.io/foo")']],
    [
      'a long one of a wrong domain',
      { object: { spec: { controller: `A/${'b'.repeat(250)}` } } },
      ['spec.controller: Too long: may not be more than 250 bytes', `spec.controller: Invalid value: "A": ${subdomain}`],
    ],
    [
      'another controller',
      { object: { spec: { controller: 'a/b' } }, old: { spec: { controller: 'a/c' } } },
      ['spec.controller: Invalid value: "a/b": field is immutable'],
    ],
    ['no kind', { object: parameters({ kind: '', name: '' }) }, ['spec.parameters.kind: Required value', 'spec.parameters.name: Required value']],
    ['a scope', { object: parameters({ scope: 'Pod' }) }, ['spec.parameters.scope: Unsupported value: "Pod": supported values: "Cluster", "Namespace"']],
    ['no namespace', { object: parameters({ scope: 'Namespace' }) }, ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"]],
    ['a namespace', { object: parameters({ namespace: 'n' }) }, ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"]],
  ],
  'networking.k8s.io/networkpolicies': [
    ['everything', { object: policy({ ingress: [{}], egress: [{ ports: [{ port: 1, endPort: 2 }, { port: 'http' }] }] }) }, []],
    [
      'a protocol',
      { object: port({ protocol: 'ICMP' }) },
      ['spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"'],
    ],
    [
      'an end without a start',
      { object: port({ endPort: 1 }) },
      ['spec.ingress[0].ports[0].endPort: Invalid value: 1: may not be specified when `port` is not specified'],
    ],
    [
      'an end of a name',
      { object: port({ port: 'a', endPort: 1 }) },
      ['spec.ingress[0].ports[0].endPort: Invalid value: 1: may not be specified when `port` is non-numeric'],
    ],
    [
      'an end before the start, and beyond all ports',
      {
        object: policy({
          ingress: [
            {
              ports: [
                { port: 3, endPort: 2 },
                { port: 1, endPort: 70000 },
              ],
            },
          ],
        }),
      },
      [
        'spec.ingress[0].ports[0].endPort: Invalid value: 3: must be greater than or equal to `port`',
        'spec.ingress[0].ports[1].endPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      ],
    ],
    ['no peer', { object: policy({ ingress: [{ from: [{}] }] }) }, ['spec.ingress[0].from[0]: Required value: must specify a peer']],
    [
      'two peers',
      { object: policy({ ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] }) },
      ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer'],
    ],
    ['no range', { object: block({}) }, ['spec.egress[0].to[0].ipBlock.cidr: Required value']],
    [
      'a range with more bits, and an exception as large',
      { object: block({ cidr: '10.0.0.1/8', except: ['10.0.0.0/8', '11.0.0.0/24'] }) },
      [
        'spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
        'spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
        'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "11.0.0.0/24": must be a strict subset of `cidr`',
      ],
    ],
    [
      'a range that was there before',
      { object: block({ cidr: '10.0.0.1/8' }), old: policy({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.1/8' } }] }] }) },
      [],
    ],
    [
      'three types',
      { object: policy({ policyTypes: ['Ingress', 'Egress', 'Ingress'] }) },
      ['spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes'],
    ],
    ['a type', { object: policy({ policyTypes: ['In'] }) }, ['spec.policyTypes[0]: Unsupported value: "In": supported values: "Ingress", "Egress"']],
  ],
  'networking.k8s.io/ipaddresses': [
    ['a parent', { object: parent({}) }, []],
    ['no parent', { object: { spec: {} } }, ['spec.parentRef: Required value']],
    [
      'a parent that is none',
      { object: parent({ group: 'A', resource: '', name: 'a/b', namespace: '..' }) },
      [
        `spec.parentRef.group: Invalid value: "A": ${subdomain}`,
        'spec.parentRef.resource: Required value',
        'spec.parentRef.name: Invalid value: "a/b": may not contain \'/\'',
        'spec.parentRef.namespace: Invalid value: "..": may not be \'..\'',
      ],
    ],
    [
      'another parent',
      { object: parent({ name: 'b' }), old: parent({}) },
      ['spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"n","Name":"b"}: field is immutable'],
    ],
  ],
  'networking.k8s.io/servicecidrs': [
    ['two ranges', { object: cidrs('10.0.0.0/24', 'fd00::/64') }, []],
    ['none', { object: cidrs() }, ['spec.cidrs: Required value: at least one CIDR required']],
    [
      'three',
      { object: cidrs('10.0.0.0/24', '10.1.0.0/24', '10.2.0.0/24') },
      ['spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/24","10.1.0.0/24","10.2.0.0/24"]}: may only hold up to 2 values'],
    ],
    [
      'two of a family',
      { object: cidrs('10.0.0.0/24', '10.1.0.0/24') },
      ['spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'],
    ],
    ['another', { object: cidrs('10.1.0.0/24'), old: cidrs('10.0.0.0/24') }, ['spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable']],
    ['a second', { object: cidrs('10.0.0.0/24', 'fd00::/64'), old: cidrs('10.0.0.0/24') }, []],
    [
      'a second of the same family',
      { object: cidrs('10.0.0.0/24', '10.1.0.0/24'), old: cidrs('10.0.0.0/24') },
      ['spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'],
    ],
    ['one fewer', { object: cidrs('10.0.0.0/24'), old: cidrs('10.0.0.0/24', 'fd00::/64') }, ['spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable']],
  ],
}

for (const [kind, cases] of Object.entries(tables))
  test(`${kind.split('/')[1]} are refused in the words of upstream`, () => {
    for (const [name, given, expected] of cases) assert.deepEqual(errorsUnderTest(kind, given), expected, name)
  })
