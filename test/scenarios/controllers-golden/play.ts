/** Plays a scenario on a control plane, step by step. */
import { setTimeout } from 'node:timers/promises'
import { namespaces, serviceAccounts } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { type Addresses, tendPods } from './pods-at-work.ts'
import { snapshot } from './snapshot.ts'
import type { Place, Scenario, Snapshot, World } from './types.ts'

const pollMs = 200
/** As a step takes longer it is looked at less often. */
const longestPollMs = 800

/** `settled` is asked again and again for each step whether its end is reached; it throws when it never will be. */
export async function play(scenario: Scenario, world: World, settled: (step: string, now: Snapshot) => boolean): Promise<Record<string, Snapshot>> {
  const { client } = world
  const namespace = scenario.name
  const addresses: Addresses = { next: 0 }
  const seen = new Set<string>()
  const place: Place = { ...world, namespace }
  await client.create(namespaces, { metadata: { name: namespace } })
  await ready(client, namespace)
  const taken: Record<string, Snapshot> = {}
  for (const { name, act } of scenario.steps) {
    await act(place)
    for (let waitMs = pollMs; ; waitMs = Math.min(waitMs * 1.1, longestPollMs)) {
      await tendPods(place, addresses)
      const now = await snapshot(place, scenario, seen)
      if (!settled(name, now)) {
        await setTimeout(waitMs)
        continue
      }
      taken[name] = now
      break
    }
  }
  return taken
}

/** No pod is made without it, and who is first would be a matter of luck. */
async function ready(client: Client, namespace: string): Promise<void> {
  for (;;) {
    const { items } = await client.list(serviceAccounts, { namespace })
    if (items.some(({ metadata }) => metadata.name === 'default')) return
    await setTimeout(pollMs)
  }
}
