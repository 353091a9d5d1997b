/** Our controllers, against what kube-controller-manager 1.36.1 made of the same steps: `controllers-golden/README.md`. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startControlPlane } from '#control-plane/start.ts'
import type { ControlPlaneOptions } from '#control-plane/types.ts'
import { fromRecord, linesOf } from './controllers-golden/lines.ts'
import { play } from './controllers-golden/play.ts'
import { addNodes, tendNodes } from './controllers-golden/nodes-at-work.ts'
import { scenarios } from './controllers-golden/scenarios/index.ts'
import { quickClock } from './controllers-golden/times.ts'
import type { Scenario, World } from './controllers-golden/types.ts'
import { variants } from './controllers-golden/variants.ts'

/** For one step: generous, on a machine that may have other things to do. Only a difference takes so long. */
const patienceMs = Number(process.env.K8TS_GOLDEN_PATIENCE_MS ?? 120_000)
const atOnce = 12
/** As fast as the clock of the control plane goes. */
const speed = Number(process.env.K8TS_GOLDEN_SPEED ?? 5)
const tendMs = 500
/** How often is of no matter to what they do, and upstream's quarter of a minute would take long. */
const autoscalersLookMs = 3000
const only = new RegExp(process.env.K8TS_GOLDEN_ONLY ?? '')
const recordedAt = new URL('controllers-golden/recorded/', import.meta.url)

test('every record is of a scenario, and every scenario is recorded', () => {
  const all = [...scenarios, ...variants.flatMap((each) => each.scenarios)]
  assert.deepEqual(readdirSync(recordedAt).sort(), all.map(({ name }) => `${name}.json`).sort())
})

test('the controllers leave behind what those of 1.36.1 leave behind, step by step', { timeout: 900_000 }, async () => {
  await hold(scenarios, {})
})

for (const variant of variants) test(`with ${variant.flags}, too`, { timeout: 900_000 }, () => hold(variant.scenarios, variant.options))

async function hold(all: readonly Scenario[], options: Pick<ControlPlaneOptions, 'controllerSettings' | 'featureGates' | 'runtimeConfig'>): Promise<void> {
  const left = all.filter(({ name }) => only.test(name))
  if (left.length === 0) return
  const clock = quickClock(speed)
  await using controlPlane = await startControlPlane({ ...options, listen: false, controllers: ['*'], autoscaler: { syncMs: autoscalersLookMs }, clock })
  const world: World = { client: controlPlane.client, clock }
  await addNodes(world)
  let over = false
  const tending = (async () => {
    for (; !over; clock.tended(), await setTimeout(tendMs)) await tendNodes(world)
  })()
  const different: string[] = []
  const some = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) different.push(...(await differences(next, world)))
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, some))
  } finally {
    over = true
    await tending
  }
  assert.ok(different.length === 0, different.join('\n\n'))
}

async function differences(scenario: Scenario, world: World): Promise<string[]> {
  const recorded = fromRecord(JSON.parse(readFileSync(new URL(`${scenario.name}.json`, recordedAt), 'utf8')))
  let [at, since] = ['', Date.now()]
  const found: string[] = []
  await play(scenario, world, (step, now) => {
    if (at !== step) [at, since] = [step, Date.now()]
    const [ours, real] = [linesOf(now), recorded[step]!]
    if (ours.join('\n') === real.join('\n')) return true
    if (Date.now() - since < patienceMs) return false
    // The steps after it tell more.
    const [surplus, missing] = [ours.filter((line) => !real.includes(line)), real.filter((line) => !ours.includes(line))]
    found.push([`${scenario.name}: ${step}`, ...surplus.map((line) => `+ ${line}`), ...missing.map((line) => `- ${line}`)].join('\n'))
    return true
  }).catch((error) => {
    // The others tell more.
    found.push(`${scenario.name}: ${at}: ${error}`)
  })
  return found
}
