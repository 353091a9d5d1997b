import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { type EventInterest, isItself, labelOf } from './framework/events.ts'
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
  assert.equal(queue.take()?.attempts, 7)
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

test('A pod parked for more than five minutes is tried whatever happened; one parked later is not', async () => {
  const { clock, queue, names } = make()
  queue.add(pod('p'))
  queue.park(queue.take()!, new Set(['Nobody']))
  await clock.advance(4 * 60_000)
  queue.add(pod('later'))
  queue.park(queue.take()!, new Set(['Nobody']))
  await clock.advance(60_000)
  assert.deepEqual(names(), [])
  await clock.advance(30_000)
  const waited = queue.take()!
  assert.deepEqual([waited.info.pod.metadata.name, waited.flushed], ['p', true])
  queue.park(waited, new Set(['Extender']))
  queue.changed('Node/Add', {})
  assert.equal(queue.take()!.flushed, false)
})

test('When nothing else is to do, a refused pod that may fit now is tried before its back-off is over; one that met an error is not', async () => {
  const { queue, names } = make()
  queue.add(pod('refused'))
  queue.park(queue.take()!, new Set(['Extender']))
  queue.add(pod('failed'))
  queue.retry(queue.take()!)
  queue.changed('Node/Add', {})
  assert.deepEqual(queue.counts(), { active: 0, backoff: 2, unschedulable: 0, gated: 0 })
  queue.add(pod('new'))
  assert.deepEqual(names(), ['new', 'refused'])
})

test('Of pods backing off, the more important of the same second comes first', async () => {
  const { clock, queue, names } = make()
  for (const [name, priority] of [
    ['a', 1],
    ['b', 5],
    ['c', 9],
  ] as const) {
    queue.add(pod(name, { priority }))
    queue.park(queue.take()!, new Set(['Extender']))
    if (name === 'b') await clock.advance(600)
  }
  queue.changed('Node/Add', {})
  assert.deepEqual(names(), ['b', 'a', 'c'])
})

test('The back-off of errors is counted for itself, and ends when a plugin has its say', async () => {
  const { clock, queue } = make()
  queue.add(pod('p'))
  queue.park(queue.take()!, new Set(['Extender']))
  queue.changed('Node/Add', {})
  queue.retry(queue.take()!)
  await clock.advance(1_000)
  queue.retry(queue.take()!)
  await clock.advance(1_999)
  assert.equal(queue.take(), undefined)
  await clock.advance(1)
  const third = queue.take()!
  assert.deepEqual([third.errors, third.refusals], [2, 1])
  queue.park(third, new Set(['Extender']))
  assert.deepEqual([third.errors, third.refusals], [0, 2])
})

test('A change that comes while a pod is being tried is not missed by it', async () => {
  const { queue, names } = make({ Fit: [{ event: 'Node/Add' }] })
  queue.add(pod('p'))
  const first = queue.take()!
  queue.changed('Node/Add', {})
  queue.park(first, new Set(['Fit']))
  assert.deepEqual(names(), ['p'])
  queue.add(pod('q'))
  const second = queue.take()!
  queue.changed('Node/UpdateLabel', {})
  queue.park(second, new Set(['Fit']))
  assert.deepEqual(names(), [])
})

test('A gated pod waits for the event its gate minds, is counted apart, and never has the five minutes', async () => {
  const clock = new FakeClock()
  let shut = true
  const queue = new SchedulingQueue({
    clock,
    wake: () => {},
    interestsOf: () => [{ event: 'UnschedulablePod/GatesEliminated' }],
    gateOf: () => (shut ? 'SchedulingGates' : undefined),
  })
  queue.add(pod('p'))
  await clock.advance(10 * 60_000)
  queue.changed('Node/Add', {})
  assert.deepEqual(queue.counts(), { active: 0, backoff: 0, unschedulable: 0, gated: 1 })
  shut = false
  queue.update(pod('p'), pod('p'), ['UnschedulablePod/GatesEliminated'])
  assert.equal(queue.take()?.attempts, 1)
})

test("A waiting pod's own change counts where its refuser minds it", async () => {
  const { clock, queue, names } = make({ Taint: [{ event: 'UnschedulablePod/UpdateToleration', hint: isItself }] })
  queue.add(pod('p'))
  queue.park(queue.take()!, new Set(['Taint']))
  await clock.advance(10_000)
  queue.update(pod('p'), pod('p'), ['UnschedulablePod/UpdateLabel'])
  assert.deepEqual(names(), [])
  queue.update(pod('p'), pod('p'), ['UnschedulablePod/UpdateToleration'])
  assert.deepEqual(names(), ['p'])
})

test('A tried pod stands behind those of its priority that came meanwhile', async () => {
  const { queue, names } = make()
  queue.add(pod('tried'))
  const tried = queue.take()!
  queue.add(pod('new'))
  queue.park(tried, new Set(['Extender']))
  queue.activate('n/tried')
  assert.deepEqual(names(), ['new', 'tried'])
})

for (const [event, before, label] of [
  ['Node/UpdateTaint', {}, 'NodeUpdateNodeTaint'],
  ['AssignedPod/ScaleDown', {}, 'AssignedPodUpdatePodScaleDown'],
  ['UnschedulablePod/GatesEliminated', {}, 'UnschedulablePodUpdatePodSchedulingGatesEliminated'],
  ['CSINode/Change', undefined, 'storage.k8s.io/CSINodeAdd'],
  ['ResourceSlice/Change', {}, 'resource.k8s.io/ResourceSliceUpdate'],
  ['PersistentVolumeClaim/Change', undefined, 'PersistentVolumeClaimAdd'],
] as const) {
  test(`${event} is counted as ${label}`, () => {
    assert.equal(labelOf(event, before), label)
  })
}

test('A deleted pod does not come back', async () => {
  const { clock, queue, names } = make()
  queue.add(pod('p'))
  queue.retry(queue.take()!)
  queue.delete('n/p')
  await clock.advance(60_000)
  assert.deepEqual(names(), [])
  assert.equal(queue.size, 0)
})
