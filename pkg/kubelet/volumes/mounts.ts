/** Mounting and unmounting by the system's own tools. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

export async function mountTmpfs(target: string, sizeBytes?: number): Promise<void> {
  if (isMounted(target)) return
  await run('mount', ['-t', 'tmpfs', ...(sizeBytes ? ['-o', `size=${sizeBytes}`] : []), 'tmpfs', target])
}

export async function mountHugePages(target: string, pageSize: string): Promise<void> {
  if (isMounted(target)) return
  await run('mount', ['-t', 'hugetlbfs', '-o', `pagesize=${pageSize}`, 'nodev', target])
}

export async function bindMount(source: string, target: string): Promise<void> {
  if (isMounted(target)) return
  // A path of /proc must not be resolved first: it stands for one open file.
  await run('mount', ['--no-canonicalize', '--bind', source, target])
}

export async function unmount(target: string): Promise<void> {
  await run('umount', ['-l', target])
}

export function isMounted(path: string): boolean {
  return mountsBelow(path).includes(path)
}

/** Mount points at or below a directory, the deepest first. */
export function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .reverse()
}
