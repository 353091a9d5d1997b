import { during } from './during.ts'
import type { Found } from './find-node.ts'
import type { Cycle, Handle, Profile } from './types.ts'

/**
 * Has every plugin keep on the node what it has promised the pod. Returns what gives all of it back, the last first; when a
 * plugin fails, that is done already and its error is thrown. `beside` takes what of giving back takes its time.
 */
export function reserve(profile: Profile, cycle: Cycle, { node, run }: Found, handle: Handle, beside: (work: Promise<void>) => void): () => void {
  const kept: (() => void)[] = []
  const giveBack = (): void => {
    for (const undo of kept) undo()
  }
  try {
    for (const { plugin } of profile.plugins) {
      const state = run.states.get(plugin.name)
      if (state === undefined || !plugin.reserve) continue
      kept.unshift(() => {
        const undone = plugin.unreserve?.(state, cycle, node, handle)
        if (undone) beside(undone)
      })
      during(`running Reserve plugin "${plugin.name}"`, () => plugin.reserve!(state, cycle, node))
    }
  } catch (error) {
    giveBack()
    throw error
  }
  return giveBack
}
