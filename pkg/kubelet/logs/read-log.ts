/** Reads a container's log in CRI's format (`TIME STREAM P|F text`), across rotation, with kubectl's options. */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { watch } from 'node:fs'

export interface LogOptions {
  readonly follow?: boolean
  readonly timestamps?: boolean
  readonly tailLines?: number | undefined
  readonly sinceMs?: number | undefined
  readonly limitBytes?: number | undefined
  readonly stream?: 'stdout' | 'stderr' | undefined
  /** Still being written to? A follower ends when not. */
  readonly running: () => boolean
  readonly signal: AbortSignal
}

const blockBytes = 64 * 1024
const pollMs = 1000

export async function* readLog(path: string, options: LogOptions): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  const emit = (line: string): Buffer | undefined => {
    const out = formatLine(line, options)
    if (!out || left <= 0) return undefined
    const cut = out.length > left ? out.subarray(0, left) : out
    left -= cut.length
    return cut
  }
  const files = await withRotated(path)
  const start = options.tailLines === undefined ? undefined : await tailStart(files, options.tailLines, options)
  let file: FileHandle | undefined
  try {
    for (const [index, each] of files.entries()) {
      if (start && index < start.file) continue
      await file?.close()
      file = await open(each, 'r').catch(() => undefined)
      if (!file) continue
      yield* lines(file, start && index === start.file ? start.offset : 0, emit, options, index === files.length - 1 ? path : undefined, () => left <= 0)
      if (left <= 0 || options.signal.aborted) return
    }
  } finally {
    await file?.close()
  }
}

/** Yields a file's lines from an offset; with `followPath`, goes on as it grows, and over to the next one when it is rotated away. */
async function* lines(
  first: FileHandle,
  offset: number,
  emit: (line: string) => Buffer | undefined,
  options: LogOptions,
  followPath: string | undefined,
  full: () => boolean,
): AsyncGenerator<Buffer> {
  let file = first
  let at = offset
  let pending = Buffer.alloc(0)
  const buffer = Buffer.alloc(blockBytes)
  try {
    for (;;) {
      // Asked before reading: what was written before the end is then surely read.
      const running = options.running()
      const { bytesRead } = await file.read(buffer, 0, blockBytes, at)
      if (bytesRead > 0) {
        at += bytesRead
        pending = Buffer.concat([pending, buffer.subarray(0, bytesRead)])
        const out: Buffer[] = []
        for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10)) {
          const line = emit(pending.subarray(0, end).toString('utf8'))
          pending = pending.subarray(end + 1)
          if (line) out.push(line)
        }
        if (out.length > 0) yield Buffer.concat(out)
        if (full() || options.signal.aborted) return
        continue
      }
      if (!options.follow || !followPath || options.signal.aborted) return
      const [now, mine] = await Promise.all([stat(followPath).catch(() => undefined), file.stat()])
      if (now && now.ino !== mine.ino) {
        const next = await open(followPath, 'r').catch(() => undefined)
        if (next) {
          if (file !== first) await file.close()
          file = next
          at = 0
          continue
        }
      }
      if (!running) return
      await changed(followPath, options.signal)
    }
  } finally {
    if (file !== first) await file.close()
  }
}

function changed(path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      watcher?.close()
      signal.removeEventListener('abort', done)
      resolve()
    }
    let watcher: ReturnType<typeof watch> | undefined
    const timer = setTimeout(done, pollMs)
    signal.addEventListener('abort', done, { once: true })
    try {
      watcher = watch(dirname(path), done)
      watcher.on('error', () => {})
    } catch {
      // Polled instead.
    }
  })
}

/** Rotated files (NAME.YYYYMMDD-HHMMSS) first, oldest to newest, then the current one. */
async function withRotated(path: string): Promise<string[]> {
  const name = basename(path)
  const names = await readdir(dirname(path)).catch(() => [] as string[])
  const rotated = names.filter((each) => each.startsWith(`${name}.`) && !each.endsWith('.tmp') && !each.endsWith('.gz')).sort()
  return [...rotated.map((each) => join(dirname(path), each)), path]
}

/** Where the last `count` lines begin. */
async function tailStart(files: readonly string[], count: number, { stream }: LogOptions): Promise<{ file: number; offset: number }> {
  let left = count
  for (let index = files.length - 1; index >= 0; index--) {
    const file = await open(files[index]!, 'r').catch(() => undefined)
    if (!file) continue
    try {
      const { size } = await file.stat()
      if (left === 0) return { file: index, offset: size }
      let end = size
      let tail = Buffer.alloc(0)
      while (end > 0) {
        const length = Math.min(blockBytes, end)
        const block = Buffer.alloc(length)
        await file.read(block, 0, length, end - length)
        end -= length
        tail = Buffer.concat([block, tail])
        const starts = lineStarts(tail, end === 0, stream)
        if (starts.length >= left) return { file: index, offset: end + starts[starts.length - left]! }
        if (end === 0) left -= starts.length
      }
    } finally {
      await file.close()
    }
  }
  return { file: 0, offset: 0 }
}

/** Offsets of whole log lines: those that end ("F"), with the partial ones before them. */
function lineStarts(block: Buffer, fromStart: boolean, stream: string | undefined): number[] {
  const starts: number[] = []
  let open: number | undefined
  let at = fromStart ? 0 : block.indexOf(10) + 1
  if (!fromStart && at === 0) return starts
  while (at < block.length) {
    const end = block.indexOf(10, at)
    const head = block
      .subarray(at, Math.min(at + 64, end < 0 ? block.length : end))
      .toString('latin1')
      .split(' ')
    if (stream === undefined || head[1] === stream) {
      open ??= at
      if (head[2]?.startsWith('F')) {
        starts.push(open)
        open = undefined
      }
    }
    if (end < 0) break
    at = end + 1
  }
  return starts
}

function formatLine(line: string, { timestamps, sinceMs, stream }: LogOptions): Buffer | undefined {
  const first = line.indexOf(' ')
  const second = line.indexOf(' ', first + 1)
  const third = line.indexOf(' ', second + 1)
  if (first < 0 || second < 0 || third < 0) return undefined
  const time = line.slice(0, first)
  if (stream && line.slice(first + 1, second) !== stream) return undefined
  if (sinceMs !== undefined && Date.parse(time) < sinceMs) return undefined
  const whole = line[second + 1] === 'F'
  return Buffer.from(`${timestamps ? `${time} ` : ''}${line.slice(third + 1)}${whole ? '\n' : ''}`)
}
