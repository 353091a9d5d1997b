import assert from 'node:assert/strict'
import type { Store } from '../types.ts'
import { bytes, text } from './harness.ts'

/** Small and seeded (mulberry32): a failure is found again by its seed. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Random writes, compactions and reads at random revisions against a model that keeps every state there was. */
export async function runAgainstModel(store: Store, seed: number, steps: number): Promise<void> {
  const random = seededRandom(seed)
  const states = new Map<number, ReadonlyMap<string, { value: string; revision: number; createRevision: number }>>()
  states.set(store.revision(), new Map())
  let compacted = store.compactedRevision()
  for (let step = 0; step < steps; step++) {
    const at = store.revision()
    const state = new Map(states.get(at)!)
    const key = `/m/${random(12)}/${random(3)}`
    const current = state.get(key)
    const action = random(20)
    if (action < 14) {
      const expectRevision = random(10) === 0 ? at + 7 : (current?.revision ?? 0)
      const isDelete = current !== undefined && action < 4
      const result = isDelete ? await store.delete(key, { expectRevision }) : await store.put(key, bytes(`${step}`), { expectRevision })
      assert.equal(result.ok, expectRevision === (current?.revision ?? 0), `step ${step} of seed ${seed}`)
      if (!result.ok) {
        assert.equal(result.current?.revision, current?.revision)
        continue
      }
      if (isDelete) state.delete(key)
      else state.set(key, { value: `${step}`, revision: result.revision, createRevision: current?.createRevision ?? result.revision })
      states.set(result.revision, state)
    } else if (action === 14 && random(4) === 0) {
      const known = [...states.keys()].filter((revision) => revision > compacted)
      if (known.length < 2) continue
      compacted = known[random(known.length)]!
      await store.compact(compacted)
      for (const revision of states.keys()) if (revision < compacted) states.delete(revision)
    } else {
      const revisions = [...states.keys()].filter((revision) => revision >= compacted)
      const revision = revisions[random(revisions.length)] ?? at
      const prefix = random(2) === 0 ? '/m/' : `/m/${random(12)}`
      const limit = random(6)
      const after = random(3) === 0 ? `/m/${random(12)}/${random(3)}` : undefined
      const result = await store.range(prefix, { revision, limit, after })
      const wanted = [...states.get(revision)!]
        .filter(([each]) => each.startsWith(prefix) && (after === undefined || each > after))
        .sort(([a], [b]) => (a < b ? -1 : 1))
      const page = limit === 0 ? wanted : wanted.slice(0, limit)
      assert.deepEqual(
        result.entries.map((entry) => [entry.key, { value: text(entry.value), revision: entry.revision, createRevision: entry.createRevision }]),
        page,
        `step ${step} of seed ${seed}`,
      )
      assert.equal(result.remaining, wanted.length - page.length, `step ${step} of seed ${seed}`)
    }
  }
}
