import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextState, type PodEvent, type PodState } from './states.ts'

const cases: readonly [PodState, PodEvent, PodState | undefined][] = [
  ['syncing', 'end', 'terminating'],
  ['syncing', 'stopped', undefined],
  ['syncing', 'forgotten', undefined],
  ['terminating', 'end', 'terminating'],
  ['terminating', 'stopped', 'terminated'],
  ['terminating', 'forgotten', undefined],
  ['terminated', 'end', 'terminated'],
  ['terminated', 'stopped', undefined],
  ['terminated', 'forgotten', 'finished'],
  ['finished', 'end', 'finished'],
  ['finished', 'stopped', undefined],
  ['finished', 'forgotten', undefined],
]
for (const [state, event, next] of cases) {
  test(`a pod that is ${state} and "${event}" ${next ? `is ${next}` : 'is a fault'}`, () => {
    if (next) assert.equal(nextState(state, event), next)
    else assert.throws(() => nextState(state, event), new RegExp(`a pod that is ${state} cannot be "${event}"`))
  })
}
