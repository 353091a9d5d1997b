import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, errorsUnderTest } from '#api/kind-under-test.ts'

const exactly = (more: object = {}) => ({ name: 'r', exactly: { deviceClassName: 'c', ...more } })
const claim = (more: object) => ({ spec: { devices: { requests: [exactly()], ...more } } })
const wanted = (...requests: object[]) => ({ spec: { devices: { requests } } })
const opaque = { opaque: { driver: 'a.io', parameters: { a: 1 } } }
const result = { request: 'r', driver: 'a.io', pool: 'p', device: 'd' }
const given = (more: object) => ({ ...claim({}), status: more })
const allocation = (...results: object[]) => ({ devices: { results } })
const deviceClass = (more: object) => ({ spec: more })
const slice = (more: object) => ({ spec: { driver: 'a.io', pool: { name: 'p', resourceSliceCount: 1 }, nodeName: 'n', ...more } })
const offered = (...devices: object[]) => slice({ devices })
const capacity = (requestPolicy: object) => offered({ name: 'd', allowMultipleAllocations: true, capacity: { memory: { value: '10', requestPolicy } } })
const devices = 'spec.devices.requests[0]'
const reference = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const policyAt = 'spec.devices[0].capacity[memory].requestPolicy'
const onePlace = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'
const deviceAt = 'spec.devices[0]'

const tables: Record<string, [string, Case, string[]][]> = {
  'resource.k8s.io/resourceclaims': [
    ['one', { object: claim({ constraints: [{ matchAttribute: 'a.io/numa' }], config: [{ requests: ['r'], ...opaque }] }) }, []],
    ['nothing of a request', { object: wanted({ name: 'r' }) }, [`${devices}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`]],
    [
      'both of a request',
      { object: wanted({ ...exactly(), firstAvailable: [{ name: 'a', deviceClassName: 'c' }] }) },
      [`${devices}: Invalid value: null: exactly one of \`exactly\` or \`firstAvailable\` is required, but multiple fields are set`],
    ],
    [
      'a name, twice',
      { object: wanted(exactly(), { ...exactly(), name: 'R' }, exactly()) },
      [`spec.devices.requests[1].name: Invalid value: "R": ${label}`, 'spec.devices.requests[2]: Duplicate value: "r"'],
    ],
    [
      'a request of no class, none of it',
      {
        object: wanted(
          exactly({ deviceClassName: '', count: -1, selectors: [{}], tolerations: [{ operator: 'Exists', value: 'v', effect: 'Some' }, { operator: 'Like' }] }),
        ),
      },
      [
        `${devices}.exactly.deviceClassName: Required value`,
        `${devices}.exactly.selectors[0].cel: Required value`,
        `${devices}.exactly.count: Invalid value: -1: must be greater than zero`,
        `${devices}.exactly.tolerations[0].value: Invalid value: "v": must be empty for operator \`Exists\``,
        `${devices}.exactly.tolerations[0].effect: Unsupported value: "Some": supported values: "NoExecute", "NoSchedule", "None"`,
        `${devices}.exactly.tolerations[1].operator: Unsupported value: "Like": supported values: "Equal", "Exists"`,
      ],
    ],
    [
      'all of a number',
      { object: wanted(exactly({ allocationMode: 'All', count: 2 })) },
      [`${devices}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`],
    ],
    [
      'a mode',
      { object: wanted(exactly({ allocationMode: 'Some' })) },
      [`${devices}.exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`],
    ],
    [
      'too many alternatives',
      { object: wanted({ name: 'r', firstAvailable: Array.from({ length: 9 }, (_, index) => ({ name: `a${index}`, deviceClassName: 'c' })) }) },
      [`${devices}.firstAvailable: Too many: 9: must have at most 8 items`],
    ],
    [
      'constraints of what is not asked for',
      { object: claim({ constraints: [{ requests: ['r', 'x', 'r', 'a/b/c'] }, { matchAttribute: 'numa' }, { distinctAttribute: 'a.io/1' }] }) },
      [
        `spec.devices.constraints[0].requests[1]: Invalid value: "x": ${reference}`,
        `spec.devices.constraints[0].requests[3]: Invalid value: "a/b/c": ${reference}`,
        'spec.devices.constraints[0].requests[2]: Duplicate value: "r"',
        'spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
        'spec.devices.constraints[1].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash',
        `spec.devices.constraints[2].distinctAttribute: Invalid value: "1": a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')`,
      ],
    ],
    [
      'configurations of nothing',
      { object: claim({ config: [{}, { opaque: { driver: '', parameters: 'text' } }] }) },
      [
        'spec.devices.config[0].opaque: Required value',
        'spec.devices.config[1].opaque.driver: Required value',
        'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
      ],
    ],
    [
      'a status of one that was given its devices',
      {
        object: given({
          allocation: allocation(result),
          reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }],
          devices: [{ driver: 'a.io', pool: 'p', device: 'd' }],
        }),
        old: claim({}),
        door: 'status',
      },
      [],
    ],
    [
      'consumers of what was not given',
      { object: given({ reservedFor: [{ uid: 'u' }, { resource: 'pods', name: 'p', uid: 'u' }] }), old: claim({}), door: 'status' },
      [
        'status.reservedFor[0].resource: Required value',
        'status.reservedFor[0].name: Required value',
        'status.reservedFor[1]: Duplicate value: "u"',
        'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
      ],
    ],
    [
      'devices that were not given',
      {
        object: given({
          allocation: allocation({ ...result, request: 'x', shareID: '1' }),
          devices: [
            {
              driver: 'a.io',
              pool: 'p',
              device: 'e',
              networkData: { ips: ['10.0.0.1', '10.0.0.1/8'] },
              conditions: [{ type: 'Ready', status: 'Yes', reason: '1' }],
            },
          ],
        }),
        old: claim({}),
        door: 'status',
      },
      [
        'status.devices[0]: Invalid value: {"Driver":"a.io","Pool":"p","Device":"e","ShareID":""}: must be an allocated device in the claim',
        'status.devices[0].conditions[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
        'status.devices[0].conditions[0].lastTransitionTime: Required value',
        `status.devices[0].conditions[0].reason: Invalid value: "1": a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')`,
        'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
        `status.allocation.devices.results[0].request: Invalid value: "x": ${reference}`,
        'status.allocation.devices.results[0].shareID: Invalid value: "1": error validating uid: invalid UUID length: 1',
      ],
    ],
    [
      'other devices than before',
      { object: given({ allocation: allocation({ ...result, device: 'e' }) }), old: given({ allocation: allocation(result) }), door: 'status' },
      [
        'status.allocation: Invalid value: {"Devices":{"Results":[{"Request":"r","Driver":"a.io","Pool":"p","Device":"e","AdminAccess":null,"Tolerations":null,"BindingConditions":null,"BindingFailureConditions":null,"ShareID":null,"ConsumedCapacity":null}],"Config":null},"NodeSelector":null,"AllocationTimestamp":null}: field is immutable',
      ],
    ],
  ],
  'resource.k8s.io/resourceclaimtemplates': [
    ['one', { object: { spec: { spec: { devices: { requests: [exactly()] } } } } }, []],
    [
      'labels that are none, and a request',
      { object: { spec: { metadata: { labels: { a: '-' } }, spec: { devices: { requests: [{ name: 'r' }] } } } } },
      [
        "spec.metadata.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        'spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
      ],
    ],
  ],
  'resource.k8s.io/deviceclasses': [
    ['one', { object: deviceClass({ selectors: [{ cel: { expression: 'true' } }], config: [opaque], extendedResourceName: 'a.io/gpu' }) }, []],
    [
      'nothing of each',
      { object: deviceClass({ selectors: [{}, { cel: { expression: 'x'.repeat(10241) } }], config: [{}], extendedResourceName: 'cpu' }) },
      [
        'spec.selectors[0].cel: Required value',
        'spec.selectors[1].cel.expression: Too long: may not be more than 10240 bytes',
        'spec.config[0].opaque: Required value',
        'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
      ],
    ],
  ],
  'resource.k8s.io/resourceslices': [
    [
      'one',
      { object: offered({ name: 'd', attributes: { model: { string: 'x' }, 'a.io/version': { version: '1.0.0' } }, capacity: { memory: { value: '1Gi' } } }) },
      [],
    ],
    ['no place', { object: slice({ nodeName: undefined }) }, [`spec: Required value: ${onePlace}`]],
    ['two places', { object: slice({ allNodes: true }) }, [`spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${onePlace}, but multiple fields are set`]],
    [
      'no place, said',
      { object: slice({ nodeName: '', allNodes: false }) },
      [
        'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
        'spec.allNodes: Invalid value: false: must be either unset or set to true',
        `spec: Required value: ${onePlace}`,
      ],
    ],
    [
      'a pool of nothing',
      { object: slice({ pool: { name: '', generation: -1 } }) },
      [
        'spec.pool.name: Required value',
        'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
        'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
      ],
    ],
    [
      'devices that are none, twice',
      { object: offered({ name: 'd', attributes: { 'a/b/c': { int: 1 }, x: {}, v: { version: '1' } }, taints: [{ key: 'k' }] }, { name: 'd', nodeName: 'n' }) },
      [
        `${deviceAt}.attributes[v].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0`,
        `${deviceAt}.attributes[x]: Invalid value: "": exactly one value must be specified`,
        `${deviceAt}.taints[0].effect: Required value`,
        'spec.devices[1]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
        'spec.devices[1]: Duplicate value: "d"',
      ],
    ],
    [
      'a device without a place of its own',
      { object: slice({ nodeName: undefined, perDeviceNodeSelection: true, devices: [{ name: 'd' }] }) },
      [
        `${deviceAt}: Required value: exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` is required when \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
      ],
    ],
    [
      'conditions that contradict',
      { object: offered({ name: 'd', bindingConditions: ['a', 'a'], bindingFailureConditions: ['a'] }) },
      [
        `${deviceAt}.bindingConditions[1]: Duplicate value: "a"`,
        `${deviceAt}.bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions`,
      ],
    ],
    [
      'conditions without their opposite',
      { object: offered({ name: 'd', bindingConditions: ['a'] }) },
      [`${deviceAt}.bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions`],
    ],
    [
      'a policy of what is not shared',
      { object: offered({ name: 'd', capacity: { memory: { value: '1', requestPolicy: {} } } }) },
      [`${policyAt}: Forbidden: allowMultipleAllocations must be true`],
    ],
    [
      'values',
      { object: capacity({ default: '3', validValues: ['2', '1', '11'] }) },
      [
        `${policyAt}.validValues[1]: Invalid value: "1": values must be sorted in ascending order`,
        `${policyAt}.validValues[2]: Invalid value: "11": option is larger than capacity value: 10`,
        `${policyAt}.validValues: Invalid value: "3": default value is not valid according to the requestPolicy`,
      ],
    ],
    [
      'a range',
      { object: capacity({ default: '1', validRange: { min: '2', max: '11', step: '2' } }) },
      [
        `${policyAt}.validRange.default: Invalid value: "1": default is less than min: 2`,
        `${policyAt}.validRange.max: Invalid value: "11": max is larger than capacity value: 10`,
        `${policyAt}.validRange.step: Invalid value: "1": value is not a multiple of a given step (2) from (2)`,
        `${policyAt}.validRange.step: Invalid value: "11": value is not a multiple of a given step (2) from (2)`,
      ],
    ],
    [
      'counters',
      { object: slice({ sharedCounters: [{ name: 'c' }, { name: 'c', counters: { B: { value: '1' } } }] }) },
      [
        'spec.sharedCounters[0].counters: Required value',
        `spec.sharedCounters[1].counters: Invalid value: "B": ${label}`,
        'spec.sharedCounters[1]: Duplicate value: "c"',
      ],
    ],
    [
      'what must stay',
      { object: slice({ driver: 'b.io', nodeName: 'm', pool: { name: 'q', resourceSliceCount: 1 } }), old: slice({}) },
      [
        'spec.pool.name: Invalid value: "q": field is immutable',
        'spec.driver: Invalid value: "b.io": field is immutable',
        'spec.nodeName: Invalid value: "m": field is immutable',
      ],
    ],
  ],
}

for (const [kind, cases] of Object.entries(tables))
  test(`${kind.split('/')[1]} are refused in the words of upstream`, () => {
    for (const [name, given, expected] of cases) assert.deepEqual(errorsUnderTest(kind, given), expected, name)
  })

test('of a claim and a template nothing may change', () => {
  for (const [kind, object, old] of [
    ['resource.k8s.io/resourceclaims', wanted(), claim({})],
    ['resource.k8s.io/resourceclaimtemplates', { spec: { spec: {} } }, { spec: { spec: { devices: { requests: [exactly()] } } } }],
  ] as const)
    assert.match(errorsUnderTest(kind, { object, old })[0]!, /^spec: Invalid value: .*: field is immutable$/)
})
