/** What the actions on releases are given. */
import type { Clock } from '#base/clock.ts'
import type { Cluster } from '../cluster/connect.ts'
import type { WaitStrategy } from '../cluster/wait.ts'
import type { RenderedRelease } from '../release/types.ts'
import type { Storage } from '../storage/storage.ts'
import type { Invocation } from '../types.ts'

export interface ActionContext {
  readonly cluster: Cluster
  readonly storage: Storage
  /** Of the release. */
  readonly namespace: string
  readonly clock: Clock
  readonly log: Invocation['log']
  /** Where the logs of hooks go. */
  readonly err: (text: string) => void
  readonly signal: AbortSignal
}

export type DryRun = 'none' | 'client' | 'server'

export interface WaitSettings {
  readonly strategy: WaitStrategy
  readonly timeoutMs: number
  readonly jobs: boolean
}

/** Gives the text that is to be rendered instead, a post-renderer's. */
export type PostRender = (manifests: string) => string

export type Rendered = Pick<RenderedRelease, 'manifest' | 'hooks' | 'notes'>
