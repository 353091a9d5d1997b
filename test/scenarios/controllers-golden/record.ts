/** Writes `recorded/NAME.json` for each scenario that matches: `./tools/node.sh test/scenarios/controllers-golden/record.ts [REGEXP [VARIANT]]`, see `real.ts`. */
import { setTimeout } from 'node:timers/promises'
import { mkdirSync, writeFileSync } from 'node:fs'
import { namespaces } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import { play } from './play.ts'
import { tendPods } from './pods-at-work.ts'
import { addNodes, tendNodes, wakeNodes } from './nodes-at-work.ts'
import { realClient } from './real.ts'
import { scenarios as usual } from './scenarios/index.ts'
import { variants } from './variants.ts'
import { toRecord } from './lines.ts'
import type { Recorded, Scenario, World } from './types.ts'

/** No change for so long is taken for the end. */
const quietMs = Number(process.env.K8TS_QUIET_MS ?? 4000)
/** So often what is left is taken away, until the namespace is gone: it may be recorded again. */
const tidyRounds = 20

const only = new RegExp(process.argv[2] ?? '')
/** Of controllers with flags (`variants.ts`), by the variant's name. */
const variant = process.argv[3]
const scenarios = variant === undefined ? usual : variants.find(({ name }) => name === variant)!.scenarios
const client = realClient()
const world: World = { client, clock: systemClock }
await addNodes(world).catch(async (error) => {
  if (!isAlreadyExists(error)) throw error
  await tendNodes(world)
  await wakeNodes(world)
  // It takes its time until they are believed.
  await setTimeout(12_000)
})
const renewing = setInterval(() => void tendNodes(world), 5000)
const directory = new URL('recorded/', import.meta.url)
mkdirSync(directory, { recursive: true })

await Promise.all(
  scenarios.filter(({ name }) => only.test(name)).map((scenario) => one(scenario).catch((error) => void console.error(`${scenario.name}: ${error}`))),
)
clearInterval(renewing)
client.close()

async function one(scenario: Scenario): Promise<void> {
  let [seen, since] = ['', Date.now()]
  const taken = await play(scenario, world, (step, now) => {
    const text = step + JSON.stringify(now)
    if (text !== seen) [seen, since] = [text, Date.now()]
    return Date.now() - since > Math.max(quietMs, scenario.quietMs ?? 0)
  })
  writeFileSync(new URL(`${scenario.name}.json`, directory), textOf(toRecord(taken)))
  process.stdout.write(`${scenario.name}: ${Object.keys(taken).length} steps\n`)
  await client.delete(namespaces, { name: scenario.name }).catch(() => undefined)
  for (let round = 0; round < tidyRounds; round++) {
    await tendPods({ ...world, namespace: scenario.name }, { next: 0 })
    await setTimeout(500)
  }
}

/** An object a line, so that what changes is seen. */
function textOf(record: Recorded): string {
  const steps = Object.entries(record).map(([step, { gone, came }]) => {
    const lines = came.map((each) => `\n  ${JSON.stringify(each)}`).join(',')
    return `${JSON.stringify(step)}: { "gone": ${JSON.stringify(gone)}, "came": [${lines}] }`
  })
  return `{\n${steps.join(',\n')}\n}\n`
}
