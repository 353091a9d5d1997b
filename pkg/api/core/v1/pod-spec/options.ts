/** What decides how strictly a pod's spec is looked at: pods of their own are checked for more than those in templates. */
import type { Tolerates } from './tolerance.ts'

export interface PodSpecOptions {
  readonly isPod: boolean
  /** The pod's own name, where it has one: claims of ephemeral volumes are named after it. */
  readonly podName?: string
  /** A pod that stands for one that its node runs of itself. */
  readonly isMirror?: boolean
  /** What rules of today would refuse, but was there before the update. */
  readonly tolerates: Tolerates
}
