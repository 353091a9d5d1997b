/** Runs a program of the system to its end, with a text on its standard input. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command and answers its exit code and output. Rejects only when it cannot be started or runs too long. */
export type RunCommand = (argv: readonly string[], input?: string) => Promise<CommandResult>

const timeoutMs = 60_000

export const runCommand: RunCommand = (argv, input) => new StartedCommand(argv).finish(input)

/** As `runCommand`, with one process of this command line started in advance: what it has to load is loaded when its input comes. */
export function withStandby(argv: readonly string[], signal: AbortSignal): RunCommand {
  const line = argv.join(' ')
  let standby: StartedCommand | undefined
  const prepare = () => {
    if (!signal.aborted) standby ??= new StartedCommand(argv)
  }
  const dismiss = () => {
    standby?.kill()
    standby = undefined
  }
  signal.addEventListener('abort', dismiss, { once: true })
  return async (wanted, input) => {
    if (wanted.join(' ') !== line) return runCommand(wanted, input)
    const command = standby?.isWaiting ? standby : new StartedCommand(argv)
    standby = undefined
    try {
      return await command.finish(input)
    } finally {
      // Not before: to start a process takes this one's time.
      setImmediate(prepare)
    }
  }
}

class StartedCommand {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #result: Promise<CommandResult>
  #isOver = false

  constructor(argv: readonly string[]) {
    const [program = '', ...args] = argv
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    // A program that ends before it has read everything is judged by its exit code, not by the broken pipe.
    child.stdin.on('error', () => {})
    this.#result = new Promise((resolve, reject) => {
      child.on('error', (cause: NodeJS.ErrnoException) => reject(startFailure(program, cause)))
      child.on('close', (code, signal) => {
        const stderr = Buffer.concat(err).toString()
        if (signal) return reject(new Error(`${program} was ended by ${signal}${stderr ? `: ${stderr.trim()}` : ''}`))
        resolve({ code: code ?? 1, stdout: Buffer.concat(out).toString(), stderr })
      })
    })
    // Of one that was never asked anything nobody wants to know.
    this.#result.catch(() => {})
    child.on('exit', () => {
      this.#isOver = true
    })
    child.on('error', () => {
      this.#isOver = true
    })
    // It keeps no process alive while it waits.
    child.unref()
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).unref()
  }

  get isWaiting(): boolean {
    return !this.#isOver
  }

  /** Gives it its input, and answers how it ended. */
  async finish(input = ''): Promise<CommandResult> {
    const child = this.#child
    child.ref()
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).ref()
    const timer = setTimeout(() => child.kill(), timeoutMs)
    child.stdin.end(input)
    try {
      return await this.#result
    } finally {
      clearTimeout(timer)
    }
  }

  kill(): void {
    this.#child.kill()
  }
}

/** Runs a command and rejects with its error output when it fails. */
export async function mustRun(argv: readonly string[], input?: string, run: RunCommand = runCommand): Promise<string> {
  const { code, stdout, stderr } = await run(argv, input)
  if (code !== 0) throw new Error(`${argv.join(' ').slice(0, 200)}: exit code ${code}: ${stderr.trim().slice(0, 2000)}`)
  return stdout
}

function startFailure(program: string, cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'ENOENT') return new Error(`${program} is not installed; install the packages iproute2, nftables, conntrack and util-linux`, { cause })
  return new Error(`cannot start ${program}: ${cause.message}`, { cause })
}
