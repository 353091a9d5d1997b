/**
 * The states of a pod on its node, and what leads from one to the next. Nothing leads back.
 *
 *               end                   stopped                    forgotten
 *   syncing ───────────► terminating ───────────► terminated ─────────────► finished
 *   containers are        they are stopped,        none runs; volumes,       nothing is
 *   what the spec asks    sidecars last            cgroups, traces go        left of it
 */
export type PodState = 'syncing' | 'terminating' | 'terminated' | 'finished'

/**
 * `end`: deleted, gone from the API, evicted, past its deadline, refused, or all of its containers are done for good. `stopped`: none
 * of its containers runs, as the runtime says. `forgotten`: it was deleted, and neither runtime, disk nor API has anything of it.
 */
export type PodEvent = 'end' | 'stopped' | 'forgotten'

const transitions: Readonly<Record<PodState, Readonly<Partial<Record<PodEvent, PodState>>>>> = {
  syncing: { end: 'terminating' },
  // One that ends already may be told so again: only its grace can change.
  terminating: { end: 'terminating', stopped: 'terminated' },
  terminated: { end: 'terminated', forgotten: 'finished' },
  finished: { end: 'finished' },
}

/** Throws for an event that cannot happen in that state: a fault of ours, which must not pass unseen. */
export function nextState(state: PodState, event: PodEvent): PodState {
  const next = transitions[state][event]
  if (!next) throw new Error(`a pod that is ${state} cannot be "${event}"`)
  return next
}
