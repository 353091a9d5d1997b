/** The scheduler under a lease, where several compete: it schedules while it leads, and ends for good when it no longer does. */
import { type LeaderElectionOptions, runWithLease } from '#client/lease.ts'
import { type RunningScheduler, type SchedulerOptions, startScheduler } from './scheduler.ts'

export interface ElectedSchedulerOptions extends SchedulerOptions {
  /** Absent: nobody competes, and it begins at once. */
  readonly lease?: Omit<LeaderElectionOptions, 'client' | 'clock' | 'log'>
}

export function startElectedScheduler({ lease, ...options }: ElectedSchedulerOptions): RunningScheduler {
  if (!lease) return startScheduler(options)
  const { client, clock, log, signal } = options
  const ready = Promise.withResolvers<void>()
  let leading: RunningScheduler | undefined
  const done = runWithLease({ client, clock, log, ...lease }, signal, async (leads) => {
    leading = startScheduler({ ...options, signal: leads })
    leading.ready.then(ready.resolve, ready.reject)
    await leading.done
    leading = undefined
  })
  const status = (): string => {
    const name = 'leader_election_master_status'
    const help = 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.'
    return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}{name="${lease.name}"} ${leading ? 1 : 0}\n`
  }
  return { ready: ready.promise, done, metricsText: () => (leading?.metricsText() ?? '') + status() }
}
