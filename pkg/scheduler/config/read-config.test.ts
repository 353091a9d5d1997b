import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, pod, testCluster } from '../testing.ts'
import { readSchedulerConfiguration } from './read-config.ts'

const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n'
const read = (body: string) => readSchedulerConfiguration(head + body)

test('Without profiles there is the default one', () => {
  const { profiles, podMaxBackoffSeconds } = read('')
  assert.equal(profiles.length, 1)
  assert.equal(profiles[0]!.schedulerName, 'default-scheduler')
  assert.equal(profiles[0]!.plugins.length, 17)
  assert.equal(podMaxBackoffSeconds, 10)
})

test('Plugins are disabled, weighed and given arguments, a profile each', () => {
  const { profiles } = read(`
profiles:
- schedulerName: packed
  plugins:
    score:
      disabled: [{name: '*'}]
      enabled: [{name: NodeResourcesFit, weight: 7}]
    filter:
      disabled: [{name: TaintToleration}]
    postFilter:
      disabled: [{name: DefaultPreemption}]
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}]}}
- schedulerName: default-scheduler
`)
  const [packed, usual] = profiles
  assert.deepEqual(
    packed!.plugins.filter(({ plugin }) => plugin.score).map(({ plugin, weight }) => [plugin.name, weight]),
    [['NodeResourcesFit', 7]],
  )
  assert.equal(packed!.preemption, undefined)
  assert.ok(usual!.preemption)
  const nodes = [node('full', {}, { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }), node('empty')]
  const pods = [pod('there', { nodeName: 'full', requests: { cpu: '2' } })]
  assert.equal(testCluster({ nodes, pods, profile: packed! }).place(pod('p')), 'full')
  assert.equal(testCluster({ nodes, pods, profile: usual! }).place(pod('p')), 'empty')
})

test('A profile may ask node affinity of every pod', () => {
  const { profiles } = read(`
profiles:
- pluginConfig:
  - name: NodeAffinity
    args: {addedAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [x]}]}]}}}
`)
  assert.equal(
    testCluster({ nodes: [node('a')], profile: profiles[0]! }).place(pod('p')),
    "0/1 nodes are available: 1 node(s) didn't match scheduler-enforced node affinity.",
  )
})

test('Where all are disabled, plugins are called in the order of the file, and weigh one unless told', () => {
  const { profiles } = read(`
profiles:
- plugins:
    multiPoint:
      disabled: [{name: '*'}]
      enabled: [{name: PrioritySort}, {name: NodeAffinity}, {name: TaintToleration}, {name: NodeUnschedulable}, {name: DefaultBinder}]
`)
  assert.deepEqual(
    profiles[0]!.plugins.map(({ plugin, weight }) => [plugin.name, weight]),
    [
      ['NodeAffinity', 1],
      ['TaintToleration', 1],
      ['NodeUnschedulable', 0],
    ],
  )
  assert.equal(profiles[0]!.preemption, undefined)
})

test("An extender's TLS settings are read from data before files; those that may be ignored come last", () => {
  const { extenders } = read(`
extenders:
- {urlPrefix: "https://a", ignorable: true, enableHTTPS: true}
- {urlPrefix: "https://b", tlsConfig: {serverName: x, caData: ${Buffer.from('CA').toString('base64')}, caFile: /not/there}, preemptVerb: p}
`)
  assert.deepEqual(
    extenders.map(({ urlPrefix, tls, preemptVerb }) => [urlPrefix, tls, preemptVerb]),
    [
      ['https://b', { insecure: false, ca: 'CA', serverName: 'x' }, 'p'],
      ['https://a', { insecure: true }, undefined],
    ],
  )
})

const args = (name: string, value: string) => `profiles: [{pluginConfig: [{name: ${name}, args: ${value}}]}]`
const at = 'profiles[0].pluginConfig[0].args.'

const building = 'initializing profiles: creating profile for scheduler name default-scheduler: '

for (const [title, body, message] of [
  ['Two profiles of one name', 'profiles: [{schedulerName: a}, {schedulerName: a}]', 'profiles[1].schedulerName: Duplicate value: {}'],
  ['A number that is a text', 'parallelism: many', 'json: cannot unmarshal string into Go struct field KubeSchedulerConfiguration.parallelism of type int32'],
  ['A plugin that does not exist', 'profiles: [{plugins: {filter: {enabled: [{name: Nope}]}}}]', `${building}FilterPlugin "Nope" does not exist`],
  [
    'A plugin at a point it has no part in',
    'profiles: [{plugins: {filter: {enabled: [{name: ImageLocality}]}}}]',
    `${building}plugin "ImageLocality" does not extend FilterPlugin plugin`,
  ],
  ['A field that is not known', 'percentageOfNodes: 5', 'strict decoding error: unknown field "percentageOfNodes"'],
  ['A field of a profile that is not known', 'profiles: [{plugin: {}}]', 'strict decoding error: unknown field "profiles[0].plugin"'],
  [
    'An argument that is not known',
    args('NodeAffinity', '{added: {}}'),
    'strict decoding error: decoding .profiles[0].pluginConfig[0]: strict decoding error: decoding args for plugin NodeAffinity: strict decoding error: unknown field "added"',
  ],
  ['No parallelism', 'parallelism: -1', 'parallelism: Invalid value: -1: should be an integer value greater than zero'],
  ['A percentage beyond a hundred', 'percentageOfNodesToScore: 101', 'percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]'],
  [
    'A back-off that shrinks',
    'podInitialBackoffSeconds: 20',
    'podMaxBackoffSeconds: Invalid value: 10: must be greater than or equal to PodInitialBackoffSeconds',
  ],
  [
    'Several mistakes at once',
    'podInitialBackoffSeconds: 0\nparallelism: 0',
    '[parallelism: Invalid value: 0: should be an integer value greater than zero, podInitialBackoffSeconds: Invalid value: 0: must be greater than 0]',
  ],
  [
    'An extender that scores without a weight',
    'extenders: [{urlPrefix: "http://x", prioritizeVerb: p}]',
    'extenders[0].weight: Invalid value: 0: must have a positive weight applied to it',
  ],
  [
    'Two extenders that bind',
    'extenders: [{urlPrefix: "http://x", bindVerb: b}, {urlPrefix: "http://y", bindVerb: b}]',
    'extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind',
  ],
  [
    "A native resource as an extender's own",
    'extenders: [{urlPrefix: "http://x", managedResources: [{name: kubernetes.io/x}]}]',
    'extenders[0].managedResources[0].name: Invalid value: "kubernetes.io/x": is an invalid extended resource name',
  ],
  [
    'A certificate without its key',
    `extenders: [{urlPrefix: "https://x", tlsConfig: {certData: ${Buffer.from('C').toString('base64')}}}]`,
    'cert given without a key',
  ],
  [
    'Arguments given twice',
    'profiles: [{pluginConfig: [{name: InterPodAffinity}, {name: InterPodAffinity}]}]',
    'profiles[0].pluginConfig[1]: Duplicate value: "InterPodAffinity"',
  ],
  [
    'A weight out of range',
    args('InterPodAffinity', '{hardPodAffinityWeight: 101}'),
    `${at}hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]`,
  ],
  [
    'No candidates at all',
    args('DefaultPreemption', '{minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0}'),
    `[${at}minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute, ${at}minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same time as minCandidateNodesPercentage]`,
  ],
  [
    'A strategy that is not known',
    args('NodeResourcesFit', '{scoringStrategy: {type: Best}}'),
    `${building}initializing plugin "NodeResourcesFit": scoringStrategy.type: Unsupported value: "Best": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"`,
  ],
  [
    'A ratio without a shape',
    args('NodeResourcesFit', '{scoringStrategy: {type: RequestedToCapacityRatio, requestedToCapacityRatio: {}}}'),
    `${building}initializing plugin "NodeResourcesFit": scoringStrategy.requestedToCapacityRatio.shape: Required value: at least one point must be specified`,
  ],
  [
    'A shape that goes back',
    args(
      'NodeResourcesFit',
      '{scoringStrategy: {type: RequestedToCapacityRatio, requestedToCapacityRatio: {shape: [{utilization: 9, score: 1}, {utilization: 9, score: 1}]}}}',
    ),
    `${building}initializing plugin "NodeResourcesFit": scoringStrategy.requestedToCapacityRatio.shape[1].utilization: Invalid value: 9: values must be sorted in increasing order`,
  ],
  [
    'A resource that weighs too much',
    args('NodeResourcesFit', '{scoringStrategy: {resources: [{name: cpu, weight: 101}]}}'),
    `${building}initializing plugin "NodeResourcesFit": scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid range (0, 100]`,
  ],
  [
    'Balance that weighs',
    args('NodeResourcesBalancedAllocation', '{resources: [{name: cpu, weight: 2}]}'),
    `${at}resources[0].weight: Invalid value: 2: must be 1`,
  ],
  [
    'Constraints beside the system defaults',
    args('PodTopologySpread', '{defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway}]}'),
    `${at}defaultingType: Invalid value: "System": when .defaultConstraints are not empty`,
  ],
  [
    'A default constraint with a selector',
    args(
      'PodTopologySpread',
      '{defaultingType: List, defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway, labelSelector: {}}]}',
    ),
    `${at}defaultConstraints[0].labelSelector: Forbidden: constraint must not define a selector, as they deduced for each pod`,
  ],
  [
    'A negative time for volumes',
    args('VolumeBinding', '{bindTimeoutSeconds: -1}'),
    `${at}bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value`,
  ],
  [
    'Too short a time for devices',
    args('DynamicResources', '{bindingTimeout: 500ms}'),
    `${at}bindingTimeout: Invalid value: "500ms": must be at least 1 second`,
  ],
] as const) {
  test(`${title} is refused`, () => {
    assert.throws(() => read(body), { message })
  })
}

test('What is null is as if it were not said', () => {
  const names = (body: string) => read(body).profiles.map(({ schedulerName }) => schedulerName)
  for (const body of ['parallelism: null', 'profiles: null', 'profiles: [null]', 'profiles: [{plugins: null, pluginConfig: null}]'])
    assert.deepEqual(names(body), ['default-scheduler'])
})
