import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withDefaults } from '../configuration/defaults.ts'
import { PullRate, PullSlots } from './pull-slots.ts'

const most = async (configuration: Parameters<typeof withDefaults>[0]): Promise<number> => {
  const slots = new PullSlots(withDefaults(configuration))
  let now = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 6 }, () =>
      slots.run(async () => {
        most = Math.max(most, ++now)
        await new Promise(setImmediate)
        now--
      }),
    ),
  )
  return most
}

test('pulls go one by one, so many at once, or all together, as the configuration says', async () => {
  assert.equal(await most({}), 1)
  assert.equal(await most({ maxParallelImagePulls: 3 }), 3)
  assert.equal(await most({ serializeImagePulls: false }), 6)
})

test('a pull that fails gives its place to the next', async () => {
  const slots = new PullSlots(withDefaults({}))
  await assert.rejects(slots.run(async () => Promise.reject(new Error('no'))))
  assert.equal(await slots.run(async () => 'pulled'), 'pulled')
})

test('the rate lets a burst through, then so many a second', () => {
  const rate = new PullRate(withDefaults({ registryBurst: 2, registryPullQPS: 1 }), 0)
  assert.deepEqual([rate.take(0), rate.take(0), rate.take(0), rate.take(900), rate.take(1000)], [true, true, false, false, true])
  const unlimited = new PullRate(withDefaults({ registryPullQPS: 0 }), 0)
  assert.ok(Array.from({ length: 99 }, () => unlimited.take(0)).every(Boolean))
})
