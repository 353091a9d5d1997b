/** kube-scheduler's flags of a cluster, which `k8ts up --scheduler-arg NAME=VALUE` (and `k8ts server`) checks and keeps. */
import { type SchedulerFlagOptions, schedulerFlagValues, schedulerOptions } from '#scheduler/config/flags.ts'
import { keptFlags, type Place } from './component-flags.ts'

const kept = keptFlags('kube-scheduler', 'scheduler-arg', schedulerOptions)

export const adoptSchedulerFlags = kept.adopt

/** What its scheduler starts with. Throws what is wrong with the file. */
export const schedulerFlags = (config: Place): SchedulerFlagOptions => schedulerOptions(kept.text(config))

/** The same as upstream prints them. */
export const schedulerFlagTexts = (config: Place): Readonly<Record<string, string>> => schedulerFlagValues(kept.text(config))
