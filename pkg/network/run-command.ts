/** Runs a program of the system to its end, with a text on its standard input. */
import { spawn } from 'node:child_process'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command and answers its exit code and output. Rejects only when it cannot be started or runs too long. */
export type RunCommand = (argv: readonly string[], input?: string) => Promise<CommandResult>

const timeoutMs = 60_000

export const runCommand: RunCommand = (argv, input) =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = argv
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    // A program that ends before it has read everything is judged by its exit code, not by the broken pipe.
    child.stdin.on('error', () => {})
    child.on('error', (cause: NodeJS.ErrnoException) => reject(startFailure(program, cause)))
    child.on('close', (code, signal) => {
      const stderr = Buffer.concat(err).toString()
      if (signal) return reject(new Error(`${program} was ended by ${signal}${stderr ? `: ${stderr.trim()}` : ''}`))
      resolve({ code: code ?? 1, stdout: Buffer.concat(out).toString(), stderr })
    })
    child.stdin.end(input ?? '')
  })

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
