/** kubectl-NAME programs on PATH: which there are, which one a line means, and running it (the longest name first). */
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Streams } from './types.ts'

/** Paths in the order of PATH, names in order within a folder; folders that cannot be read go to `unread`. */
export function pluginFiles(path: string, unread: (dir: string, error: NodeJS.ErrnoException) => void = () => {}): string[] {
  const found: string[] = []
  for (const dir of new Set(path.split(':'))) {
    if (dir.trim() === '') continue
    try {
      const names = readdirSync(dir, { withFileTypes: true }).filter((each) => each.name.startsWith('kubectl-') && !each.isDirectory())
      found.push(...names.map(({ name }) => join(dir, name)).sort())
    } catch (error) {
      unread(dir, error as NodeJS.ErrnoException)
    }
  }
  return found
}

/** What somebody may execute; throws where there is nothing. */
export function isExecutable(path: string): boolean {
  const stat = statSync(path)
  return !stat.isDirectory() && (stat.mode & 0o111) !== 0
}

/** The plugin's exit code; undefined when no plugin has a name of at least so many words. */
export async function runPlugin(argv: readonly string[], { env }: Streams, leastWords = 1): Promise<number | undefined> {
  const words: string[] = []
  for (const word of argv) {
    if (word.startsWith('-')) break
    words.push(word.replaceAll('-', '_'))
  }
  for (let count = words.length; count >= leastWords; count--) {
    const program = findProgram(`kubectl-${words.slice(0, count).join('-')}`, env.PATH ?? '')
    if (program) return runInstead(program, argv.slice(count), env)
  }
  return undefined
}

export function findProgram(name: string, path: string): string | undefined {
  for (const dir of path.split(':')) {
    try {
      if (dir !== '' && isExecutable(join(dir, name))) return join(dir, name)
    } catch {
      // Not here.
    }
  }
  return undefined
}

function runInstead(program: string, args: readonly string[], env: Streams['env']): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: env as NodeJS.ProcessEnv })
    // The original becomes its plugin: signals are the plugin's. What a terminal sends, the plugin gets by itself.
    const fromTerminal = ['SIGINT', 'SIGQUIT']
    for (const signal of ['SIGTERM', 'SIGHUP', ...fromTerminal] as NodeJS.Signals[])
      process.on(signal, () => void ((process.stdin.isTTY && fromTerminal.includes(signal)) || child.kill(signal)))
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (!signal) return resolve(code ?? 0)
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    })
  })
}
