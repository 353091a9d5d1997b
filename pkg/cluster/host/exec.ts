/** Child processes whose output is wanted whole and small. */
import { execFile, spawn } from 'node:child_process'

export interface ExecResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs to the end, whatever the exit code; rejects only when the program cannot be started. */
export function run(
  command: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number } = {},
): Promise<ExecResult> {
  const [file, ...args] = command
  return new Promise((resolve, reject) => {
    const child = execFile(
      file!,
      args,
      { maxBuffer: 64 << 20, timeout: options.timeoutMs ?? 120_000, env: options.env ?? process.env },
      (error, stdout, stderr) => {
        const code = (error as { code?: unknown } | null)?.code
        if (error && typeof code === 'string') reject(error)
        else resolve({ code: error ? (typeof code === 'number' ? code : 1) : 0, stdout, stderr })
      },
    )
    if (options.input !== undefined) child.stdin?.end(options.input)
  })
}

/** Like `run`, but a failing exit code rejects with what the program said. */
export async function runOrThrow(command: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, options)
  if (code !== 0) throw new Error(`${command.join(' ')}: ${(stderr || stdout).trim() || `exit code ${code}`}`)
  return stdout
}

/** Runs with this terminal's input and output; resolves with the exit code. */
export function runInteractive(command: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const [file, ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, { stdio: 'inherit', env })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}
