/** What the host must have, and how it gets it: Debian packages, installed by `up` when they are missing. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { UsageError } from '../usage-error.ts'
import { run } from './exec.ts'

export interface Requirement {
  readonly debianPackage: string
  /** Any of these, on PATH or as an absolute path, means it is there. */
  readonly proof: readonly string[]
  /** The cluster works without it, less well. */
  readonly optional?: boolean
}

/** Of these the runtimes of pods. */
const runtimePackages: ReadonlySet<string> = new Set(['containerd', 'runc', 'crun'])

export const requirements: readonly Requirement[] = [
  { debianPackage: 'containerd', proof: ['containerd'] },
  { debianPackage: 'runc', proof: ['runc', 'crun'] },
  { debianPackage: 'crun', proof: ['crun'], optional: true },
  { debianPackage: 'containernetworking-plugins', proof: ['/usr/lib/cni/ptp', '/opt/cni/bin/ptp'] },
  { debianPackage: 'nftables', proof: ['nft'] },
  { debianPackage: 'iproute2', proof: ['ip'] },
  { debianPackage: 'conntrack', proof: ['conntrack'] },
  { debianPackage: 'util-linux', proof: ['nsenter'] },
  { debianPackage: 'busybox-static', proof: ['busybox'], optional: true },
]

/** What a machine needs whose container runtime is the user's own. */
export const requirementsBesideRuntime = requirements.filter(({ debianPackage }) => !runtimePackages.has(debianPackage))

const systemPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Where a program is, also in the directories that a user's PATH may lack. */
export function findProgram(name: string): string | undefined {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...systemPath]
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path))
}

export function missingPackages(wanted: readonly Requirement[] = requirements): { required: string[]; optional: string[] } {
  const missing = wanted.filter(({ proof }) => !proof.some((each) => findProgram(each) !== undefined))
  return {
    required: missing.filter(({ optional }) => !optional).map(({ debianPackage }) => debianPackage),
    optional: missing.filter(({ optional }) => optional === true).map(({ debianPackage }) => debianPackage),
  }
}

/** The cluster makes namespaces, mounts and packet rules: root only, Linux only. */
export function requireRoot(): void {
  if (process.platform !== 'linux') throw new UsageError('k8ts runs on Linux only')
  if (process.getuid?.() !== 0) throw new UsageError('k8ts needs root to make network namespaces, mounts and containers; run it with sudo')
}

/** Installs what is missing; `progress` is told each step. */
export async function installRequirements(progress: (text: string) => void, wanted: readonly Requirement[] = requirements): Promise<void> {
  const { required, optional } = missingPackages(wanted)
  if (required.length === 0 && optional.length === 0) return
  const apt = findProgram('apt-get')
  if (apt === undefined) {
    if (required.length === 0) return
    throw new UsageError(`missing: ${required.join(', ')}. Install them with this system's package manager, then run k8ts up again`)
  }
  progress(`installing ${[...required, ...optional].join(', ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = (packages: readonly string[]) => run([apt, 'install', '-y', '-qq', '--no-install-recommends', ...packages], { env, timeoutMs: 600_000 })
  let result = await install([...required, ...optional])
  if (result.code !== 0) {
    await run([apt, 'update', '-qq'], { env, timeoutMs: 600_000 })
    result = await install([...required, ...optional])
  }
  if (result.code !== 0 && required.length > 0) result = await install(required)
  const left = missingPackages(wanted).required
  if (left.length > 0)
    throw new UsageError(
      `could not install ${left.join(', ')}: ${(result.stderr || result.stdout).trim().split('\n').at(-1)}. Install them by hand, then run k8ts up again`,
    )
}
