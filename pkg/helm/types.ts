/** What a command of helm gets and gives. */

export interface Session {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly signal: AbortSignal
}

export interface Flag {
  readonly name: string
  readonly short?: string
  /** string: the last wins; list: each occurrence, and each part between commas; array: each occurrence whole. */
  readonly kind: 'bool' | 'string' | 'list' | 'array'
  readonly value?: string
  /** What it means without a value. */
  readonly bare?: string
  readonly help: string
}

export interface Command {
  readonly name: string
  readonly usage: string
  readonly summary: string
  readonly flags: readonly Flag[]
  readonly run: (arguments_: ParsedArguments, session: Session) => Promise<number>
}

export interface ParsedArguments {
  readonly positional: readonly string[]
  readonly text: (name: string) => string | undefined
  readonly isSet: (name: string) => boolean
  readonly list: (name: string) => readonly string[]
}

/** An error whose message is all that the user needs; printed as "Error: …". */
export class CommandError extends Error {}
