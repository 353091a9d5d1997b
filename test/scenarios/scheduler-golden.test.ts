/** The scheduler decides, says and writes what kube-scheduler 1.36 did in the same situations, as `scheduler-golden/record.ts` recorded it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { startTestApiServer } from '#apiserver/testing.ts'
import { systemClock } from '#base/clock.ts'
import { createLogger } from '#base/log.ts'
import { readSchedulerConfiguration } from '#scheduler/config/read-config.ts'
import { withPostFilter } from '#scheduler/framework/diagnosis.ts'
import { type Found, NodeFinder, type Unfit } from '#scheduler/framework/find-node.ts'
import type { Cycle, Profile } from '#scheduler/framework/types.ts'
import { preempt } from '#scheduler/plugins/default-preemption/index.ts'
import { startScheduler } from '#scheduler/scheduler.ts'
import type { PodInfo } from '#scheduler/state/pod-info.ts'
import { objectsOf, type TestCluster, testCluster } from '#scheduler/testing.ts'
import { Case, type Decision, request, untilDecided } from './scheduler-golden/decide.ts'
import { hintCases } from './scheduler-golden/hint-cases.ts'
import { type Incoming, incomingOf, since } from './scheduler-golden/hints.ts'
import { profilesFile, type Scored, scoreCases } from './scheduler-golden/score-cases.ts'
import { situations } from './scheduler-golden/situations.ts'

const recorded: Record<string, Decision> = JSON.parse(readFileSync(new URL('scheduler-golden/recorded-1.36.json', import.meta.url), 'utf8'))
const log = createLogger({ component: 'test', level: 'error' })

test('Everything is recorded', () => {
  assert.deepEqual(Object.keys(recorded), Object.keys(situations))
})

test('The scheduler decides as the recorded one did:', { timeout: 300_000 }, async (suite) => {
  await using api = await startTestApiServer()
  const transport = api.server.transport({ name: 'admin', groups: ['system:masters'] })
  for (const [index, [name, situation]] of Object.entries(situations).entries()) {
    await suite.test(name, async () => {
      const it = new Case(transport, index, situation)
      await it.prepare()
      await it.ask()
      const abort = new AbortController()
      // Everything is there when it starts, so that its first word is its last.
      const scheduler = startScheduler({ client: api.client, clock: systemClock, log, signal: abort.signal })
      try {
        assert.deepEqual(await untilDecided(it, (decision) => isDeepStrictEqual(decision, recorded[name]), 200), recorded[name])
      } finally {
        abort.abort()
        await scheduler.done
        await it.clear()
      }
    })
  }
})

const hinted: Record<string, Record<string, Incoming>> = JSON.parse(readFileSync(new URL('scheduler-golden/hints-1.36.json', import.meta.url), 'utf8'))

test('A change brings a waiting pod back where it did so when recorded, and only there:', { timeout: 300_000 }, async (suite) => {
  await using api = await startTestApiServer()
  const transport = api.server.transport({ name: 'admin', groups: ['system:masters'] })
  let index = 0
  for (const [name, { situation, changes }] of Object.entries(hintCases)) {
    for (const [what, change] of Object.entries(changes)) {
      await suite.test(`${name}: ${what}`, async () => {
        const it = new Case(transport, index++, situation)
        await it.prepare()
        await it.ask()
        const abort = new AbortController()
        const scheduler = startScheduler({ client: api.client, clock: systemClock, log, signal: abort.signal, podInitialBackoffSeconds: 0.001 })
        try {
          await until(() => Object.keys(incomingOf(scheduler.metricsText())).some((each) => each.endsWith(waits)))
          await setTimeout(10)
          const before = incomingOf(scheduler.metricsText())
          const handled = handledBy(scheduler)
          await it.change(...change)
          const expected = hinted[name]![what]!
          // Not every change is an event to a scheduler: where nothing is expected, there may be nothing to wait for.
          const isSo = () => handledBy(scheduler) > handled && isDeepStrictEqual(since(before, incomingOf(scheduler.metricsText())), expected)
          await until(isSo, Object.keys(expected).length > 0 ? 5_000 : 15)
          await setTimeout(10)
          assert.deepEqual(since(before, incomingOf(scheduler.metricsText())), expected)
        } finally {
          abort.abort()
          await scheduler.done
          await it.clear()
        }
      })
    }
  }
})

/** A pod has come to wait: refused, or never tried. */
const waits = ' to unschedulable'

async function until(isSo: () => unknown, attempts = 5_000): Promise<void> {
  for (let attempt = 0; attempt < attempts && !isSo(); attempt++) await setTimeout(4)
}

/** How many events the scheduler has taken in. */
function handledBy({ metricsText }: { readonly metricsText: () => string }): number {
  return [...metricsText().matchAll(/^scheduler_event_handling_duration_seconds_count\{.*\} (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}

const scored: Record<string, Record<string, Scored | 'refused'>> = JSON.parse(
  readFileSync(new URL('scheduler-golden/scores-1.36.json', import.meta.url), 'utf8'),
)

for (const [name, { namespaces, nodes, objects, standing, asked }] of Object.entries(scoreCases)) {
  test(`Every plugin gives every node the score that was recorded, and each message is the same: ${name}`, async () => {
    await using api = await startTestApiServer()
    const transport = api.server.transport({ name: 'admin', groups: ['system:masters'] })
    const create = (path: string, object: any) => request(transport, 'POST', path, object)
    const createPod = (pod: any) =>
      create(`/api/v1/namespaces/${pod.metadata.namespace}/pods`, pod).catch((error) => {
        assert.equal(scored[name]![pod.metadata.name], 'refused', error.message)
      })
    const cluster = testCluster({
      objects: { namespaces: await inTurn(namespaces, (each) => create('/api/v1/namespaces', each)) },
      nodes: await inTurn(nodes, (each) => create('/api/v1/nodes', each)),
      pods: (await inTurn(standing, createPod)).filter(Boolean),
    })
    const services = await inTurn(objects, ([path, object]) => create(path, object))
    const world = { ...cluster.objects, services: objectsOf({ services }).services }
    const profiles = new Map(readSchedulerConfiguration(profilesFile).profiles.map((each) => [each.schedulerName, each]))
    const finder = new NodeFinder(cluster.nominator, () => 0)
    for (const wanted of asked) {
      const pod = await createPod(wanted)
      const expected = scored[name]![wanted.metadata.name]!
      if (expected === 'refused') {
        assert.equal(pod, undefined, `${wanted.metadata.name} is valid`)
        continue
      }
      const profile = profiles.get(pod.spec.schedulerName)!
      const cycle = { ...cluster.cycle(pod), objects: world }
      const found = finder.find(profile, cycle)
      const { node: _, ...judged } = expected
      const judgedHere = 'node' in found ? scoresOf(profile, cycle, found, nodes) : { message: fullMessage(profile, cycle.pod, found, cluster) }
      assert.deepEqual(judgedHere, comparable(judged), wanted.metadata.name)
      if (expected.node) cluster.cluster.place({ ...pod, spec: { ...pod.spec, nodeName: expected.node } }, expected.node)
    }
  })
}

async function inTurn<T>(all: readonly T[], make: (each: T) => Promise<any>): Promise<any[]> {
  const made: any[] = []
  for (const each of all) made.push(await make(each))
  return made
}

/** A plugin that finds all nodes equal may say so with the same number for each, or by not scoring. */
function comparable({ scores, ...more }: Scored): Scored {
  if (!scores) return more
  return { ...more, scores: Object.fromEntries(Object.entries(scores).filter(([, each]) => new Set(each).size > 1)) }
}

/** With one node there is nothing to score. */
function scoresOf(profile: Profile, cycle: Cycle, { feasible }: Found, nodes: readonly any[]): Scored {
  if (feasible.length === 1) return {}
  const names: string[] = nodes.map(({ metadata }) => metadata.name)
  const sorted = [...feasible].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name))
  const scores = profile.plugins.flatMap(({ plugin, weight }): [string, number[]][] => {
    const into = new Float64Array(sorted.length)
    return plugin.score && weight > 0 && plugin.score(cycle, sorted, into) ? [[plugin.name, [...into].map((score) => score * weight)]] : []
  })
  return comparable({ feasible: sorted.map(({ name }) => names.indexOf(name)), scores: Object.fromEntries(scores.sort()) })
}

/** As the loop makes it of filters and preemption. */
function fullMessage({ preemption, plugins }: Profile, pod: PodInfo, unfit: Unfit, { nominator, cluster }: TestCluster): string {
  if (!preemption) return unfit.message
  const outcome = preempt(pod, unfit, { args: preemption, nominator, random: () => 0, nodes: cluster.list() })
  assert.ok('message' in outcome, 'nobody is less important')
  return withPostFilter(unfit.message, outcome.message, plugins.find(({ plugin }) => plugin.nothingToPostFilter)?.plugin.nothingToPostFilter)
}
