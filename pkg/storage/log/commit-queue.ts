import { StoreOverloadedError, type WriteResult } from '../types.ts'
import { Fifo } from './fifo.ts'

/** A write that waits for the next commit. */
export interface PendingWrite {
  readonly key: string
  /** Absent: a delete. */
  readonly value: Uint8Array | undefined
  readonly expectRevision: number
  readonly expiresAtMs: number
  readonly resolve: (result: WriteResult) => void
  readonly reject: (error: Error) => void
}

export interface CommitLimits {
  /** Writing a commit blocks the event loop (waiting for the disk does not): these bound for how long. */
  readonly maxBatchWrites: number
  readonly maxBatchBytes: number
  /** More than these are refused. */
  readonly maxWaitingWrites: number
  readonly maxWaitingBytes: number
}

export const defaultCommitLimits: CommitLimits = {
  maxBatchWrites: 256,
  maxBatchBytes: 2 << 20,
  maxWaitingWrites: 50_000,
  maxWaitingBytes: 256 << 20,
}

/**
 * Group commit: what arrives in a tick of the event loop is committed together in the next, or, when a commit still waits for the disk,
 * with all that comes until it has ended.
 */
export class CommitQueue {
  readonly #waiting = new Fifo<PendingWrite>()
  #waitingBytes = 0
  #scheduled = false
  #running: Promise<void> | undefined
  readonly #limits: CommitLimits
  readonly #commit: (batch: readonly PendingWrite[]) => Promise<void> | void

  /** `commit` never fails: what becomes of its writes it tells them itself. */
  constructor(limits: CommitLimits, commit: (batch: readonly PendingWrite[]) => Promise<void> | void) {
    this.#limits = limits
    this.#commit = commit
  }

  push(write: PendingWrite): void {
    const bytes = sizeOf(write)
    if (this.#waiting.length >= this.#limits.maxWaitingWrites || this.#waitingBytes + bytes > this.#limits.maxWaitingBytes) {
      write.reject(new StoreOverloadedError())
      return
    }
    this.#waiting.push(write)
    this.#waitingBytes += bytes
    this.#schedule()
  }

  /** Commits all that waits, without waiting for more; resolves when it is done. */
  async drain(): Promise<void> {
    while (this.#running || this.#waiting.length > 0) {
      if (this.#running) await this.#running
      else await this.#run()
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#running) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#waiting.length > 0 && !this.#running) void this.#run()
    })
  }

  #run(): Promise<void> | void {
    const running = this.#commit(this.#take())
    if (running) {
      this.#running = running.then(() => {
        this.#running = undefined
        if (this.#waiting.length > 0) this.#schedule()
      })
    } else if (this.#waiting.length > 0) this.#schedule()
    return this.#running
  }

  #take(): PendingWrite[] {
    const batch: PendingWrite[] = []
    let bytes = 0
    for (let write = this.#waiting.at(0); write && batch.length < this.#limits.maxBatchWrites; write = this.#waiting.at(0)) {
      bytes += sizeOf(write)
      if (batch.length > 0 && bytes > this.#limits.maxBatchBytes) break
      batch.push(write)
      this.#waitingBytes -= sizeOf(write)
      this.#waiting.shift()
    }
    return batch
  }
}

function sizeOf(write: PendingWrite): number {
  return write.key.length + (write.value?.byteLength ?? 0) + 100
}
