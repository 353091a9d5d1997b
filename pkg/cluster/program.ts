/** How this program starts itself again in another role. */
import { fileURLToPath } from 'node:url'

/** The script that runs now: the bundle, or cmd/k8ts.ts during development. */
export function entryPoint(): string {
  return process.env.K8TS_ENTRY ?? process.argv[1] ?? fileURLToPath(import.meta.url)
}

/**
 * Memory bounds a role is given: a small young generation keeps resident memory low where throughput does not matter. The API server
 * has none: its lists would pay for it (bench/api.bench.ts). The agent, whose ingress and DNS pay for every collection, does not favour size
 * otherwise: that would save it one to four megabytes, and cost a request half as much again (bench/ingress.bench.ts). The controllers' may
 * grow, since it shrinks again: idle they take no more with 4 than with 2, with which a third of a large rolling update was collection;
 * and they favour size only while they idle (`base/heap-pace.ts`).
 */
const heapFlagsOf: Readonly<Record<string, readonly string[]>> = {
  supervise: ['--max-semi-space-size=1', '--max-old-space-size=64', '--optimize-for-size', '--single-threaded-gc'],
  controllers: ['--max-semi-space-size=4', '--optimize-for-size'],
  agent: ['--max-semi-space-size=2'],
}

/** Flags of V8 for a role's process. */
export function heapFlags(program: string): readonly string[] {
  return heapFlagsOf[program] ?? []
}

/** The command line of an internal program ("kube-apiserver", "agent" …). */
export function programCommand(program: string, ...args: string[]): string[] {
  return [process.execPath, '--disable-warning=ExperimentalWarning', ...heapFlags(program), entryPoint(), 'run-component', program, ...args]
}

/**
 * What a role's process has in its environment. Of the API server: large buffers, of lists and of their answers, go back to the system
 * when they are done with. Otherwise the C library takes the first of them for a sign that more will come, and keeps all.
 */
export const programEnvironment: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kube-apiserver': { MALLOC_MMAP_THRESHOLD_: String(128 * 1024) },
}
