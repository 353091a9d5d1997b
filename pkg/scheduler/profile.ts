/** A profile: which plugins, with what weights, for pods of one scheduler name. */
import type { Profile } from './framework/types.ts'
import { defaultPreemptionArgs } from './plugins/default-preemption/index.ts'
import { defaultPlugins } from './plugins/index.ts'

export function defaultProfile(schedulerName = 'default-scheduler'): Profile {
  return { schedulerName, plugins: defaultPlugins(), percentageOfNodesToScore: 0, preemption: defaultPreemptionArgs }
}
