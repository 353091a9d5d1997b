/** The user's editor on a temporary file, which stays until it is removed. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from '../errors.ts'
import type { Invocation } from '../types.ts'

export interface Edited {
  readonly text: string
  readonly file: string
}

/** KUBE_EDITOR, EDITOR, or vi; the variable may hold arguments. Where they are quoted, the shell takes them apart. */
export async function editFile({ io }: Invocation, text: string, suffix: string): Promise<Edited> {
  const file = join(io.env.TMPDIR || tmpdir(), `kubectl-edit-${randomInt(2 ** 32)}${suffix}`)
  const editor = io.env.KUBE_EDITOR || io.env.EDITOR || 'vi'
  const viaShell = /["'\\]/.test(editor) && editor.includes(' ')
  const words = viaShell ? [io.env.SHELL || '/bin/bash', '-c', editor] : editor.split(' ')
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
    const [program = '', ...args] = viaShell ? [...words.slice(0, 2), `${editor} ${JSON.stringify(file)}`] : [...words, file]
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program, args, { stdio: 'inherit', env: io.env as NodeJS.ProcessEnv })
      const shown = JSON.stringify(words.join(' '))
      child.once('error', ({ code }: NodeJS.ErrnoException) =>
        reject(new CommandError(`error: ${code === 'ENOENT' ? 'unable to launch' : 'there was a problem with'} the editor ${shown}`)),
      )
      child.once('exit', (status) => (status === 0 ? resolve() : reject(new CommandError(`error: there was a problem with the editor ${shown}`))))
    })
    return { text: readFileSync(file, 'utf8'), file }
  } catch (error) {
    removeEdited(file)
    throw error
  }
}

export function removeEdited(file: string): void {
  rmSync(file, { force: true })
}
