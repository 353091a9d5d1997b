/** How failures end a command: which words on stderr, which exit code (kubectl's cmd/util checkErr). */
import { isIP } from 'node:net'
import { StatusError } from '#apimachinery/status-error.ts'

/** Ends the command with a message as it stands ("error: …" is put before it unless it says so itself). */
export class CommandError extends Error {
  readonly exitCode: number
  /** Told without "error: ": what upstream's checkErr takes for a message of its own. */
  readonly bare: boolean

  constructor(message: string, exitCode = 1, { bare = false }: { readonly bare?: boolean } = {}) {
    super(message)
    this.exitCode = exitCode
    this.bare = bare
  }
}

/** A mistake in the command line that refers to the command's help. */
export class FlagError extends Error {}

/** `usageError`: "error: MESSAGE" and where help is. */
export function usageError(path: string, message: string): CommandError {
  return new CommandError(`error: ${message}\nSee '${path} -h' for help and examples`)
}

/** The command's help on stdout (or where else it says), the message after it on stderr. */
export class HelpInstead extends Error {
  readonly exitCode: number

  constructor(message = '', exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Nothing more is printed. */
export class SilentExit extends Error {
  readonly exitCode: number

  constructor(exitCode = 1) {
    super('exit')
    this.exitCode = exitCode
  }
}

/** Several failures, each told on its own line. */
export class ManyErrors extends Error {
  readonly errors: readonly unknown[]

  constructor(errors: readonly unknown[]) {
    super(errors.map(lineOf).join('\n'))
    this.errors = errors
  }
}

/** Throws what was gathered while other items went on. */
export function throwGathered(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new ManyErrors(errors)
}

export function exitCodeOf(error: unknown): number {
  return error instanceof CommandError || error instanceof SilentExit ? error.exitCode : 1
}

/** The text for stderr, ending in a newline; empty for a silent end. */
export function errorText(error: unknown): string {
  const text = describeError(error)
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function describeError(error: unknown): string {
  if (error instanceof SilentExit) return ''
  if (error instanceof ManyErrors) return error.errors.map((each) => `${lineOf(each)}\n`).join('')
  if (error instanceof StatusError && error.reason === 'Invalid') return invalidText(error)
  if (error instanceof CommandError && error.bare) return error.message
  return standardMessage(error) ?? withPrefix(plainMessage(error))
}

/** Among others a failure stands without "error:", unless that is part of its own words. */
function lineOf(error: unknown): string {
  const text = messageForError(error)
  return error instanceof CommandError ? text.replace(/^error: /, '') : text
}

export function messageForError(error: unknown): string {
  return standardMessage(error) ?? plainMessage(error)
}

function plainMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function withPrefix(message: string): string {
  return message.startsWith('error: ') || message.startsWith('Error ') ? message : `error: ${message}`
}

function standardMessage(error: unknown): string | undefined {
  if (!(error instanceof StatusError)) return undefined
  const network = networkFailure(error)
  if (network) return network
  if (error.reason === 'Unauthorized') return `error: You must be logged in to the server (${error.message})`
  return error.reason && error.reason !== 'Unknown' ? `Error from server (${error.reason}): ${error.message}` : `Error from server: ${error.message}`
}

/** A request that got no answer at all; the client tells it by its cause. */
function networkFailure(error: StatusError): string | undefined {
  const cause = error.cause as (NodeJS.ErrnoException & { address?: string; port?: number; server?: string; errors?: NodeJS.ErrnoException[] }) | undefined
  if (error.reason !== 'ServiceUnavailable' || !(cause instanceof Error)) return undefined
  const inner = (cause.errors?.[0] ?? cause) as typeof cause
  if (inner.code === 'ECONNREFUSED') {
    return `The connection to the server ${cause.server ? new URL(cause.server).host : dialled(inner)} was refused - did you specify the right host or port?`
  }
  return `Unable to connect to the server: ${networkWords(inner)}`
}

function dialled({ address = '', port = 0 }: { address?: string; port?: number }): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** As Go's client tells of a GET that nobody took: 'Get "URL": dial tcp ADDRESS: connect: connection refused'; undefined for other failures. */
export function refusedGet(error: unknown, path: string): string | undefined {
  const cause =
    error instanceof StatusError ? (error.cause as (NodeJS.ErrnoException & { server?: string; errors?: NodeJS.ErrnoException[] }) | undefined) : undefined
  const inner = cause?.errors?.[0] ?? cause
  if (!cause?.server || inner?.code !== 'ECONNREFUSED') return undefined
  return `Get ${JSON.stringify(`${cause.server.replace(/\/$/, '')}${path}?timeout=32s`)}: dial tcp ${dialled(inner as object)}: connect: connection refused`
}

function networkWords(error: NodeJS.ErrnoException & { hostname?: string }): string {
  switch (error.code) {
    case 'ENOTFOUND':
      return `dial tcp: lookup ${error.hostname}: no such host`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: ${wrongName(error)}`
    default:
      return error.message || String(error.code)
  }
}

/** A certificate's names of the kind that was asked for, as Go's x509 lists them. */
function wrongName({ host = '', cert }: NodeJS.ErrnoException & { readonly host?: string; readonly cert?: { readonly subjectaltname?: string } }): string {
  const isAddress = isIP(host) !== 0
  const kind = isAddress ? 'IP Address:' : 'DNS:'
  const names = (cert?.subjectaltname ?? '')
    .split(', ')
    .filter((name) => name.startsWith(kind))
    .map((name) => name.slice(kind.length))
  if (names.length > 0) return `certificate is valid for ${names.join(', ')}, not ${host}`
  if (isAddress) return `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
  return `certificate is not valid for any names, but wanted to match ${host}`
}

function invalidText({ message, details }: StatusError): string {
  const causes = details?.causes ?? []
  let subject = 'The request is invalid'
  if (!details) return message ? `${subject}: ${message}` : subject
  if (details.kind || details.name) subject = `The ${details.kind ?? ''} ${JSON.stringify(details.name ?? '')} is invalid`
  else if (message && causes.length === 0) subject += `: ${message}`
  const told = [...new Set(causes.map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`))]
  if (told.length === 0) return subject
  return told.length === 1 ? `${subject}: ${told[0]}\n` : `${subject}: \n${told.map((each) => `* ${each}\n`).join('')}`
}
