/** A process of simulated nodes. In: how many. Out: nodes that are Ready, and pods on them that live as their annotations say. */
import { createManager } from '#runtime/manager.ts'
import { hollowNodes, registerNodes, renewLeases } from './nodes.ts'
import { hollowPods } from './pods.ts'
import type { HollowOptions } from './types.ts'

export type { HollowOptions } from './types.ts'

export interface RunningHollowNodes {
  /** Resolves when all nodes are registered. */
  readonly ready: Promise<void>
  readonly done: Promise<void>
}

export function startHollowNodes(options: HollowOptions): RunningHollowNodes {
  const { client, clock, log, signal } = options
  const manager = createManager({ client, clock, log, controllers: [hollowPods(options), hollowNodes(options)], name: 'hollow-nodes' })
  const registered = registerNodes(options)
  const running = manager.run(signal)
  const ready = Promise.all([registered, manager.ready]).then(() => undefined)
  return { ready, done: Promise.all([running, registered.then(() => renewLeases(options))]).then(() => undefined) }
}
