import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TriggerTimes, triggerTimeAnnotation, withTriggerTime } from './trigger-time.ts'

const at = (seconds: number) => `2026-01-01T00:00:${String(seconds).padStart(2, '0')}Z`
const service = (created = 0) => ({ metadata: { namespace: 'n', name: 'web', creationTimestamp: at(created) }, spec: {} }) as never
const pod = (name: string, readySince?: number) =>
  ({ metadata: { name }, status: { conditions: readySince === undefined ? [] : [{ type: 'Ready', lastTransitionTime: at(readySince) }] } }) as never

test('a Service not seen before counts from its creation, whatever its pods did', () => {
  assert.equal(new TriggerTimes().changed(service(1), [pod('a', 5)]), at(1))
})

test('afterwards it is the earliest of the changes since; none when nothing changed or only a pod went', () => {
  const times = new TriggerTimes()
  times.changed(service(), [pod('a', 5), pod('b')])
  assert.equal(times.changed(service(), [pod('a', 5), pod('b')]), undefined)
  assert.equal(times.changed(service(), [pod('a', 9), pod('b', 8), pod('c', 3)]), at(3))
  assert.equal(times.changed(service(), [pod('a', 9), pod('b', 8)]), undefined)
  assert.equal(times.changed(service(20), [pod('a', 9), pod('b', 8)]), at(20))
})

test('what was forgotten is new again', () => {
  const times = new TriggerTimes()
  times.changed(service(), [pod('a', 5)])
  times.forget('n/web')
  assert.equal(times.changed(service(), [pod('a', 5)]), at(0))
})

test('the annotation is set, replaced and taken away; others stay', () => {
  assert.deepEqual(withTriggerTime(undefined, at(1)), { [triggerTimeAnnotation]: at(1) })
  assert.deepEqual(withTriggerTime({ other: 'x', [triggerTimeAnnotation]: at(1) }, at(2)), { other: 'x', [triggerTimeAnnotation]: at(2) })
  assert.deepEqual(withTriggerTime({ other: 'x', [triggerTimeAnnotation]: at(1) }, undefined), { other: 'x' })
})
