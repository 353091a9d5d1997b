import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { withDefaults } from '../configuration/defaults.ts'
import { shutdownSignal } from './inhibitor.ts'
import { NodeShutdown } from './node-shutdown.ts'
import { shutdownGroups, shutdownPeriods, totalSeconds } from './periods.ts'

const pod = (name: string, priority?: number, grace = 30) =>
  ({ metadata: { name, uid: name }, spec: { terminationGracePeriodSeconds: grace, ...(priority === undefined ? {} : { priority }) } }) as unknown as Pod

test('critical pods get their part of the period, the others the rest', () => {
  const periods = shutdownPeriods(withDefaults({ shutdownGracePeriod: '30s', shutdownGracePeriodCriticalPods: '10s' }))
  assert.deepEqual(periods, [
    { priority: 0, shutdownGracePeriodSeconds: 20 },
    { priority: 2_000_000_000, shutdownGracePeriodSeconds: 10 },
  ])
  assert.equal(totalSeconds(periods), 30)
  assert.deepEqual(shutdownPeriods(withDefaults({})), [])
})

test('a pod goes with the highest period at or below its priority, or else with the lowest', () => {
  const periods = shutdownPeriods(
    withDefaults({
      shutdownGracePeriodByPodPriority: [
        { priority: 1000, shutdownGracePeriodSeconds: 5 },
        { priority: 10, shutdownGracePeriodSeconds: 20 },
      ],
    }),
  )
  const groups = shutdownGroups(periods, [pod('none'), pod('low', 5), pod('at', 10), pod('between', 999), pod('high', 1000), pod('top', 9999)])
  assert.deepEqual(
    groups.map(({ seconds, pods }) => [seconds, ...pods.map(({ metadata }) => metadata.name)]),
    [
      [20, 'none', 'low', 'at', 'between'],
      [5, 'high', 'top'],
    ],
  )
})

test('groups end one after the other, each within its time, with the shorter of both grace periods', async () => {
  const clock = new FakeClock()
  const told: string[] = []
  const shutdown = new NodeShutdown({
    periods: shutdownPeriods(withDefaults({ shutdownGracePeriod: '30s', shutdownGracePeriodCriticalPods: '10s' })),
    clock,
    log: silentLogger,
    activePods: () => [pod('slow', 0, 60), pod('quick', 0, 5), pod('critical', 2_000_000_000)],
    end: (of, { reason }, grace) => {
      told.push(`${of.metadata.name} ${reason} ${grace}`)
      return of.metadata.name === 'slow' ? new Promise(() => {}) : Promise.resolve()
    },
    onBegin: async () => void told.push('begin'),
  })
  assert.equal(shutdown.inProgress, false)
  const done = shutdown.run()
  await settle()
  assert.deepEqual([shutdown.inProgress, told], [true, ['begin', 'slow Terminated 20', 'quick Terminated 5']])
  await clock.advance(20_000)
  await done
  assert.deepEqual(told.slice(3), ['critical Terminated 10'])
})

test('logind’s signal is known among the others', () => {
  assert.equal(shutdownSignal('/org/freedesktop/login1: org.freedesktop.login1.Manager.PrepareForShutdown (true,)'), true)
  assert.equal(shutdownSignal('/org/freedesktop/login1: org.freedesktop.login1.Manager.PrepareForShutdown (false,)'), false)
  assert.equal(shutdownSignal("/org/freedesktop/login1: org.freedesktop.login1.Manager.SessionNew ('1', objectpath '/s')"), undefined)
})
