import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pods } from '#api/gen/resources.ts'
import { serviceUnavailable } from '#apimachinery/status-error.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createActionEventRecorder, newerEvents } from './event-series.ts'
import { createFakeClient } from './fake/fake-client.ts'
import { intercept } from './interceptor.ts'

function setUp(fails: () => boolean = () => false) {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const [pod, preemptor] = client.seed(pods, { metadata: { namespace: 'n', name: 'p' } }, { metadata: { namespace: 'n', name: 'q' } })
  const via = intercept(client, {
    before() {
      if (fails()) throw serviceUnavailable('not now')
    },
  })
  const recorder = createActionEventRecorder({ client: via, clock, log: silentLogger, reportingController: 'default-scheduler', host: 'h' })
  const writes = () => client.actions.filter(({ verb }) => verb === 'create' || verb === 'patch').length
  const failed = (note = 'no room') => recorder.record(pod!, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note })
  return { clock, client, pod: pod!, preemptor: preemptor!, recorder, failed, writes, said: () => client.all(newerEvents) }
}

test('An event has action, related object, reporter and time as the newer API has them', async () => {
  const { pod, preemptor, recorder, said } = setUp()
  recorder.record(pod, { type: 'Normal', reason: 'Preempted', action: 'Preempting', note: 'Preempted by pod q', related: preemptor })
  await recorder.flush()
  const { metadata, regarding, related, ...event } = said()[0]!
  assert.match(metadata.name, /^p\.[0-9a-f]{16}$/)
  assert.deepEqual(
    [metadata.namespace, regarding!.name, regarding!.uid, related!.name, related!.uid],
    ['n', 'p', pod.metadata.uid, 'q', preemptor.metadata.uid],
  )
  assert.deepEqual(event, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'default-scheduler',
    reportingInstance: 'default-scheduler-h',
    action: 'Preempting',
    reason: 'Preempted',
    note: 'Preempted by pod q',
    type: 'Normal',
  })
})

test('What is said again becomes a series of the first: written with the second, and when it has ended', async () => {
  const { clock, recorder, failed, writes, said } = setUp()
  for (let time = 0; time < 5; time++) {
    failed(`attempt ${time}`)
    await recorder.flush()
    await clock.advance(60_000)
  }
  assert.equal(writes(), 2)
  assert.deepEqual([said().length, said()[0]!.note, said()[0]!.series!.count], [1, 'attempt 0', 2])
  await clock.advance(12 * 60_000)
  assert.equal(writes(), 3)
  assert.deepEqual(said()[0]!.series, { count: 5, lastObservedTime: '2026-01-01T00:04:00.000000Z' })
  failed()
  await recorder.flush()
  assert.equal(said().length, 2, 'an ended series is not taken up again')
})

test('A series that goes on is written anew each half hour, so that the server does not forget it', async () => {
  const { clock, failed, writes, said } = setUp()
  for (let minute = 0; minute < 40; minute++) {
    failed()
    await clock.advance(60_000)
  }
  assert.equal(writes(), 3)
  assert.ok(said()[0]!.series!.count >= 30)
})

test('Another version of the object, reason or action is another event', async () => {
  const { client, pod, recorder, failed, said } = setUp()
  failed()
  const changed = await client.update(pods, { ...pod, metadata: { ...pod.metadata, labels: { a: 'b' } } })
  recorder.record(changed, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: 'no room' })
  recorder.record(pod, { type: 'Normal', reason: 'Scheduled', action: 'Binding', note: 'done' })
  await recorder.flush()
  assert.equal(said().length, 3)
})

test('A write that fails is tried again and holds up no other', async () => {
  let down = true
  const { clock, pod, preemptor, recorder, said } = setUp(() => down)
  recorder.record(pod, { type: 'Normal', reason: 'A', action: 'x', note: '' })
  await clock.advance(100)
  down = false
  recorder.record(preemptor, { type: 'Normal', reason: 'B', action: 'x', note: '' })
  await clock.advance(0)
  assert.deepEqual(
    said().map(({ reason }) => reason),
    ['B'],
  )
  await clock.advance(13_000)
  assert.deepEqual(
    said()
      .map(({ reason }) => reason)
      .sort(),
    ['A', 'B'],
  )
})

test('Of more than may wait the newest are dropped', async () => {
  const { clock, pod, recorder, said } = setUp()
  for (let index = 0; index < 10_100; index++) recorder.record(pod, { type: 'Normal', reason: `R${index}`, action: 'x', note: '' })
  await recorder.flush()
  await clock.advance(0)
  assert.ok(said().length >= 10_000 && said().length < 10_100)
})
