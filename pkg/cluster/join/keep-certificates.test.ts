import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { type KeepCertificatesOptions, keepCertificates } from './keep-certificates.ts'

const day = 24 * 3_600_000

/** An authority whose certificates last ninety days, and a node that wants sixty days of it left. */
function joined(given: { client?: number; serving?: number; refused?: boolean } = {}) {
  const clock = new FakeClock()
  const abort = new AbortController()
  const ends = { client: clock.now() + (given.client ?? 90) * day, serving: clock.now() + (given.serving ?? 90) * day }
  const asked: string[] = []
  let refuses = given.refused === true
  const options: KeepCertificatesOptions = {
    clock,
    log: silentLogger,
    signal: abort.signal,
    lasts: (kind) => ends[kind] - clock.now() > 60 * day,
    async request(kind) {
      asked.push(kind)
      if (refuses) throw new Error('denied')
      return { certificate: `${kind} ${clock.now()}`, key: 'key' }
    },
    use(kind, pair) {
      assert.equal(pair.certificate.split(' ')[0], kind)
      ends[kind] = clock.now() + 90 * day
    },
  }
  return { clock, asked, ends, running: keepCertificates(options), stop: () => abort.abort(), refuse: (value: boolean) => (refuses = value) }
}

test('what is missing is asked for at once, and what lasts is left alone', async () => {
  const { clock, asked, running, stop } = joined({ serving: 0 })
  await clock.advance(0)
  assert.deepEqual(asked, ['serving'])
  await clock.advance(2 * day)
  assert.deepEqual(asked, ['serving'])
  stop()
  await running
})

test('an agent that runs for months always has certificates that serve', async () => {
  const { clock, asked, ends, running, stop } = joined({ client: 61, serving: 80 })
  for (let passed = 0; passed < 60; passed++) {
    await clock.advance(day)
    assert.ok(Math.min(ends.client, ends.serving) - clock.now() > 59 * day, `after ${passed} days`)
  }
  assert.deepEqual(asked, ['client', 'serving', 'client', 'serving'])
  stop()
  await running
})

test('a refusal is tried again after longer and longer pauses, and one certificate does not wait for the other', async () => {
  const { clock, asked, refuse, running, stop } = joined({ client: 0, serving: 0, refused: true })
  await clock.advance(14_000)
  assert.deepEqual(asked.filter((kind) => kind === 'client').length, 4, 'at 0, 2, 6 and 14 s')
  assert.deepEqual(asked.filter((kind) => kind === 'serving').length, 4)
  refuse(false)
  await clock.advance(16_000)
  assert.equal(asked.length, 10)
  await clock.advance(day / 4)
  assert.equal(asked.length, 10)
  stop()
  await running
})
