import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, placed } from '../testing.ts'
import { ClusterState } from './cluster-state.ts'

/** A small generator, so that a failure comes again. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state % below
  }
}

test('Counts by domain stay what counting anew gives, whatever pods and nodes do', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const next = numbers(seed)
    const cluster = new ClusterState()
    const zones = new Map<string, string | undefined>()
    for (let step = 0; step < 200; step++) {
      const name = `n${next(6)}`
      const roll = next(10)
      if (roll < 2) {
        const zone = ['x', 'y', undefined][next(3)]
        zones.set(name, zone)
        cluster.setNode(node(name, zone ? { zone } : {}))
      } else if (roll < 3) {
        zones.delete(name)
        cluster.removeNode(name)
      } else if (roll < 8) cluster.place(placed(`p${next(12)}`, name, { labels: { app: `a${next(2)}` } }), name)
      else cluster.remove(`n/p${next(12)}`)
      for (const { counts } of cluster.index.groups) {
        const anew = new Map<string, number>()
        for (const [{ name: on }, count] of counts.byNode) {
          const zone = zones.get(on)
          if (zone !== undefined) anew.set(zone, (anew.get(zone) ?? 0) + count)
        }
        assert.deepEqual(new Map([...counts.in('zone')].sort()), new Map([...anew].sort()), `seed ${seed}, step ${step}`)
      }
      const expected = new Set([...zones.values()].filter((zone) => zone !== undefined))
      assert.deepEqual(cluster.topology(['zone']).values.get('zone'), expected)
      assert.equal(
        cluster.topology(['zone']).uniform,
        [...zones.values()].every((zone) => zone !== undefined),
      )
    }
  }
})
