/** Reads a container's log in CRI's format (`TIME STREAM P|F text`), across rotation, with kubectl's options. */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { watch } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

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
  const start = options.tailLines === undefined ? { file: 0, offset: 0 } : await tailStart(files, options.tailLines, options)
  let first: FileHandle | undefined
  for (const each of files.slice(start.file)) {
    first = await open(each, 'r').catch(() => undefined)
    if (first) break
  }
  if (first) yield* lines(first, start.offset, emit, options, path, () => left <= 0)
}

/** How long a runtime may still write to a file after the next one is there. */
const lastWritesMs = 50

/**
 * Yields a file's lines from an offset, and goes on with the file that follows it, found by its inode: files are renamed under us, and
 * more than once. A follower waits at the end of the newest.
 */
async function* lines(
  first: FileHandle,
  offset: number,
  emit: (line: string) => Buffer | undefined,
  options: LogOptions,
  path: string,
  full: () => boolean,
): AsyncGenerator<Buffer> {
  let file = first
  let at = offset
  let pending = Buffer.alloc(0)
  /** The end of this file was seen after the next one was there, and after its last writes. */
  let finished = false
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
      if (options.signal.aborted) return
      const next = await successor(path, (await file.stat()).ino)
      if (next && !finished) {
        // Written between our read and our look.
        if (running) await pause(lastWritesMs)
        finished = true
        continue
      }
      const opened = next ? await open(next, 'r').catch(() => undefined) : undefined
      if (opened) {
        await file.close()
        file = opened
        at = 0
        finished = false
        continue
      }
      if (!options.follow || (!running && !next)) return
      await changed(path, options.signal)
    }
  } finally {
    await file.close()
  }
}

/** The file that was begun after the one of that inode; the oldest when that one is gone already. */
async function successor(path: string, inode: number): Promise<string | undefined> {
  const files = await withRotated(path)
  const inodes = await Promise.all(
    files.map((each) =>
      stat(each).then(
        ({ ino }) => ino,
        () => undefined,
      ),
    ),
  )
  const index = inodes.indexOf(inode)
  return files.find((_, at) => at > index && inodes[at] !== undefined)
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

/** As upstream writes times, whatever the runtime does (CRI-O: "+00:00"): nine digits, and Z. */
function fixedWidth(time: string): string {
  const parts = /^([^.+Z]*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time)
  if (!parts) return time
  const [, seconds, digits = '', zone] = parts
  return `${seconds}.${digits.slice(0, 9).padEnd(9, '0')}${zone === '+00:00' || zone === '-00:00' ? 'Z' : zone}`
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
  return Buffer.from(`${timestamps ? `${fixedWidth(time)} ` : ''}${line.slice(third + 1)}${whole ? '\n' : ''}`)
}
