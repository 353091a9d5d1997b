/** Events as lines of JSON in a file, which is turned over by size and cleared up by age and number (upstream: the log backend with lumberjack). */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { AuditSink } from './types.ts'

export interface LogSinkOptions {
  /** "-": standard output. */
  readonly path: string
  /** Days that old files are kept; 0: for ever. */
  readonly maxAge?: number
  /** How many old files are kept; 0: all. */
  readonly maxBackups?: number
  /** MiB of a file, before it is turned over; default 100. */
  readonly maxSize?: number
  readonly clock: Clock
  readonly log: Logger
}

/** Written together once the present turn is over; more than this at once is written at once. */
const maxPendingBytes = 1024 * 1024
const bytesPerMegabyte = 1024 * 1024
const dayMs = 86_400_000

export function logSink(options: LogSinkOptions): AuditSink {
  const { path, clock, log, maxAge = 0, maxBackups = 0 } = options
  const limit = (options.maxSize || 100) * bytesPerMegabyte
  const toStandardOutput = path === '-'
  let descriptor = toStandardOutput ? 1 : open(path)
  let size = toStandardOutput ? 0 : fstatSync(descriptor).size
  let pending: Buffer[] = []
  let pendingBytes = 0
  let scheduled: NodeJS.Immediate | undefined
  let dropped = 0

  function flush(): void {
    if (scheduled) clearImmediate(scheduled)
    scheduled = undefined
    const block = Buffer.concat(pending)
    const lines = pending.length
    pending = []
    pendingBytes = 0
    if (block.length === 0) return
    try {
      if (!toStandardOutput && size > 0 && size + block.length > limit) turnOver()
      for (let at = 0; at < block.length; ) at += writeSync(descriptor, block, at)
      size += block.length
    } catch (error) {
      dropped += lines
      log.error('audit events could not be written', { path, error })
    }
  }

  function turnOver(): void {
    closeSync(descriptor)
    const stamp = new Date(clock.now()).toISOString().replace(/Z$/, '').replaceAll(':', '-')
    renameSync(path, withStamp(path, stamp))
    descriptor = open(path)
    size = 0
    clearUp(path, { maxAge, maxBackups, nowMs: clock.now() })
  }

  return {
    name: 'log',
    get dropped() {
      return dropped
    },
    write(event) {
      const line = Buffer.from(`${JSON.stringify(event)}\n`)
      pending.push(line)
      pendingBytes += line.length
      if (pendingBytes > maxPendingBytes) flush()
      else scheduled ??= setImmediate(flush)
    },
    async close() {
      flush()
      if (!toStandardOutput) closeSync(descriptor)
    },
  }
}

function open(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  return openSync(path, 'a', 0o600)
}

/** "audit.log" → "audit-2026-01-01T00-00-00.000.log". */
function withStamp(path: string, stamp: string): string {
  const extension = extname(path)
  const base = join(dirname(path), `${basename(path, extension)}-${stamp}`)
  for (let count = 0; ; count++) {
    const candidate = `${base}${count === 0 ? '' : `.${count}`}${extension}`
    if (!existsSync(candidate)) return candidate
  }
}

function clearUp(path: string, { maxAge, maxBackups, nowMs }: { maxAge: number; maxBackups: number; nowMs: number }): void {
  const extension = extname(path)
  const prefix = `${basename(path, extension)}-`
  const old = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && name.endsWith(extension) && /^\d{4}-\d\d-\d\dT/.test(name.slice(prefix.length)))
    .sort()
    .reverse()
  for (const [at, name] of old.entries()) {
    const stamp = name.slice(prefix.length, prefix.length + 19)
    const writtenMs = Date.parse(`${stamp.slice(0, 11)}${stamp.slice(11).replaceAll('-', ':')}Z`)
    if ((maxBackups > 0 && at >= maxBackups) || (maxAge > 0 && nowMs - writtenMs > maxAge * dayMs)) unlinkSync(join(dirname(path), name))
  }
}
