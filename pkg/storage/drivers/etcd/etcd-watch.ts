import type { Clock } from '#base/clock.ts'
import { CompactedError, type StoreEvent, StoreUnavailableError, type StoreWatch, type WatchOptions } from '../../types.ts'
import type { EtcdConnection, WatchStream } from './connection.ts'
import type { KeySpace } from './keys.ts'
import type { WatchResponse } from './protocol.ts'

const maxAttempts = 8
const firstRetryDelayMs = 100

export interface EtcdWatchOptions {
  readonly connection: EtcdConnection
  readonly keys: KeySpace
  readonly clock: Clock
  readonly watch: WatchOptions
  /** Told before the watcher is. */
  readonly onRevision: (revision: number) => void
  readonly onCompacted: (revision: number) => void
  readonly onClose: (watch: EtcdWatch) => void
}

/** A watch on a stream of its own; when the stream breaks it goes on in a new one where it was. */
export class EtcdWatch implements StoreWatch {
  readonly #options: EtcdWatchOptions
  #stream: WatchStream | undefined
  /** Everything up to this revision is delivered. */
  #position: number
  #attempts = 0
  #closed = false
  /** Fragments of one answer that is not whole yet. */
  #fragments: StoreEvent[] = []

  constructor(options: EtcdWatchOptions) {
    this.#options = options
    this.#position = options.watch.afterRevision
  }

  /** Resolves when the server has taken the watch on. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => this.#open(resolve, reject))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#stream?.cancel()
    this.#options.onClose(this)
  }

  fail(error: Error): void {
    if (this.#closed) return
    this.close()
    this.#options.watch.onError(error)
  }

  #open(started?: () => void, refused?: (error: Error) => void): void {
    const { connection, keys, watch } = this.#options
    const stream = connection.watch()
    this.#stream = stream
    this.#fragments = []
    let created = false
    const failed = (error: Error) => {
      if (this.#closed || this.#stream !== stream) return
      this.#stream = undefined
      stream.cancel()
      if (!created && refused) {
        this.close()
        refused(error)
      } else if (error instanceof CompactedError || ++this.#attempts > maxAttempts) this.fail(error)
      else this.#options.clock.after(firstRetryDelayMs * 2 ** (this.#attempts - 1), () => this.#closed || this.#open())
    }
    stream.on('data', (response: WatchResponse) => {
      if (this.#closed || this.#stream !== stream) return
      if (response.canceled) return failed(this.#cancelReason(response))
      if (response.created) {
        created = true
        this.#attempts = 0
        started?.()
      }
      this.#take(response)
    })
    stream.on('error', (error) => failed(new StoreUnavailableError(error)))
    stream.on('end', () => failed(new StoreUnavailableError(new Error('the watch stream ended'))))
    const { key, range_end } = keys.interval(watch.prefix)
    stream.write({ create_request: { key, range_end, start_revision: this.#position + 1, prev_kv: true, fragment: true } })
  }

  #cancelReason({ compact_revision, cancel_reason }: WatchResponse): Error {
    if (compact_revision === 0) return new StoreUnavailableError(new Error(cancel_reason || 'the watch was cancelled'))
    this.#options.onCompacted(compact_revision)
    return new CompactedError(compact_revision)
  }

  #take({ events, fragment }: WatchResponse): void {
    for (const event of events) this.#fragments.push(this.#event(event))
    if (fragment) return
    const whole = this.#fragments.filter((event) => event.revision > this.#position)
    this.#fragments = []
    if (whole.length === 0) return
    this.#position = whole[whole.length - 1]!.revision
    this.#options.onRevision(this.#position)
    try {
      this.#options.watch.onEvents(whole)
    } catch (error) {
      this.fail(error as Error)
    }
  }

  #event({ type, kv, prev_kv }: WatchResponse['events'][number]): StoreEvent {
    const { keys } = this.#options
    const previous = prev_kv ? keys.entry(prev_kv) : undefined
    const key = keys.decode(kv.key)
    if (type === 'PUT') return { type: 'put', key, value: kv.value, previous, revision: kv.mod_revision, createRevision: kv.create_revision }
    return {
      type: 'delete',
      key,
      value: previous?.value ?? Buffer.alloc(0),
      previous,
      revision: kv.mod_revision,
      createRevision: previous?.createRevision ?? 0,
    }
  }
}
