import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { podResources, qosClass } from './resources.ts'
import { criStopSignal } from './stop-signal.ts'

const pod = (spec: object) => ({ spec: { containers: [{ name: 'main', resources: {} }], ...spec } }) as unknown as Pod

test('what the pod as a whole asks for decides its class and its cgroup', () => {
  const whole = pod({ resources: { requests: { cpu: '500m', memory: '64Mi' }, limits: { cpu: '500m', memory: '64Mi' } } })
  assert.equal(qosClass(whole), 'Guaranteed')
  assert.deepEqual(podResources(whole), { shares: 512, quota: 50_000, memory: 64 * 1024 * 1024, hugePages: {} })
  assert.equal(qosClass(pod({ resources: { requests: { cpu: '1' } } })), 'Burstable')
  assert.equal(qosClass(pod({})), 'BestEffort')
})

test('the overhead of a RuntimeClass comes on top of a limit, and makes none where there is none', () => {
  const limited = [{ name: 'main', resources: { limits: { cpu: '1', memory: '10Mi' } } }]
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
