/** One supervised process: a small state machine of start, adoption, exit and back-off. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock, Timer } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { identify, isAlive, type ProcessIdentity, signalProcess, usageOf } from '../host/process-identity.ts'
import type { ChildSpec, ChildState, ChildStatus } from './types.ts'

export interface ChildOptions {
  readonly dataDir: string
  readonly clock: Clock
  readonly log: Logger
  /** Called whenever the child becomes ready or stops being so. */
  readonly onChange: () => void
}

const firstBackoffMs = 100
const maxBackoffMs = 5_000
const steadyAfterMs = 10_000
const adoptedPollMs = 500
const stopGraceMs = 8_000
const maxLogBytes = 10 << 20

export class Child {
  readonly spec: ChildSpec
  readonly #options: ChildOptions
  #state: ChildState = 'waiting'
  #identity: ProcessIdentity | undefined
  #process: ChildProcess | undefined
  #startedAtMs = 0
  #restarts = 0
  #backoffMs = firstBackoffMs
  #lastExit: string | undefined
  #isReady = false
  #timer: Timer | undefined
  #stopping = false

  constructor(spec: ChildSpec, options: ChildOptions) {
    this.spec = spec
    this.#options = options
  }

  get isReady(): boolean {
    return this.#isReady
  }

  get state(): ChildState {
    return this.#state
  }

  status(): ChildStatus {
    const usage = this.#identity ? usageOf(this.#identity.pid) : undefined
    return {
      name: this.spec.name,
      state: this.#state,
      ready: this.#isReady,
      restarts: this.#restarts,
      ...(this.#identity ? { pid: this.#identity.pid, startedAtMs: this.#startedAtMs } : {}),
      ...(this.#lastExit ? { lastExit: this.#lastExit } : {}),
      ...usage,
    }
  }

  /** Takes over a process that an earlier supervisor started, or starts one. */
  async start(): Promise<void> {
    if (this.#state !== 'waiting' && this.#state !== 'stopped') return
    this.#stopping = false
    if (!this.adoptRunning()) await this.#spawn()
  }

  /** Takes over the process that an earlier supervisor started, if it still runs. */
  adoptRunning(): boolean {
    const left = this.#readIdentity()
    if (!left || !isAlive(left.identity)) return false
    this.#adopt(left.identity, left.startedAtMs)
    return true
  }

  /** What the process itself says over the control socket. */
  onHello(identity: ProcessIdentity, ready: boolean): boolean {
    if (identity.pid !== this.#identity?.pid) return false
    this.#setReady(ready)
    return true
  }

  onReady(): void {
    this.#setReady(true)
  }

  /** The socket closed: of an adopted process, the quickest sign of its end. */
  onUnlinked(): void {
    if (this.#identity && !isAlive(this.#identity) && !this.#process) this.#ended('its connection closed')
  }

  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#timer?.cancel()
    const identity = this.#identity
    if (identity && isAlive(identity)) {
      await this.spec.beforeStop?.().catch((error) => this.#options.log.warn('before stop', { child: this.spec.name, error }))
      signalProcess(identity, this.spec.stopSignal ?? 'SIGTERM')
      const until = this.#options.clock.now() + stopGraceMs + (this.spec.extraStopMs?.() ?? 0)
      while (isAlive(identity)) {
        if (this.#options.clock.now() > until) signalProcess(identity, 'SIGKILL')
        await new Promise<void>((resolve) => setTimeout(resolve, 20))
      }
    }
    rmSync(this.#identityPath(), { force: true })
    this.#identity = undefined
    this.#process = undefined
    this.#state = 'stopped'
    this.#isReady = false
  }

  async #spawn(): Promise<void> {
    const { clock, log, dataDir } = this.#options
    this.#state = 'starting'
    this.#setReady(false)
    try {
      await this.spec.prepare?.()
      if (this.#stopping) return
      const output = this.#openLog()
      const [file, ...args] = this.spec.command
      const child = spawn(file!, args, {
        detached: true,
        stdio: ['ignore', output, output],
        env: { ...process.env, ...this.spec.env, K8TS_DATA_DIR: dataDir, K8TS_CHILD: this.spec.name },
      })
      closeSync(output)
      child.unref()
      child.on('error', (error) => this.#ended(error.message))
      if (child.pid === undefined) return
      this.#process = child
      this.#startedAtMs = clock.now()
      const identity = identify(child.pid)
      if (identity) this.#writeIdentity(identity)
      child.on('exit', (code, signal) => this.#ended(signal ?? `exit code ${code}`))
      log.info('started', { child: this.spec.name, pid: child.pid })
      this.#state = 'running'
      await this.#awaitReadiness(child.pid)
    } catch (error) {
      this.#ended(error instanceof Error ? error.message : String(error))
    }
  }

  async #awaitReadiness(pid: number): Promise<void> {
    if (this.spec.linked) return
    await this.spec.whenReady?.()
    if (this.#identity?.pid === pid) this.#setReady(true)
  }

  #adopt(identity: ProcessIdentity, startedAtMs: number): void {
    this.#options.log.info('took over', { child: this.spec.name, pid: identity.pid })
    this.#identity = identity
    this.#startedAtMs = startedAtMs
    this.#state = 'running'
    if (!this.spec.linked) this.#awaitReadiness(identity.pid).catch((error) => this.#options.log.warn('not ready', { child: this.spec.name, error }))
    const look = (): void => {
      if (this.#identity !== identity || this.#stopping) return
      if (!isAlive(identity)) this.#ended('it ended')
      else this.#timer = this.#options.clock.after(adoptedPollMs, look)
    }
    look()
  }

  #ended(why: string): void {
    if (this.#state === 'stopped' || this.#state === 'backing-off') return
    const { clock, log } = this.#options
    this.#identity = undefined
    this.#process = undefined
    this.#lastExit = why
    this.#setReady(false)
    if (this.#stopping) return
    this.#backoffMs = clock.now() - this.#startedAtMs > steadyAfterMs ? firstBackoffMs : Math.min(this.#backoffMs * 2, maxBackoffMs)
    this.#state = 'backing-off'
    this.#restarts++
    log.warn('ended; starting it again', { child: this.spec.name, why, inMs: this.#backoffMs })
    this.#timer = clock.after(this.#backoffMs, () => void this.#spawn())
  }

  #setReady(ready: boolean): void {
    if (this.#isReady === ready) return
    this.#isReady = ready
    this.#options.onChange()
  }

  #identityPath(): string {
    return join(this.#options.dataDir, 'run', `${this.spec.name.replaceAll('/', '-')}.json`)
  }

  #writeIdentity(identity: ProcessIdentity): void {
    this.#identity = identity
    const path = this.#identityPath()
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, JSON.stringify({ identity, startedAtMs: this.#startedAtMs }))
    renameSync(`${path}.new`, path)
  }

  #readIdentity(): { identity: ProcessIdentity; startedAtMs: number } | undefined {
    try {
      return JSON.parse(readFileSync(this.#identityPath(), 'utf8'))
    } catch {
      return undefined
    }
  }

  #openLog(): number {
    const path = logPath(this.#options.dataDir, this.spec.name)
    mkdirSync(dirname(path), { recursive: true })
    rotate(path)
    return openSync(path, 'a', 0o600)
  }
}

export function logPath(dataDir: string, name: string): string {
  return join(dataDir, 'logs', `${name.replaceAll('/', '-')}.log`)
}

/** Keeps one older file; called at each start, so that a log is bounded by its process's life and this. */
function rotate(path: string): void {
  try {
    if (statSync(path).size > maxLogBytes) renameSync(path, `${path}.1`)
  } catch {
    // There is none yet.
  }
}
