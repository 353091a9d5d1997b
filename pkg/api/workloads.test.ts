import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalize } from '#apimachinery/codec/index.ts'
import { definitionFor } from './index.ts'

const context = { now: 0 }
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x:1' }] } }
const selector = { matchLabels: { a: 'b' } }
const rbac = 'rbac.authorization.k8s.io'

function made(group: string, plural: string, object: object): any {
  const definition = definitionFor(group, 'v1', plural)!
  const whole = normalize<any>(definition.schema, { metadata: { name: 'x', namespace: 'n', uid: 'u' }, ...object } as never)
  definition.defaults?.(whole)
  definition.create?.prepare?.(whole, context)
  return whole
}

function errorsOf(group: string, plural: string, object: object, old?: object): string[] {
  const definition = definitionFor(group, 'v1', plural)!
  const whole = made(group, plural, object)
  const changed = (before: any) => [...definition.update!.validate!(whole, before, context), ...(definition.update!.validateChange?.(whole, before) ?? [])]
  const errors = old ? changed(made(group, plural, old)) : definition.create!.validate!(whole, context)
  return errors.map(({ field, message }) => `${field}: ${message}`)
}

const workload = (spec: object) => ({ spec: { selector, template, ...spec } })
const ending = { ...template, spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 5 } }
const percent = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
const stsFixed =
  "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

const cases: [string, string, string, object, string[], object?][] = [
  [
    'a deployment of pods that end',
    'apps',
    'deployments',
    workload({ template: ending }),
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
  ],
  [
    'a deployment of odd bounds',
    'apps',
    'deployments',
    workload({ strategy: { rollingUpdate: { maxSurge: 'some', maxUnavailable: '101%' } } }),
    [
      `spec.strategy.rollingUpdate.maxSurge: Invalid value: "some": ${percent}`,
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
  ],
  [
    'a deployment that recreates and rolls',
    'apps',
    'deployments',
    workload({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    'a deployment given up before it is ready',
    'apps',
    'deployments',
    workload({ minReadySeconds: 600 }),
    ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
  ],
  [
    'a deployment that selects all',
    'apps',
    'deployments',
    workload({ selector: {} }),
    ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    'a replica set of less than none',
    'apps',
    'replicasets',
    workload({ replicas: -1 }),
    ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'a replica set of another selector',
    'apps',
    'replicasets',
    workload({ selector: { matchLabels: { a: 'b', c: 'd' } }, template: { ...template, metadata: { labels: { a: 'b', c: 'd' } } } }),
    ['spec.selector: Invalid value: {"matchLabels":{"a":"b","c":"d"}}: field is immutable'],
    workload({}),
  ],
  [
    'a daemon set that surges and shrinks',
    'apps',
    'daemonsets',
    workload({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }),
    ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
  ],
  [
    'a daemon set of no strategy that there is',
    'apps',
    'daemonsets',
    workload({ updateStrategy: { type: 'Magic' } }),
    ['spec.updateStrategy: Unsupported value: {"Type":"Magic","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"'],
  ],
  [
    'a stateful set of odd policies',
    'apps',
    'statefulsets',
    workload({ podManagementPolicy: 'Odd', updateStrategy: { type: 'Odd' }, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Odd' } }),
    [
      "spec.podManagementPolicy: Invalid value: \"Odd\": must be 'OrderedReady' or 'Parallel'",
      'spec.updateStrategy: Invalid value: {"Type":"Odd","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Odd": supported values: "Retain", "Delete"',
    ],
  ],
  ['a stateful set of another service', 'apps', 'statefulsets', workload({ serviceName: 'b' }), [stsFixed], workload({ serviceName: 'a' })],
  ['a stateful set of more pods', 'apps', 'statefulsets', workload({ serviceName: 'a', replicas: 3 }), [], workload({ serviceName: 'a' })],
  [
    'a revision without data',
    'apps',
    'controllerrevisions',
    { revision: -1 },
    ['revision: Invalid value: -1: must be greater than or equal to 0', 'data: Required value: data is mandatory'],
  ],
  [
    'a budget of an odd policy',
    'policy',
    'poddisruptionbudgets',
    { spec: { minAvailable: '101%', unhealthyPodEvictionPolicy: 'Odd' } },
    [
      'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Odd": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ],
  [
    'a role of URLs',
    rbac,
    'roles',
    { rules: [{ verbs: ['get'], nonResourceURLs: ['/a'], resources: ['pods'] }] },
    [
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs',
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
  ],
  [
    'a cluster role of nothing',
    rbac,
    'clusterroles',
    { rules: [{ verbs: ['get'] }], aggregationRule: {} },
    [
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
  ],
  [
    'a binding to odd subjects',
    rbac,
    'clusterrolebindings',
    {
      roleRef: { kind: 'Role', name: '' },
      subjects: [
        { kind: 'ServiceAccount', name: 'a' },
        { kind: 'Thing', name: '' },
      ],
    },
    [
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'roleRef.name: Required value',
      'subjects[0].namespace: Required value',
      'subjects[1].name: Required value',
      'subjects[1].kind: Unsupported value: "Thing": supported values: "ServiceAccount", "User", "Group"',
    ],
  ],
  [
    'a binding of another role',
    rbac,
    'rolebindings',
    { roleRef: { kind: 'Role', name: 'b' } },
    ['roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef'],
    { roleRef: { kind: 'Role', name: 'a' } },
  ],
]

for (const [name, group, plural, object, expected, old] of cases)
  test(`${old ? 'an update to ' : ''}${name} is ${expected.length > 0 ? 'refused' : 'accepted'}`, () =>
    assert.deepEqual(errorsOf(group, plural, object, old), expected))
