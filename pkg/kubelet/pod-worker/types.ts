/** What the steps of a pod's worker share: one for each state, each with the same shape. */
import type { KubeletContext } from '../context.ts'
import type { PodLife } from './pod-life.ts'

export interface StepTools {
  readonly context: KubeletContext
  readonly life: PodLife
  /** Begins the pod's end; undefined: the grace that its spec gives. */
  end(graceSeconds?: number): void
  /** The kubelet stops: what must not be half done is not begun. */
  readonly isClosing: () => boolean
}

/**
 * Does what its state asks and, when that is done, moves the life to the next state. Answers when to be asked again though nothing
 * happens; undefined: at the next resync.
 */
export type Step = (tools: StepTools) => Promise<number | undefined>
