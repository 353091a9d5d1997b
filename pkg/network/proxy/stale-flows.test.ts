import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#base/log.ts'
import { deleteFlows, staleFlows } from './stale-flows.ts'

const flows = (front: string, ...endpoints: string[]) => new Map([[front, new Set(endpoints)]])
const udp = '-f ipv4 -p udp'

for (const { name, before, after, stale } of [
  {
    name: 'an endpoint that is gone',
    before: flows('10.96.0.9 53', '10.244.0.2 5353', '10.244.0.3 5353'),
    after: flows('10.96.0.9 53', '10.244.0.3 5353'),
    stale: [`${udp} --orig-dst 10.96.0.9 --orig-port-dst 53 --reply-src 10.244.0.2 --reply-port-src 5353`],
  },
  {
    name: 'an endpoint that listens elsewhere now',
    before: flows('* 30053', '10.244.0.2 5353'),
    after: flows('* 30053', '10.244.0.2 5354'),
    stale: [`${udp} --orig-port-dst 30053 --reply-src 10.244.0.2 --reply-port-src 5353`],
  },
  {
    name: 'the first endpoint of a Service that had none',
    before: flows('10.96.0.9 53'),
    after: flows('10.96.0.9 53', '10.244.0.2 5353'),
    stale: [`${udp} --orig-dst 10.96.0.9 --orig-port-dst 53`],
  },
  { name: 'nothing when one more comes', before: flows('* 53', '10.244.0.2 53'), after: flows('* 53', '10.244.0.2 53', '10.244.0.3 53'), stale: [] },
])
  test(`of UDP flows those are stale that lead to ${name}`, () => {
    assert.deepEqual(
      staleFlows(before, after, 4).map((each) => each.join(' ')),
      stale,
    )
  })

test('deleted flows are counted, and that there was none is no failure', async () => {
  const answers = [
    { code: 0, stdout: '', stderr: 'conntrack v1.4.7 (conntrack-tools): 3 flow entries have been deleted.\n' },
    { code: 1, stdout: '', stderr: 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.\n' },
  ]
  assert.equal(
    await deleteFlows(
      [
        ['-p', 'udp'],
        ['-p', 'udp'],
      ],
      silentLogger,
      async () => answers.shift()!,
    ),
    3,
  )
})
