/** Clones of git repositories in folders of their own, by the git program as kustomize runs it. */
import { execFile } from 'node:child_process'
import { accessSync, constants, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { formatGoDuration } from '#apimachinery/go-duration.ts'
import { KustomizeError } from './errors.ts'
import type { Repository } from './repository.ts'

/** What git says is told with its failure; so much of it is kept. */
const maxOutputBytes = 1 << 20

/** Gives the folder of the clone, links resolved; the caller removes it. Throws KustomizeError in kustomize's words. */
export async function clone(repository: Repository): Promise<string> {
  const { address, revision, submodules, timeoutMs } = repository
  // Git would take it for one of its options, and some of those run programs.
  for (const word of [address, revision]) if (word.startsWith('-')) throw new KustomizeError(`'${word}' in '${repository.raw}' may not begin with a dash`)
  const program = gitProgram()
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kustomize-')))
  try {
    const git = (...args: string[]): Promise<void> => run(program, args, folder, timeoutMs)
    await git('init')
    await git('remote', 'add', 'origin', address)
    await git('fetch', '--depth=1', address, revision || 'HEAD')
    await git('checkout', 'FETCH_HEAD')
    if (submodules) await git('submodule', 'update', '--init', '--recursive')
    return folder
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function gitProgram(): string {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'git')
    try {
      if (folder === '') continue
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // The next folder may have it.
    }
  }
  throw new KustomizeError(`no 'git' program on path: exec: "git": executable file not found in $PATH`)
}

function run(program: string, args: readonly string[], cwd: string, timeout: number): Promise<void> {
  const line = [program, ...args].join(' ')
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { cwd, timeout, killSignal: 'SIGKILL', maxBuffer: maxOutputBytes }, (error, stdout, stderr) => {
      if (!error) resolve()
      else if (error.killed) reject(new KustomizeError(`hit ${formatGoDuration(BigInt(timeout) * 1_000_000n)} timeout running '${line}'`))
      else
        reject(
          new KustomizeError(`failed to run '${line}': ${stdout}${stderr}: ${typeof error.code === 'number' ? `exit status ${error.code}` : error.message}`),
        )
    })
    child.stdin?.end()
  })
}
