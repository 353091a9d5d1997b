import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodStatus } from '#api/gen/core/v1.ts'
import { kubeletMetrics } from './kubelet-metrics.ts'
import { countTerminations } from './terminations.ts'

const statusOf = (list: string, ...states: object[]) => ({ [list]: states.map((state, at) => ({ name: `c${at}`, state })) }) as unknown as PodStatus
const ended = (exitCode: number, reason: string) => ({ terminated: { exitCode, reason } })

test('the end of a container is counted once, with how it ended', () => {
  const metrics = kubeletMetrics()
  const running = statusOf('containerStatuses', { running: {} }, { running: {} })
  const one = statusOf('containerStatuses', ended(139, 'Error'), { running: {} })
  const both = statusOf('containerStatuses', ended(139, 'Error'), ended(0, 'Completed'))
  for (const [before, now] of [
    [undefined, running],
    [running, one],
    [one, one],
    [one, both],
  ] as const)
    countTerminations(metrics, before, now)
  countTerminations(metrics, undefined, statusOf('initContainerStatuses', ended(0, 'Completed')))
  const lines = metrics.set
    .text()
    .split('\n')
    .filter((line) => line.startsWith('kubelet_terminated'))
  assert.deepEqual(lines.sort(), [
    'kubelet_terminated_containers_total{container_type="container",exit_code="0",reason="Completed"} 1',
    'kubelet_terminated_containers_total{container_type="container",exit_code="139",reason="Error"} 1',
    'kubelet_terminated_containers_total{container_type="init_container",exit_code="0",reason="Completed"} 1',
  ])
})
