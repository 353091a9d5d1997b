import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerStatus, Pod, PodCondition } from '#api/gen/core/v1.ts'
import { type ConditionInput, podConditions } from './conditions.ts'

const gated = { metadata: { generation: 3 }, spec: { containers: [{ name: 'main' }], readinessGates: [{ conditionType: 'example.com/seen' }] } }
const main = { name: 'main', ready: true, started: true, state: { running: {} }, lastState: {} } as unknown as ContainerStatus
const seen = (status: string) => ({ type: 'example.com/seen', status }) as PodCondition

function conditions(pod: object, more: Partial<ConditionInput> = {}) {
  const input = {
    pod: pod as Pod,
    phase: 'Running',
    statuses: [main],
    sandboxReady: true,
    restartingAll: false,
    previous: [],
    nowMs: 0,
    ...more,
  } as ConditionInput
  return Object.fromEntries(
    podConditions(input).map(({ type, status, reason, message, observedGeneration }) => [type, { status, reason, message, observedGeneration }]),
  )
}

const cases: readonly (readonly [what: string, conditions: readonly PodCondition[], status: string, message: string | undefined])[] = [
  ['that nobody has answered', [], 'False', 'corresponding condition of pod readiness gate "example.com/seen" does not exist.'],
  ['that is shut', [seen('False')], 'False', 'the status of pod readiness gate "example.com/seen" is not "True", but False'],
  ['that is open', [seen('True')], 'True', undefined],
]
for (const [what, given, status, message] of cases) {
  test(`a readiness gate ${what}: Ready is ${status}, whatever the containers are`, () => {
    const { Ready, ContainersReady } = conditions({ ...gated, status: { conditions: given } })
    assert.deepEqual([Ready?.status, Ready?.message], [status, message])
    assert.equal(Ready?.reason, status === 'True' ? undefined : 'ReadinessGatesNotReady')
    assert.equal(ContainersReady?.status, 'True')
  })
}

test('conditions tell which generation they are of, and why containers are not ready', () => {
  const { ContainersReady, Initialized, PodScheduled } = conditions(gated, { statuses: [{ ...main, ready: false }] })
  assert.deepEqual(ContainersReady, {
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [main]',
    observedGeneration: 3,
  })
  assert.equal(Initialized?.status, 'True')
  assert.equal(PodScheduled?.observedGeneration, 3)
})

test('a pod that is over is not ready, for that reason alone', () => {
  for (const [phase, reason] of [
    ['Succeeded', 'PodCompleted'],
    ['Failed', 'PodFailed'],
  ] as const) {
    const { Ready, ContainersReady } = conditions(gated, { phase })
    assert.deepEqual([Ready?.status, Ready?.reason, ContainersReady?.reason], ['False', reason, reason])
  }
})

test('the time of a condition moves with its status only', () => {
  const before = [{ type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' }] as unknown as PodCondition[]
  const input = { pod: { ...gated, spec: { containers: gated.spec.containers } } as unknown as Pod, phase: 'Running', sandboxReady: true, restartingAll: false }
  const readyAt = (statuses: readonly ContainerStatus[]) =>
    podConditions({ ...input, statuses, previous: before, nowMs: 0 } as ConditionInput).find(({ type }) => type === 'Ready')?.lastTransitionTime
  assert.equal(readyAt([main]), '2020-01-01T00:00:00Z')
  assert.equal(readyAt([{ ...main, ready: false }]), '1970-01-01T00:00:00Z')
})
