import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, pods } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createEventRecorder } from './events.ts'
import { createFakeClient } from './fake/fake-client.ts'

function setUp() {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const [pod] = client.seed(pods, { metadata: { namespace: 'n', name: 'p' } })
  const recorder = createEventRecorder({ client, clock, log: silentLogger, component: 'kubelet', host: 'node-1' })
  return { clock, client, pod: pod!, recorder }
}

test('Equal events become one with a count', async () => {
  const { clock, client, pod, recorder } = setUp()
  for (let time = 0; time < 3; time++) {
    recorder.event(pod, 'Normal', 'Pulled', 'Container image "x" already present on machine')
    await clock.advance(1000)
  }
  await recorder.flush()
  const [event, ...more] = client.all(events)
  assert.equal(more.length, 0)
  assert.equal(event?.count, 3)
  assert.equal(event?.firstTimestamp, '2026-01-01T00:00:00Z')
  assert.equal(event?.lastTimestamp, '2026-01-01T00:00:02Z')
  assert.match(event!.metadata.name, /^p\.[0-9a-f]{16}$/)
  assert.deepEqual(event?.source, { component: 'kubelet', host: 'node-1' })
  assert.equal(event?.involvedObject?.uid, pod.metadata.uid)
})

test('Ten alike that differ in their message are combined', async () => {
  const { client, pod, recorder } = setUp()
  for (let time = 0; time < 12; time++) recorder.event(pod, 'Warning', 'Failed', `attempt ${time}`)
  await recorder.flush()
  const combined = client.all(events).filter((each) => each.message?.startsWith('(combined from similar events): '))
  assert.equal(combined.length, 1)
  assert.equal(combined[0]?.count, 3)
  assert.equal(client.all(events).length, 10)
})

test('A flood about one object is cut off after 25, and counted nevertheless; what is of another type is not cut off', async () => {
  const { clock, client, pod, recorder } = setUp()
  for (let time = 0; time < 40; time++) recorder.event(pod, 'Normal', 'Same', 'same')
  await recorder.flush()
  assert.equal(client.all(events)[0]?.count, 25)
  recorder.event(pod, 'Warning', 'Other', 'other')
  await recorder.flush()
  assert.equal(client.all(events).length, 2)
  await clock.advance(300_000)
  recorder.event(pod, 'Normal', 'Same', 'same')
  await recorder.flush()
  assert.deepEqual(
    client
      .all(events)
      .map(({ reason, count }) => [reason, count])
      .sort(),
    [
      ['Other', 1],
      ['Same', 41],
    ],
  )
})

test('What containers of one pod say alike is combined, and each of them counts its own', async () => {
  const { client, pod, recorder } = setUp()
  const of = (container: string) => ({
    kind: 'Pod',
    namespace: 'n',
    name: 'p',
    uid: pod.metadata.uid,
    apiVersion: 'v1',
    fieldPath: `spec.containers{${container}}`,
  })
  for (const container of ['a', 'b', 'a']) recorder.event(of(container) as never, 'Normal', 'Pulled', 'the same')
  await recorder.flush()
  assert.deepEqual(
    client
      .all(events)
      .map(({ count, involvedObject }) => [involvedObject.fieldPath, count])
      .sort(),
    [
      ['spec.containers{a}', 2],
      ['spec.containers{b}', 1],
    ],
  )
  for (let time = 0; time < 12; time++) recorder.event(of(time % 2 ? 'a' : 'b') as never, 'Warning', 'Failed', `attempt ${time}`)
  await recorder.flush()
  assert.equal(client.all(events).filter(({ message }) => message?.startsWith('(combined from similar events): ')).length, 1)
})

test('With a delay the first waits, what comes meanwhile goes with it; a warning and a flush wait for nothing', async () => {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const [pod] = client.seed(pods, { metadata: { namespace: 'n', name: 'p' } })
  const recorder = createEventRecorder({ client, clock, log: silentLogger, component: 'kubelet', delayMs: 300 })
  recorder.event(pod!, 'Normal', 'Created', 'Container created')
  await clock.advance(200)
  recorder.event(pod!, 'Normal', 'Started', 'Container started')
  assert.equal(client.all(events).length, 0)
  await clock.advance(100)
  assert.deepEqual(
    client.all(events).map(({ reason }) => reason),
    ['Created', 'Started'],
  )
  recorder.event(pod!, 'Normal', 'Killing', 'Stopping container main')
  await recorder.flush()
  assert.equal(client.all(events).length, 3)
  recorder.event(pod!, 'Normal', 'Pulling', 'Pulling image "x"')
  recorder.event(pod!, 'Warning', 'Failed', 'Failed to pull image "x"')
  await clock.advance(0)
  assert.equal(client.all(events).length, 5)
})
