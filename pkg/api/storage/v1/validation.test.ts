import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, errorsUnderTest } from '#api/kind-under-test.ts'

const storageClass = (more: object = {}) => ({ provisioner: 'a.io/b', ...more })
const topology = (...matchLabelExpressions: object[]) => ({ matchLabelExpressions })
const driver = (more: object = {}) => ({ spec: more })
const node = (...drivers: object[]) => ({ spec: { drivers } })
const attachment = (more: object = {}) => ({ spec: { attacher: 'a.io', nodeName: 'n', source: { persistentVolumeName: 'v' }, ...more } })
const attributes = (more: object = {}) => ({ driverName: 'a.io', parameters: { a: 'b' }, ...more })
const long = 'x'.repeat(600)

const tables: Record<string, [string, Case, string[]][]> = {
  'storage.k8s.io/storageclasses': [
    ['one', { object: storageClass({ allowedTopologies: [topology({ key: 'zone', values: ['a'] })] }) }, []],
    ['no provisioner', { object: {} }, ['provisioner: Required value']],
    ['a parameter without a name', { object: storageClass({ parameters: { '': 'a' } }) }, ['parameters: Invalid value: "": field can not be empty.']],
    ['a policy', { object: storageClass({ reclaimPolicy: 'Recycle' }) }, ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"']],
    [
      'a mode',
      { object: storageClass({ volumeBindingMode: 'Later' }) },
      ['volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"'],
    ],
    [
      'topologies that are none, twice',
      {
        object: storageClass({ allowedTopologies: [topology({ key: 'a', values: ['x', 'x'] }, { key: 'a', values: [] }), topology({ key: 'a', values: [] })] }),
      },
      [
        'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "x"',
        'allowedTopologies[0].matchLabelExpressions[1].values: Required value',
        'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "a"',
        'allowedTopologies[1].matchLabelExpressions[0].values: Required value',
        'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
      ],
    ],
    [
      'another in every way',
      {
        object: { provisioner: 'c', parameters: { a: 'c' }, reclaimPolicy: 'Retain', volumeBindingMode: 'WaitForFirstConsumer' },
        old: storageClass({ parameters: { a: 'b' } }),
      },
      [
        'parameters: Invalid value: {"a":"c"}: field is immutable',
        'provisioner: Invalid value: "c": field is immutable',
        'reclaimPolicy: Invalid value: "Retain": field is immutable',
        'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
      ],
    ],
  ],
  'storage.k8s.io/volumeattributesclasses': [
    ['one', { object: attributes() }, []],
    ['nothing', { object: {} }, ['driverName: Required value', 'parameters: Required value: must contain at least one key/value pair']],
    [
      'another',
      { object: attributes({ driverName: 'b', parameters: { a: 'c' } }), old: attributes() },
      ['driverName: Forbidden: updates to driverName are forbidden.', 'parameters: Forbidden: updates to parameters are forbidden.'],
    ],
  ],
  'storage.k8s.io/csidrivers': [
    ['one', { object: driver() }, []],
    [
      'a policy',
      { object: driver({ fsGroupPolicy: 'Some' }) },
      ['spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"'],
    ],
    [
      'tokens',
      { object: driver({ tokenRequests: [{ audience: 'a', expirationSeconds: 1 }, { audience: 'a' }, { audience: 'b', expirationSeconds: 2 ** 33 }] }) },
      [
        'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
        'spec.tokenRequests[1].audience: Duplicate value: "a"',
        'spec.tokenRequests[2].expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
      ],
    ],
    [
      'a mode',
      { object: driver({ volumeLifecycleModes: ['Never'] }) },
      ['spec.volumeLifecycleModes: Unsupported value: "Never": supported values: "Persistent", "Ephemeral"'],
    ],
    [
      'a short period',
      { object: driver({ nodeAllocatableUpdatePeriodSeconds: 9 }) },
      ['spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds'],
    ],
    [
      'what must stay',
      { object: driver({ attachRequired: false, volumeLifecycleModes: ['Ephemeral'] }), old: driver() },
      ['spec.attachedRequired: Invalid value: false: field is immutable', 'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable'],
    ],
  ],
  'storage.k8s.io/csinodes': [
    ['one', { object: node({ name: 'a.io', nodeID: 'n', topologyKeys: ['zone'], allocatable: { count: 1 } }) }, []],
    [
      'drivers without much, twice',
      { object: node({ name: 'a', nodeID: '', topologyKeys: ['k', 'k'], allocatable: { count: -1 } }, { name: 'a', nodeID: long }) },
      [
        'spec.drivers[0].nodeID: Required value',
        'spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
        'spec.drivers[0]: Duplicate value: "k"',
        `spec.drivers[1].nodeID: Invalid value: "${long}": must be 256 characters or less`,
        'spec.drivers[1].name: Duplicate value: "a"',
      ],
    ],
    [
      'another node, and another limit',
      {
        object: node({ name: 'a', nodeID: 'm' }, { name: 'b', nodeID: 'n', allocatable: { count: 2 } }),
        old: node({ name: 'a', nodeID: 'n' }, { name: 'b', nodeID: 'n' }),
      },
      ['spec.drivers: Invalid value: {"Name":"a","NodeID":"m","TopologyKeys":null,"Allocatable":null}: field is immutable'],
    ],
  ],
  'storage.k8s.io/csistoragecapacities': [
    ['one', { object: { storageClassName: 'a', capacity: '1Gi' } }, []],
    ['less than nothing', { object: { storageClassName: 'a', capacity: '-1' } }, ['capacity: Invalid value: "-1": must be greater than or equal to 0']],
    [
      'another class and place',
      { object: { storageClassName: 'b', nodeTopology: { matchLabels: { a: 'b' } } }, old: { storageClassName: 'a' } },
      ['nodeTopology: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable', 'storageClassName: Invalid value: "b": field is immutable'],
    ],
  ],
  'storage.k8s.io/volumeattachments': [
    ['one', { object: attachment() }, []],
    [
      'no source',
      { object: attachment({ source: {} }) },
      ['spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
    ],
    [
      'an error below nothing',
      { object: { ...attachment(), status: { attachError: { errorCode: -1 } } }, old: attachment(), door: 'status' },
      ['status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive'],
    ],
  ],
}

for (const [kind, cases] of Object.entries(tables))
  test(`${kind.split('/')[1]} are refused in the words of upstream`, () => {
    for (const [name, given, expected] of cases) assert.deepEqual(errorsUnderTest(kind, given), expected, name)
  })

test('of an attachment neither the volume nor the node may change', () => {
  assert.match(
    errorsUnderTest('storage.k8s.io/volumeattachments', { object: attachment({ nodeName: 'm' }), old: attachment() })[0]!,
    /^spec: Invalid value: .*: field is immutable$/,
  )
})
