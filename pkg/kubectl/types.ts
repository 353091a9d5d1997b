/** Contracts of kubectl: what a command is, and what it is given. */
import type { FlagSpec, FlagValues, GivenFlag } from './flags/types.ts'
import type { Session } from './session.ts'

/** Where text goes. Binary output (cp, exec) takes bytes. */
export interface Sink {
  write(chunk: string | Uint8Array): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface Source extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean
  /** Of a terminal. */
  readonly fd?: number
  setRawMode?(on: boolean): unknown
}

export interface Streams {
  readonly stdin: Source
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

export interface Invocation {
  readonly flags: FlagValues
  readonly args: readonly string[]
  /** What came after `--`; those are in `args` too. */
  readonly dashAt: number
  /** The flags as they stood on the line. */
  readonly given: readonly GivenFlag[]
  readonly io: Streams
  readonly session: Session
  /** "kubectl get", "kubectl config view". */
  readonly path: string
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal
  out(text: string): void
  err(text: string): void
  now(): number
}

/**
 * What a command that is interrupted ends as, after it put things in order: `fails` with exit code 1 and no words on
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT (upstream's interrupt handler), `succeeds` on SIGINT alone, `dies` of whichever of the four it was.
 */
export type InterruptPolicy = 'fails' | 'succeeds' | 'dies'

export interface Command {
  /** Usage after the command's path: "(-f FILENAME | TYPE NAME)". */
  readonly usage?: string
  readonly summary: string
  readonly flags?: readonly FlagSpec[]
  readonly examples?: readonly string[]
  readonly subcommands?: readonly CommandEntry[]
  /** Of one that only has subcommands, called without any: where its help goes, and what it exits with. Left out: stderr and 1. */
  readonly alone?: { readonly stream: 'stdout' | 'stderr'; readonly code: number }
  /** How a signal ends it; left out, it dies of it at once as any program does. */
  readonly whenInterrupted?: (flags: FlagValues, io: Streams) => InterruptPolicy | undefined
  /** What it exits with where others exit with 1, a mistake in its line among that. */
  readonly failureCode?: number
  /** Answers the exit code; anything but a number is 0. */
  readonly run?: (invocation: Invocation) => Promise<unknown>
}

/** One line of a command table: the module is loaded only when the command runs. */
export interface CommandEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Words that it is suggested for, besides those that look like its name. */
  readonly suggestedFor?: readonly string[]
  readonly summary: string
  /** The heading it stands under in help. */
  readonly group?: string
  readonly load: () => Promise<Command>
}
