/** The step of a pod that lives: containers become what its spec asks, or the pod is found to be over. */
import type { Timer } from '#base/clock.ts'
import { ms } from '../configuration/defaults.ts'
import { allContainersRestarting } from '../runtime/restart-all.ts'
import { syncPod } from '../runtime/sync-pod.ts'
import { AdmissionError } from '../topology/types.ts'
import { deadline } from './deadline.ts'
import { report } from './report.ts'
import type { Step, StepTools } from './types.ts'

/** A resize that waits for room is looked at again. */
const resizeRetryMs = 30_000
/** A token that cannot be had anew is asked for no more often than this. */
const minRefreshMs = 1000
/** So long the API may wait to hear of a pod's address, where a pull keeps its containers from starting. */
const sandboxReportMs = 1000

export const sync: Step = async (tools) => {
  const { context, life, end } = tools
  const { probes, clock, allocations, resizes, volumes } = context
  probes.add(life.pod)
  const deadlineInMs = deadline(tools)
  if (life.state !== 'syncing' || !(await takeResources(tools))) return undefined
  // A generation is told as observed when what it asks has been looked at, and not before.
  const { pod } = life
  resizes.consider(pod)
  const { phase, conditions } = report(context, life, pod)
  // All containers are done for good.
  if (phase === 'Succeeded' || phase === 'Failed') {
    end()
    return undefined
  }
  life.starting = new AbortController()
  let soon: Timer | undefined
  const { runtime, againInMs } = await syncPod(context, {
    pod: allocations.allocated(pod),
    runtime: life.runtime,
    restartingAll: conditions?.some(({ type, status }) => type === allContainersRestarting && status === 'True') === true,
    askedAt: life.askedAt,
    backoff: life.backoff,
    waiting: life.waiting,
    onProgress(now, step) {
      life.runtime = now
      soon?.cancel()
      // A container follows at once as a rule, and one write tells of both.
      if (step === 'sandbox') soon = clock.after(sandboxReportMs, () => report(context, life, pod))
      else report(context, life, pod)
    },
    signal: life.starting.signal,
  }).finally(() => soon?.cancel())
  life.runtime = runtime
  report(context, life, pod)
  const refreshAt = volumes.refreshAt(life.uid)
  const waits = [
    ms(context.configuration.syncFrequency),
    againInMs,
    deadlineInMs,
    refreshAt === undefined ? undefined : Math.max(minRefreshMs, refreshAt - clock.now()),
    resizes.isDeferred(life.uid) ? resizeRetryMs : undefined,
  ]
  return Math.min(...waits.filter((each) => each !== undefined))
}

/** What other pods have, or no plugin gives, fails the pod before anything of it has run. */
async function takeResources({ context, life, end }: StepTools): Promise<boolean> {
  if (life.hasResources) return true
  try {
    await context.topology.admit(life.pod)
    life.hasResources = true
    return true
  } catch (error) {
    if (!(error instanceof AdmissionError)) throw error
    const { reason, message } = error
    context.recorder.event(life.pod, 'Warning', reason, message)
    life.failure = { reason, message: `Pod was rejected: ${message}` }
    life.isRejected = true
    end(0)
    return false
  }
}
