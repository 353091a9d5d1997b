/** Structured logging: one line an entry, `TIME LEVEL component: message key=value`. Never log a secret. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger for a part of this one's component. */
  named(part: string): Logger
  /** Of klog's numbers: from 4 on, what is for debugging is written too; for this logger and all that are named by it. */
  setVerbosity?(verbosity: number): void
}

const order: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

export interface LoggerOptions {
  readonly component: string
  readonly level?: LogLevel | { current: LogLevel }
  readonly write?: (line: string) => void
  readonly now?: () => number
}

export function createLogger(options: LoggerOptions): Logger {
  const { component, write = (line) => process.stderr.write(line), now = Date.now } = options
  const level = typeof options.level === 'object' ? options.level : { current: options.level ?? 'info' }
  const emit = (at: LogLevel, message: string, fields?: LogFields): void => {
    if (order[at] < order[level.current]) return
    write(`${new Date(now()).toISOString()} ${at.toUpperCase().padEnd(5)} ${component}: ${message}${formatFields(fields)}\n`)
  }
  return {
    debug: (message, fields) => emit('debug', message, fields),
    info: (message, fields) => emit('info', message, fields),
    warn: (message, fields) => emit('warn', message, fields),
    error: (message, fields) => emit('error', message, fields),
    named: (part) => createLogger({ ...options, level, component: `${component}/${part}` }),
    setVerbosity: (verbosity) => {
      level.current = verbosity >= 4 ? 'debug' : 'info'
    },
  }
}

function formatFields(fields?: LogFields): string {
  if (!fields) return ''
  return Object.entries(fields)
    .map(([key, value]) => ` ${key}=${formatValue(value)}`)
    .join('')
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message)
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)
  return JSON.stringify(value) ?? 'undefined'
}

/** Swallows everything; for tests. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, named: () => silentLogger }
