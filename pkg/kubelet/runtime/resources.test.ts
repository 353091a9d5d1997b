import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { containerHash } from './labels.ts'
import { podResources, qosClass } from './resources.ts'
import { sandboxResources } from './sandbox-resources.ts'
import { criStopSignal } from './stop-signal.ts'

const limited = [{ name: 'main', resources: { limits: { cpu: '1', memory: '10Mi' } } }]
const pod = (spec: object) => ({ spec: { containers: [{ name: 'main', resources: {} }], ...spec } }) as unknown as Pod

test('what the pod as a whole asks for decides its class and its cgroup', () => {
  const whole = pod({ resources: { requests: { cpu: '500m', memory: '64Mi' }, limits: { cpu: '500m', memory: '64Mi' } } })
  assert.equal(qosClass(whole), 'Guaranteed')
  assert.deepEqual(podResources(whole), { shares: 512, quota: 50_000, memory: 64 * 1024 * 1024, hugePages: {} })
  assert.equal(qosClass(pod({ resources: { requests: { cpu: '1' } } })), 'Burstable')
  assert.equal(qosClass(pod({})), 'BestEffort')
})

test('the overhead of a RuntimeClass comes on top of a limit, and makes none where there is none', () => {
  const overhead = { cpu: '250m', memory: '5Mi' }
  assert.deepEqual(podResources(pod({ containers: limited, overhead })), { shares: 1280, quota: 125_000, memory: 15 * 1024 * 1024, hugePages: {} })
  assert.deepEqual(podResources(pod({ overhead })), { shares: 256, quota: 0, memory: 0, hugePages: {} })
})

test('stop signals have CRI’s numbers', () => {
  const number = (stopSignal?: string) => criStopSignal({ lifecycle: stopSignal ? { stopSignal } : {} } as unknown as Container)
  assert.deepEqual(
    [number(), number('SIGABRT'), number('SIGTERM'), number('SIGUSR1'), number('SIGRTMIN'), number('SIGRTMIN+1'), number('SIGRTMAX-14'), number('SIGRTMAX')],
    [undefined, 1, 23, 29, 35, 36, 51, 65],
  )
})

test('a container’s hash is the one that upstream’s kubelet gives it, so that neither restarts what the other has started', () => {
  // As kubelet 1.36.1 wrote it on a container of its own.
  assert.equal(containerHash({ name: 'main', image: 'test.local/tools:1', command: ['sh'] } as Container), 'b281b39b')
})

test('a sandbox is told how large its pod is, and what it takes itself', () => {
  const settings = { cpuCFSQuota: true, cpuCFSQuotaPeriod: '100ms' }
  const sized = { containers: limited, overhead: { cpu: '250m', memory: '5Mi' } }
  assert.deepEqual(sandboxResources(pod(sized), settings), {
    resources: { cpuShares: 1024, cpuPeriod: 100_000, cpuQuota: 100_000, memoryLimitInBytes: 10 * 2 ** 20 },
    overhead: { cpuShares: 256, cpuPeriod: 100_000, cpuQuota: 25_000, memoryLimitInBytes: 5 * 2 ** 20 },
  })
  assert.deepEqual(sandboxResources(pod({ containers: [{ name: 'a' }] }), { ...settings, cpuCFSQuota: false }), { resources: { cpuShares: 2 }, overhead: {} })
})
