/**
 * Volumes that must never touch the disk (secrets, tokens) lie in one tmpfs of the node, each in a directory of its own, with a link
 * at the place of upstream's layout. One mount for all of them: upstream has one for each, and at a hundred pods mounting,
 * unmounting and reading the table of mounts is a good part of what the kubelet does.
 */
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeletPaths } from '../paths.ts'

export interface SharedMemory {
  /** The directory of that volume, made if it is missing. */
  directory(podUid: string, plugin: string, volume: string): Promise<string>
  /** Removes all of that pod. */
  remove(podUid: string): void
}

export function sharedMemory(paths: KubeletPaths, mount: (path: string) => Promise<void>): SharedMemory {
  let mounted: Promise<void> | undefined
  const whole = (): Promise<void> => {
    mkdirSync(paths.memory, { recursive: true, mode: 0o750 })
    mounted ??= mount(paths.memory).catch((error) => {
      mounted = undefined
      throw error
    })
    return mounted
  }
  return {
    async directory(podUid, plugin, volume) {
      const link = paths.volume(podUid, plugin, volume)
      const target = join(paths.memory, podUid, `kubernetes.io~${plugin}`, volume)
      if (isOldMountPoint(link)) {
        await mount(link)
        return link
      }
      await whole()
      mkdirSync(target, { recursive: true })
      mkdirSync(join(link, '..'), { recursive: true })
      if (linkOf(link) === undefined) symlinkSync(target, link)
      return target
    },
    remove: (podUid) => rmSync(join(paths.memory, podUid), { recursive: true, force: true }),
  }
}

/** A directory where a link should be is the mount of an earlier version, and the pod's containers look into it. */
function isOldMountPoint(path: string): boolean {
  return linkOf(path) === 'a directory'
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EINVAL' ? 'a directory' : undefined
  }
}
