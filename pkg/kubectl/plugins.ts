/** kubectl-NAME programs on PATH, the longest name first. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import type { Streams } from './types.ts'

/** The plugin's exit code; undefined when there is no such plugin. */
export async function runPlugin(argv: readonly string[], { env }: Streams): Promise<number | undefined> {
  const words: string[] = []
  for (const word of argv) {
    if (word.startsWith('-')) break
    words.push(word.replaceAll('-', '_'))
  }
  for (let count = words.length; count > 0; count--) {
    const program = findOnPath(`kubectl-${words.slice(0, count).join('-')}`, env.PATH ?? '')
    if (!program) continue
    return new Promise((resolve, reject) => {
      const child = spawn(program, argv.slice(count), { stdio: 'inherit', env: env as NodeJS.ProcessEnv })
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
    })
  }
  return undefined
}

function findOnPath(name: string, path: string): string | undefined {
  for (const dir of path.split(':')) {
    if (dir === '') continue
    try {
      accessSync(join(dir, name), constants.X_OK)
      return join(dir, name)
    } catch {
      // Not here.
    }
  }
  return undefined
}
