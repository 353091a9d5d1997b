/** The real kubectl as a user runs it: to its end, in the background, on a terminal; of several versions where there are several. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ExecResult, run } from '#cluster/host/exec.ts'
import { findProgram } from '#cluster/host/requirements.ts'
import type { E2eCluster } from './cluster.ts'

export interface KubectlOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Kubectl {
  /** What it printed; rejects on a failing exit code. The line is split at blanks, single quotes hold a word together. */
  (line: string, options?: KubectlOptions): Promise<string>
  /** Whatever the exit code. */
  may(line: string, options?: KubectlOptions): Promise<ExecResult>
  /** Both outputs and the exit code of a command that has to fail. */
  fails(line: string, options?: KubectlOptions): Promise<{ readonly code: number; readonly text: string }>
  /** Left running; `stop` it. */
  start(line: string, options?: TerminalOptions): RunningKubectl
}

export interface TerminalOptions {
  readonly terminal?: boolean
  /** Rows and columns at the start, and some two seconds later. */
  readonly size?: readonly [number, number]
  readonly sizeLater?: readonly [number, number]
  readonly env?: Readonly<Record<string, string>>
}

export interface RunningKubectl {
  readonly output: string
  /** The first match in what was printed so far, or is printed before the time is up. */
  seen(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>
  type(text: string): void
  endInput(): void
  /** Resolves with the exit code. */
  readonly ended: Promise<number>
  stop(): Promise<number>
}

/** kubectl of one version against one namespace of one cluster. */
export function kubectlOf(cluster: E2eCluster, namespace: string, program: string | readonly string[] = 'kubectl'): Kubectl {
  const leading = [...(typeof program === 'string' ? [program] : program), `--kubeconfig=${join(cluster.dataDir, 'kubeconfig')}`, `--namespace=${namespace}`]
  const env = { ...process.env, HOME: dirname(cluster.dataDir), KUBECONFIG: '' }
  const may: Kubectl['may'] = (line, options = {}) =>
    run([...leading, ...words(line)], { env: { ...env, ...options.env }, timeoutMs: 90_000, input: options.input ?? '' })
  const ok = async (line: string, options?: KubectlOptions): Promise<string> => {
    const { code, stdout, stderr } = await may(line, options)
    if (code !== 0) throw new Error(`kubectl ${line}: exit code ${code}\n${stdout}\n${stderr}`)
    return stdout
  }
  return Object.assign(ok, {
    may,
    async fails(line: string, options?: KubectlOptions) {
      const { code, stdout, stderr } = await may(line, options)
      if (code === 0) throw new Error(`kubectl ${line}: should have failed\n${stdout}\n${stderr}`)
      return { code, text: stdout + stderr }
    },
    start(line: string, { terminal = false, size, sizeLater, env: more }: TerminalOptions = {}) {
      const all = { ...env, ...more }
      const command = [...leading, ...words(line)]
      if (!terminal) return running(command, all)
      const stty = ([rows, columns]: readonly [number, number]): string => `stty rows ${rows} columns ${columns} </dev/tty`
      const steps = [...(size ? [`${stty(size)};`] : []), ...(sizeLater ? [`(sleep 2; ${stty(sizeLater)}) &`] : []), command.map(quoted).join(' ')]
      return running(['script', '--quiet', '--return', '--command', steps.join(' '), '/dev/null'], all)
    },
  })
}

/** Every version that lies beside the kubectl on PATH (Google's dispatcher brings several), oldest first. */
export function kubectlVersions(): readonly string[] {
  const program = findProgram('kubectl')
  if (!program) return []
  const folder = dirname(realpathSync(program))
  const minor = (name: string): number => Number(/^kubectl\.1\.(\d+)$/.exec(name)?.[1] ?? Number.NaN)
  return readdirSync(folder)
    .filter((name) => !Number.isNaN(minor(name)))
    .sort((left, right) => minor(left) - minor(right))
    .map((name) => join(folder, name))
}

function words(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

const runningNow = new Set<ChildProcess>()

/** What a test that failed has left running would keep the whole file from ending. */
export function endRunning(): void {
  for (const child of runningNow) child.kill('SIGKILL')
}

function running([file, ...args]: readonly string[], env: NodeJS.ProcessEnv): RunningKubectl {
  const child: ChildProcess = spawn(file!, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  runningNow.add(child)
  child.once('close', () => runningNow.delete(child))
  let output = ''
  const watchers = new Set<() => void>()
  const add = (chunk: Buffer): void => {
    output += chunk.toString('utf8')
    for (const look of watchers) look()
  }
  child.stdout!.on('data', add)
  child.stderr!.on('data', add)
  child.stdin!.on('error', () => {})
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 130))
  })
  return {
    get output() {
      return output
    },
    seen: (pattern, timeoutMs = 30_000) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void): void => {
          clearTimeout(timer)
          watchers.delete(look)
          act()
        }
        const look = (): void => {
          const match = output.match(pattern)
          if (match) finish(() => resolve(match))
        }
        const timer = setTimeout(() => finish(() => reject(new Error(`not within ${timeoutMs / 1000} s: ${pattern} in ${JSON.stringify(output)}`))), timeoutMs)
        watchers.add(look)
        look()
      }),
    type: (text) => void child.stdin!.write(text),
    endInput: () => void child.stdin!.end(),
    ended,
    async stop() {
      child.kill('SIGINT')
      return await ended
    },
  }
}
