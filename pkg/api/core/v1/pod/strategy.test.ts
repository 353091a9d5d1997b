import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { definitionUnderTest, madeUnderTest } from '../../../kind-under-test.ts'

const definition = definitionUnderTest('/pods')
const container = { name: 'c', image: 'x:1' }
const podOf = (spec: object = {}, more: object = {}): Pod => madeUnderTest(definition, { spec: { containers: [container], ...spec }, ...more })

function created(pod: Pod): { pod: Pod; warnings: string[] } {
  const warnings: string[] = []
  definition.create?.prepare?.(pod, { now: 0, warn: (text) => warnings.push(text) })
  return { pod, warnings }
}

test('a gated pod says since when it waits', () => {
  const { status } = created(podOf({ schedulingGates: [{ name: 'a/b' }] })).pod
  assert.deepEqual(
    status.conditions?.map(({ type, reason, lastTransitionTime }) => [type, reason, lastTransitionTime]),
    [['PodScheduled', 'SchedulingGated', '1970-01-01T00:00:00Z']],
  )
})

const prefix = 'container.apparmor.security.beta.kubernetes.io/'
const profiles: readonly [annotation: string, ofPod: object | undefined, profile: object | undefined, isWarned: boolean][] = [
  ['unconfined', undefined, { type: 'Unconfined' }, true],
  ['runtime/default', undefined, { type: 'RuntimeDefault' }, true],
  ['localhost/mine', undefined, { type: 'Localhost', localhostProfile: 'mine' }, true],
  ['localhost/', undefined, undefined, true],
  ['something', undefined, undefined, true],
  ['unconfined', { type: 'Unconfined' }, undefined, false],
  ['unconfined', { type: 'RuntimeDefault' }, { type: 'Unconfined' }, true],
]

for (const [annotation, ofPod, profile, isWarned] of profiles) {
  test(`the AppArmor annotation ${annotation}${ofPod ? ' in a pod with a profile' : ''} becomes ${profile ? 'a field' : 'no field'}`, () => {
    const securityContext = ofPod ? { securityContext: { appArmorProfile: ofPod } } : {}
    const { pod, warnings } = created(podOf(securityContext, { metadata: { annotations: { [`${prefix}c`]: annotation } } }))
    assert.deepEqual(pod.spec.containers![0]!.securityContext?.appArmorProfile, profile)
    assert.deepEqual(warnings, isWarned ? [`metadata.annotations[${prefix}c]: deprecated since v1.30; use the "appArmorProfile" field instead`] : [])
  })
}

test('observed generations that a client does not know of stay, and the class of service is filled in', () => {
  const condition = (observedGeneration?: number) => ({ type: 'Ready', status: 'True', ...(observedGeneration ? { observedGeneration } : {}) })
  const old = podOf({}, { status: { observedGeneration: 4, qosClass: 'BestEffort', conditions: [condition(3), condition(2)] } })
  const now = podOf({}, { status: { conditions: [condition(), condition(5), condition()] } })
  definition.status?.prepare?.(now, old, { now: 0 })
  const { observedGeneration, qosClass, conditions } = now.status
  assert.deepEqual([observedGeneration, qosClass, conditions?.map((each) => each.observedGeneration)], [4, 'BestEffort', [3, 5, undefined]])
})

test('a resize changes resources and resize policies, of the pod too, and nothing else', () => {
  const old = podOf({}, { metadata: { generation: 3, labels: { a: 'b' } } })
  const now = podOf(
    {
      containers: [{ ...container, image: 'y:1', resources: { requests: { cpu: '1' } } }],
      resources: { limits: { cpu: '2' }, requests: { cpu: '1' } },
      nodeName: 'n',
    },
    { metadata: { labels: { a: 'c' } } },
  )
  definition.subresources?.resize?.prepare?.(now, old, { now: 0 })
  const [only] = now.spec.containers!
  assert.deepEqual(
    [only!.image, only!.resources, now.spec.resources, now.spec.nodeName, now.metadata.labels, now.metadata.generation],
    ['x:1', { requests: { cpu: '1' } }, { limits: { cpu: '2' }, requests: { cpu: '1' } }, old.spec.nodeName, { a: 'b' }, 4],
  )
})
