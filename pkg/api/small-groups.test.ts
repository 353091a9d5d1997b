import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, errorsUnderTest } from './kind-under-test.ts'
import { validatePriorityClass } from './scheduling/v1/validate.ts'

const named = (name: string, object: object) => ({ ...object, metadata: { name } })
const slice = (endpoint: object, more: object = {}) => ({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }], ...more })
const misnamed = slice({ hostname: 'A', nodeName: '-', hints: { forZones: [{ name: 'a' }, { name: 'a' }] }, deprecatedTopology: { a: '-' } })
const service = { namespace: 'n', name: 's', port: 443 }
const apiService = (more: object = {}) =>
  named('v1.a.io', { spec: { group: 'a.io', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, service, ...more } })
const label1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const label1123 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

const tables: Record<string, [string, Case, string[]][]> = {
  'scheduling.k8s.io/priorityclasses': [
    ['one', { object: { value: 1_000_000_000 } }, []],
    ['beyond what users may', { object: { value: 1_000_000_001 } }, ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000']],
    [
      'a name of the system',
      { object: named('system-x', { value: 1 }) },
      [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
      ],
    ],
    [
      'the default of the system',
      { object: named('system-node-critical', { value: 2_000_001_000, globalDefault: true }) },
      [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: globalDefault of system-node-critical PriorityClass must be false",
      ],
    ],
    ['a policy', { object: { preemptionPolicy: 'Ask' } }, ['preemptionPolicy: Unsupported value: "Ask": supported values: "PreemptLowerPriority", "Never"']],
    [
      'another',
      { object: { value: 2, preemptionPolicy: 'Never' }, old: { value: 1 } },
      ['value: Forbidden: may not be changed in an update.', 'preemptionPolicy: Invalid value: "Never": field is immutable'],
    ],
  ],
  'node.k8s.io/runtimeclasses': [
    ['one', { object: { handler: 'runc', overhead: { podFixed: { cpu: '1' } } } }, []],
    ['no handler', { object: {} }, ['handler: Required value']],
    ['a handler', { object: { handler: 'A' } }, [`handler: Invalid value: "A": ${label1123}`]],
    [
      'less than nothing',
      { object: { handler: 'a', overhead: { podFixed: { cpu: '-1' } } } },
      ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    ['another handler', { object: { handler: 'b' }, old: { handler: 'a' } }, ['handler: Invalid value: "b": field is immutable']],
  ],
  'coordination.k8s.io/leases': [
    ['one', { object: { spec: { leaseDurationSeconds: 1 } } }, []],
    [
      'no time, and less than no changes',
      {
        object: { spec: { leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: 'a' } },
        old: { spec: { strategy: 'OldestEmulationVersion', preferredHolder: 'a' } },
      },
      [
        'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
        'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
        'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
      ],
    ],
  ],
  // Topology that was there is not dropped while the endpoints stay as they are.
  'discovery.k8s.io/endpointslices': [
    ['one', { object: slice({ hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'n' }] } }, { ports: [{ port: 80 }] }) }, []],
    ['no type', { object: {} }, ['addressType: Required value']],
    ['a type', { object: { addressType: 'MAC' } }, ['addressType: Unsupported value: "MAC": supported values: "FQDN", "IPv4", "IPv6"']],
    ['no address', { object: slice({ addresses: [] }) }, ['endpoints[0].addresses: Required value: must contain at least 1 address']],
    [
      'names that are none',
      { object: misnamed },
      [
        "endpoints[0].nodeName: Invalid value: \"-\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        `endpoints[0].hostname: Invalid value: "A": ${label1123}`,
        'endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
      ],
    ],
    ['names that are none, and were before', { object: misnamed, old: misnamed }, []],
    [
      'too many zones',
      { object: slice({ hints: { forZones: Array.from({ length: 9 }, (_, index) => ({ name: `z${index}` })) } }) },
      ['endpoints[0].hints.forZones: Too many: 9: must have at most 8 items'],
    ],
    [
      'ports, twice',
      { object: slice({}, { ports: [{ name: 'a' }, { name: 'a', protocol: 'ICMP', port: 70000 }] }) },
      ['ports[1].name: Duplicate value: "a"', 'ports[1].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
    ],
    ['another type', { object: { addressType: 'IPv6' }, old: { addressType: 'IPv4' } }, ['addressType: Invalid value: "IPv6": field is immutable']],
    [
      'a name of one segment',
      { object: slice({ addresses: ['a'] }, { addressType: 'FQDN' }) },
      ['endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots'],
    ],
  ],
  'apiregistration.k8s.io/apiservices': [
    ['one', { object: apiService() }, []],
    [
      'nothing of one',
      { object: { spec: {} } },
      [
        'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "."',
        'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
        `spec.version: Invalid value: "": ${label1035}`,
        'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
        'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      ],
    ],
    [
      'a local one with certificates',
      { object: apiService({ service: undefined, caBundle: 'YQ==', insecureSkipTLSVerify: true }) },
      [
        'spec.caBundle: Invalid value: "1 bytes": local APIServices may not have a caBundle',
        'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
      ],
    ],
    [
      'a service of nothing',
      { object: apiService({ service: { port: 70000 }, caBundle: 'YQ==', insecureSkipTLSVerify: true }) },
      [
        'spec.service.namespace: Required value',
        'spec.service.name: Required value',
        'spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
        'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
      ],
    ],
    [
      'a status',
      { object: { ...apiService(), status: { conditions: [{ type: 'Available', status: 'Maybe' }] } }, old: apiService(), door: 'status' },
      ['status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"'],
    ],
  ],
}

for (const [kind, cases] of Object.entries(tables))
  test(`${kind.split('/')[1]} are refused in the words of upstream`, () => {
    for (const [name, given, expected] of cases) assert.deepEqual(errorsUnderTest(kind, given), expected, name)
  })

test('a priority class without a name is left to the check of names', () => {
  assert.deepEqual(validatePriorityClass({ metadata: {}, value: 1, preemptionPolicy: 'Never' } as never), [])
})
