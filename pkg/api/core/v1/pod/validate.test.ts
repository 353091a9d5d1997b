import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { pod } from '../pod.ts'
import { asLines, type Change, podWith } from '../pod-spec/pod-under-test.ts'

type Door = 'update' | 'status' | 'resize' | 'ephemeralcontainers'

function errorsAt(door: Door, change: Change, before: Change = () => {}): string[] {
  const old = withStatus(before)
  const changed = withStatus((spec, whole) => {
    before(spec, whole)
    change(spec, whole)
  })
  const strategy = door === 'update' ? pod.update : door === 'status' ? pod.status : pod.subresources?.[door]
  return asLines(strategy!.validate!(changed, old, { now: 0 })).map((line) => line.split('\n')[0]!)
}

function withStatus(change: Change): Pod {
  let status: object = { qosClass: 'BestEffort' }
  const made = podWith((spec, whole) => {
    whole.status = { qosClass: 'BestEffort' }
    change(spec, whole)
    status = whole.status
  })
  return { ...made, status: { ...made.status, ...status } }
}

const fields =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'
const gated: Change = (spec) => (spec.schedulingGates = [{ name: 'g' }])
const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
const affinity = (...expressions: object[]) => ({ nodeAffinity: { [needed]: { nodeSelectorTerms: [{ matchExpressions: expressions }] } } })
const onDisk = { key: 'disk', operator: 'In', values: ['ssd'] }
const limits =
  (amounts: object): Change =>
  (spec) =>
    (spec.containers[0].resources = { limits: amounts, requests: amounts })

const cases: [string, Door, Change, string[], Change?][] = [
  ['another image', 'update', (spec) => (spec.containers[0].image = 'x:2'), []],
  ['a deadline', 'update', (spec) => (spec.activeDeadlineSeconds = 5), []],
  [
    'a later deadline',
    'update',
    (spec) => (spec.activeDeadlineSeconds = 6),
    ['spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value'],
    (spec) => (spec.activeDeadlineSeconds = 5),
  ],
  [
    'no deadline any more',
    'update',
    (spec) => delete spec.activeDeadlineSeconds,
    ['spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value'],
    (spec) => (spec.activeDeadlineSeconds = 5),
  ],
  [
    'another container',
    'update',
    (spec) => spec.containers.push({ name: 'd', image: 'x:1' }),
    ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  ],
  ['another node', 'update', (spec) => (spec.nodeName = 'n'), [`spec: Forbidden: ${fields}`]],
  ['a further toleration', 'update', (spec) => (spec.tolerations = [{ key: 'a' }]), []],
  [
    'a toleration less',
    'update',
    (spec) => (spec.tolerations = []),
    ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    (spec) => (spec.tolerations = [{ key: 'a' }]),
  ],
  ['a gate less', 'update', (spec) => delete spec.schedulingGates, [], gated],
  [
    'a gate more',
    'update',
    (spec) => spec.schedulingGates.push({ name: 'h' }),
    ["spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'h'"],
    gated,
  ],
  ['a node selector while gated', 'update', (spec) => (spec.nodeSelector = { a: 'b' }), [], gated],
  [
    'another node selector while gated',
    'update',
    (spec) => (spec.nodeSelector = { a: 'c' }),
    ['spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)'],
    (spec) => Object.assign(spec, { schedulingGates: [{ name: 'g' }], nodeSelector: { a: 'b' } }),
  ],
  [
    'narrower affinity while gated',
    'update',
    (spec) => (spec.affinity = affinity(onDisk, { key: 'x', operator: 'Exists' })),
    [],
    (spec) => Object.assign(spec, { schedulingGates: [{ name: 'g' }], affinity: affinity(onDisk) }),
  ],
  [
    'other affinity while gated',
    'update',
    (spec) => (spec.affinity = affinity({ key: 'x', operator: 'Exists' })),
    [
      `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms[0]: Invalid value: {"MatchExpressions":[{"Key":"x","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)`,
    ],
    (spec) => Object.assign(spec, { schedulingGates: [{ name: 'g' }], affinity: affinity(onDisk) }),
  ],
  ['a node selector when no longer gated', 'update', (spec) => (spec.nodeSelector = { a: 'b' }), [`spec: Forbidden: ${fields}`]],
  [
    'a mirror annotation',
    'update',
    (_spec, whole) => (whole.metadata.annotations = { 'kubernetes.io/config.mirror': 'x' }),
    [
      'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
      'metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation',
      'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
    ],
  ],
  ['an ephemeral container more', 'ephemeralcontainers', (spec) => (spec.ephemeralContainers = [{ name: 'e', image: 'x:1' }]), []],
  [
    'an ephemeral container less',
    'ephemeralcontainers',
    (spec) => delete spec.ephemeralContainers,
    ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be removed'],
    (spec) => (spec.ephemeralContainers = [{ name: 'e', image: 'x:1' }]),
  ],
  [
    'an ephemeral container of a static pod',
    'ephemeralcontainers',
    () => {},
    ['[]: Forbidden: static pods do not support ephemeral containers'],
    (_spec, whole) => Object.assign(whole.metadata, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
  ],
  [
    'more CPU',
    'resize',
    limits({ cpu: '2', memory: '1Gi' }),
    [],
    (spec, whole) => {
      limits({ cpu: '1', memory: '1Gi' })(spec, whole)
      whole.status.qosClass = 'Guaranteed'
    },
  ],
  ['requests for the first time', 'resize', limits({ cpu: '1' }), ['spec: Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing']],
  [
    'no memory any more, and storage instead',
    'resize',
    limits({ cpu: '1', 'ephemeral-storage': '1Gi' }),
    [
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
      'spec: Forbidden: only cpu and memory resources are mutable',
    ],
    (spec, whole) => {
      limits({ cpu: '1', memory: '1Gi' })(spec, whole)
      whole.status.qosClass = 'Burstable'
    },
  ],
  [
    'resources of the pod as a whole, more of them',
    'resize',
    (spec) => (spec.resources = { limits: { cpu: '2' } }),
    [],
    (spec, whole) => {
      spec.resources = { limits: { cpu: '1' } }
      whole.status.qosClass = 'Burstable'
    },
  ],
  [
    'resources of the pod as a whole gone',
    'resize',
    (spec) => delete spec.resources,
    [
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
      'spec.resources: Forbidden: pod-level resources cannot be removed',
    ],
    (spec, whole) => {
      spec.resources = { limits: { cpu: '1' } }
      whole.status.qosClass = 'Burstable'
    },
  ],
  [
    'other resources of the pod as a whole',
    'resize',
    (spec) => (spec.resources = { limits: { cpu: '1', 'hugepages-2Mi': '2Mi' } }),
    ['spec: Forbidden: only cpu and memory resources are mutable at pod-level'],
    (spec, whole) => {
      spec.resources = { limits: { cpu: '1' } }
      whole.status.qosClass = 'Burstable'
    },
  ],
  [
    'containers renamed',
    'resize',
    (spec) => (spec.containers = [{ ...spec.containers![0]!, name: 'd' }]),
    ['spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize'],
    (_, whole) => (whole.status.qosClass = 'BestEffort'),
  ],
  [
    'a container more',
    'resize',
    (spec) => spec.containers!.push({ ...spec.containers![0]!, name: 'd' }),
    ['spec.containers: Forbidden: containers may not be added or removed on resize'],
    (_, whole) => (whole.status.qosClass = 'BestEffort'),
  ],
  [
    'CPU of a container of the beginning that would be restarted',
    'resize',
    (spec) => (spec.initContainers![0]!.resources = { requests: { cpu: '2' } }),
    ['spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized'],
    (spec, whole) => {
      spec.initContainers = [
        {
          ...structuredClone(spec.containers![0]!),
          name: 'i',
          resources: { requests: { cpu: '1' } },
          resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }],
        },
      ]
      whole.status.qosClass = 'Burstable'
    },
  ],
  [
    'addresses of one family',
    'status',
    (_, whole) => (whole.status.podIPs = [{ ip: '1.1.1.1' }, { ip: '1.1.1.2' }]),
    ['status.podIPs: Invalid value: [{"IP":"1.1.1.1"},{"IP":"1.1.1.2"}]: may specify no more than one IP for each IP family'],
  ],
  [
    'an address that is none',
    'status',
    (_, whole) => (whole.status.podIPs = [{ ip: 'x' }]),
    ['status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  [
    'host addresses that differ',
    'status',
    (_, whole) => Object.assign(whole.status, { hostIP: '1.1.1.1', hostIPs: [{ ip: '2.2.2.2' }] }),
    ['status.hostIPs[0].ip: Invalid value: "2.2.2.2": must be equal to `hostIP`'],
  ],
  [
    'another class of service',
    'status',
    (_, whole) => (whole.status.qosClass = 'Burstable'),
    ['status.qosClass: Invalid value: "Burstable": field is immutable'],
  ],
  [
    'a container revived',
    'status',
    (_, whole) => (whole.status.containerStatuses = [{ name: 'c', state: { running: {} } }]),
    ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
    (spec, whole) => {
      spec.restartPolicy = 'Never'
      whole.status.containerStatuses = [{ name: 'c', state: { terminated: { exitCode: 0 } } }]
    },
  ],
  [
    'a container revived with all others',
    'status',
    (_, whole) => (whole.status.containerStatuses = [{ name: 'c', state: { running: {} } }]),
    [],
    (spec, whole) => {
      spec.restartPolicy = 'Never'
      spec.containers[0]!.restartPolicy = 'Never'
      spec.containers[0]!.restartPolicyRules = [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }]
      whole.status.containerStatuses = [{ name: 'c', state: { terminated: { exitCode: 0 } } }]
    },
  ],
  [
    'a container revived by a rule for another exit code',
    'status',
    (_, whole) => (whole.status.containerStatuses = [{ name: 'c', state: { running: {} } }]),
    ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
    (spec, whole) => {
      spec.containers[0]!.restartPolicy = 'OnFailure'
      spec.containers[0]!.restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }]
      whole.status.containerStatuses = [{ name: 'c', state: { terminated: { exitCode: 0 } } }]
    },
  ],
  [
    'a container revived by a rule for its exit code',
    'status',
    (_, whole) => (whole.status.containerStatuses = [{ name: 'c', state: { running: {} } }]),
    [],
    (spec, whole) => {
      spec.containers[0]!.restartPolicy = 'Never'
      spec.containers[0]!.restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'NotIn', values: [42] } }]
      whole.status.containerStatuses = [{ name: 'c', state: { terminated: { exitCode: 7 } } }]
    },
  ],
  [
    'a container that the pod does not have, revived',
    'status',
    (_, whole) => (whole.status.containerStatuses = [{ name: 'z', state: { running: {} } }]),
    ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
    (_, whole) => (whole.status.containerStatuses = [{ name: 'z', state: { terminated: { exitCode: 1 } } }]),
  ],
  [
    'a node to come, of a pod that has one',
    'status',
    (_, whole) => (whole.status.nominatedNodeName = 'm'),
    ['status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node'],
    (spec) => (spec.nodeName = 'n'),
  ],
  [
    'generations below zero',
    'status',
    (_, whole) => Object.assign(whole.status, { observedGeneration: -1, conditions: [{ type: 'Ready', status: 'True', observedGeneration: -2 }] }),
    [
      'status.conditions[0].observedGeneration: Invalid value: -2: must be a non-negative integer',
      'status.observedGeneration: Invalid value: -1: must be a non-negative integer',
    ],
  ],
  [
    'users of a container that cannot be',
    'status',
    (_, whole) => (whole.status.containerStatuses = [{ name: 'c', user: { linux: { uid: -1, gid: 0, supplementalGroups: [-1] } } }]),
    [
      'status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'status.containerStatuses[0].user.linux.supplementalGroups[0]: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
  ],
  [
    'an address that was wrong before',
    'status',
    (_, whole) => (whole.status.phase = 'Running'),
    [],
    (_, whole) => (whole.status.podIPs = [{ ip: '010.0.0.1' }]),
  ],
  [
    'the health of a device with nothing to say',
    'status',
    (_, whole) =>
      (whole.status.containerStatuses = [
        {
          name: 'c',
          allocatedResourcesStatus: [
            {
              name: 'a/b',
              resources: [
                { resourceID: 'x', health: 'Healthy', message: '' },
                { resourceID: 'x', health: 'Healthy', message: 'm'.repeat(1025) },
              ],
            },
          ],
        },
      ]),
    [
      `status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "a/b": must match one of the container's resource requests`,
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].message: Required value: must be non-empty if specified',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].message: Too long: may not be more than 1024 bytes',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: "x"',
    ],
  ],
  [
    'an extended claim of nothing',
    'status',
    (_, whole) => (whole.status.extendedResourceClaimStatus = { requestMappings: [], resourceClaimName: '' }),
    [
      'status.extendedResourceClaimStatus.requestMappings: Required value: at least one request mapping is required',
      'status.extendedResourceClaimStatus.resourceClaimName: Required value',
    ],
  ],
  [
    'an extended claim of what no container asked for',
    'status',
    (_, whole) => {
      const mapping = { containerName: 'c', resourceName: 'a/b', requestName: 'r' }
      whole.status.extendedResourceClaimStatus = { requestMappings: [mapping, mapping, { ...mapping, containerName: 'z' }], resourceClaimName: 'n' }
    },
    [
      'status.extendedResourceClaimStatus.requestMappings[0].resourceName: Invalid value: "a/b": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
      'status.extendedResourceClaimStatus.requestMappings[1].resourceName: Invalid value: "a/b": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
      'status.extendedResourceClaimStatus.requestMappings[1].containerName: Duplicate value: "c"',
      'status.extendedResourceClaimStatus.requestMappings[1].resourceName: Duplicate value: "a/b"',
      'status.extendedResourceClaimStatus.requestMappings[1].requestName: Duplicate value: "r"',
      'status.extendedResourceClaimStatus.requestMappings[2].containerName: Invalid value: "z": must match the name of an entry in spec.initContainers.name or spec.containers.name',
    ],
  ],
  [
    'a condition of no name',
    'status',
    (_, whole) => (whole.status.conditions = [{ type: 'a/b/c', status: 'True' }]),
    [
      "status.conditions[0].Type: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ],
  ],
]

for (const [name, door, change, expected, before] of cases)
  test(`through ${door}, ${name} is ${expected.length > 0 ? 'refused' : 'accepted'}`, () => assert.deepEqual(errorsAt(door, change, before), expected))
