/** Events as lines in a file, which is turned over by size and cleared up by age and number (upstream: the log backend with lumberjack). */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { lineOf, type LogFormat } from './log-format.ts'
import type { AuditBackend } from './types.ts'

export { type LogFormat, logFormats } from './log-format.ts'

export interface LogBackendOptions {
  /** "-": standard output. */
  readonly path: string
  /** Default JSON. */
  readonly format?: LogFormat
  /** Days that old files are kept; 0: for ever. */
  readonly maxAge?: number
  /** How many old files are kept; 0: all. */
  readonly maxBackups?: number
  /** MiB of a file, before it is turned over; 0: it never is; default 100. */
  readonly maxSize?: number
  /** Old files are packed by gzip. */
  readonly compress?: boolean
  readonly clock: Clock
  readonly log: Logger
}

/** Written together once the present turn is over; more than this at once is written at once. */
const maxPendingBytes = 1024 * 1024
const bytesPerMegabyte = 1024 * 1024
const dayMs = 86_400_000
const packed = '.gz'

export function logBackend(options: LogBackendOptions): AuditBackend {
  const { path, format = 'json', clock, log, maxAge = 0, maxBackups = 0, maxSize = 100, compress = false } = options
  const limit = maxSize === 0 ? Number.POSITIVE_INFINITY : maxSize * bytesPerMegabyte
  const toStandardOutput = path === '-'
  let descriptor = toStandardOutput ? 1 : open(path)
  let size = toStandardOutput ? 0 : fstatSync(descriptor).size
  let pending: Buffer[] = []
  let pendingBytes = 0
  let flushing: PromiseWithResolvers<boolean> | undefined
  let scheduled: NodeJS.Immediate | undefined
  let packing: Promise<void> = Promise.resolve()

  function flush(): void {
    if (scheduled) clearImmediate(scheduled)
    scheduled = undefined
    const block = Buffer.concat(pending)
    const done = flushing
    pending = []
    pendingBytes = 0
    flushing = undefined
    if (block.length === 0) return
    done?.resolve(written(block))
  }

  function written(block: Buffer): boolean {
    try {
      if (!toStandardOutput && size > 0 && size + block.length > limit) turnOver()
      for (let at = 0; at < block.length; ) at += writeSync(descriptor, block, at)
      size += block.length
      return true
    } catch (error) {
      log.error('audit events could not be written', { path, error })
      return false
    }
  }

  function turnOver(): void {
    closeSync(descriptor)
    const stamp = new Date(clock.now()).toISOString().replace(/Z$/, '').replaceAll(':', '-')
    renameSync(path, withStamp(path, stamp))
    descriptor = open(path)
    size = 0
    const nowMs = clock.now()
    const left = clearUp(path, { maxAge, maxBackups, nowMs })
    if (compress) packing = packing.then(() => packAll(left))
  }

  async function packAll(files: readonly string[]): Promise<void> {
    for (const file of files) {
      if (file.endsWith(packed)) continue
      try {
        await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}${packed}`, { mode: 0o600 }))
        unlinkSync(file)
      } catch (error) {
        log.warn('an old audit log could not be packed', { file, error })
      }
    }
  }

  return {
    name: 'log',
    deliver(events) {
      for (const event of events) {
        const line = Buffer.from(`${lineOf(event, format)}\n`)
        pending.push(line)
        pendingBytes += line.length
      }
      flushing ??= Promise.withResolvers()
      const { promise } = flushing
      if (pendingBytes > maxPendingBytes) flush()
      else scheduled ??= setImmediate(flush)
      return promise
    },
    async close() {
      flush()
      await packing
      if (!toStandardOutput) closeSync(descriptor)
    },
  }
}

function open(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return openSync(path, 'a', 0o600)
}

/** "audit.log" → "audit-2026-01-01T00-00-00.000.log". */
function withStamp(path: string, stamp: string): string {
  const extension = extname(path)
  const base = join(dirname(path), `${basename(path, extension)}-${stamp}`)
  for (let count = 0; ; count++) {
    const candidate = `${base}${count === 0 ? '' : `.${count}`}${extension}`
    if (!existsSync(candidate) && !existsSync(`${candidate}${packed}`)) return candidate
  }
}

/** Answers the old files that are left. */
function clearUp(path: string, { maxAge, maxBackups, nowMs }: { maxAge: number; maxBackups: number; nowMs: number }): string[] {
  const extension = extname(path)
  const prefix = `${basename(path, extension)}-`
  const old = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && (name.endsWith(extension) || name.endsWith(`${extension}${packed}`)))
    .filter((name) => /^\d{4}-\d\d-\d\dT/.test(name.slice(prefix.length)))
    .sort()
    .reverse()
  // A file that is being packed is there twice.
  const distinct = [...new Set(old.map((name) => name.replace(/\.gz$/, '')))]
  const left: string[] = []
  for (const name of old) {
    const stamp = name.slice(prefix.length, prefix.length + 19)
    const writtenMs = Date.parse(`${stamp.slice(0, 11)}${stamp.slice(11).replaceAll('-', ':')}Z`)
    const isOver = maxBackups > 0 && distinct.indexOf(name.replace(/\.gz$/, '')) >= maxBackups
    const file = join(dirname(path), name)
    if (isOver || (maxAge > 0 && nowMs - writtenMs > maxAge * dayMs)) unlinkSync(file)
    else left.push(file)
  }
  return left
}
