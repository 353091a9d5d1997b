/** How this program starts itself again in another role. */
import { fileURLToPath } from 'node:url'

/** The script that runs now: the bundle, or cmd/k8ts.ts during development. */
export function entryPoint(): string {
  return process.env.K8TS_ENTRY ?? process.argv[1] ?? fileURLToPath(import.meta.url)
}

/** Memory bounds a role is given: a small young generation keeps resident memory low where throughput does not matter. */
const heapFlags: Readonly<Record<string, readonly string[]>> = {
  supervise: ['--max-semi-space-size=1', '--max-old-space-size=64'],
  controllers: ['--max-semi-space-size=4'],
  agent: ['--max-semi-space-size=2'],
}

/** The command line of an internal program ("kube-apiserver", "agent" …). */
export function programCommand(program: string, ...args: string[]): string[] {
  return [process.execPath, '--disable-warning=ExperimentalWarning', ...(heapFlags[program] ?? []), entryPoint(), 'run-component', program, ...args]
}
