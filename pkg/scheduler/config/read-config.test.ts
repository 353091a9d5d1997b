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
  assert.equal(profiles[0]!.plugins.length, 16)
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

for (const [title, body, message] of [
  ['Two profiles of one name', 'profiles: [{}, {}]', /Duplicate value: "default-scheduler"/],
  ['A plugin that does not exist', 'profiles: [{plugins: {filter: {enabled: [{name: Nope}]}}}]', /plugin "Nope" does not exist/],
  ['An extender that preempts', 'extenders: [{urlPrefix: "http://x", preemptVerb: p}]', /preemptVerb/],
  ['An extender without an address', 'extenders: [{}]', /urlPrefix: Required value/],
  ['A back-off that shrinks', 'podInitialBackoffSeconds: 20', /podMaxBackoffSeconds/],
  ['Arguments for a plugin that takes none', 'profiles: [{pluginConfig: [{name: NodePorts}]}]', /NodePorts/],
] as const) {
  test(`${title} is refused`, () => {
    assert.throws(() => read(body), message)
  })
}
