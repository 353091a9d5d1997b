import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { pageSizeOf } from '../volumes/huge-pages.ts'
import { hugePageLimits, type SwapSettings, swapLimit } from './memory-extras.ts'
import { podResources } from './resources.ts'

const podWith = (...resources: object[]): Pod =>
  ({ spec: { containers: resources.map((each, index) => ({ name: `c${index}`, resources: each })) } }) as unknown as Pod

test('every size of huge pages is limited, to nothing where it is not asked for; the pod to the sum', () => {
  assert.deepEqual(hugePageLimits({ 'hugepages-2Mi': '4Mi' }, ['hugepages-1Gi', 'hugepages-2Mi']), [
    { pageSize: '1GB', limit: 0 },
    { pageSize: '2MB', limit: 4 * 2 ** 20 },
  ])
  const asking = { limits: { 'hugepages-2Mi': '4Mi' } }
  assert.deepEqual(podResources(podWith(asking, asking, {})).hugePages, { 'hugepages-2Mi': 8 * 2 ** 20 })
})

test('an emptyDir of huge pages is of the size that the pod asks for', () => {
  const pod = podWith({ limits: { 'hugepages-2Mi': '4Mi' } }, { limits: { 'hugepages-1Gi': '1Gi' } })
  assert.equal(pageSizeOf('HugePages-1Gi', pod), '1Gi')
  assert.equal(pageSizeOf('HugePages', podWith({ limits: { 'hugepages-2Mi': '4Mi' } })), '2Mi')
  assert.throws(() => pageSizeOf('HugePages', pod), { message: "medium: HugePages can't be used if container requests multiple huge page sizes" })
  assert.throws(() => pageSizeOf('HugePages-2Mi', podWith({})), {
    message: 'medium HugePages-2Mi: hugePages storage requested, but there is no resource request for huge pages',
  })
})

test('swap is for Burstable containers with LimitedSwap, as large a part of it as they request of the memory', () => {
  const settings: SwapSettings = { behavior: 'LimitedSwap', swapBytes: 1000, memoryBytes: 100, isUnified: true }
  const of = (resources: object, more: Partial<SwapSettings> = {}, memory?: number) => {
    const pod = podWith(resources)
    return swapLimit(pod, pod.spec.containers[0]!, { ...settings, ...more }, memory)
  }
  const allowed = (bytes: string) => ({ unified: { 'memory.swap.max': bytes } })
  assert.deepEqual(of({ requests: { memory: '10' } }), allowed('100'))
  assert.deepEqual(of({ requests: { memory: '10', cpu: '1' }, limits: { memory: '10' } }), allowed('0'), 'a request that is its limit')
  assert.deepEqual(of({}), allowed('0'), 'best effort')
  assert.deepEqual(of({ requests: { memory: '10' } }, { behavior: 'NoSwap' }), allowed('0'))
  assert.deepEqual(of({ requests: { memory: '10' } }, { swapBytes: 0 }), {}, 'a node without swap')
  assert.deepEqual(of({ requests: { memory: '10' }, limits: { memory: '20' } }, { isUnified: false }, 20), { memorySwapLimitInBytes: 20 })
})
