import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { withDefaults } from '../configuration/defaults.ts'
import type { KubeletConfiguration } from '../configuration/fields.ts'
import { fakeCri } from '../testing/fake-cri.ts'
import { ImageGarbageCollector } from './image-gc.ts'

function bench(configuration: KubeletConfiguration = {}) {
  const clock = new FakeClock()
  const cri = fakeCri(clock, ['old:1', 'young:1', 'pause:1'])
  const removed: string[] = []
  const removeImage = async (id: string) => {
    removed.push(id)
    cri.images0.delete(id.replace('sha256:', ''))
  }
  const used: string[] = []
  const images = {
    ...cri.images,
    removeImage,
    // A real runtime takes its time to answer.
    async listImages() {
      await clock.advance(5)
      return cri.images.listImages()
    },
  }
  const runtime = { ...cri.runtime, listContainers: async () => used.map((imageRef) => ({ imageRef })) as never }
  const disk = { capacity: 100, available: 50 }
  const options = { ...withDefaults(configuration), cri: { ...cri, images, runtime }, clock, log: silentLogger, keep: () => ['pause:1'], disk: () => disk }
  return { clock, disk, removed, used, collector: new ImageGarbageCollector(options) }
}

test('nothing is removed while the disk has room', async () => {
  const { clock, removed, collector } = bench()
  await collector.run('/')
  await clock.advance(600_000)
  await collector.run('/')
  assert.deepEqual(removed, [])
})

test('over the high threshold unused images go until the low one is reached, but none younger than imageMinimumGCAge', async () => {
  const { clock, disk, removed, collector } = bench({ imageGCHighThresholdPercent: 60, imageGCLowThresholdPercent: 58 })
  await collector.run('/')
  disk.available = 40
  await clock.advance(60_000)
  await collector.run('/')
  assert.deepEqual(removed, [])
  await clock.advance(61_000)
  await collector.run('/')
  assert.deepEqual(removed, ['sha256:old:1', 'sha256:young:1'], 'each is of size 1, and two are over the low threshold')
})

test('images that nobody has used for imageMaximumGCAge go whatever the disk has; the sandbox’s stays', async () => {
  const { clock, removed, collector } = bench({ imageMaximumGCAge: '1h' })
  await collector.run('/')
  await clock.advance(3_500_000)
  await collector.run('/')
  assert.deepEqual(removed, [])
  await clock.advance(200_000)
  await collector.run('/')
  assert.deepEqual(removed, ['sha256:old:1', 'sha256:young:1'])
})

test('what a container uses is never removed, neither for room nor under pressure nor for its age', async () => {
  const { clock, disk, removed, used, collector } = bench({
    imageMinimumGCAge: '1ms',
    imageMaximumGCAge: '1h',
    imageGCHighThresholdPercent: 60,
    imageGCLowThresholdPercent: 10,
  })
  used.push('sha256:old:1')
  disk.available = 5
  await collector.removeUnused()
  assert.deepEqual(removed, ['sha256:young:1'])
  await clock.advance(4_000_000)
  await collector.run('/')
  assert.deepEqual(removed, ['sha256:young:1'])
  used.length = 0
  await collector.run('/')
  assert.deepEqual(removed, ['sha256:young:1', 'sha256:old:1'])
})
