/** What a command of helm is, what it is given, and where its text goes. */
import type { FlagSpec, FlagValues } from '#kubectl/flags/types.ts'
import type { Paint } from './output/paint.ts'
import type { Settings } from './settings.ts'

export interface Sink {
  readonly isTTY?: boolean
  write(chunk: string | Uint8Array): unknown
}

export interface Session {
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal
}

export interface Invocation {
  readonly flags: FlagValues
  readonly args: readonly string[]
  readonly session: Session
  readonly settings: Settings
  /** "helm get values". */
  readonly path: string
  readonly paint: Paint
  out(text: string): void
  err(text: string): void
  /** A line of Helm's log on stderr. */
  log(level: 'INFO' | 'WARN' | 'ERROR' | 'DEBUG', message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** How many arguments a command takes; `usage` is part of the refusal. */
export interface ArgumentCount {
  readonly min?: number
  readonly max?: number
}

export interface Command {
  /** After the command's path: "RELEASE_NAME [flags]". */
  readonly usage?: string
  readonly about?: string
  readonly flags?: readonly FlagSpec[]
  readonly arguments?: ArgumentCount
  readonly subcommands?: readonly CommandEntry[]
  /** Gives the exit code; anything but a number is 0. */
  readonly run?: (invocation: Invocation) => Promise<unknown>
}

/** One line of a table of commands: the module is loaded only when the command runs. */
export interface CommandEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly hidden?: boolean
  readonly load: () => Promise<Command>
}

/** An error whose message is all that the user needs; printed as "Error: …". */
export class CommandError extends Error {
  readonly exitCode: number
  constructor(message: string, { exitCode = 1, cause }: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
  }
}
