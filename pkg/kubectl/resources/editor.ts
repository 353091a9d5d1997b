/** The user's editor on a temporary file. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from '../errors.ts'
import type { Invocation } from '../types.ts'

/** KUBE_EDITOR, EDITOR, or vi; the variable may hold arguments. */
export async function editText({ io }: Invocation, text: string, suffix: string): Promise<string> {
  const editor = io.env.KUBE_EDITOR || io.env.EDITOR || 'vi'
  const dir = mkdtempSync(join(tmpdir(), 'kubectl-edit-'))
  const file = join(dir, `edit${suffix}`)
  try {
    writeFileSync(file, text, { mode: 0o600 })
    const code = await new Promise<number>((resolve, reject) => {
      const child = /[\s"'\\]/.test(editor)
        ? spawn('/bin/sh', ['-c', `${editor} "$0"`, file], { stdio: 'inherit', env: io.env as NodeJS.ProcessEnv })
        : spawn(editor, [file], { stdio: 'inherit', env: io.env as NodeJS.ProcessEnv })
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new CommandError(
            error.code === 'ENOENT' ? `error: unable to launch the editor "${editor}"` : `error: there was a problem with the editor "${editor}"`,
          ),
        ),
      )
      child.once('exit', (status) => resolve(status ?? 1))
    })
    if (code !== 0) throw new CommandError(`error: there was a problem with the editor "${editor}"`)
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
