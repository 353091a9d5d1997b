import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { containerResources } from './container-resources.ts'

const limits = {
  memoryCapacity: 8e9,
  canLowerOomScore: true,
  cpuCFSQuota: true,
  quotaPeriodMicroseconds: 100_000,
  hugePages: [],
  swap: { swapBehavior: 'NoSwap', swapBytes: 0 },
} as never
const container = (resources: Container['resources']): Container => ({ name: 'main', resources })
const of = (each: Container, more = {}) =>
  containerResources({ metadata: { name: 'p' }, spec: { containers: [each] } } as unknown as Pod, each, { ...(limits as object), ...more } as never)
const guaranteed = container({ requests: { cpu: '500m', memory: '64Mi' }, limits: { cpu: '500m', memory: '64Mi' } })

test('cpu is shares and a quota of a period, memory a limit', () => {
  const { cpuShares, cpuPeriod, cpuQuota, memoryLimitInBytes } = of(guaranteed)
  assert.deepEqual([cpuShares, cpuPeriod, cpuQuota, memoryLimitInBytes], [512, 100_000, 50_000, 64 * 1024 * 1024])
  assert.equal(of(guaranteed, { quotaPeriodMicroseconds: 20_000 }).cpuQuota, 10_000)
  assert.equal(of(guaranteed, { cpuCFSQuota: false }).cpuQuota, undefined)
})

test('scores of the OOM killer go by QoS class; where the kernel does not let them be lowered, they stay at 0', () => {
  const half = container({ requests: { memory: '4G' } })
  assert.deepEqual(
    [of(guaranteed), of(half), of(container({}))].map(({ oomScoreAdj }) => oomScoreAdj),
    [-997, 500, 1000],
  )
  const weak = { canLowerOomScore: false }
  assert.deepEqual(
    [of(guaranteed, weak), of(half, weak), of(container({}), weak)].map(({ oomScoreAdj }) => oomScoreAdj),
    [0, 500, 1000],
  )
})
