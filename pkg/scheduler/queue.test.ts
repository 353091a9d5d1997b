import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import type { EventInterest } from './framework/events.ts'
import { SchedulingQueue } from './queue.ts'
import { pod } from './testing.ts'

function make(interests: Record<string, EventInterest[]> = {}) {
  const clock = new FakeClock()
  const queue = new SchedulingQueue({ clock, wake: () => {}, interestsOf: (plugin) => interests[plugin] ?? [] })
  const names = () => {
    const taken: string[] = []
    for (let next = queue.take(); next; next = queue.take()) taken.push(next.info.pod.metadata.name)
    return taken
  }
  return { clock, queue, names }
}

test('The most important comes first, then the one that came first', () => {
  const { queue, names } = make()
  for (const [name, priority] of [
    ['a', 1],
    ['b', 5],
    ['c', 1],
    ['d', 9],
    ['e', 5],
  ] as const)
    queue.add(pod(name, { priority }))
  assert.deepEqual(names(), ['d', 'b', 'e', 'a', 'c'])
})

test('A refused pod waits longer each time, from one second to ten', async () => {
  const { clock, queue } = make()
  queue.add(pod('p'))
  for (const seconds of [1, 2, 4, 8, 10, 10]) {
    queue.retry(queue.take()!)
    await clock.advance(seconds * 1000 - 1)
    assert.equal(queue.take(), undefined)
    await clock.advance(1)
  }
  assert.equal(queue.take()?.attempts, 6)
})

test('Only changes that the refusing plugin minds move a parked pod, and its hint is asked', async () => {
  const { clock, queue, names } = make({ Fit: [{ event: 'AssignedPod/Delete', hint: (_pod, gone) => gone === 'large' }] })
  queue.add(pod('p'))
  queue.park(queue.take()!, new Set(['Fit']))
  await clock.advance(5_000)
  queue.changed('Node/Add', {})
  queue.changed('AssignedPod/Delete', 'small')
  assert.deepEqual(names(), [])
  queue.changed('AssignedPod/Delete', 'large')
  assert.deepEqual(names(), ['p'])
})

test('After five minutes a parked pod is tried whatever happened', async () => {
  const { clock, queue, names } = make()
  queue.add(pod('p'))
  queue.park(queue.take()!, new Set(['Nobody']))
  await clock.advance(5 * 60_000 - 1)
  assert.deepEqual(names(), [])
  await clock.advance(1)
  assert.deepEqual(names(), ['p'])
})

test('A deleted pod does not come back', async () => {
  const { clock, queue, names } = make()
  queue.add(pod('p'))
  queue.retry(queue.take()!)
  queue.delete('n/p')
  await clock.advance(60_000)
  assert.deepEqual(names(), [])
  assert.equal(queue.size, 0)
})
