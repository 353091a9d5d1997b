/**
 * Whether a password has the hash that a Secret says. A good hash takes tens of milliseconds, in which this process would answer nobody;
 * so a worker thread does it, and what it found is remembered, since a browser sends the password with every request.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '#base/clock.ts'
import type { PasswordAnswer, PasswordQuestion } from './password-worker.ts'

/** Passwords that wait for the worker; more are refused, or somebody who guesses could fill the memory. */
const queueLimit = 64
const rememberedLimit = 4096
/** A hash that takes longer is none that anybody can log in by. */
const patienceMs = 10_000
const idleMs = 60_000

export class TooManyPasswords extends Error {}

export class Passwords {
  readonly #clock: Clock
  readonly #secret = randomBytes(32)
  readonly #remembered = new Map<string, boolean>()
  readonly #waiting = new Map<number, { readonly key: string; readonly answered: (matches: boolean) => void }>()
  readonly #asked = new Map<string, Promise<boolean>>()
  #worker: Worker | undefined
  #timer: Timer | undefined
  #serial = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** At once where it is known. Rejects with TooManyPasswords when too many are asked about at a time. */
  matches(hash: string, password: string): boolean | Promise<boolean> {
    // Under a key of this process: its memory is no place to find passwords by quick hashes.
    const key = createHmac('sha256', this.#secret).update(`${hash}\0${password}`).digest('base64')
    const known = this.#remembered.get(key)
    if (known !== undefined) return known
    const asked = this.#asked.get(key)
    if (asked) return asked
    if (this.#waiting.size >= queueLimit) return Promise.reject(new TooManyPasswords('too many passwords are being checked'))
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const id = ++this.#serial
    this.#waiting.set(id, { key, answered: resolve })
    this.#asked.set(key, promise)
    this.#start().postMessage({ id, hash, password } satisfies PasswordQuestion)
    if (this.#waiting.size === 1) this.#watch(patienceMs)
    return promise
  }

  close(): void {
    this.#timer?.cancel()
    this.#stop()
  }

  #start(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL(import.meta.url.endsWith('.ts') ? './password-worker.ts' : './password-worker.mjs', import.meta.url))
    worker.unref()
    worker.on('message', (answer: PasswordAnswer) => this.#answered(answer))
    // Whoever waits is not let in.
    worker.on('error', () => this.#worker === worker && this.#stop())
    this.#worker = worker
    return worker
  }

  #answered({ id, matches }: PasswordAnswer): void {
    const question = this.#waiting.get(id)
    if (!question) return
    this.#waiting.delete(id)
    this.#asked.delete(question.key)
    if (this.#remembered.size >= rememberedLimit) this.#remembered.delete(this.#remembered.keys().next().value!)
    this.#remembered.set(question.key, matches)
    question.answered(matches)
    this.#watch(this.#waiting.size > 0 ? patienceMs : idleMs)
  }

  /** Ends the worker when nothing has come of it, or nothing is asked of it, for so long. */
  #watch(afterMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.after(afterMs, () => this.#stop())
  }

  #stop(): void {
    void this.#worker?.terminate()
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#asked.clear()
    for (const { answered } of waiting) answered(false)
  }
}
