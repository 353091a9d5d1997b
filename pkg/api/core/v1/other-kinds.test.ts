import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalize } from '#apimachinery/codec/index.ts'
import { definitionFor } from '#api/index.ts'
import { asLines } from './pod-spec/pod-under-test.ts'

const context = { now: 0 }
const meta = { name: 'x', namespace: 'n', uid: 'u', resourceVersion: '1' }

function made(group: string, plural: string, object: any): any {
  const definition = definitionFor(group, group === 'autoscaling' ? 'v2' : 'v1', plural)!
  const whole = normalize<any>(definition.schema, { ...object, metadata: { ...meta, ...object.metadata } })
  definition.defaults?.(whole)
  return whole
}

function errorsOf(group: string, plural: string, object: object, old?: object): string[] {
  const definition = definitionFor(group, group === 'autoscaling' ? 'v2' : 'v1', plural)!
  const whole = made(group, plural, object)
  if (!old) {
    definition.create?.prepare?.(whole, context)
    return asLines(definition.create!.validate!(whole, context)).map((line) => line.split('\n')[0]!)
  }
  const before = made(group, plural, old)
  const { prepare, validate, validateChange } = definition.update!
  prepare?.(whole, before, context)
  const errors = [...validate!(whole, before, context), ...(validateChange?.(whole, before) ?? [])]
  return asLines(errors).map((line) => line.split('\n')[0]!)
}

const claim = (more: object = {}) => ({ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more } })
const bound = (size: string, more: object = {}, status: object = {}) => ({
  ...claim({ resources: { requests: { storage: size } }, volumeName: 'v', ...more }),
  status: { phase: 'Bound', capacity: { storage: '2Gi' }, ...status },
})
const volume = (more: object = {}) => ({ spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/a' }, ...more } })
const quota = (hard: object, more: object = {}) => ({ spec: { hard, ...more } })
const limits = (item: object) => ({ spec: { limits: [item] } })
const template = { metadata: { labels: { a: 'b' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x:1' }] } }
const job = (more: object = {}) => ({ spec: { template, ...more } })
const rule = (more: object) => job({ podFailurePolicy: { rules: [{ action: 'FailJob', ...more }] } })
const scaled = (...metrics: object[]) => ({ spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 3, metrics } })
const data = Buffer.from('x').toString('base64')

const cases: [string, string, string, object, string[]][] = [
  ['a claim', '', 'persistentvolumeclaims', claim(), []],
  [
    'a claim once and for others',
    '',
    'persistentvolumeclaims',
    claim({ accessModes: ['ReadWriteOncePod', 'ReadOnlyMany', 'Other'] }),
    [
      'spec.accessModes: Unsupported value: "Other": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
  ],
  [
    'a claim of no size',
    '',
    'persistentvolumeclaims',
    claim({ resources: { requests: { storage: '0' } } }),
    ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
  ],
  [
    'a claim of two sources',
    '',
    'persistentvolumeclaims',
    claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'a' }, dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' } }),
    ['spec: Invalid value: {}: must match dataSourceRef'],
  ],
  [
    'a claim from a kind of core',
    '',
    'persistentvolumeclaims',
    claim({ dataSourceRef: { kind: 'Pod', name: 'a' } }),
    [
      'spec.dataSource: Invalid value: "Pod": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
      'spec.dataSourceRef: Invalid value: "Pod": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
    ],
  ],
  ['a volume', '', 'persistentvolumes', volume(), []],
  [
    'a volume of nothing',
    '',
    'persistentvolumes',
    { spec: {} },
    [
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: null: supported values: "storage"',
      'spec: Required value: must specify a volume type',
    ],
  ],
  [
    'a volume of two sources',
    '',
    'persistentvolumes',
    volume({ nfs: { server: 's', path: '/p' } }),
    ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'a local volume of any node',
    '',
    'persistentvolumes',
    volume({ hostPath: undefined, local: { path: '/a' } }),
    ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
  ],
  [
    'the root recycled',
    '',
    'persistentvolumes',
    volume({ hostPath: { path: '//' }, persistentVolumeReclaimPolicy: 'Recycle' }),
    ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
  ],
  [
    'a CSI volume of half a secret',
    '',
    'persistentvolumes',
    volume({ hostPath: undefined, csi: { driver: '', volumeHandle: '', nodePublishSecretRef: { name: 's' } } }),
    ['spec.csi.driver: Required value', 'spec.csi.volumeHandle: Required value', 'spec.csi.nodePublishSecretRef.namespace: Required value'],
  ],
  [
    'a quota of all sorts',
    '',
    'resourcequotas',
    quota({ pods: '1', 'requests.cpu': '1', 'count/deployments.apps': '1', 'x.storageclass.storage.k8s.io/requests.storage': '1Gi' }),
    [],
  ],
  [
    'a quota of coffee',
    '',
    'resourcequotas',
    quota({ coffee: '-1' }),
    [
      'spec.hard[coffee]: Invalid value: "coffee": must be a standard resource type or fully qualified',
      'spec.hard[coffee]: Invalid value: "coffee": must be a standard resource for quota',
      'spec.hard[coffee]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  ['a quota of half a pod', '', 'resourcequotas', quota({ pods: '500m' }), ['spec.hard[pods]: Invalid value: "500m": must be an integer']],
  [
    'a quota of scopes that contradict',
    '',
    'resourcequotas',
    quota({ pods: '1' }, { scopes: ['BestEffort', 'NotBestEffort'] }),
    ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
  ],
  [
    'a quota of CPU for best effort',
    '',
    'resourcequotas',
    quota({ cpu: '1' }, { scopes: ['BestEffort'] }),
    ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
  ],
  [
    'a quota of a class of no name',
    '',
    'resourcequotas',
    quota({ pods: '1' }, { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } }),
    ["spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"],
  ],
  [
    'limits for no type',
    '',
    'limitranges',
    limits({ type: 'Thing' }),
    ['spec.limits[0].type: Invalid value: "Thing": must be a standard limit type or fully qualified'],
  ],
  [
    'limits the wrong way round',
    '',
    'limitranges',
    limits({
      type: 'Container',
      min: { cpu: '2' },
      max: { cpu: '1' },
      default: { cpu: '1' },
      defaultRequest: { cpu: '2' },
      maxLimitRequestRatio: { cpu: '500m' },
    }),
    [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
      'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
    ],
  ],
  [
    'limits for claims without any',
    '',
    'limitranges',
    limits({ type: 'PersistentVolumeClaim' }),
    ['spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided'],
  ],
  [
    'defaults for pods',
    '',
    'limitranges',
    limits({ type: 'Pod', default: { cpu: '1' } }),
    ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
  ],
  ['a controller of nothing', '', 'replicationcontrollers', { spec: {} }, ['spec.selector: Required value', 'spec.template: Required value']],
  [
    'a controller of pods that end',
    '',
    'replicationcontrollers',
    { spec: { template } },
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    'a node of two taints alike',
    '',
    'nodes',
    { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }, { key: 'a', value: '/', effect: 'NoSchedule' }, { key: 'b' }] } },
    [
      "metadata.taints[1].value: Invalid value: \"/\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"/","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      'metadata.taints[2].effect: Required value',
    ],
  ],
  [
    'a node of two ranges of one family',
    '',
    'nodes',
    { spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] } },
    ['spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family'],
  ],
  [
    'a namespace of an odd finalizer',
    '',
    'namespaces',
    { spec: { finalizers: ['odd'] } },
    ['spec.finalizers: Invalid value: "odd": name is neither a standard finalizer name nor is it fully qualified'],
  ],
  ['a secret for SSH without its key', '', 'secrets', { type: 'kubernetes.io/ssh-auth' }, ['data[ssh-privatekey]: Required value']],
  [
    'a registry secret that is no JSON',
    '',
    'secrets',
    { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': data } },
    ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character \'x\' looking for beginning of value'],
  ],
  [
    'a node that would avoid the pods of no one',
    '',
    'nodes',
    {
      metadata: {
        annotations: {
          'scheduler.alpha.kubernetes.io/preferAvoidPods': JSON.stringify({
            preferAvoidPods: [{}, { podSignature: { podController: { controller: false } } }, { podSignature: { podController: { controller: true } } }],
          }),
        },
      },
    },
    [
      'metadata.annotations.scheduler.alpha.kubernetes.io/preferAvoidPods[0].PodSignature: Required value',
      'metadata.annotations.scheduler.alpha.kubernetes.io/preferAvoidPods[1].PodSignature.PodController.Controller: Invalid value: false: must point to a controller',
    ],
  ],
  [
    'a node of swap and features that cannot be',
    '',
    'nodes',
    { status: { nodeInfo: { swap: { capacity: 0 } }, declaredFeatures: ['B', 'A', 'A', 'c/d', 'E/f'] }, spec: { podCIDRs: ['10.0.0.0/24', '10.0.0.0/24'] } },
    [
      'metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero',
      'status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically',
      'status.declaredFeatures[2]: Duplicate value: "A"',
      'status.declaredFeatures[3]: Invalid value: "c/d": invalid feature name "c/d": must start with an UpperCamelCase segment, with subsequent segments separated by \'/\' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes',
      'status.declaredFeatures[4]: Invalid value: "E/f": list must be sorted alphabetically',
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.0.0/24"]: may specify no more than one CIDR for each IP family',
    ],
  ],
  [
    'endpoints of the node itself',
    '',
    'endpoints',
    { subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 0 }] }, {}] },
    [
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'subsets[1]: Required value: must specify `addresses` or `notReadyAddresses`',
    ],
  ],
  ['a job', 'batch', 'jobs', job(), []],
  [
    "a job of others' labels",
    'batch',
    'jobs',
    job({ template: { ...template, metadata: { labels: { 'job-name': 'y' } } } }),
    [
      'spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"x","controller-uid":"u","job-name":"y"}: must be \'x\'',
    ],
  ],
  [
    'an indexed job of no completions',
    'batch',
    'jobs',
    job({ completionMode: 'Indexed', parallelism: 1 }),
    ['spec.completions: Required value: when completion mode is Indexed'],
  ],
  [
    'indexes of a job without any',
    'batch',
    'jobs',
    job({ backoffLimitPerIndex: 1 }),
    ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
  ],
  [
    'a job managed by no domain',
    'batch',
    'jobs',
    job({ managedBy: 'me' }),
    ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    'a rule for no failure',
    'batch',
    'jobs',
    rule({ action: '' }),
    [
      'spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
      'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
    ],
  ],
  [
    'a rule for success',
    'batch',
    'jobs',
    rule({ onExitCodes: { operator: 'In', values: [2, 0, 2], containerName: 'z' } }),
    [
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "z": must be one of the container or initContainer names in the pod template',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered',
    ],
  ],
  [
    'success of more than there is',
    'batch',
    'jobs',
    job({
      completionMode: 'Indexed',
      completions: 3,
      successPolicy: { rules: [{ succeededIndexes: '0,2', succeededCount: 3 }, {}, { succeededIndexes: '5' }] },
    }),
    [
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
      'spec.successPolicy.rules[1]: Required value: at least one of succeededCount or succeededIndexes must be specified',
      'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "5": error parsing succeededIndexes: too large index: "5"',
    ],
  ],
  [
    'a cron job of a selector',
    'batch',
    'cronjobs',
    { spec: { schedule: '@daily', jobTemplate: { spec: { template, selector: { matchLabels: { a: 'b' } }, manualSelector: true } } } },
    [
      'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
  ],
  [
    'an autoscaler by nothing',
    'autoscaling',
    'horizontalpodautoscalers',
    scaled({ type: 'Resource' }),
    ['spec.metrics[0].resource: Required value: must populate information for the given metric source'],
  ],
  [
    'an autoscaler by two sources',
    'autoscaling',
    'horizontalpodautoscalers',
    scaled({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0, averageValue: '1' } },
      pods: { metric: { name: '' }, target: {} },
    }),
    [
      'spec.metrics[0].pods.metric.name: Required value: must specify a metric name',
      'spec.metrics[0].pods.target.type: Required value: must specify a metric target type',
      'spec.metrics[0].pods.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
      'spec.metrics[0].pods: Forbidden: must populate the given metric source only',
    ],
  ],
  [
    'an autoscaler by both of two targets',
    'autoscaling',
    'horizontalpodautoscalers',
    scaled({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 1, averageValue: '1' } } }),
    ['spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization'],
  ],
]

for (const [name, group, plural, object, expected] of cases)
  test(`${name} is ${expected.length > 0 ? 'refused' : 'valid'}`, () => assert.deepEqual(errorsOf(group, plural, object), expected))

const specFixed = 'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

const updates: [string, string, string, object, object, string[]][] = [
  ['a bound claim grown', '', 'persistentvolumeclaims', bound('2Gi'), bound('3Gi'), []],
  [
    'a bound claim below what it has',
    '',
    'persistentvolumeclaims',
    bound('3Gi'),
    bound('1Gi'),
    ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
  ],
  ['a claim bound', '', 'persistentvolumeclaims', claim(), claim({ volumeName: 'v' }), []],
  ['a claim of another class', '', 'persistentvolumeclaims', claim({ storageClassName: 'a' }), claim({ storageClassName: 'b' }), [specFixed]],
  ['a claim of a class for the first time', '', 'persistentvolumeclaims', claim(), claim({ storageClassName: 'b' }), []],
  [
    'a bound claim of no attributes any more',
    '',
    'persistentvolumeclaims',
    bound('2Gi', { volumeAttributesClassName: 'a' }, { currentVolumeAttributesClassName: 'a' }),
    bound('2Gi'),
    ['spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil'],
  ],
  ['a bound claim that takes back a wish never granted', '', 'persistentvolumeclaims', bound('2Gi', { volumeAttributesClassName: 'a' }), bound('2Gi'), []],
  [
    'endpoints that were wrong before, and are again',
    '',
    'endpoints',
    { subsets: [{ addresses: [{ ip: '010.0.0.1' }] }] },
    { metadata: { labels: { a: 'b' } }, subsets: [{ addresses: [{ ip: '010.0.0.1' }] }] },
    [],
  ],
  [
    'endpoints of which one was wrong before, and another is new',
    '',
    'endpoints',
    { subsets: [{ addresses: [{ ip: '010.0.0.1' }] }] },
    { subsets: [{ addresses: [{ ip: '010.0.0.1' }, { ip: '10.0.0.2' }] }] },
    ['subsets[0].addresses[0].ip: Invalid value: "010.0.0.1": must not have leading 0s'],
  ],
  [
    'a volume elsewhere',
    '',
    'persistentvolumes',
    volume(),
    volume({ hostPath: { path: '/b' } }),
    ['spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation'],
  ],
  ['a volume of another mode', '', 'persistentvolumes', volume(), volume({ volumeMode: 'Block' }), ['volumeMode: Invalid value: "Block": field is immutable']],
  [
    'a quota of other scopes',
    '',
    'resourcequotas',
    quota({ pods: '1' }),
    quota({ pods: '1' }, { scopes: ['BestEffort'] }),
    ['spec.scopes: Invalid value: ["BestEffort"]: field is immutable'],
  ],
  [
    'a node of other ranges',
    '',
    'nodes',
    { spec: { podCIDRs: ['10.0.0.0/24'], providerID: 'a' } },
    { spec: { podCIDRs: ['10.0.1.0/24'], providerID: 'b' } },
    [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
  ],
  [
    'a locked map',
    '',
    'configmaps',
    { immutable: true, data: { a: 'b' } },
    { data: { a: 'c' }, binaryData: { d: data } },
    [
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
      'binaryData: Forbidden: field is immutable when `immutable` is set',
    ],
  ],
  ['a secret of another type', '', 'secrets', { type: 'a' }, { type: 'b' }, ['type: Invalid value: "b": field is immutable']],
  [
    'an indexed job grown alone',
    'batch',
    'jobs',
    job({ completionMode: 'Indexed', completions: 2, parallelism: 2, manualSelector: true, selector: { matchLabels: { a: 'b' } } }),
    job({ completionMode: 'Indexed', completions: 3, parallelism: 2, manualSelector: true, selector: { matchLabels: { a: 'b' } } }),
    ['spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism'],
  ],
]

for (const [name, group, plural, before, after, expected] of updates)
  test(`an update to ${name} is ${expected.length > 0 ? 'refused' : 'accepted'}`, () => assert.deepEqual(errorsOf(group, plural, after, before), expected))

test('the phase of a namespace agrees with its deletion', () => {
  const check = definitionFor('', 'v1', 'namespaces')!.status!.validate!
  const terminating = made('', 'namespaces', { status: { phase: 'Terminating' } })
  assert.deepEqual(asLines(check(terminating, terminating, context)), [
    'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
  ])
})

test("the server warns in upstream's words", () => {
  const warned = (group: string, plural: string, object: object) => {
    const definition = definitionFor(group, 'v1', plural)!
    return definition.create!.warnings!(made(group, plural, object), context)
  }
  const container = { name: 'c', image: 'x:1' }
  assert.deepEqual(
    warned('', 'pods', {
      metadata: { name: 'a.b', annotations: { 'scheduler.alpha.kubernetes.io/critical-pod': '' } },
      spec: {
        containers: [
          {
            ...container,
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
              { name: 'A', value: '$(A)3' },
            ],
            ports: [{ containerPort: 80 }, { containerPort: 80, hostPort: 80 }],
            resources: { limits: { memory: '1m' } },
          },
        ],
        nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
        volumes: [{ name: 'v', gitRepo: { repository: 'r' } }],
        // Of a pod it is one by then; a template is warned of.
        terminationGracePeriodSeconds: -1,
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
      },
    }),
    [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
      'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      'spec.volumes[0].gitRepo: deprecated in v1.11',
      'spec.containers[0].resources.limits[memory]: fractional byte value "1m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "1m" is invalid, must be an integer',
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
    ],
  )
  assert.deepEqual(warned('', 'services', { spec: { externalName: 'a', clusterIP: 'fd00:0::1', clusterIPs: ['fd00:0::1'] } }), [
    'spec.clusterIPs[0]: IPv6 address "fd00:0::1" should be in RFC 5952 canonical format ("fd00::1")',
    'spec.externalName is ignored when spec.type is not "ExternalName"',
  ])
  assert.deepEqual(warned('', 'persistentvolumeclaims', claim({ resources: { requests: { storage: '1m' } } })), [
    'spec.resources.requests[storage]: fractional byte value "1m" is invalid, must be an integer',
  ])
  assert.deepEqual(
    warned('apps', 'deployments', {
      spec: { template: { ...template, metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } } } },
    }),
    ['spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead'],
  )
})
