/**
 * Image volumes (KEP-4639): an image's content, mounted read-only. A runtime that knows of them by CRI is given the image; containerd
 * before 2.1 does not, and silently mounts nothing: there the image's snapshot is mounted here, by containerd's own tool.
 */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isMounted } from './mounts.ts'

const run = promisify(execFile)
const timeout = 60_000

export interface ImageVolumes {
  /** Whether the runtime mounts an image that a CRI mount names. */
  readonly byRuntime: boolean
  /** Mounts the image of that id; safe to call again. */
  mount(imageId: string, target: string): Promise<void>
  /** Takes off what lies below the directory of a pod's image volumes. */
  release(directory: string): Promise<void>
}

export interface RuntimeIdentity {
  readonly runtimeName: string
  readonly runtimeVersion: string
}

export function imageVolumes(socket: string, { runtimeName, runtimeVersion }: RuntimeIdentity): ImageVolumes {
  const ctr = (...args: string[]) => run('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args], { timeout })
  return {
    byRuntime: mountsImages({ runtimeName, runtimeVersion }),
    async mount(imageId, target) {
      if (isMounted(target)) return
      try {
        await ctr('images', 'mount', imageId, target)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          throw new Error(`the container runtime ${runtimeName} ${runtimeVersion} does not support image volumes, and "ctr" is not installed`)
        throw new Error(`failed to mount image volume: ${((error as { stderr?: string }).stderr || (error as Error).message).trim()}`)
      }
    },
    async release(directory) {
      if (!existsSync(directory)) return
      for (const name of readdirSync(directory)) {
        const target = join(directory, name)
        if (!isMounted(target)) continue
        await ctr('images', 'unmount', '--rm', target)
        // It would hold the snapshot for another day.
        await ctr('leases', 'delete', target).catch(() => {})
      }
    },
  }
}

/** Devices by their CDI names: containerd since 1.7, CRI-O since 1.23. */
export const takesCdiDevices = (runtime: RuntimeIdentity): boolean => isAtLeast(runtime, { containerd: [1, 7], 'cri-o': [1, 23] })

/** containerd since 2.1, and CRI-O since 1.31. */
export const mountsImages = (runtime: RuntimeIdentity): boolean => isAtLeast(runtime, { containerd: [2, 1], 'cri-o': [1, 31] })

/** Of a runtime that is not listed nothing is known: it is asked, and may refuse. */
function isAtLeast({ runtimeName, runtimeVersion }: RuntimeIdentity, since: Readonly<Record<string, readonly [major: number, minor: number]>>): boolean {
  const [major = 0, minor = 0] = runtimeVersion.replace(/^v/, '').split('.').map(Number)
  const [wantedMajor, wantedMinor] = since[runtimeName] ?? [0, 0]
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
