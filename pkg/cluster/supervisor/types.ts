/**
 * The supervisor starts a cluster's processes, starts again what ends, and stops them in order.
 *
 * Processes and supervisor hold each other by one unix socket: a process that sees the supervisor vanish
 * keeps working, and one of those in the host's namespace starts a new supervisor, which takes over
 * everything that is still running. So any one of them may be killed at any moment.
 */
import type { ProcessIdentity } from '../host/process-identity.ts'

export interface ChildSpec {
  /** "apiserver", "controllers", "node-1", "node-1/containerd". */
  readonly name: string
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** It speaks the control protocol; otherwise it is watched by its pid. */
  readonly linked: boolean
  /** Started only when these are up (linked: have said ready). */
  readonly after?: readonly string[]
  /** Run before each start: writes configuration, makes namespaces. */
  readonly prepare?: () => Promise<void>
  /** Run before the process is told to end on `stop`; a failure does not hold the stop up. */
  readonly beforeStop?: () => Promise<void>
  /** What tells it to end; SIGTERM unless told. */
  readonly stopSignal?: NodeJS.Signals
  /** How much longer than others it may take to end. */
  readonly extraStopMs?: () => number
  /** Resolves when a child that is not linked has come up. */
  readonly whenReady?: () => Promise<void>
}

export type ChildState = 'waiting' | 'starting' | 'running' | 'backing-off' | 'stopped'

export interface ChildStatus {
  readonly name: string
  readonly state: ChildState
  /** It has said that it serves. */
  readonly ready: boolean
  readonly pid?: number
  readonly startedAtMs?: number
  readonly restarts: number
  readonly lastExit?: string
  readonly residentBytes?: number
  readonly proportionalBytes?: number
  readonly cpuTicks?: number
}

export interface SupervisorStatus {
  readonly pid: number
  readonly version: string
  readonly startedAtMs: number
  readonly children: readonly ChildStatus[]
  readonly problem?: string
}

/** One JSON line each way. */
export type ControlRequest =
  | { readonly op: 'hello'; readonly name: string; readonly identity: ProcessIdentity; readonly ready: boolean }
  | { readonly op: 'ready' }
  | { readonly op: 'status' }
  | { readonly op: 'stop' }
  | { readonly op: 'reload' }
  | { readonly op: 'stop-child' | 'start-child'; readonly name: string }

export type ControlReply = { readonly ok: true; readonly status?: SupervisorStatus } | { readonly ok: false; readonly error: string }
