/** Runs a cluster's processes until it is told to stop. */
import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { Child } from './child.ts'
import { controlSocketPath, onJsonLines, send } from './control-socket.ts'
import type { ChildSpec, ControlReply, ControlRequest, SupervisorStatus } from './types.ts'

export interface SupervisorOptions {
  readonly dataDir: string
  readonly version: string
  /** In order of start; computed again on "reload" (a node added or removed). */
  readonly children: () => Promise<readonly ChildSpec[]>
  readonly clock: Clock
  readonly log: Logger
  /** After every process has ended on "stop". */
  readonly afterStop: () => Promise<void>
  /** After a child that "reload" no longer lists has ended. */
  readonly afterRemoval?: (name: string) => Promise<void>
}

export class Supervisor {
  readonly #options: SupervisorOptions
  #children: Child[] = []
  #server: Server | undefined
  #stopping: Promise<void> | undefined
  readonly #startedAtMs: number
  /** Resolves when "stop" is done. */
  readonly stopped: Promise<void>
  #resolveStopped: () => void = () => {}

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#startedAtMs = options.clock.now()
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve
    })
  }

  /** Listens for its children and the launcher, then starts or takes over every process. */
  async start(): Promise<void> {
    await this.#load()
    for (const child of this.#children) child.adoptRunning()
    await this.#listen()
    this.#startWaiting()
  }

  /** Stops all processes in reverse order. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const child of [...this.#children].reverse()) await child.stop()
      await this.#options.afterStop()
      this.#server?.close()
      rmSync(controlSocketPath(this.#options.dataDir), { force: true })
      this.#resolveStopped()
    })()
    return this.#stopping
  }

  /** Whether every process is up. */
  isAllReady(): boolean {
    return this.#children.every((child) => child.isReady)
  }

  status(): SupervisorStatus {
    return { pid: process.pid, version: this.#options.version, startedAtMs: this.#startedAtMs, children: this.#children.map((child) => child.status()) }
  }

  async #load(): Promise<void> {
    const specs = await this.#options.children()
    const wanted = new Set(specs.map((spec) => spec.name))
    for (const child of [...this.#children].reverse()) {
      if (wanted.has(child.spec.name)) continue
      await child.stop()
      await this.#options.afterRemoval?.(child.spec.name)
    }
    const known = new Map(this.#children.map((child) => [child.spec.name, child]))
    const { dataDir, clock, log } = this.#options
    this.#children = specs.map((spec) => known.get(spec.name) ?? new Child(spec, { dataDir, clock, log, onChange: () => this.#startWaiting() }))
  }

  /** Starts every child whose predecessors are up. */
  #startWaiting(): void {
    if (this.#stopping) return
    const ready = new Set(this.#children.filter((child) => child.isReady).map((child) => child.spec.name))
    for (const child of this.#children) {
      if (child.state === 'waiting' && (child.spec.after ?? []).every((name) => ready.has(name))) void child.start()
    }
  }

  async #listen(): Promise<void> {
    const path = controlSocketPath(this.#options.dataDir)
    rmSync(path, { force: true })
    const server = createServer((socket) => this.#serve(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  }

  #serve(socket: Socket): void {
    let child: Child | undefined
    socket.on('error', () => {})
    socket.on('close', () => child?.onUnlinked())
    onJsonLines(socket, (request: ControlRequest) => {
      if (request.op === 'hello') {
        child = this.#children.find((each) => each.spec.name === request.name)
        if (!child?.onHello(request.identity, request.ready)) {
          // Of an earlier life, and not the one that runs now: it would only be in the way.
          this.#options.log.warn('an unknown process says hello', { name: request.name, pid: request.identity.pid })
          child = undefined
        }
        return
      }
      if (request.op === 'ready') {
        child?.onReady()
        return
      }
      this.#answer(request).then(
        (reply) => send(socket, reply),
        (error) => send(socket, { ok: false, error: error instanceof Error ? error.message : String(error) }),
      )
    })
  }

  async #answer(request: ControlRequest): Promise<ControlReply> {
    switch (request.op) {
      case 'status':
        return { ok: true, status: this.status() }
      case 'stop':
        await this.stop()
        return { ok: true }
      case 'reload':
        await this.#load()
        this.#startWaiting()
        return { ok: true }
      case 'stop-child':
      case 'start-child': {
        const children = this.#children.filter((child) => child.spec.name === request.name || child.spec.name.startsWith(`${request.name}/`))
        if (children.length === 0) return { ok: false, error: `no process named ${request.name}` }
        for (const child of request.op === 'stop-child' ? children.reverse() : children) await (request.op === 'stop-child' ? child.stop() : child.start())
        return { ok: true }
      }
      default:
        return { ok: false, error: `unknown request` }
    }
  }
}
