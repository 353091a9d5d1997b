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
  /** A commit blocks the event loop: these bound for how long. */
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

/** Group commit: what arrives in a tick of the event loop is committed together in the next. */
export class CommitQueue {
  readonly #waiting = new Fifo<PendingWrite>()
  #waitingBytes = 0
  #scheduled = false
  readonly #limits: CommitLimits
  readonly #commit: (batch: readonly PendingWrite[]) => void

  constructor(limits: CommitLimits, commit: (batch: readonly PendingWrite[]) => void) {
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

  /** Commits all that waits, at once. */
  drain(): void {
    while (this.#waiting.length > 0) this.#commit(this.#take())
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#waiting.length === 0) return
      this.#commit(this.#take())
      if (this.#waiting.length > 0) this.#schedule()
    })
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
