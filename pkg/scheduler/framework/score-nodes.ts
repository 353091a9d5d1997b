/** Adds up the plugins' scores by weight. */
import type { NodeInfo } from '../state/node-info.ts'
import type { PluginTimer } from './filter-nodes.ts'
import type { Cycle, Profile } from './types.ts'

let totals = new Float64Array(512)
let scores = new Float64Array(512)

/** The best of the nodes; of equals one by `random`. `more`: extenders' scores. Buffers are kept: cycles do not overlap. */
export function bestNode(
  profile: Profile,
  cycle: Cycle,
  nodes: readonly NodeInfo[],
  random: () => number,
  { more, timer }: { readonly more?: ReadonlyMap<string, number>; readonly timer?: PluginTimer | undefined } = {},
): NodeInfo {
  const { length } = nodes
  if (length === 1) return nodes[0]!
  if (totals.length < length) {
    totals = new Float64Array(length * 2)
    scores = new Float64Array(length * 2)
  }
  totals.fill(0, 0, length)
  if (more) for (let i = 0; i < length; i++) totals[i] = more.get(nodes[i]!.name) ?? 0
  for (const { plugin, weight } of profile.plugins) {
    if (!plugin.score || weight === 0) continue
    const begun = timer ? performance.now() : 0
    const differ = plugin.score(cycle, nodes, scores)
    timer?.(plugin.name, (performance.now() - begun) / 1000, differ ? 'Success' : 'Skip')
    if (!differ) continue
    for (let i = 0; i < length; i++) totals[i] = totals[i]! + weight * scores[i]!
  }
  let best = 0
  let equals = 1
  for (let i = 1; i < length; i++) {
    if (totals[i]! > totals[best]!) {
      best = i
      equals = 1
    } else if (totals[i]! === totals[best]! && random() < 1 / ++equals) best = i
  }
  return nodes[best]!
}
